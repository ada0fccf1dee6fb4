"""``lodekey rewrap --key NEW``: seal anew all that a key sealed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import exit_codes, rewrapping, rewrapping_envelopes
from lodekey.client.failures import Failure
from lodekey.client.kept import Entry
from lodekey.client.rewrapping import Left, key_arn

Row = dict[str, object]


@client_word("rewrap", short_help="seal anew, under another key, all that a key sealed")
@click.argument("prefix", required=False, type=PLACE)
@click.option("--key", required=True, metavar="NEW", help="The new key: id, ARN or alias.")
@click.option("--from", "old", metavar="OLD", default="", help="Only what this key sealed.")
@click.option("--envelopes", is_flag=True, help="Values sealed on the client, too; reads each.")
@click.option("--dry-run", is_flag=True, help="Show what would be sealed anew.")
def command(
    told: Told, prefix: str | None, *, key: str, old: str, envelopes: bool, dry_run: bool
) -> None:
    """Seal every SecureString and secret (under PREFIX, or sealed by OLD) under the key NEW.

    It can be stopped and started again: what is under NEW already is left alone. AWS seals no
    history anew: old versions of a parameter, and versions of a secret without a stage, stay under
    the key that sealed them. They are counted; keep that key until nobody needs them.
    """
    place = told.place(prefix) if prefix else None
    entries = rewrapping.due(told.stores, place, key, old)
    target = key_arn(told.connection, key)
    rows: dict[str, Row] = {}
    if envelopes:
        _envelopes(told, list(told.stores.entries(place)), target, old, rows, write=not dry_run)
    for entry in _shown(told, entries):
        row = rows.setdefault(str(entry.place), _row(entry))
        if not dry_run:
            row["result"] = _tried(told, entry, target)
    if not dry_run:
        _count_left(told, entries, target, rows)
    if told.as_json:
        told.answer([*rows.values()])
    failed = [row for row in rows.values() if row["result"] not in {"due", "done"}]
    if failed:
        told.say(f"{len(failed)} of {len(rows)} are not under the new key; run it again")
        sys.exit(exit_codes.FAILURE)


def _row(entry: Entry) -> Row:
    return {"place": str(entry.place), "from": entry.key, "result": "due", "left": 0}


def _shown(told: Told, entries: list[Entry]) -> Iterator[Entry]:
    """The entries, one after another, with how far it is: one line that changes on a terminal."""
    bar = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not told.as_json
    for number, entry in enumerate(entries, 1):
        line = f"[{number}/{len(entries)}] {entry.place}"
        if bar:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        else:
            told.say(line)
        yield entry
    if bar and entries:
        sys.stderr.write("\n")


def _tried(told: Told, entry: Entry, target: str) -> str:
    try:
        rewrapping.seal_anew(told.stores, entry, target)
    except Failure as failure:
        told.say(f"lodekey: {failure.message}")
        if failure.hint:
            told.say(f"lodekey: hint: {failure.hint}")
        return failure.message
    return "done"


def _envelopes(
    told: Told, entries: list[Entry], target: str, old: str, rows: dict[str, Row], *, write: bool
) -> None:
    source = key_arn(told.connection, old) if old else ""
    for entry in _shown(told, entries):
        try:
            found = rewrapping_envelopes.seal_anew(told.stores, entry, target, source, write=write)
        except Failure as failure:
            rows[str(entry.place)] = {**_row(entry), "result": failure.message}
            told.say(f"lodekey: {failure.message}")
            continue
        if found:
            result = "done" if write else "due"
            rows[str(entry.place)] = {**_row(entry), "from": found[0], "result": result}


def _count_left(told: Told, entries: list[Entry], target: str, rows: dict[str, Row]) -> None:
    """Say how much only the old keys open, so that nobody deletes one in good faith."""
    left = rewrapping.left(told.stores, entries, target)
    for place, each in left.items():
        rows[str(place)]["left"] = each.count
    totals: Counter[str] = Counter()
    for each in left.values():
        totals.update(each.keys)
    for key, number in sorted(totals.items()):
        told.say(f"keep {key}: it alone still opens old versions of {number} of these values")
    unseen = sum(each == Left(None) for each in left.values())
    if unseen:
        told.say(f"the versions of {unseen} values could not be looked at; keep their old keys")
