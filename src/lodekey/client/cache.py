"""A cache of values: fixed memory, a time to live for each, and no value in its repr."""

from __future__ import annotations

import sys
from threading import Lock
from typing import NoReturn

from lodekey.client.kept import Kept

MOST_BYTES = 1 << 20
OVERHEAD = 600
"""Bytes that a value takes beside its texts: names, versions, times, the objects that hold them."""


class Held:
    """A value in memory.

    Args:
        kept: As the store answered it.
        text: What readers get.
        fresh_until: The monotonic time until which it is served without a thought.
        usable_until: The time until which it is served while it is read anew.
    """

    __slots__ = ("failed", "fresh_until", "kept", "size", "text", "usable_until", "used")

    def __init__(self, kept: Kept, text: str, fresh_until: float, usable_until: float) -> None:
        self.kept = kept
        self.text = text
        self.fresh_until = fresh_until
        self.usable_until = usable_until
        self.size = OVERHEAD + sys.getsizeof(text) + sys.getsizeof(kept.content)
        self.used = False
        self.failed = False

    def __repr__(self) -> str:
        return f"Held({str(self.kept.place)!r}, version={self.kept.version!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a value is not pickled")


class Cache(dict[str, Held]):
    """Values by the name that they are asked for.

    Reading is a plain look-up in a dictionary. What was not read since the last round goes first
    when there is no room (the clock algorithm).

    Args:
        most_bytes: The most that the values' texts take together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        super().__init__()
        self._most = most_bytes
        self._bytes = 0
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Cache({len(self)} values, {self._bytes} of {self._most} bytes)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("values are not pickled")

    def unlock(self) -> None:
        """Forget the lock, which another thread may have held when this process was forked."""
        self._lock = Lock()

    def keep(self, name: str, held: Held) -> None:
        """Hold a value; others leave if they must, and it is not held if it alone is too much."""
        with self._lock:
            self._forget(name)
            if held.size > self._most:
                return
            self._make_room(held.size)
            self[name] = held
            self._bytes += held.size

    def forget(self, name: str) -> None:
        """Hold a value no longer."""
        with self._lock:
            self._forget(name)

    def _forget(self, name: str) -> None:
        held = self.pop(name, None)
        if held is not None:
            self._bytes -= held.size

    def _make_room(self, size: int) -> None:
        while self._bytes + size > self._most:
            name = next(iter(self))
            held = self[name]
            if held.used:  # read since the last round: to the end of the queue
                held.used = False
                self[name] = self.pop(name)
            else:
                self._forget(name)
