"""Show that something changed without showing what."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

MASK = "••••••••"
"""Stands for any value; its length says nothing."""
SHORTEST = 4
"""Bytes; what is shorter is in everything, and not masked."""


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
        values: What must not be shown, in none of the forms that `forms_of` knows.
    """

    def __init__(self, values: Iterable[str | bytes]) -> None:
        found: set[bytes] = set()
        for each in values:
            found |= forms_of(each.encode() if isinstance(each, str) else each)
        self._words = sorted(found, key=len, reverse=True)
        self._longest = max(map(len, self._words), default=0)
        self._pattern = re.compile(b"|".join(map(re.escape, self._words))) if found else None
        self._held = b""
        self._shown = 0
        """How many of the held bytes were shown while nothing came after them."""

    def feed(self, piece: bytes) -> bytes:
        """What may be shown now; the start of a possible value is held back."""
        text = self._held + piece
        cut = len(text) - self._tail(text)
        return self._show(text, cut)

    def idle(self) -> bytes:
        """What is shown of what is held while nothing comes: less than the start of a value.

        A prompt whose last letter is a value's first must not wait.
        """
        start, self._shown = self._shown, min(len(self._held), SHORTEST - 1)
        return self._held[start : self._shown]

    def flush(self) -> bytes:
        """What was held back, at the end of the stream."""
        return self._show(self._held, len(self._held))

    def _show(self, text: bytes, cut: int) -> bytes:
        shown, at = [], self._shown
        for match in self._pattern.finditer(text) if self._pattern is not None else ():
            if match.start() >= cut:
                break
            shown += [text[at : match.start()], MASK.encode()]
            at = max(at, match.end())
        shown.append(text[at:cut])
        at = max(at, cut) if cut > self._shown or len(shown) > 1 else cut
        self._held, self._shown = text[at:], max(0, self._shown - at)
        return b"".join(shown)

    def _tail(self, text: bytes) -> int:
        """How many bytes at the end might be the start of a value."""
        for size in range(min(len(text), self._longest - 1), 0, -1):
            end = text[-size:]
            if any(len(word) > size and word.startswith(end) for word in self._words):
                return size
        return 0


def forms_of(value: bytes) -> set[bytes]:
    """A value as programs print it: as it is, by line, by field, in JSON, in a URL, in base64.

    What is shorter than `SHORTEST` is in everything, and left out.
    """
    text = value.decode(errors="ignore")
    fields = [member.encode() for member in (fields_of(text) or {}).values()]
    found = {value}
    for each in (value, *fields):
        found |= {each, *(line.strip() for line in each.splitlines())}
        said = each.decode(errors="ignore")
        found |= {json.dumps(said, ensure_ascii=plain)[1:-1].encode() for plain in (True, False)}
        found |= {quote(each, safe="").encode(), quote(each).encode(), quote_plus(each).encode()}
        found |= {re.sub(rb"%..", lambda m: m[0].lower(), form) for form in found if b"%" in form}
        found |= _in_base64(each)
    return {each for each in found if len(each) >= SHORTEST}


def _in_base64(value: bytes) -> set[bytes]:
    """The part of its base64 that is the same whatever stands before and after it."""
    found: set[bytes] = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + value)
        start, rest = -(-before * 8 // 6), (before + len(value)) % 3
        core = whole[start : len(whole) - (4 if rest else 0) + (rest * 8 // 6 if rest else 0)]
        if len(core) >= 2 * SHORTEST:
            found |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
        for width in (64, 76) if before == 0 else ():  # as tools wrap it
            found |= {core[at : at + width] for at in range(0, len(core) - 2 * SHORTEST, width)}
    return found
