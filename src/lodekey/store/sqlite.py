"""The embedded store: one SQLite file in WAL mode, every body sealed.

A write is durable before it is answered (``synchronous=FULL``). Reads of what is known cost no
query (`lodekey.store.wal_mark`). When the disk is full, writes are refused and reads go on. When
the disk fails under a commit, the process ends: after a failed fsync nobody can say what is on the
disk, and only a new start reads what really is there.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import apsw

from lodekey.crypto.aead import Tampered
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import Locked
from lodekey.errors import ServiceUnavailable
from lodekey.store.checkpoints import Checkpoints
from lodekey.store.disk_failure import end_process
from lodekey.store.known import Known
from lodekey.store.port import Transaction
from lodekey.store.tally import EMPTY, NAME, TAIL_BYTES, Tally, Tallying
from lodekey.store.transaction import Reading, Snapshot, Writing
from lodekey.store.wal_mark import WalMark, follows, frames_in

LAYOUT: Final = 1
_APPLICATION_ID: Final = 0x6C6F6465  # "lode"

_TABLES: Final = """
create table record (name text primary key, body blob not null) without rowid;
create table outbox (id text primary key, body blob not null) without rowid;
create table meta (name text primary key, body blob not null) without rowid;
"""
_FETCH: Final = "select body from record where name = ?"
_UP: Final = "select name, body from record where name >= ? and name < ? order by name"
_DOWN: Final = _UP + " desc"
# the first row comes out while the statement still runs, and so the snapshot lasts
_HOLD: Final = "select 1 union all select 1 from record"

# https://www.sqlite.org/wal.html#walresetbug
_FIRST_GOOD: Final = 3_051_003

_META: Final = "select body from meta where name = ?"
_CHECK: Final = "sealed by"
_AT_ONCE: Final = 16
_TAILS: Final = (
    f"select name, substr(body, -{TAIL_BYTES}) from record where name in "  # noqa: S608 - a number
    f"({', '.join('?' * _AT_ONCE)})"
)
_OUTBOX: Final = "outbox\x01"


class WrongBarrier(Locked):
    """The database was sealed by another keyring than the one given."""


class WrongLayout(Locked):
    """The database was made by a version that we do not know."""


class SqliteStore:
    """Records in one SQLite file, sealed by a barrier.

    Args:
        path: The file; made, readable by its owner alone, where there is none.
        barrier: Seals the bodies.
        patience: Seconds to wait for other writers.
        on_disk_failure: What to do when a commit fails with an I/O error; it must not return.
        vfs: The name of an SQLite VFS, for tests.

    Raises:
        Locked: The file was sealed by another barrier, or made by a version that we do not know.
    """

    def __init__(
        self,
        path: str | Path,
        barrier: Barrier,
        *,
        patience: float = 10.0,
        on_disk_failure: Callable[[BaseException], NoReturn] = end_process,
        vfs: str | None = None,
    ) -> None:
        if apsw.SQLITE_VERSION_NUMBER < _FIRST_GOOD:
            raise Locked(f"SQLite {apsw.sqlite_lib_version()} can lose commits: upgrade apsw")
        self._path = str(path)
        self.barrier = barrier
        self._tallying = Tallying(barrier)
        self._patience = patience
        self._on_disk_failure = on_disk_failure
        self._vfs = vfs
        self._writing = threading.Lock()
        self._committing = threading.Lock()
        self.known = Known()
        self._idle: list[apsw.Connection] = []
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._writer = self._connect()
        self._set_up()
        self._mark = WalMark.of(self._path)
        self._checkpoints = Checkpoints(self._connect, self._no_writer, on_disk_failure)

    def transaction(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """See `lodekey.store.port.Store.transaction`.

        Raises:
            ServiceUnavailable: The disk is full, or other writers took too long.
        """
        if write:
            return self._write()
        self._catch_up()
        return _SqliteReading(self)

    def batch(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """A transaction for several requests, each within `Transaction.savepoint`.

        One commit, durable once, for all of them; answers leave after it.
        """
        return self.transaction(write=write)

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """What is in the outbox, oldest id first."""
        with self._borrowed() as db:
            rows: list[Any] = db.execute("select id, body from outbox order by id").fetchall()
        for letter, sealed in rows:
            yield letter, self.barrier.open(_OUTBOX + letter, sealed)

    def close(self) -> None:
        """See `lodekey.store.port.Store.close`."""
        self._checkpoints.close()
        for db in (*self._idle, self._writer):
            db.close()
        self._idle.clear()
        self._mark.release()

    @contextmanager
    def _write(self) -> Iterator[Writing]:
        if not self._writing.acquire(timeout=self._patience):
            raise ServiceUnavailable("The server is busy writing. Try again.")
        try:
            with self._asking():
                self._writer.execute("begin immediate")
            try:
                self._catch_up()
                snapshot = _Snapshot(self._writer, self.known.mark, self.barrier)
                try:
                    with Writing(self.known, snapshot) as tx:
                        yield tx
                finally:
                    snapshot.release()
                self._commit(tx)
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("rollback")
        finally:
            self._writing.release()

    def _commit(self, tx: Writing) -> None:
        seal = self.barrier.seal
        put = [
            (name, seal(name, it.body)) for name, it in tx.changes.items() if it.body is not None
        ]
        deleted = [(name,) for name, change in tx.changes.items() if change.body is None]
        letters = [(letter, seal(_OUTBOX + letter, it)) for letter, it in tx.letters.items()]
        forgotten = [(letter,) for letter in tx.forgotten]
        with self._asking(), self._committing:
            if tx.changes:
                gone = _tails(self._writer, list(tx.changes))
                tally = self._tallying.moved(self._tally(self._writer), gone, put)
                kept = self._tallying.seal(tally)
                self._writer.execute("update meta set body = ? where name = ?", (kept, NAME))
            for statement, rows in (
                ("insert or replace into record values (?, ?)", put),
                ("delete from record where name = ?", deleted),
                ("insert or replace into outbox values (?, ?)", letters),
                ("delete from outbox where id = ?", forgotten),
            ):
                if rows:
                    self._writer.executemany(statement, rows)
            before = self._mark.read()
            try:
                self._writer.execute("commit")
            except apsw.IOError as error:
                self._on_disk_failure(error)
            after = self._mark.read_whole()
            if after is not None and (after == before or follows(before, after)):
                self.known.written(before, after, tx.sizes())
        self._checkpoints.wrote(frames_in(self._mark.read()))

    def _tally(self, db: apsw.Connection) -> Tally:
        return self._tallying.open(db.execute(_META, (NAME,)).get)

    def export(self) -> Iterator[tuple[str, str, bytes]]:
        """Every ("record", name, body) and ("letter", id, body), as of one moment."""
        open_ = self.barrier.open
        with self._borrowed() as db:
            db.execute("begin")
            try:
                for name, sealed in db.execute("select name, body from record order by name"):
                    yield "record", name, open_(name, sealed)
                for letter, sealed in db.execute("select id, body from outbox order by id"):
                    yield "letter", letter, open_(_OUTBOX + letter, sealed)
            finally:
                db.execute("rollback")

    def load(self, items: list[tuple[str, str, bytes]]) -> None:
        """Put in what `export` gave, into a store that nobody uses yet."""
        with self._write() as tx:
            for kind, name, body in items:
                if kind == "record":
                    tx.put_body(name, body)
                else:
                    tx.post(name, body)
        self.known.start_anew(b"")  # it holds no records for these bodies

    def verify(self) -> list[str]:
        """Open every row and count again; what is wrong, in words.

        Finds rows that were changed, moved, put back to what they were, added or taken away.
        """
        with self._borrowed() as db:
            db.execute("begin")
            try:
                return list(self._findings(db))
            finally:
                db.execute("rollback")

    def _findings(self, db: apsw.Connection) -> Iterator[str]:
        broken = db.execute("pragma integrity_check").get
        if broken != "ok":
            yield f"the file is broken: {broken}"
        rows: Any = db.execute("select name, body from record")
        yield from self._tallying.findings(rows, lambda: db.execute(_META, (NAME,)).get)

    @contextmanager
    def _no_writer(self) -> Iterator[None]:
        """Keep every writer away, of this process and others."""
        with self._writing:
            self._writer.execute("begin immediate")
            try:
                yield
            finally:
                self._writer.execute("rollback")

    def _catch_up(self) -> None:
        """Forget what is known if somebody else committed."""
        if self._mark.read() != self.known.mark:
            # our own commit may be about to tell what it changed
            with self._committing:
                mark = self._mark.read()
                if mark != self.known.mark:
                    self.known.start_anew(mark)

    def snapshot(self) -> _Snapshot:
        """A snapshot for reading; give it back with `put_back`."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._connect()
        while True:
            mark = self._mark.read_whole()
            hold = db.execute(_HOLD)
            next(hold)
            if mark is not None and mark == self._mark.read_whole():
                return _Snapshot(db, mark, self.barrier, hold)
            hold.close()

    def put_back(self, snapshot: _Snapshot) -> None:
        """End a snapshot."""
        snapshot.release()
        self._idle.append(snapshot.db)

    def _connect(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE
        db = apsw.Connection(self._path, flags=flags, vfs=self._vfs)
        db.set_busy_handler(_Patience(self._patience))
        db.execute("pragma journal_mode=wal; pragma synchronous=full; pragma trusted_schema=off")
        db.execute("pragma cache_size=-8192; pragma mmap_size=0; pragma temp_store=memory")
        db.execute("pragma wal_autocheckpoint=0")  # `Checkpoints` does it
        return db

    def _set_up(self) -> None:
        db = self._writer
        with self._asking():
            db.execute("begin immediate")
            try:
                layout = db.execute("pragma user_version").get
                if layout not in {0, LAYOUT}:
                    raise WrongLayout(f"`{self._path}` has layout {layout}, we know {LAYOUT}")
                if not layout:
                    db.execute(_TABLES)
                    db.execute(f"pragma user_version={LAYOUT}")
                    db.execute(f"pragma application_id={_APPLICATION_ID}")
                    for name, sealed in (
                        (_CHECK, self.barrier.seal(_CHECK, b"")),
                        (NAME, self._tallying.seal(EMPTY)),
                    ):
                        db.execute("insert into meta values (?, ?)", (name, sealed))
                self._check_barrier()
                db.execute("commit")
            finally:
                if db.in_transaction:
                    db.execute("rollback")

    def _check_barrier(self) -> None:
        check = self._writer.execute(_META, (_CHECK,)).get
        try:
            self.barrier.open(_CHECK, check or b"")
        except Tampered:
            raise WrongBarrier(
                f"`{self._path}` was sealed by another keyring: restore the one that belongs to it"
            ) from None

    @contextmanager
    def _borrowed(self) -> Iterator[apsw.Connection]:
        """A connection for reading, that nobody else uses meanwhile."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._connect()
        try:
            yield db
        finally:
            self._idle.append(db)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Put the database's refusals into words."""
        try:
            yield
        except apsw.FullError:
            raise ServiceUnavailable("The disk is full. Nothing was changed. Try again.") from None
        except apsw.BusyError:
            raise ServiceUnavailable("The server is busy writing. Try again.") from None
        except apsw.IOError as error:
            if getattr(error, "extendedresult", 0) != apsw.SQLITE_IOERR_SHMSIZE:
                raise
            raise ServiceUnavailable("The disk is full. Nothing was changed. Try again.") from None


class _SqliteReading(Reading):
    __slots__ = ("_store",)

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(store.known)
        self._store = store

    def _take_snapshot(self) -> Snapshot:
        return self._store.snapshot()

    def _let_go(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, _Snapshot):
            self._store.put_back(snapshot)


class _Snapshot:
    """See `lodekey.store.transaction.Snapshot`."""

    def __init__(
        self, db: apsw.Connection, mark: bytes, barrier: Barrier, hold: apsw.Cursor | None = None
    ) -> None:
        self.db = db
        self.mark = mark
        self._barrier = barrier
        self._hold = hold
        self._scans: list[apsw.Cursor] = []

    def fetch(self, name: str) -> bytes | None:
        sealed = self.db.execute(_FETCH, (name,)).get
        return None if sealed is None else self._barrier.open(name, sealed)

    def bodies(self, start: str, stop: str, *, reverse: bool) -> Iterator[tuple[str, bytes]]:
        rows = self.db.execute(_DOWN if reverse else _UP, (start, stop))
        self._scans.append(rows)
        for name, sealed in rows:
            yield name, self._barrier.open(name, sealed)

    def release(self) -> None:
        for cursor in self._scans:
            cursor.close(force=True)
        if self._hold is not None:
            self._hold.close(force=True)


def _tails(db: apsw.Connection, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """The ends of the bodies of those records that are there."""
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        some += some[-1:] * (_AT_ONCE - len(some))
        rows: list[Any] = db.execute(_TAILS, some).fetchall()
        yield from rows


class _Patience:
    """Waits for another process's transaction, in even steps, so that no waiter falls behind."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = 0.0

    def __call__(self, tries: int) -> bool:
        if not tries:
            self._began = time.monotonic()
        if time.monotonic() - self._began > self._seconds:
            return False
        time.sleep(random.uniform(0.0003, 0.0007))  # noqa: S311
        return True
