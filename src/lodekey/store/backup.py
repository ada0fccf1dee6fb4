"""Backups: everything of an installation in one sealed file, taken while it runs.

A backup opens with the same root key and with nothing else; the root key is not in it. It holds
the keyring, every record, the outbox, and files: the trail's and others. A frame opens only after
exactly the frames before it, and the last one counts what was there, so that a file that was
changed or cut short anywhere is refused before anything is restored from it.

The file::

    "LKB1" | salt 16 B | length 4 B, keyring | frames (length 4 B, nonce, ciphertext, tag)

A frame's plaintext is a msgpack array of (kind, name, content).
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec

from lodekey.crypto.aead import Aead, Tampered, derive_key
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.private_files import write_new
from lodekey.crypto.root_keys import Locked, RootKeyProvider

MAGIC: Final = b"LKB1"
KEYRING: Final = "keyring"
DATABASE: Final = "lodekey.db"

_SALT_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_FRAME: Final = 256 << 10
_LARGEST_FRAME: Final = 1 << 30
_ROWS_AT_ONCE: Final = 1_000


class BadBackup(Exception):
    """The file is no backup, or was changed, or is cut short."""


class Item(msgspec.Struct, frozen=True, array_like=True):
    """One thing in a backup: a record, a letter, or a piece of a file."""

    kind: str
    name: str
    content: bytes


class Exported(Protocol):
    """A store that can be backed up."""

    barrier: Barrier

    def export(self) -> Iterator[tuple[str, str, bytes]]:
        """Every ("record", name, body) and ("letter", id, body), as of one moment."""


class Loaded(Protocol):
    """A store that a backup can be restored to."""

    def load(self, items: list[tuple[str, str, bytes]]) -> None:
        """Put in what `export` gave."""

    def close(self) -> None:
        """Let go of the database."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Item]).decode
_decode_counts = msgspec.msgpack.Decoder(dict[str, int]).decode


def back_up(store: Exported, files: Iterable[tuple[str, bytes]], target: Path) -> dict[str, int]:
    """Write a backup to *target*, which must not exist; returns how much of each kind is in it.

    The server may run meanwhile. Files are copied after the records. What a write left in the
    outbox is there as well, so no write is without its event.

    Args:
        store: What to back up.
        files: Paths below the data directory and contents; a large file in several pieces.
        target: The file to write.

    Raises:
        FileExistsError: There is a *target* already.
        OSError: It cannot be written; nothing is left behind.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    if target.exists():
        raise FileExistsError(f"`{target}` is there already")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            writer = _Writer(file, store.barrier)
            for kind, name, body in store.export():
                writer.add(kind, name, body)
            for name, content in files:
                writer.add("file", name, content)
            counts = writer.end()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def restore(
    source: Path,
    provider: RootKeyProvider,
    data: Path,
    open_store: Callable[[Path, Barrier], Loaded],
) -> dict[str, int]:
    """Restore a backup into the directory *data*, which must hold no data yet.

    The whole file is verified first. Returns how much of each kind was restored.

    Args:
        source: The backup.
        provider: Of the root key that the backed-up data was sealed under.
        data: The data directory.
        open_store: Opens the (empty) store at a path.

    Raises:
        BadBackup: It was changed or cut short, or is none.
        Locked: It was sealed under another root key, or *data* is not empty.
    """
    counts = verify_backup(source, provider)
    for name in (KEYRING, DATABASE):
        if (data / name).exists():
            raise Locked(f"there is a `{data / name}` already: restore into an empty directory")
    work = data / ".restoring"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    root = provider.root_key(create=False)
    with source.open("rb") as file:
        reader = _Reader(file, root)
        store = open_store(work / DATABASE, reader.barrier)
        try:
            _load(reader, store, work)
        finally:
            store.close()
    for path in sorted(work.iterdir()):
        if (data / path.name).is_dir():
            shutil.rmtree(data / path.name)  # of an earlier attempt: no keyring came
        path.rename(data / path.name)
    work.rmdir()
    write_new(data / KEYRING, reader.keyring)  # last: only what is whole has a keyring
    return counts


def verify_backup(source: Path, provider: RootKeyProvider) -> dict[str, int]:
    """Read a backup to its end; returns how much of each kind is in it.

    Raises:
        BadBackup: It was changed or cut short, or is none.
        Locked: It was sealed under another root key.
    """
    with source.open("rb") as file:
        reader = _Reader(file, provider.root_key(create=False))
        for _ in reader.items():
            pass
        return reader.counts


def _load(reader: _Reader, store: Loaded, work: Path) -> None:
    rows: list[tuple[str, str, bytes]] = []
    for item in reader.items():
        if item.kind == "file":
            _append(work, item)
            continue
        rows.append((item.kind, item.name, item.content))
        if len(rows) >= _ROWS_AT_ONCE:
            store.load(rows)
            rows = []
    store.load(rows)


def _append(work: Path, item: Item) -> None:
    path = work / item.name
    if ".." in path.parts or not path.is_relative_to(work):
        raise BadBackup(f"`{item.name}` leads out of the data directory")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(item.content)


class _Writer:
    def __init__(self, file: BinaryIO, barrier: Barrier) -> None:
        keyring = barrier.keyring()
        salt = os.urandom(_SALT_BYTES)
        head = MAGIC + salt + len(keyring).to_bytes(_LENGTH_BYTES, "big") + keyring
        file.write(head)
        self._file = file
        self._chain = sha256(head).digest()
        self._aead = _sealer(barrier, salt)
        self._items: list[Item] = []
        self._bytes = 0
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, name: str, content: bytes) -> None:
        self._items.append(Item(kind, name, content))
        self._counts[kind] += 1
        self._bytes += len(name) + len(content)
        if self._bytes >= _FRAME:
            self._flush()

    def end(self) -> dict[str, int]:
        counts = dict(self._counts)
        self.add("end", "", _encode(counts))
        self._flush()
        return counts

    def _flush(self) -> None:
        sealed = self._aead.seal(self._chain, _encode(self._items))
        self._file.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
        self._chain = sha256(self._chain + sealed).digest()
        self._items, self._bytes = [], 0


class _Reader:
    def __init__(self, file: BinaryIO, root: bytes) -> None:
        self._file = file
        head = self._exactly(len(MAGIC) + _SALT_BYTES + _LENGTH_BYTES)
        if not head.startswith(MAGIC):
            raise BadBackup("not a backup")
        self.keyring = self._exactly(int.from_bytes(head[-_LENGTH_BYTES:], "big"))
        try:
            self.barrier = Barrier.unlock(root, self.keyring)
        except Tampered as error:
            raise BadBackup(f"its keyring {error}") from None
        self._chain = sha256(head + self.keyring).digest()
        self._aead = _sealer(self.barrier, head[len(MAGIC) : -_LENGTH_BYTES])
        self.counts: dict[str, int] = {}

    def items(self) -> Iterator[Item]:
        seen: Counter[str] = Counter()
        while True:
            for item in self._frame():
                if item.kind == "end":
                    self.counts = _decode_counts(item.content)
                    if self.counts != seen or self._file.read(1):
                        raise BadBackup("it holds something else than was put into it")
                    return
                seen[item.kind] += 1
                yield item

    def _frame(self) -> list[Item]:
        length = int.from_bytes(self._exactly(_LENGTH_BYTES), "big")
        if length > _LARGEST_FRAME:
            raise BadBackup("it was changed")
        sealed = self._exactly(length)
        try:
            items = _decode(self._aead.open(self._chain, sealed))
        except (Tampered, msgspec.MsgspecError) as error:
            raise BadBackup(f"a part of it {error}") from None
        self._chain = sha256(self._chain + sealed).digest()
        return items

    def _exactly(self, length: int) -> bytes:
        found = self._file.read(length)
        if len(found) < length:
            raise BadBackup("it is cut short")
        return found


def _sealer(barrier: Barrier, salt: bytes) -> Aead:
    return Aead(derive_key(barrier.derive("backup"), "lodekey backup", salt=salt))
