"""``eval "$(lodekey env)"``: point AWS clients at the server."""

from __future__ import annotations

import shlex
import sys

import click

from lodekey.app.place import data_directory, read_credentials, read_running


@click.command("env", short_help="print the settings that point AWS clients at the server")
@click.option("--data", metavar="DIR", help="The server's data directory.")
@click.option("--unset", is_flag=True, help="Print the lines that take the settings back.")
def command(data: str | None, *, unset: bool) -> None:
    """Print shell lines that export the endpoint, the root credentials and the region."""
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
    running, credentials = read_running(place), read_credentials(place)
    if running is None or credentials is None:
        click.echo(f"lodekey: no server was started with the data directory `{place}`", err=True)
        click.echo("lodekey: hint: start one with `lodekey up`", err=True)
        sys.exit(3)
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
