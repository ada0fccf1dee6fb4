"""``lodekey backup``: write everything to one sealed file."""

from __future__ import annotations

from pathlib import Path

import click

from lodekey.app.place import data_directory
from lodekey.cli.leaving import leave


@click.command("backup", short_help="write everything to one sealed file")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--data", metavar="DIR", help="The server's data directory.")
@click.option(
    "--root-key", envvar="LODEKEY_ROOT_KEY", default="", help="Where the root key is: a URI."
)
def command(file: Path, data: str | None, root_key: str) -> None:
    """Write records, trail and function code to FILE, sealed, while the server runs or not.

    The root key is not in it: without the root key, kept elsewhere, a backup opens nothing.
    """
    from lodekey.app.preserve import back_up_installation  # noqa: PLC0415 - an extra
    from lodekey.crypto.root_keys import Locked  # noqa: PLC0415

    try:
        counts = back_up_installation(data_directory(data), root_key, file)
    except (Locked, OSError) as error:
        leave(error)
    click.echo(f"{counts.get('record', 0)} records are in {file}")
