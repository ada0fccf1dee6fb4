"""Bodies on disk: files that are sealed chunk by chunk, each under a key of its own.

A file's key lies in the record that names the file, and the record is sealed by the store. A chunk
is sealed for its file and its place in it, so that chunks cannot be swapped, repeated, or taken
from another file; what is cut off is missed, since the record holds the size. A file is written and
synced before the record that names it is committed, and removed after no record names it; what a
crash leaves between is swept.

A file holds, for each mebibyte of the body (the last may be shorter)::

    nonce 12 B | ciphertext | tag 16 B
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from lodekey.crypto.aead import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Aead
from lodekey.services.s3.checksums import Running, running, shown

CHUNK: Final = 1 << 20
# Files that this process reads piece by piece, and those among them that are to go after that.
_held: Counter[Path] = Counter()
_doomed: set[Path] = set()
_SEALED: Final = NONCE_BYTES + CHUNK + TAG_BYTES


class Body(NamedTuple):
    """What was written.

    Args:
        file: Its name; empty for a body of no bytes, which has no file.
        key: What it is sealed with.
        size: Bytes of the body.
        md5: Its MD5.
        checksum: Its other hash, Base64; empty: none was asked for.
    """

    file: str
    key: bytes
    size: int
    md5: bytes
    checksum: str


class SealedFiles:
    """The directory of bodies.

    Args:
        directory: Of the data directory; made, for its owner alone.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, pieces: Iterable[bytes], algorithm: str = "") -> Body:
        """Write a body, durably, and hash it on the way.

        Args:
            pieces: The body.
            algorithm: Of a hash besides MD5; empty: none.
        """
        md5 = hashlib.md5(usedforsecurity=False)
        other = running(algorithm) if algorithm else None
        hashes: tuple[Running, ...] = (md5,) if other is None else (md5, other)
        chunks = _chunks(_hashed(pieces, hashes))
        first = next(chunks, b"")
        name, key, size = "", b"", 0
        if first:
            name, key = secrets.token_hex(16), os.urandom(KEY_BYTES)
            size = self._write(name, key, first, chunks)
        checksum = shown(other.digest()) if other is not None else ""
        return Body(name, key, size, md5.digest(), checksum)

    def _write(self, name: str, key: bytes, first: bytes, rest: Iterator[bytes]) -> int:
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aead = Aead(key)
        size = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
                file.write(aead.seal(_place(name, 0), first))
                size += len(first)
                for index, chunk in enumerate(rest, 1):
                    file.write(aead.seal(_place(name, index), chunk))
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        _sync(path.parent)
        return size

    def open(self, name: str) -> BinaryIO:
        """Open a file for `read`.

        Raises:
            OSError: It is gone.
        """
        return self._path(name).open("rb")

    def hold(self, names: Iterable[str]) -> None:
        """Keep files until they are released, although no record may name them any more."""
        _held.update(self._path(name) for name in names)

    def release(self, names: Iterable[str]) -> None:
        """Let go of what was held; files that were to be removed are removed now."""
        for name in names:
            path = self._path(name)
            _held[path] -= 1
            if _held[path] <= 0:
                del _held[path]
                if path in _doomed:
                    _doomed.discard(path)
                    path.unlink(missing_ok=True)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that no record names any more, once nobody reads them."""
        for path in [self._path(name) for name in names if name]:
            if path in _held:
                _doomed.add(path)
            else:
                path.unlink(missing_ok=True)

    def sweep(self, named: set[str], before: float) -> None:
        """Remove the files that nobody names and that were last written before *before*."""
        if not self._directory.is_dir():
            return
        for path in self._directory.glob("??/*"):
            if path.name not in named and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._directory / name[:2] / name


def read(
    file: BinaryIO, name: str, key: bytes, size: int, start: int, stop: int
) -> Iterator[bytes]:
    """Read bytes *start* to *stop* (exclusive) of a body of *size* bytes.

    Raises:
        lodekey.crypto.aead.Tampered: The file was changed or cut off.
    """
    aead = Aead(key)
    for index in range(start // CHUNK, -(-stop // CHUNK)):
        at = index * CHUNK
        length = min(CHUNK, size - at)
        file.seek(index * _SEALED)
        chunk = aead.open(_place(name, index), file.read(NONCE_BYTES + length + TAG_BYTES))
        yield chunk[max(start - at, 0) : min(stop - at, length)]


def _place(name: str, index: int) -> bytes:
    return f"lodekey object {name} {index}".encode()


def _hashed(pieces: Iterable[bytes], hashes: tuple[Running, ...]) -> Iterator[bytes]:
    for piece in pieces:
        for each in hashes:
            each.update(piece)
        yield piece


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut pieces anew, into chunks that are full but for the last."""
    kept: list[bytes] = []
    length = 0
    for piece in pieces:
        at = 0
        while len(piece) - at >= CHUNK - length:
            took = CHUNK - length
            chunk = piece[at : at + took]
            yield b"".join((*kept, chunk)) if kept else chunk
            kept, length, at = [], 0, at + took
        if at < len(piece):
            kept.append(piece[at:])
            length += len(piece) - at
    if kept:
        yield b"".join(kept)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
