"""The store for scale: PostgreSQL, for several nodes, every body sealed.

Names are ``bytea``: their order is the order of bytes, which for UTF-8 is the order of code points,
and they may hold what ``text`` refuses. One row holds a mark that is random and new with each
commit. A writer locks it first, so writers follow each other; a reader asks for it once for each
batch of requests, and if it has not changed, all that is known is true. (A count would not do: a
replica that takes over without the last commits counts on from where it is.) Replicas are never
asked.

A commit whose outcome is not known is not reported as success: neither one that ends in a lost
connection, nor one that PostgreSQL reports as done with a warning that no replica has it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from lodekey.crypto.aead import Tampered
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import Locked, RootKeyProvider
from lodekey.errors import ServiceUnavailable
from lodekey.store.known import Known
from lodekey.store.port import Transaction
from lodekey.store.postgres_connections import Connection, Connections
from lodekey.store.tally import EMPTY, NAME, TAIL_BYTES, Tallying
from lodekey.store.transaction import Reading, Snapshot, Writing

_TABLES: Final[tuple[LiteralString, ...]] = (
    "create table if not exists record (name bytea primary key, body bytea not null)",
    "create table if not exists outbox (id text primary key, body bytea not null)",
    "create table if not exists meta (name text primary key, body bytea not null)",
    "create table if not exists commits (one bool primary key check (one), mark bytea not null)",
    "insert into commits values (true, '') on conflict do nothing",
)
_SET_UP_LOCK: Final = 0x6C6F6465_6B657900
_MARK: Final = "select mark from commits"
_LOCK: Final = "select mark from commits for update"
_FETCH: Final = "select body from record where name = %s"
_UP: Final = "select name, body from record where name >= %s and name < %s order by name limit %s"
_DOWN: Final = (
    "select name, body from record where name >= %s and name < %s order by name desc limit %s"
)
_TAILS: Final[LiteralString] = (
    "select name, substr(body, length(body) - %s) from record where name = any(%s)"
)
_PUT: Final = (
    "insert into record select * from unnest(%s::bytea[], %s::bytea[])"
    " on conflict (name) do update set body = excluded.body"
)
_META: Final = "select body from meta where name = %s"
_KEEP: Final = (
    "insert into meta values (%s, %s) on conflict (name) do update set body = excluded.body"
)
_CHECK: Final = "sealed by"
_KEYRING: Final = "keyring"
_OUTBOX: Final = "outbox\x01"
_PAGE: Final = 256
_MARK_BYTES: Final = 16


class PostgresStore:
    """Records in a PostgreSQL database, sealed by a barrier.

    Args:
        conninfo: A connection string; name only servers that accept writes
            (``target_session_attrs=read-write``).
        barrier: Seals the bodies. `shared_barrier` makes one whose keyring is in the database.
        schema: Where the tables are.
        patience: Seconds to wait for other writers.

    Raises:
        Locked: The data was sealed by another barrier.
        psycopg.OperationalError: The database cannot be reached.
    """

    def __init__(
        self, conninfo: str, barrier: Barrier, *, schema: str = "lodekey", patience: float = 10.0
    ) -> None:
        self.barrier = barrier
        self.known = Known()
        self._tallying = Tallying(barrier)
        self._connections = Connections(conninfo, schema, patience)
        self._patience = patience
        self._writing = threading.Lock()
        self._committing = threading.Lock()
        try:
            _make_tables(self._connections, schema)
            self._check_barrier()
        except BaseException:
            self.close()
            raise

    def transaction(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """See `lodekey.store.port.Store.transaction`.

        Raises:
            ServiceUnavailable: The database cannot be reached, or does not say how a commit ended.
        """
        return self._write() if write else self._read()

    def batch(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """See `lodekey.store.port.Store.batch`."""
        return self.transaction(write=write)

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """See `lodekey.store.port.Store.letters`."""
        with self._connections.one() as db:
            rows = db.execute('select id, body from outbox order by id collate "C"').fetchall()
        for letter, sealed in rows:
            yield letter, self.barrier.open(_OUTBOX + letter, sealed)

    def export(self) -> Iterator[tuple[str, str, bytes]]:
        """Every ("record", name, body) and ("letter", id, body), as of one moment."""
        with self._connections.one() as db, _one_moment(db):
            for name, sealed in _every_row(db):
                yield "record", name, self.barrier.open(name, sealed)
            for letter, sealed in db.execute("select id, body from outbox").fetchall():
                yield "letter", letter, self.barrier.open(_OUTBOX + letter, sealed)

    def load(self, items: list[tuple[str, str, bytes]]) -> None:
        """Put in what `export` gave, into a store that nobody uses yet."""
        with self._write() as tx:
            for kind, name, body in items:
                if kind == "record":
                    tx.put_body(name, body)
                else:
                    tx.post(name, body)
        self.known.start_anew(b"")

    def verify(self) -> list[str]:
        """Open every row and count again; what is wrong, in words. See `SqliteStore.verify`."""
        with self._connections.one() as db, _one_moment(db):
            rows = _every_row(db)
            return list(self._tallying.findings(rows, lambda: _read_meta(db, NAME)))

    def close(self) -> None:
        """See `lodekey.store.port.Store.close`."""
        self._connections.close()

    @contextmanager
    def _read(self) -> Iterator[Transaction]:
        with self._connections.one() as db:
            self.catch_up(_mark(db))
            with _PostgresReading(self.known, db, self.barrier) as tx:
                yield tx

    def catch_up(self, mark: bytes) -> None:
        """Forget what is known if somebody else committed."""
        if mark != self.known.mark:
            with self._committing:
                self.known.start_anew(mark)

    @contextmanager
    def _write(self) -> Iterator[Writing]:
        if not self._writing.acquire(timeout=self._patience):
            raise ServiceUnavailable("The server is busy writing. Try again.")
        try:
            with self._connections.one() as db:
                db.execute("begin")
                try:
                    before = _row(db.execute(_LOCK, binary=True))[0]
                    self.catch_up(before)
                    with Writing(self.known, _Rows(db, self.barrier, before)) as tx:
                        yield tx
                    self._commit(db, tx, before)
                except BaseException:
                    with suppress(psycopg.Error):
                        db.execute("rollback")
                    raise
        finally:
            self._writing.release()

    def _commit(self, db: Connection, tx: Writing, before: bytes) -> None:
        if not (tx.changes or tx.letters or tx.forgotten):
            db.execute("rollback")
            return
        seal = self.barrier.seal
        put = [
            (name, seal(name, it.body)) for name, it in tx.changes.items() if it.body is not None
        ]
        deleted = [name.encode() for name, change in tx.changes.items() if change.body is None]
        letters = [(letter, seal(_OUTBOX + letter, it)) for letter, it in tx.letters.items()]
        tally = self._moved(db, tx, put) if tx.changes else None
        after = os.urandom(_MARK_BYTES)
        with self._committing:
            with db.pipeline():
                if put:
                    db.execute(_PUT, [[name.encode() for name, _ in put], [it for _, it in put]])
                if deleted:
                    db.execute("delete from record where name = any(%s)", [deleted])
                for letter in letters:
                    db.execute("insert into outbox values (%s, %s) on conflict do nothing", letter)
                if tx.forgotten:
                    db.execute("delete from outbox where id = any(%s)", [tx.forgotten])
                if tally is not None:
                    db.execute(_KEEP, [NAME, tally])
                db.execute("update commits set mark = %s", [after])
            self._connections.commit(db)
            self.known.written(before, after, tx.sizes())

    def _moved(self, db: Connection, tx: Writing, put: list[tuple[str, bytes]]) -> bytes:
        names = [name.encode() for name in tx.changes]
        rows = db.execute(_TAILS, [TAIL_BYTES - 1, names]).fetchall()
        gone = [(bytes(name).decode(), bytes(tail)) for name, tail in rows]
        tally = self._tallying.open(_read_meta(db, NAME))
        return self._tallying.seal(self._tallying.moved(tally, gone, put))

    def _check_barrier(self) -> None:
        with self._connections.one() as db, db.transaction():
            db.execute(_LOCK)
            check = _read_meta(db, _CHECK)
            if check is None:
                db.execute(_KEEP, [_CHECK, self.barrier.seal(_CHECK, b"")])
                db.execute(_KEEP, [NAME, self._tallying.seal(EMPTY)])
                return
            try:
                self.barrier.open(_CHECK, check)
            except Tampered:
                raise Locked("the database was sealed by another keyring") from None


def shared_barrier(conninfo: str, provider: RootKeyProvider, *, schema: str = "lodekey") -> Barrier:
    """The barrier whose keyring is kept in the database, for all nodes; made where there is none.

    Raises:
        Locked: There is no root key, or the keyring was sealed under another or changed.
    """

    @contextmanager
    def connected() -> Iterator[Connection]:
        connections = Connections(conninfo, schema, 10.0)
        try:
            _make_tables(connections, schema)
            with connections.one() as db:
                yield db
        finally:
            connections.close()

    def read() -> bytes | None:
        with connected() as db:
            return _read_meta(db, _KEYRING)

    def write(keyring: bytes) -> None:
        with connected() as db:
            db.execute(_KEEP, [_KEYRING, keyring])

    with connected() as db, db.transaction():
        db.execute(_LOCK)
        kept = _read_meta(db, _KEYRING)
        root = provider.root_key(create=kept is None)
        if kept is None:
            kept = Barrier.create(root).keyring()
            db.execute(_KEEP, [_KEYRING, kept])
    try:
        barrier = Barrier.unlock(root, kept)
    except Tampered:
        raise Locked("the keyring in the database was changed: restore it") from None
    barrier.kept_in(read, write)
    return barrier


class _PostgresReading(Reading):
    __slots__ = ("_barrier", "_db")

    def __init__(self, known: Known, db: Connection, barrier: Barrier) -> None:
        super().__init__(known)
        self._db = db
        self._barrier = barrier

    def _take_snapshot(self) -> Snapshot:
        self._db.execute("begin isolation level repeatable read read only")
        return _Rows(self._db, self._barrier, _mark(self._db))

    def _let_go(self, snapshot: Snapshot) -> None:
        self._db.execute("rollback")


class _Rows:
    """See `lodekey.store.transaction.Snapshot`."""

    def __init__(self, db: Connection, barrier: Barrier, mark: bytes) -> None:
        self._db = db
        self._barrier = barrier
        self.mark = mark

    def fetch(self, name: str) -> bytes | None:
        row = self._db.execute(_FETCH, [name.encode()], binary=True).fetchone()
        return None if row is None else self._barrier.open(name, row[0])

    def bodies(self, start: str, stop: str, *, reverse: bool) -> Iterator[tuple[str, bytes]]:
        first, last = start.encode(), stop.encode()
        while True:
            query = _DOWN if reverse else _UP
            rows = self._db.execute(query, [first, last, _PAGE], binary=True).fetchall()
            for raw, sealed in rows:
                name = raw.decode()
                yield name, self._barrier.open(name, sealed)
            if len(rows) < _PAGE:
                return
            if reverse:
                last = rows[-1][0]
            else:
                first = rows[-1][0] + b"\x00"


def _make_tables(connections: Connections, schema: str) -> None:
    with connections.one() as db, db.transaction():
        db.execute("select pg_advisory_xact_lock(%s)", [_SET_UP_LOCK])
        if _row(db.execute("select to_regclass('commits')"))[0] is not None:
            return
        made = sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        db.execute(made)
        for statement in _TABLES:
            db.execute(statement)


@contextmanager
def _one_moment(db: Connection) -> Iterator[None]:
    db.execute("begin isolation level repeatable read read only")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            db.execute("rollback")


def _every_row(db: Connection) -> Iterator[tuple[str, bytes]]:
    """Every row, fetched in pieces, in the transaction that *db* is in."""
    with db.cursor(name="every_row", binary=True) as cursor:
        cursor.itersize = _PAGE
        cursor.execute("select name, body from record order by name")
        for name, sealed in cursor:
            yield name.decode(), sealed


def _read_meta(db: Connection, name: str) -> bytes | None:
    row = db.execute(_META, [name], binary=True).fetchone()
    return None if row is None else row[0]


def _mark(db: Connection) -> bytes:
    mark: bytes = _row(db.execute(_MARK, binary=True))[0]
    return mark


def _row(cursor: psycopg.Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    if row is None:
        raise Tampered("the database's mark is gone")
    return row
