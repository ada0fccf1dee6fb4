"""``eval "$(lodekey env)"``: point AWS clients at the server."""

from __future__ import annotations

import shlex
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import click

from lodekey.app.place import data_directory, read_credentials, read_running
from lodekey.cli.leaving import leave
from lodekey.client import exit_codes


@click.command("env", short_help="print the settings that point AWS clients at the server")
@click.option("--data", metavar="DIR", help="The server's data directory.")
@click.option("--unset", is_flag=True, help="Print the lines that take the settings back.")
@click.option("--wait", default=5.0, show_default=True, help="Seconds that a server may yet take.")
def command(data: str | None, *, unset: bool, wait: float) -> None:
    """Print shell lines that export the endpoint, the root credentials and the region.

    A server that is just being started in the background is waited for.
    """
    names = (
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
    )
    if unset:
        click.echo("\n".join(f"unset {name}" for name in names))
        return
    place = data_directory(data)
    deadline = time.monotonic() + wait
    while not (is_up := _is_up(place)) and time.monotonic() < deadline:
        time.sleep(0.05)
    running, credentials = read_running(place), read_credentials(place)
    if running is None or credentials is None:
        leave(
            f"no server was started with the data directory `{place}`",
            "start one with `lodekey up`",
            exit_codes.NOT_FOUND,
        )
    if not is_up:
        click.echo(f"lodekey: nobody answers at {running['endpoint']} now", err=True)
    values = (
        running["endpoint"],
        credentials.access_key_id,
        credentials.secret_access_key,
        running["region"],
        running["region"],
    )
    for name, value in zip(names, values, strict=True):
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo("unset AWS_SESSION_TOKEN AWS_PROFILE")


def _is_up(place: Path) -> bool:
    """Whether something listens where the server of this directory did last."""
    running = read_running(place)
    if running is None:
        return False
    where = urlsplit(running["endpoint"])
    try:
        port = where.port or (443 if where.scheme == "https" else 80)
        with socket.create_connection((where.hostname or "", port), timeout=1):
            return True
    except OSError:
        return False
