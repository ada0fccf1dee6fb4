"""``lodekey account``: the accounts that live in one server."""

from __future__ import annotations

import json
import sys

import click

from lodekey.app.place import data_directory
from lodekey.cli import account_create
from lodekey.cli.asking import asked


@click.group("account", short_help="create and list accounts")
def command() -> None:
    """Many accounts live in one server, each with its own root."""


@command.command("create", short_help="make an account", context_settings={"help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def create(words: tuple[str, ...]) -> None:
    """Make an account and print its root credentials: `AKID SECRET ACCOUNT`."""
    sys.exit(account_create.main(list(words)))


@command.command("list", short_help="list the accounts")
@click.option("--data", metavar="DIR", help="The server's data directory.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(data: str | None, *, as_json: bool) -> None:
    """List the accounts by id."""
    accounts = asked(data_directory(data), "ListAccounts", {}, as_json=as_json)["Accounts"]
    if as_json:
        click.echo(json.dumps(accounts))
        return
    for account in accounts:
        click.echo(f"{account['AccountId']} {account.get('Alias', '')}".rstrip())
