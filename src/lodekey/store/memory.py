"""A store that lives in this process alone, for tests: the same transactions over a dict."""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from lodekey.crypto.barrier import Barrier
from lodekey.store.known import Known
from lodekey.store.port import Transaction
from lodekey.store.transaction import Reading, Snapshot, Writing


class MemoryStore:
    """Records in a dict. A commit replaces the dict, so a snapshot is a reference to it."""

    def __init__(self) -> None:
        self.barrier = Barrier.create(os.urandom(32))
        self._known = Known()
        self.rows = _Rows({}, (0).to_bytes(8, "big"))
        self._known.start_anew(self.rows.mark)
        self._letters: dict[str, bytes] = {}
        self._writing = threading.RLock()

    def transaction(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """See `lodekey.store.port.Store.transaction`."""
        return self._write() if write else _MemoryReading(self._known, self)

    def batch(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """See `lodekey.store.port.Store.batch`."""
        return self.transaction(write=write)

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """See `lodekey.store.port.Store.letters`."""
        yield from sorted(self._letters.items())

    def close(self) -> None:
        """See `lodekey.store.port.Store.close`."""
        self.rows = _Rows({}, b"")

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._writing:
            with Writing(self._known, self.rows) as tx:
                yield tx
            bodies = dict(self.rows.all)
            for name, change in tx.changes.items():
                if change.body is None:
                    bodies.pop(name, None)
                else:
                    bodies[name] = change.body
            before = self.rows.mark
            after = (int.from_bytes(before, "big") + 1).to_bytes(8, "big")
            self.rows = _Rows(bodies, after)
            self._letters.update(tx.letters)
            for letter in tx.forgotten:
                self._letters.pop(letter, None)
            self._known.written(before, after, tx.sizes())


class _MemoryReading(Reading):
    __slots__ = ("_store",)

    def __init__(self, known: Known, store: MemoryStore) -> None:
        super().__init__(known)
        self._store = store

    def _take_snapshot(self) -> Snapshot:
        return self._store.rows


class _Rows:
    """See `lodekey.store.transaction.Snapshot`."""

    def __init__(self, bodies: dict[str, bytes], mark: bytes) -> None:
        self.all = bodies
        self.mark = mark
        self._names: list[str] | None = None

    def fetch(self, name: str) -> bytes | None:
        return self.all.get(name)

    def bodies(self, start: str, stop: str, *, reverse: bool) -> Iterator[tuple[str, bytes]]:
        if self._names is None:
            self._names = sorted(self.all)
        names = self._names[bisect_left(self._names, start) : bisect_left(self._names, stop)]
        for name in reversed(names) if reverse else names:
            yield name, self.all[name]
