"""What a store remembers of its records between transactions, and how it forgets.

Records are frozen, so opened and decoded ones are shared between transactions until the database
says that something changed. The database's word is a *mark*, cheap to read and different after
every commit: all that is known here is known as of `Known.mark`. There is no time-to-live: a
revoked key is refused at the next request.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final

MOST_RECORDS: Final = 100_000
MOST_BYTES: Final = 32 << 20
LARGEST: Final = 256 << 10
MOST_DERIVED: Final = 20_000


class Scan:
    """One scan of a range, as far as it was read.

    Args:
        start: The first name.
        stop: The first name behind the range.
        reverse: Whether it was read from its end.
        seen: What came out, where that is kept: while a value is derived.
    """

    __slots__ = ("reverse", "seen", "start", "stop", "whole")

    def __init__(
        self, start: str, stop: str, *, reverse: bool, seen: list[tuple[str, Any]] | None
    ) -> None:
        self.start = start
        self.stop = stop
        self.reverse = reverse
        self.seen = seen
        self.whole = False


class Derived:
    """A value computed from records, and all that was read for it.

    Args:
        value: What was computed.
        records: The records that were read, by name; None where there was none.
        scans: The ranges that were scanned.
    """

    __slots__ = ("records", "scans", "value")

    def __init__(self, value: Any, records: Mapping[str, Any], scans: tuple[Scan, ...]) -> None:
        self.value = value
        self.records = records
        self.scans = scans

    def touches(self, written: Iterable[str]) -> bool:
        """Whether one of the names *written* was read for it, or would be now."""
        for name in written:
            if name in self.records:
                return True
            for scan in self.scans:
                if scan.start <= name < scan.stop:
                    return True
        return False

    def prefixes(self) -> set[str]:
        """For each range, the longest beginning that every name in it has."""
        return {_shared(scan.start, scan.stop) for scan in self.scans}


class Known:
    """Records and derived values, as of one mark.

    Readers look into `records` and `derived` without a lock, and look at `mark` *after* that: while
    it is still the mark they began at, what they found is of their own moment. Who changes anything
    in place takes the lock and unsets the mark first.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.mark = b""
        self.records: dict[str, Any] = {}
        self.derived: dict[Hashable, Derived] = {}
        self._bytes = 0
        self._sizes: dict[str, int] = {}
        self._by_name: dict[str, set[Hashable]] = {}
        self._by_prefix: dict[str, set[Hashable]] = {}
        self._lengths: Counter[int] = Counter()

    def start_anew(self, mark: bytes) -> None:
        """Forget everything; what is learnt from now on holds as of *mark*."""
        with self.lock:
            self._forget_all(mark)

    def learn(self, mark: bytes, name: str, record: Any, size: int) -> None:
        """Remember a record (None: there is none) that was read as of *mark*."""
        if size > LARGEST:
            return
        with self.lock:
            if mark != self.mark:
                return
            if len(self.records) >= MOST_RECORDS or self._bytes > MOST_BYTES:
                self._make_room()
            self._bytes += size - self._sizes.get(name, 0)
            self._sizes[name] = size
            self.records[name] = record

    def learn_derived(self, mark: bytes, key: Hashable, derived: Derived) -> None:
        """Remember a value that was computed from records as of *mark*."""
        with self.lock:
            if mark != self.mark:
                return
            if len(self.derived) >= MOST_DERIVED:
                self._forget_derived()
            if key in self.derived:
                self._drop(key)
            self.derived[key] = derived
            for name in derived.records:
                self._by_name.setdefault(name, set()).add(key)
            for prefix in derived.prefixes():
                if prefix not in self._by_prefix:
                    self._lengths[len(prefix)] += 1
                self._by_prefix.setdefault(prefix, set()).add(key)

    def written(self, before: bytes, after: bytes, changes: Mapping[str, tuple[Any, int]]) -> None:
        """Take in what this process itself committed: only what depends on it is forgotten.

        Args:
            before: The mark that the writing transaction began at.
            after: The mark that its commit made.
            changes: Names with the new record and its size; None and 0 where it was deleted.
        """
        with self.lock:
            if before != self.mark:
                self._forget_all(after)
                return
            self.mark = b""
            for name, (record, size) in changes.items():
                if self._lengths or name in self._by_name:
                    for key in self._dependents(name):
                        self._drop(key)
                self._bytes -= self._sizes.pop(name, 0)
                if size > LARGEST:
                    self.records.pop(name, None)
                else:
                    self.records[name] = record
                    self._sizes[name] = size
                    self._bytes += size
            self.mark = after

    def _dependents(self, name: str) -> list[Hashable]:
        suspects = set(self._by_name.get(name, ()))
        for length in self._lengths:
            if length <= len(name):
                suspects |= self._by_prefix.get(name[:length], set())
        return [key for key in suspects if self.derived[key].touches((name,))]

    def _drop(self, key: Hashable) -> None:
        derived = self.derived.pop(key)
        for name in derived.records:
            _leave(self._by_name, name, key)
        for prefix in derived.prefixes():
            if _leave(self._by_prefix, prefix, key):
                self._lengths[len(prefix)] -= 1
                if not self._lengths[len(prefix)]:
                    del self._lengths[len(prefix)]

    def _forget_derived(self) -> None:
        self.derived = {}
        self._by_name = {}
        self._by_prefix = {}
        self._lengths = Counter()

    def _forget_all(self, mark: bytes) -> None:
        self._forget_derived()
        self.records = {}
        self._bytes = 0
        self._sizes = {}
        self.mark = mark

    def _make_room(self) -> None:
        """Forget the half that was learnt first."""
        for name in list(self.records)[: len(self.records) // 2 + 1]:
            del self.records[name]
            self._bytes -= self._sizes.pop(name, 0)


def _leave(readers: dict[str, set[Hashable]], name: str, key: Hashable) -> bool:
    """Take *key* off the readers of *name*; True if it was the last."""
    keys = readers[name]
    keys.discard(key)
    if not keys:
        del readers[name]
    return not keys


def _shared(start: str, stop: str) -> str:
    """The beginning that *start* and *stop* share."""
    length = 0
    for left, right in zip(start, stop, strict=False):
        if left != right:
            break
        length += 1
    return start[:length]
