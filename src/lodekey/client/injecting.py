"""References in a text, replaced by values."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

from lodekey.client.places import REFERENCE, parse
from lodekey.client.stores import Stores

ESCAPES: dict[str, Callable[[str], str]] = {
    "none": lambda value: value,
    "json": lambda value: json.dumps(value)[1:-1],
    "yaml": lambda value: json.dumps(value)[1:-1],
    "shell": shlex.quote,
}


def inject(stores: Stores, text: str, escape: str = "none") -> tuple[int, str]:
    """The text with every reference replaced; returns also how many there were.

    Raises:
        Failure: A value cannot be read; nothing is replaced then.
    """
    places = {each: parse(each) for each in REFERENCE.findall(text)}
    found = stores.must_get(places.values())
    written = ESCAPES[escape]

    def value_of(match: re.Match[str]) -> str:
        return written(found[places[match[0]]].text)

    return REFERENCE.subn(value_of, text)[::-1]
