"""``lodekey edit``: a value in an editor, over a file in memory that nobody else may read."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import private_files
from lodekey.client.failures import Failure, Unusable
from lodekey.client.kept import ABSENT
from lodekey.client.masking import MASK, differences


@client_word("edit", short_help="change a value in your editor")
@click.argument("name", type=PLACE)
@click.option("--key", metavar="KEY", default="", help="The KMS key.")
def command(told: Told, name: str, *, key: str) -> None:
    """Open NAME in $VISUAL or $EDITOR, and seal what was saved.

    The file lies in memory where the machine has such a place, readable by you alone, and is gone
    afterwards. If somebody changed the value meanwhile, nothing is written (exit code 5).
    """
    place = told.place(name)
    kept = told.stores.find(place.whole)
    if kept is not None and isinstance(kept.content, bytes):
        raise Unusable(f"`{place}` is binary and no text")
    before = replace(kept, place=place).text if kept is not None else ""
    after = _edited(before, ".json" if before.lstrip().startswith("{") else ".txt")
    if after == before:
        told.say("nothing changed")
        if told.as_json:
            version = kept.version if kept else ""
            told.answer({"place": str(place), "version": version, "changed": False})
        return
    if not after:
        raise Unusable("the value is empty now", hint="nothing was written")
    for each in differences(before if kept else None, after):
        told.say(f"  {each.sign} {each.field or place}  {MASK}")
    since = kept.version if kept else ABSENT
    version = told.stores.put(place, after, key=key or told.chosen.key, unchanged_since=since)
    told.say(f"{place} is sealed, version {version}")
    if told.as_json:
        told.answer({"place": str(place), "version": version, "changed": True})


def _edited(text: str, suffix: str) -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with private_files.passing(text, suffix) as file:
        try:
            run = subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603
        except (OSError, ValueError):
            hint = "VISUAL or EDITOR says which; nothing was written"
            raise Failure(f"`{editor}` cannot be started", hint=hint) from None
        if run.returncode != 0:
            raise Failure(f"`{editor}` ended with {run.returncode}", hint="nothing was written")
        octets = file.read_bytes()  # as it is: reading it as text would change its line ends
    try:
        written = octets.decode()
    except UnicodeDecodeError:
        raise Failure("what was saved is not UTF-8", hint="nothing was written") from None
    return written if text.endswith("\n") else written.removesuffix("\n")
