"""``lodekey rewrap --key NEW``: seal anew all that a key sealed."""

from __future__ import annotations

import sys

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import exit_codes
from lodekey.client.failures import Failure
from lodekey.client.rewrapping import due


@client_word("rewrap", short_help="seal anew, under another key, all that a key sealed")
@click.argument("prefix", required=False, type=PLACE)
@click.option("--key", required=True, metavar="NEW", help="The new key: id, ARN or alias.")
@click.option("--from", "old", metavar="OLD", default="", help="Only what this key sealed.")
@click.option("--dry-run", is_flag=True, help="Show what would be sealed anew.")
def command(told: Told, prefix: str | None, *, key: str, old: str, dry_run: bool) -> None:
    """Seal every SecureString and secret (under PREFIX, or sealed by OLD) under the key NEW.

    It can be stopped and started again: what is under NEW already is left alone. Old versions of a
    parameter stay under the key that sealed them, so keep that key.
    """
    place = told.place(prefix) if prefix else None
    entries = due(told.stores, place, key, old)
    done: list[dict[str, str]] = []
    failed = 0
    for number, entry in enumerate(entries, 1):
        told.say(f"[{number}/{len(entries)}] {entry.place}")
        result = "due"
        if not dry_run:
            try:
                told.stores.of(entry.place).change_key(entry.place, key)
                result = "done"
            except Failure as failure:
                failed += 1
                result = failure.message
                told.say(f"lodekey: {failure.message}")
        done.append({"place": str(entry.place), "from": entry.key, "result": result})
    if told.as_json:
        told.answer(done)
    if failed:
        told.say(f"{failed} of {len(entries)} are not under the new key; run it again")
        sys.exit(exit_codes.FAILURE)
