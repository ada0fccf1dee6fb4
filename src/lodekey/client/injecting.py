"""References in a text, replaced by values; every other byte stays as it is."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

from lodekey.client.places import REFERENCE, parse
from lodekey.client.stores import Stores

ESCAPES: dict[str, Callable[[str], str]] = {
    "json": lambda value: json.dumps(value)[1:-1],
    "yaml": lambda value: json.dumps(value)[1:-1],
    "shell": shlex.quote,
}
_BRACED = rb"\{\{[ \t]*(?P<braced>%b)[ \t]*\}\}|(?P<bare>%b)"
_REFERENCES = re.compile(_BRACED % ((REFERENCE.pattern.encode(),) * 2))
"""A reference, or one in double braces where what follows would be taken for a part of it."""


def inject(stores: Stores, text: bytes, escape: str = "none") -> tuple[int, bytes]:
    """The text with every reference replaced; returns also how many there were.

    A binary value is put in as it is; escaped, it must be text.

    Raises:
        Failure: A value cannot be read; nothing is replaced then.
    """
    places = {each: parse(each) for each in map(_name, _REFERENCES.finditer(text))}
    found = stores.must_get(places.values())
    written = ESCAPES.get(escape)

    def value_of(match: re.Match[bytes]) -> bytes:
        kept = found[places[_name(match)]]
        return kept.octets if written is None else written(kept.text).encode()

    return _REFERENCES.subn(value_of, text)[::-1]


def _name(match: re.Match[bytes]) -> str:
    return (match["braced"] or match["bare"]).decode()
