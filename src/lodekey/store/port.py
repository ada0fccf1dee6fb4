"""What the house asks of a database: ordered names, opaque bodies, transactions.

Adapters know nothing of services; services know nothing of SQL. A record is a frozen
``msgspec.Struct``: what a transaction returns is shared and must never be changed in place.

A name is a tuple of parts, joined with U+0001, so that names sort part by part and a part may hold
any text without that character.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from lodekey.errors import ServiceUnavailable

R = TypeVar("R", bound=msgspec.Struct)
V = TypeVar("V")

SEPARATOR = "\x01"


class Transaction(Protocol):
    """Reads that agree with each other, and writes that happen together."""

    writable: bool

    def get(self, name: str, decode: Callable[[bytes], R]) -> R | None:
        """Read one record."""

    def put(self, name: str, record: msgspec.Struct, body: bytes, *, create: bool = False) -> None:
        """Write one record, both as the struct and as its encoding.

        Raises:
            Exists: *create* was asked for and there is such a record.
            ReadOnly: this transaction only reads.
        """

    def delete(self, name: str) -> None:
        """Forget one record; nothing happens where there is none."""

    def scan(
        self,
        start: str,
        stop: str,
        decode: Callable[[bytes], R],
        *,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[str, R]]:
        """Read the records with ``start <= name < stop``, in order of name (code points)."""

    def derive(self, key: Hashable, compute: Callable[[], V]) -> V:
        """Return what *compute* made of records, made anew only when a record it read changed.

        *compute* may read through this transaction and nothing else; its result is shared.
        """

    def post(self, id: str, body: bytes) -> None:
        """Put a letter in the outbox: kept with this transaction's writes, until forgotten."""

    def forget(self, ids: Iterable[str]) -> None:
        """Take letters out of the outbox; nothing happens where there is none."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Take back the writes made inside if the block raises; the transaction goes on.

        In a reading transaction: what is read inside agrees with itself, and need not agree with
        what was read before.
        """


class Store(Protocol):
    """A database."""

    def transaction(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """Begin; commit on a clean exit (durably, when *write*), roll back on an exception."""

    def batch(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """A transaction for several requests, each within `Transaction.savepoint`.

        One commit, durable once, for all of them; their answers leave after it.
        """

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """What is in the outbox, in order of id."""

    def close(self) -> None:
        """Let go of the database."""


class Exists(Exception):
    """There is such a record already."""


class Changed(ServiceUnavailable):
    """What a reading transaction gave out was changed by somebody before it read on.

    Run the same again: in the same transaction, which from here on reads one snapshot, or in a new
    one.
    """

    @property
    def code(self) -> str:
        """What a caller reads whose request nobody ran again."""
        return ServiceUnavailable.__name__


class ReadOnly(Exception):
    """An operation that declared itself a read tried to write: a defect of ours."""


class BadName(ValueError):
    """A part of a name holds the separator: no record can be called so."""


class Collection(Generic[R]):
    """Records of one type, under one prefix: ``Collection("kms/key", Key)``."""

    _every: ClassVar[list[Collection[Any]]] = []

    def __init__(self, prefix: str, record: type[R]) -> None:
        self.prefix = prefix
        self._every.append(self)
        self._head = prefix + SEPARATOR
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode: Callable[[bytes], R] = msgspec.msgpack.Decoder(record).decode

    @classmethod
    def every(cls) -> tuple[Collection[Any], ...]:
        """Every collection that any room declared: for what concerns an account as a whole."""
        return tuple(cls._every)

    def name(self, *parts: str) -> str:
        """The full name of a record.

        Raises:
            BadName: A part holds the separator.
        """
        name = self._head + SEPARATOR.join(parts)
        if name.count(SEPARATOR) != len(parts):
            raise BadName("a part of a name holds U+0001")
        return name

    def get(self, tx: Transaction, *parts: str) -> R | None:
        """Read one record; there is none whose name a part would break out of."""
        name = self._head + SEPARATOR.join(parts)
        return tx.get(name, self._decode) if name.count(SEPARATOR) == len(parts) else None

    def put(self, tx: Transaction, *parts: str, record: R, create: bool = False) -> None:
        """Write one record."""
        tx.put(self.name(*parts), record, self._encode(record), create=create)

    def delete(self, tx: Transaction, *parts: str) -> None:
        """Forget one record."""
        tx.delete(self.name(*parts))

    def scan(
        self,
        tx: Transaction,
        *parts: str,
        beginning: str = "",
        after: str | None = None,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[tuple[str, ...], R]]:
        """Read the records below *parts*, in order; yields the parts that follow, and the record.

        Args:
            tx: The transaction to read in.
            *parts: The leading parts that all records share.
            beginning: What the next part begins with.
            after: Leave out what sorts up to and including this (next parts, joined).
            limit: Read at most so many.
            reverse: From the last to the first; *after* then leaves out what sorts from it on.
        """
        head = self._head + "".join(part + SEPARATOR for part in parts)
        if head.count(SEPARATOR) != len(parts) + 1:
            return
        start, stop = head + beginning, head + beginning + "\U0010ffff"
        if after is not None:
            start, stop = (start, head + after) if reverse else (head + after + "\x00", stop)
        for name, record in tx.scan(start, stop, self._decode, limit=limit, reverse=reverse):
            yield tuple(name[len(head) :].split(SEPARATOR)), record
