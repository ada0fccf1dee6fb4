"""``lodekey list``: what is there, unread."""

from __future__ import annotations

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client.failures import Denied
from lodekey.client.kept import Entry
from lodekey.client.places import Place, parse


@client_word("list", short_help="list what is there, without reading it")
@click.argument("prefix", required=False, type=PLACE)
def command(told: Told, prefix: str | None) -> None:
    """List parameters and secrets, or those whose names begin with PREFIX (ssm:/app, sm:app).

    No value is read, so no key is asked.
    """
    entries = _entries(told, prefix or told.chosen.prefix)
    rows = [(str(each.place), each.kind, each.key, _date(each)) for each in entries]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)).rstrip()
        for row in rows
    )
    told.answer([described(each) for each in entries], *lines)


def _entries(told: Told, prefix: str) -> list[Entry]:
    if prefix:
        scheme, _, name = prefix.partition(":")
        bare = not name.strip("/") and scheme in {"ssm", "sm"}
        place = Place("ssm" if scheme == "ssm" else "sm", "") if bare else parse(prefix)
        return list(told.stores.entries(place))
    found: list[Entry] = []
    denied: list[Denied] = []
    for place in (Place("ssm", ""), Place("sm", "")):
        try:
            found += told.stores.entries(place)
        except Denied as refusal:
            denied.append(refusal)
            told.say(f"lodekey: {refusal.message}")
    if len(denied) == 2:
        raise denied[0]
    return found


def described(entry: Entry) -> dict[str, object]:
    """An entry as JSON."""
    return {
        "place": str(entry.place),
        "kind": entry.kind,
        "key": entry.key,
        "version": entry.version,
        "modified": entry.modified,
        "description": entry.description,
    }


def _date(entry: Entry) -> str:
    return entry.modified.strftime("%Y-%m-%d %H:%M") if entry.modified else ""
