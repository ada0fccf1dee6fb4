"""Transactions over any database: shared records, own writes, savepoints, derived values.

An adapter brings a `Snapshot`: raw bodies as of one mark. All else is here, once, so that every
adapter behaves alike. Writes are kept in an overlay until the commit; a savepoint is a place in the
overlay's journal and costs the database nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol, Self, TypeVar

import msgspec

from lodekey.store.known import Derived, Known, Scan
from lodekey.store.port import Changed, Exists, R, ReadOnly

V = TypeVar("V")
_NOTHING = nullcontext()


class Snapshot(Protocol):
    """Bodies, opened, as of one mark."""

    @property
    def mark(self) -> bytes:
        """The mark that it holds as of."""

    def fetch(self, name: str) -> bytes | None:
        """One body."""

    def bodies(self, start: str, stop: str, *, reverse: bool) -> Iterator[tuple[str, bytes]]:
        """The bodies with ``start <= name < stop``, in order, read as they are asked for."""


class Reading:
    """A transaction that only reads.

    It begins without asking the database anything: while the mark stands, what is known is true.
    The first thing that is not known takes a snapshot. If somebody committed in between, what was
    given out already is compared with the snapshot, so that all reads agree with each other.

    It is its own context manager. An adapter says how to take a snapshot and let go of it.

    Args:
        known: The store's memory, as of the database's mark at the beginning.
    """

    writable = False
    __slots__ = (
        "_derived",
        "_deriving",
        "_ended",
        "_known",
        "_mark",
        "_read",
        "_records",
        "_snapshot",
    )

    def __init__(self, known: Known) -> None:
        self._known = known
        self._mark = known.mark
        self._records = known.records
        self._derived = known.derived
        self._snapshot: Snapshot | None = None
        self._read: list[tuple[str, Any] | Scan | Derived] = []
        self._deriving = 0
        self._ended = False

    def get(self, name: str, decode: Callable[[bytes], R]) -> R | None:
        """See `lodekey.store.port.Transaction.get`."""
        try:
            record = self._records[name]
        except KeyError:
            return self._fetch(name, decode)
        if self._known.mark is not self._mark:
            return self._fetch(name, decode)
        self._read.append((name, record))
        return record  # type: ignore[no-any-return]

    def put(self, name: str, record: msgspec.Struct, body: bytes, *, create: bool = False) -> None:
        """Refuse: this transaction only reads."""
        raise ReadOnly(name)

    def delete(self, name: str) -> None:
        """Refuse: this transaction only reads."""
        raise ReadOnly(name)

    def post(self, id: str, body: bytes) -> None:
        """Refuse: this transaction only reads."""
        raise ReadOnly(id)

    def forget(self, ids: Iterable[str]) -> None:
        """Refuse: this transaction only reads."""
        raise ReadOnly("outbox")

    def scan(
        self,
        start: str,
        stop: str,
        decode: Callable[[bytes], R],
        *,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[str, R]]:
        """See `lodekey.store.port.Transaction.scan`."""
        seen: list[tuple[str, Any]] | None = [] if self._deriving else None
        scan = Scan(start, stop, reverse=reverse, seen=seen)
        self._read.append(scan)
        return islice(self._scan(scan, decode), limit)

    def derive(self, key: Hashable, compute: Callable[[], V]) -> V:
        """See `lodekey.store.port.Transaction.derive`."""
        derived = self._derived.get(key)
        if derived is None or self._known.mark is not self._mark:
            derived = self._compute(compute)
            self._known.learn_derived(self._mark, key, derived)
        self._read.append(derived)
        return derived.value  # type: ignore[no-any-return]

    def savepoint(self) -> AbstractContextManager[None]:
        """See `lodekey.store.port.Transaction.savepoint`."""
        self._read.clear()
        return _NOTHING

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        if self._snapshot is not None:
            self._let_go(self._snapshot)
            self._snapshot = None

    def _take_snapshot(self) -> Snapshot:
        """Take a snapshot that lasts until `_let_go`."""
        raise NotImplementedError

    def _let_go(self, snapshot: Snapshot) -> None:
        """End a snapshot."""

    def _scan(self, scan: Scan, decode: Callable[[bytes], R]) -> Iterator[tuple[str, R]]:
        snapshot = self._snapshot or self._pin()
        for name, body in snapshot.bodies(scan.start, scan.stop, reverse=scan.reverse):
            record = decode(body)
            if scan.seen is not None:
                scan.seen.append((name, record))
            yield name, record
            if self._ended:
                raise RuntimeError("a scan outlived its transaction")
        scan.whole = True

    def _fetch(self, name: str, decode: Callable[[bytes], R]) -> R | None:
        snapshot = self._snapshot or self._pin()
        body = snapshot.fetch(name)
        record = None if body is None else decode(body)
        self._known.learn(self._mark, name, record, len(name) + len(body or b""))
        self._read.append((name, record))
        return record

    def _compute(self, compute: Callable[[], Any]) -> Derived:
        before = len(self._read)
        self._deriving += 1
        try:
            value = compute()
        finally:
            self._deriving -= 1
        records: dict[str, Any] = {}
        scans: list[Scan] = []
        for read in self._read[before:]:
            if isinstance(read, Derived):
                records.update(read.records)
                scans.extend(read.scans)
            elif isinstance(read, Scan):
                scans.append(read)
            else:
                records[read[0]] = read[1]
        return Derived(value, records, tuple(scans))

    def _pin(self) -> Snapshot:
        """Take the snapshot; from here on nothing that others commit can be seen."""
        if self._ended:
            raise RuntimeError("the transaction has ended")
        snapshot = self._snapshot = self._take_snapshot()
        if snapshot.mark != self._mark:
            self._mark = snapshot.mark
            self._records, self._derived = {}, {}
            given, self._read = self._read, []
            _must_agree(snapshot, given)
            self._read = given
        return snapshot


class Change:
    """A write that waits for the commit."""

    __slots__ = ("body", "record")

    def __init__(self, record: Any, body: bytes | None) -> None:
        self.record = record
        self.body = body


class Writing(Reading):
    """A transaction that may write; it alone may, until it ends.

    Args:
        known: The store's memory, as of the snapshot's mark.
        snapshot: What the database holds, which nobody else can change meanwhile.
    """

    writable = True

    def __init__(self, known: Known, snapshot: Snapshot) -> None:
        super().__init__(known)
        self._snapshot = snapshot
        self.changes: dict[str, Change] = {}
        self.letters: dict[str, bytes] = {}
        self.forgotten: list[str] = []
        self._journal: list[tuple[str, Change | None]] = []
        self._own: dict[Hashable, Derived] = {}
        self._untouched: dict[Hashable, int] = {}  # up to which place of the journal that is known

    def get(self, name: str, decode: Callable[[bytes], R]) -> R | None:
        """See `lodekey.store.port.Transaction.get`."""
        change = self.changes.get(name)
        if change is None:
            return super().get(name, decode)
        self._read.append((name, change.record))
        return change.record  # type: ignore[no-any-return]

    def put(self, name: str, record: msgspec.Struct, body: bytes, *, create: bool = False) -> None:
        """See `lodekey.store.port.Transaction.put`."""
        if create and self._exists(name):
            raise Exists(name)
        self._change(name, Change(record, body))

    def put_body(self, name: str, body: bytes) -> None:
        """Write a body whose record is not known here: what was `put` elsewhere."""
        self._change(name, Change(None, body))

    def delete(self, name: str) -> None:
        """See `lodekey.store.port.Transaction.delete`."""
        self._change(name, Change(None, None))

    def post(self, id: str, body: bytes) -> None:
        """See `lodekey.store.port.Transaction.post`."""
        self.letters[id] = body

    def forget(self, ids: Iterable[str]) -> None:
        """See `lodekey.store.port.Transaction.forget`."""
        self.forgotten.extend(ids)

    def sizes(self) -> dict[str, tuple[Any, int]]:
        """The changes as `Known.written` takes them."""
        return {
            name: (change.record, len(name) + len(change.body or b""))
            for name, change in self.changes.items()
        }

    def derive(self, key: Hashable, compute: Callable[[], V]) -> V:
        """See `lodekey.store.port.Transaction.derive`."""
        derived = self._own.get(key)
        if derived is None:
            derived = self._derived.get(key)
            if derived is None or self._touched(key, derived):
                derived = self._compute(compute)
                if derived.touches(self.changes):
                    self._own[key] = derived
                else:
                    self._known.learn_derived(self._mark, key, derived)
        self._read.append(derived)
        return derived.value  # type: ignore[no-any-return]

    def _touched(self, key: Hashable, derived: Derived) -> bool:
        """Whether a write of this transaction concerns what was *derived* before it.

        What was written before the last look at it need not be looked at again: in a batch each
        request asks for the same few.
        """
        seen, last = self._untouched.get(key, 0), len(self._journal)
        if seen < last:
            if derived.touches(name for name, _ in islice(self._journal, seen, None)):
                return True
            self._untouched[key] = last
        return False

    def savepoint(self) -> AbstractContextManager[None]:
        """See `lodekey.store.port.Transaction.savepoint`."""
        return _Savepoint(self)

    def place(self) -> tuple[int, dict[str, bytes]]:
        """Where the transaction is now, for `go_back`."""
        return len(self._journal), dict(self.letters) if self.letters else {}

    def go_back(self, place: tuple[int, dict[str, bytes]]) -> None:
        """Take back all writes since *place*."""
        before, self.letters = place
        while len(self._journal) > before:
            name, change = self._journal.pop()
            if change is None:
                del self.changes[name]
            else:
                self.changes[name] = change
        self._own.clear()
        self._untouched.clear()

    def _change(self, name: str, change: Change) -> None:
        if self._ended:
            raise RuntimeError("the transaction has ended")
        self._journal.append((name, self.changes.get(name)))
        self.changes[name] = change
        self._own.clear()

    def _exists(self, name: str) -> bool:
        change = self.changes.get(name)
        if change is not None:
            return change.body is not None
        if name in self._records:
            return self._records[name] is not None
        return (self._snapshot or self._pin()).fetch(name) is not None

    def _scan(self, scan: Scan, decode: Callable[[bytes], R]) -> Iterator[tuple[str, R]]:
        mine = [
            (name, change.record)
            for name, change in self.changes.items()
            if scan.start <= name < scan.stop
        ]
        if not mine:
            yield from super()._scan(scan, decode)
            return
        mine.sort(key=itemgetter(0), reverse=scan.reverse)
        stored = super()._scan(scan, decode)
        last = None
        # of two with one name, merge gives the one from the first iterable first: ours
        for name, record in merge(mine, stored, key=itemgetter(0), reverse=scan.reverse):
            if name != last and record is not None:
                yield name, record
            last = name


class _Savepoint:
    """A class and not a generator: every request of a batch has one."""

    __slots__ = ("_place", "_tx")

    def __init__(self, tx: Writing) -> None:
        self._tx = tx
        self._place = tx.place()

    def __enter__(self) -> None:
        pass

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed is not None:
            self._tx.go_back(self._place)


def _must_agree(snapshot: Snapshot, given: Iterable[tuple[str, Any] | Scan | Derived]) -> None:
    """Compare what was given out before the snapshot with the snapshot.

    Raises:
        Changed: One of the records changed.
    """
    for read in given:
        if isinstance(read, Derived):
            agree = all(_same(snapshot.fetch(name), known) for name, known in read.records.items())
            agree = agree and all(_same_scan(snapshot, scan) for scan in read.scans)
        elif isinstance(read, Scan):
            continue  # it begins only now
        else:
            agree = _same(snapshot.fetch(read[0]), read[1])
        if not agree:
            raise Changed("The records changed while they were read. Try again.")


def _same(body: bytes | None, record: Any) -> bool:
    if body is None or record is None:
        return body is record
    return bool(msgspec.msgpack.decode(body, type=type(record)) == record)


def _same_scan(snapshot: Snapshot, scan: Scan) -> bool:
    now = snapshot.bodies(scan.start, scan.stop, reverse=scan.reverse)
    for name, record in scan.seen or ():
        found = next(now, None)
        if found is None or found[0] != name or not _same(found[1], record):
            return False
    return not scan.whole or next(now, None) is None
