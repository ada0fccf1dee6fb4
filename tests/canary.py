"""The marked value, and a search for it wherever it must never be."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

SENTINEL = "pReCiOuS-5e2d7c41-never-to-be-seen"


def disguises(value: str = SENTINEL) -> Iterator[bytes]:
    """The value as it may lie about: raw, hex, base64 at each alignment, UTF-16, reversed."""
    raw = value.encode()
    yield raw
    yield raw.hex().encode()
    yield raw[::-1]
    yield value.encode("utf-16-le")
    for shift in range(3):
        # The middle of the text, which no neighbor's bits reach.
        encoded = base64.b64encode(b"x" * shift + raw)
        yield encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]


def traces(place: Path, value: str = SENTINEL) -> list[str]:
    """Every file below *place* in which the value lies, with the disguise found."""
    forms = list(disguises(value))
    found = []
    for path in sorted(place.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            found += [f"{path}: {form!r}" for form in forms if form in content]
    return found
