"""``lodekey restore``: restore a backup."""

from __future__ import annotations

from pathlib import Path

import click

from lodekey.app.place import data_directory
from lodekey.cli.leaving import leave


@click.command("restore", short_help="restore a backup into an empty data directory")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", metavar="DIR", help="The server's data directory.")
@click.option(
    "--root-key", envvar="LODEKEY_ROOT_KEY", default="", help="Where the root key is: a URI."
)
def command(file: Path, data: str | None, root_key: str) -> None:
    """Restore FILE, after every bit of it was verified, into a data directory without data."""
    from lodekey.app.preserve import restore_installation  # noqa: PLC0415 - an extra
    from lodekey.crypto.root_keys import Locked  # noqa: PLC0415
    from lodekey.store.backup import BadBackup  # noqa: PLC0415

    place = data_directory(data)
    try:
        counts = restore_installation(file, place, root_key)
    except BadBackup as error:
        leave(f"`{file}` is not restored: {error}")
    except (Locked, OSError) as error:
        leave(error)
    click.echo(f"{counts.get('record', 0)} records are restored in {place}")
