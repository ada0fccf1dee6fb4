"""Random identifiers: version 4 UUIDs as text, made several at a time.

Every request has two or three of them, and ``uuid.uuid4`` costs ten times as much.
Source: RFC 9562 §5.4.
"""

from __future__ import annotations

import os

_ONCE = 128
_ready: list[str] = []


def new_id() -> str:
    """A random UUID: ``xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx``."""
    try:
        return _ready.pop()
    except IndexError:
        _refill()
        return _ready.pop()


def _refill() -> None:
    raw = os.urandom(16 * _ONCE)
    _ready.extend(hyphenated(_marked(raw[at : at + 16])) for at in range(0, len(raw), 16))


def _marked(raw: bytes) -> bytes:
    """*raw* with the bits that say version 4."""
    return raw[:6] + bytes((raw[6] & 0x0F | 0x40, raw[7], raw[8] & 0x3F | 0x80)) + raw[9:]


def hyphenated(raw: bytes) -> str:
    """Sixteen bytes as a UUID is written."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# A forked child must not hand out its parent's identifiers.
os.register_at_fork(after_in_child=_ready.clear)
