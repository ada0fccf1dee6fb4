"""Show that something changed without showing what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

MASK = "••••••••"
"""Stands for any value; its length says nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a diff between two values.

    Args:
        sign: ``+``, ``-``, ``~`` (changed) or ``=`` (the same).
        field: The member of the JSON object; empty: the whole value.
    """

    sign: str
    field: str


def fields_of(text: str | bytes | None) -> dict[str, str] | None:
    """The value's fields where it is a JSON object, members as text; None where it is not."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return {name: member_text(member) for name, member in read.items()}


def member_text(member: object) -> str:
    """A JSON member as the text that a program gets for it."""
    return member if isinstance(member, str) else json.dumps(member, ensure_ascii=False)


def differences(old: str | bytes | None, new: str | bytes | None) -> list[Difference]:
    """What differs between two values, by field where both are JSON objects."""
    before, after = fields_of(old), fields_of(new)
    if before is None or after is None:
        if old is None or new is None:
            return [Difference("+" if old is None else "-", "")]
        return [Difference("=" if old == new else "~", "")]
    names = [*before, *(name for name in after if name not in before)]
    return [Difference(_sign(before.get(name), after.get(name)), name) for name in names]


def _sign(old: str | None, new: str | None) -> str:
    if old is None:
        return "+"
    if new is None:
        return "-"
    return "=" if old == new else "~"


class Mask:
    """Replaces values in a stream of bytes, also where a value is cut by two pieces.

    Args:
        values: What must not be shown; values under four bytes are left alone, since they are in
            everything.
    """

    def __init__(self, values: Iterable[str | bytes]) -> None:
        found = {each.encode() if isinstance(each, str) else each for each in values}
        lines = {line.strip() for each in found for line in each.splitlines()}
        words = sorted((each for each in found | lines if len(each) >= 4), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, words))) if words else None
        self._words = words
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """What may be shown now; the start of a possible value is held back."""
        if self._pattern is None:
            return piece
        text = self._pattern.sub(MASK.encode(), self._held + piece)
        keep = self._tail(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> bytes:
        """What was held back."""
        rest, self._held = self._held, b""
        return rest

    def _tail(self, text: bytes) -> int:
        """How many bytes at the end might be the start of a value."""
        longest = min(len(text), max(map(len, self._words)) - 1)
        for size in range(longest, 0, -1):
            end = text[-size:]
            if any(word.startswith(end) for word in self._words):
                return size
        return 0
