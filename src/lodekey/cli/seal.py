"""``lodekey seal`` (or ``set``): put a value under a key. The value is never an argument."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.cli.reading_values import read_value, refuse_arguments, value_options
from lodekey.client import envelope
from lodekey.client.failures import Denied, Failure, NotFound, Unusable
from lodekey.client.kept import ABSENT, Kept
from lodekey.client.masking import MASK, differences
from lodekey.client.places import Place

WORDS = {"+": "new", "-": "gone", "~": "changed", "=": "the same"}


@client_word("seal", short_help="put a value under a key, asked for and never an argument")
@click.argument("name", type=PLACE)
@click.argument("unexpected", nargs=-1, metavar="")
@value_options
@click.option("--key", metavar="KEY", help="The KMS key: id, ARN or alias.")
@click.option("--envelope", "envelope_key", metavar="KEY", help="Seal on this machine, under KEY.")
@click.option("--unbound", is_flag=True, help="Give the envelope no encryption context.")
@click.option("--plain", is_flag=True, help="Make a Parameter Store String, which no key seals.")
@click.option("--if-version", metavar="VERSION", help="Write only over this version.")
@click.option("--new", is_flag=True, help="Write only where nothing is.")
@click.option("--force", is_flag=True, help="Write without reading what is there.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(
    told: Told,
    name: str,
    unexpected: tuple[str, ...],
    *,
    typed: str | None,
    file: Path | None,
    generate: int | None,
    alphabet: str,
    raw: bool,
    key: str | None,
    envelope_key: str | None,
    unbound: bool,
    plain: bool,
    if_version: str | None,
    new: bool,
    force: bool,
    yes: bool,
) -> None:
    """Seal a value as NAME: ssm:/path, sm:name, or sm:name#FIELD for one field of a JSON object.

    The value comes from a hidden prompt, from standard input, --file, or --generate.
    """
    refuse_arguments("seal", name, (*unexpected, *([typed] if typed is not None else [])))
    place = told.place(name)
    content = read_value(place, file=file, generate=generate, alphabet=alphabet, raw=raw)
    if envelope_key:
        content = envelope.seal(told.connection, envelope_key, content, place, bound=not unbound)
    before = None if force else _before(told, place)
    since = _since(before, if_version, new=new, force=force)
    signs = _show(told, before, place, content, compared=not (envelope_key or force))
    if signs == ["="] and not key:
        told.answer(
            {"place": str(place), "version": before.version if before else "", "changed": False}
        )
        return
    if before is not None and sys.stdin.isatty() and not (yes or told.as_json):
        click.confirm(f"Write {place}?", abort=True, err=True)
    version = told.stores.put(
        place, content, key=key or told.chosen.key, unchanged_since=since, plain=plain
    )
    told.say(f"{place} is sealed, version {version}")
    if told.as_json:
        told.answer({"place": str(place), "version": version, "changed": True})


def _before(told: Told, place: Place) -> Kept | None:
    try:
        return told.stores.find(place.whole)
    except Denied as denied:
        raise Denied(
            denied.message, hint="who may not read what is there writes with `--force`"
        ) from None


def _since(before: Kept | None, version: str | None, *, new: bool, force: bool) -> str | None:
    if sum((bool(version), new, force)) > 1:
        raise Unusable("`--if-version`, `--new` and `--force` exclude each other")
    if force:
        return None
    if new or before is None:
        return ABSENT
    return version or before.version


def _show(
    told: Told, before: Kept | None, place: Place, content: str | bytes, *, compared: bool
) -> list[str]:
    """Say what changes, masked; the signs of the lines."""
    if not compared:
        told.say(f"  ~ {place}  {MASK}")
        return ["~"]
    old = _old(before, place)
    lines = differences(old, content)
    for each in lines:
        shown = f"{place}#{each.field}" if each.field else str(place)
        told.say(f"  {each.sign} {shown}  {MASK}  {WORDS[each.sign]}")
    return sorted({each.sign for each in lines})


def _old(before: Kept | None, place: Place) -> str | bytes | None:
    if before is None or not place.field:
        return before.content if before else None
    try:
        return Kept(place, before.content, before.version).text
    except NotFound:
        return None
    except Failure:
        return b""
