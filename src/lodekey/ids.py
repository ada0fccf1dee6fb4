"""Random identifiers: version 4 UUIDs as text, made several at a time.

Every request has two or three of them, and ``uuid.uuid4`` costs ten times as much.
Source: RFC 9562 §5.4.
"""

from __future__ import annotations

import os

_ONCE = 128
_ready: list[str] = []
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def new_id() -> str:
    """A random UUID: ``xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx``."""
    try:
        return _ready.pop()
    except IndexError:
        _refill()
        return _ready.pop()


def _refill() -> None:
    text = os.urandom(16 * _ONCE).hex()
    for at in range(0, len(text), 32):
        one = text[at : at + 32]
        # the bits that say version 4
        fourth = _VARIANT[one[16]] + one[17:20]
        _ready.append(f"{one[:8]}-{one[8:12]}-4{one[13:16]}-{fourth}-{one[20:]}")


def hyphenated(raw: bytes) -> str:
    """Sixteen bytes as a UUID is written."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# A forked child must not hand out its parent's identifiers.
os.register_at_fork(after_in_child=_ready.clear)
