"""``lodekey diff``: what differs between two versions, or two places; masked."""

from __future__ import annotations

import re
from dataclasses import replace

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client.kept import Kept
from lodekey.client.masking import MASK, differences, fields_of
from lodekey.client.places import Place
from lodekey.client.versions import previous

WORDS = {"+": "only in the second", "-": "only in the first", "~": "changed", "=": "the same"}


@client_word("diff", short_help="show what differs between two versions or places, masked")
@click.argument("name", type=PLACE)
@click.argument("others", nargs=-1, metavar="[VERSION [VERSION] | NAME]")
@click.option("--reveal", is_flag=True, help="Show the values.")
def command(told: Told, name: str, others: tuple[str, ...], *, reveal: bool) -> None:
    """Show what differs between the version before and the current one of NAME.

    Or between VERSION and the current one, two VERSIONs, or NAME and another NAME.
    """
    first, second = _pair(told, told.place(name), others)
    found = told.stores.must_get([first, second])
    old, new = found[first], found[second]
    before, after = _content(old), _content(new)
    lines = differences(before, after)
    shown = []
    for each in lines:
        values = _values(before, after, each.field) if reveal else {}
        shown.append({"sign": each.sign, "field": each.field, **values})
    told.answer(
        {"old": str(first), "new": str(second), "differences": shown},
        f"--- {first}",
        f"+++ {second}",
        *(_line(each) for each in shown),
    )


def _pair(told: Told, place: Place, others: tuple[str, ...]) -> tuple[Place, Place]:
    if len(others) > 2:
        raise click.UsageError("two versions at most")
    if not others:
        return replace(place, version=previous(told.stores, place)), place
    if len(others) == 1 and re.match(r"ssm:|sm:|arn:|/", others[0]):
        return place, told.place(others[0])
    first = replace(place, version=others[0])
    return first, replace(place, version=others[1]) if len(others) == 2 else place


def _content(kept: Kept) -> str | bytes:
    return kept.text if kept.place.field else kept.content


def _values(old: str | bytes, new: str | bytes, field: str) -> dict[str, object]:
    if not field:
        return {"old": old, "new": new}
    before, after = fields_of(old) or {}, fields_of(new) or {}
    return {"old": before.get(field), "new": after.get(field)}


def _line(each: dict[str, object]) -> str:
    sign = str(each["sign"])
    head = f"{sign} {each['field'] or 'value'}"
    if "old" not in each:
        return f"{head}  {MASK}  {WORDS[sign]}"
    if sign == "=":
        return f"{head}  {each['new']}"
    return f"{head}  {each['old']}  ->  {each['new']}"
