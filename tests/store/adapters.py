"""The adapters that the shared suite runs over, and a record to keep in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import msgspec

from lodekey.crypto.barrier import Barrier, _DataKey, _Keyring
from lodekey.store.memory import MemoryStore
from lodekey.store.port import Collection, Store
from lodekey.store.postgres import PostgresStore
from lodekey.store.sqlite import SqliteStore
from store.postgres_server import shared_server

_schemas = count()

# the same in every process
BARRIER = Barrier(bytes(range(32)), _Keyring(bytes(32), (_DataKey(1, bytes(32)),)))


class Note(msgspec.Struct, frozen=True):
    text: str
    number: int = 0


NOTES = Collection("test/note", Note)


@contextmanager
def memory(_directory: Path) -> Iterator[Store]:
    store = MemoryStore()
    yield store
    store.close()


@contextmanager
def sqlite(directory: Path) -> Iterator[Store]:
    store = SqliteStore(directory / "data.db", BARRIER)
    yield store
    store.close()


@contextmanager
def postgres(_directory: Path) -> Iterator[Store]:
    server = shared_server()
    store = PostgresStore(server.conninfo, BARRIER, schema=f"s{next(_schemas)}")
    yield store
    store.close()


ADAPTERS: dict[str, Callable[[Path], object]] = {
    "memory": memory,
    "sqlite": sqlite,
    "postgres": postgres,
}
