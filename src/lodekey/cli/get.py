"""``lodekey get``: print values."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import envelope
from lodekey.client.failures import Unusable
from lodekey.client.kept import Kept


@client_word("get", short_help="print values")
@click.argument("names", nargs=-1, required=True, type=PLACE, metavar="NAME...")
@click.option("--envelope", "enveloped", is_flag=True, help="Open a value sealed on the client.")
@click.option("--unbound", is_flag=True, help="The envelope has no encryption context.")
def command(told: Told, names: tuple[str, ...], *, enveloped: bool, unbound: bool) -> None:
    """Print the values of NAMEs: ssm:/path, sm:name, with #FIELD and @VERSION.

    A newline follows on a terminal alone, so that a pipe gets the value and nothing else.
    """
    places = [told.place(name) for name in names]
    found = told.stores.must_get(places)
    kept = [found[place] for place in places]
    if enveloped:
        kept = [_opened(told, each, bound=not unbound) for each in kept]
    if told.as_json:
        told.answer([_described(each) for each in kept])
        return
    if len(kept) > 1 and any(isinstance(each.content, bytes) for each in kept):
        raise Unusable("a binary value is printed alone")
    out = sys.stdout.buffer
    for number, each in enumerate(kept):
        out.write((b"\n" if number else b"") + each.octets)
    out.write(b"\n" if sys.stdout.isatty() or len(kept) > 1 else b"")
    out.flush()


def _opened(told: Told, kept: Kept, *, bound: bool) -> Kept:
    plain = envelope.open_(told.connection, kept.text, kept.place, bound=bound)
    try:
        content: str | bytes = plain.decode()
    except UnicodeDecodeError:
        content = plain
    return replace(kept, place=kept.place.whole, content=content)


def _described(kept: Kept) -> dict[str, object]:
    binary = isinstance(kept.content, bytes)
    return {
        "place": str(kept.place),
        "value": kept.octets.hex() if binary else kept.text,
        "encoding": "hex" if binary else "text",
        "version": kept.version,
        "stages": kept.stages,
        "modified": kept.modified,
    }
