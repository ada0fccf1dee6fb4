"""``lodekey audit``: who read, wrote or was denied what, from CloudTrail's event history."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import trail
from lodekey.client.trail import Seen


@click.group("audit", short_help="who read, wrote or was denied what")
def command() -> None:
    """Who read, wrote or was denied what, from CloudTrail's event history."""


@command.command("verify", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def verify(words: tuple[str, ...]) -> None:
    """Prove a lodekey server's trail: the same as `lodekey verify`."""
    from lodekey.cli import verify as server_word  # noqa: PLC0415 - the server's parts are an extra

    server_word.command.main(
        args=list(words),
        prog_name="lodekey audit verify",
        standalone_mode=False,
        help_option_names=["-h", "--help"],
    )


def _search_options(function: Any) -> Any:
    for option in (
        click.option("--denied", is_flag=True, help="Only what was denied."),
        click.option("--who", default="", metavar="TEXT", help="The caller's ARN contains TEXT."),
        click.option("--event", default="", metavar="NAME", help="GetSecretValue, Decrypt, ..."),
        click.option("--value", "name", type=PLACE, help="Only events of this value."),
    ):
        function = option(function)
    return function


@client_word("search", short_help="look events up")
@_search_options
@click.option("--hours", default=24.0, show_default=True, help="How far back.")
@click.option("--most", default=100, show_default=True, help="How many events.")
def search(
    told: Told,
    *,
    denied: bool,
    who: str,
    event: str,
    name: str | None,
    hours: float,
    most: int,
) -> None:
    """Look events up, newest first."""
    wanted = _wanted(told, denied=denied, who=who, event=event, name=name)
    since = datetime.now(UTC) - timedelta(hours=hours)
    found = trail.look_up(told.connection, wanted, since=since, most=most)
    told.answer([each.data for each in found], *(_line(each) for each in found))


@client_word("tail", short_help="show events as they happen")
@_search_options
@click.option(
    "--every",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0.1),
    help="Seconds between two looks.",
)
@click.option("--for", "seconds", default=0.0, help="Stop after so many seconds. 0: never.")
def tail(
    told: Told,
    *,
    denied: bool,
    who: str,
    event: str,
    name: str | None,
    every: float,
    seconds: float,
) -> None:
    """Show events as they happen; with --json one object a line."""
    wanted = _wanted(told, denied=denied, who=who, event=event, name=name)
    began = time.monotonic()
    shown: set[str] = set()
    since = datetime.now(UTC) - timedelta(seconds=5)
    while True:
        found = trail.look_up(told.connection, wanted, since=since, most=500)
        for each in reversed(found):
            if each.id not in shown:
                shown.add(each.id)
                click.echo(each.json if told.as_json else _line(each))
        if seconds and time.monotonic() - began + every > seconds:
            return
        time.sleep(every)


def _wanted(told: Told, *, denied: bool, who: str, event: str, name: str | None) -> trail.Wanted:
    """What the options that both words share ask for."""
    place = told.place(name).name if name else ""
    return trail.Wanted(event=event, who=who, denied=denied, name=place)


def _line(each: Seen) -> str:
    at = each.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    ended = each.error or "ok"
    line = f"{at}  {each.event.ljust(24)}  {ended}  {each.who}  {each.resource}".rstrip()
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)


command.add_command(search)
command.add_command(tail)
