"""Connections to PostgreSQL, and commits that end in doubt."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from lodekey.errors import ServiceUnavailable

_NOT_REPLICATED: Final = "01000"

_WORDS: Final = {
    errors.LockNotAvailable: "The server is busy writing. Try again.",
    errors.DiskFull: "The disk is full. Try again.",
}

log = logging.getLogger(__name__)

Connection = psycopg.Connection[tuple[Any, ...]]


class Connections:
    """Connections that are used by one thread at a time, and thrown away when they fail."""

    def __init__(self, conninfo: str, schema: str, patience: float) -> None:
        options = (
            f"-c search_path={schema} -c synchronous_commit=on -c default_transaction_isolation="
            f"read\\ committed -c lock_timeout={int(patience * 1000)}"
        )
        self._conninfo = make_conninfo(conninfo, options=options, application_name="lodekey")
        self._idle: list[Connection] = []
        self._warned: dict[int, str] = {}

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """A connection, in words of ours where it fails.

        Raises:
            ServiceUnavailable: The database cannot be reached, or others write for too long.
        """
        try:
            db = self._take()
        except psycopg.OperationalError as error:
            log.warning("cannot reach the database: %s", error)
            raise ServiceUnavailable("The database cannot be reached. Try again.") from None
        try:
            yield db
        except (errors.LockNotAvailable, errors.DiskFull) as error:
            raise ServiceUnavailable(f"{_WORDS[type(error)]} Nothing was changed.") from None
        except psycopg.OperationalError as error:
            log.warning("the database failed: %s", error)
            self.close()  # the others lead to the same server that failed
            raise ServiceUnavailable("The database failed. Try again.") from None
        finally:
            if db.closed or db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                db.close()
            else:
                self._idle.append(db)

    def commit(self, db: Connection) -> None:
        """Commit.

        Raises:
            ServiceUnavailable: Nobody knows whether it was committed, or only this server has it.
        """
        self._warned.pop(id(db), None)
        try:
            db.execute("commit")
        except psycopg.Error as error:
            log.warning("a commit ended in doubt: %s", error)
            raise ServiceUnavailable("The write may not have been kept. Try again.") from None
        warning = self._warned.pop(id(db), None)
        if warning is not None:
            log.warning("a commit is not replicated: %s", warning)
            raise ServiceUnavailable("The write may not have been kept. Try again.")

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> Connection:
        while self._idle:
            db = self._idle.pop()
            if not db.closed and _is_quiet(db):
                return db
            db.close()
        db = psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=1)
        db.add_notice_handler(lambda notice: self._notice(db, notice))
        return db

    def _notice(self, db: Connection, notice: errors.Diagnostic) -> None:
        if notice.sqlstate == _NOT_REPLICATED:
            self._warned[id(db)] = notice.message_primary or ""


def _is_quiet(db: Connection) -> bool:
    return db.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
