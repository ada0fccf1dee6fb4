"""``lodekey issuer``: the keys of OpenID Connect issuers, which the server does not fetch."""

from __future__ import annotations

from typing import BinaryIO

import click

from lodekey.app.place import data_directory
from lodekey.cli.asking import asked


@click.group("issuer", short_help="hand in the keys of an identity provider")
def command() -> None:
    """The server opens no connection to an issuer; its keys are handed in instead."""


@command.command("keys", short_help="hand in an issuer's JSON Web Key Set")
@click.argument("issuer", metavar="URL")
@click.argument("keys", metavar="FILE", type=click.File("rb"))
@click.option("--data", metavar="DIR", help="The server's data directory.")
def keys_of(issuer: str, keys: BinaryIO, data: str | None) -> None:
    """Keep the keys in FILE (`-`: standard input) as those of the issuer URL.

    The issuer is an OpenID Connect provider of the account:
    `aws iam create-open-id-connect-provider --url URL --client-id-list AUDIENCE` makes it one.
    """
    request = {"Issuer": issuer, "Keys": keys.read().decode("utf-8", "replace")}
    count = asked(data_directory(data), "PutIssuerKeys", request)["Keys"]
    click.echo(f"{count} {'key' if count == 1 else 'keys'} of {issuer}")
