"""Bodies on disk: files that are sealed chunk by chunk, each under a key of its own.

A file's key lies in the record that names the file, and the record is sealed by the store. A chunk
is sealed for its file and its place in it, so that chunks cannot be swapped, repeated, or taken
from another file; what is cut off is missed, since the record holds the size. A file is written and
synced before the record that names it is committed, and removed after no record names it. Until it
is whole it lies in a directory of its own, and its key nowhere but in memory; what a crash leaves
there is swept at the next start, and what it leaves between file and record an hour later.

A file holds, for each mebibyte of the body (the last may be shorter)::

    nonce 12 B | ciphertext | tag 16 B
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from lodekey.crypto.aead import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Aead
from lodekey.services.s3.checksums import running, shown

CHUNK: Final = 1 << 20
COMING: Final = "coming"
"""The directory, beside those that are named by two digits, of files that are being written."""
# A commit waits for what others have written and the disk does not have: let that be little.
_FLUSHED: Final = 8
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
        file = self.begin(algorithm)
        try:
            for piece in pieces:
                file.write(piece)
            file.finish()
            return file.settle()
        except BaseException:
            file.discard()
            raise

    def begin(self, algorithm: str = "") -> ComingFile:
        """Begin a file that is written piece by piece; see `keep`."""
        return ComingFile(self._directory, algorithm)

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

    def sweep_coming(self) -> None:
        """Remove the files whose writer is no more: a process that was killed left them."""
        for path in (self._directory / COMING).glob("*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return _path(self._directory, name)


class ComingFile:
    """A file that is being written, apart from those that records may name.

    Until it is finished it lies in a directory of its own, locked by this process, so that what a
    crash leaves there is known by not being locked.

    Args:
        directory: Of all bodies.
        algorithm: Of a hash besides MD5; empty: none.
    """

    def __init__(self, directory: Path, algorithm: str = "") -> None:
        self.algorithm = algorithm
        self._directory = directory
        self._name, self._key = secrets.token_hex(16), os.urandom(KEY_BYTES)
        self._aead = Aead(self._key)
        self._path = directory / COMING / self._name
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._other = running(algorithm) if algorithm else None
        self._file: BinaryIO | None = None
        self._size = self._chunks = 0
        self._held: list[bytes] = []
        self._length = 0
        self._adopted = False

    def write(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            OSError: They cannot be written.
        """
        self._md5.update(piece)
        if self._other is not None:
            self._other.update(piece)
        at = 0
        while len(piece) - at >= CHUNK - self._length:
            took = CHUNK - self._length
            self._held.append(piece[at : at + took])
            at += took
            self._seal()
        if at < len(piece):
            self._held.append(piece[at:] if at else piece)
            self._length += len(piece) - at

    def finish(self) -> None:
        """All has come: put it where records find it, durably.

        Raises:
            OSError: It cannot be.
        """
        if self._held:
            self._seal()
        if self._file is None:
            return
        self._flush()
        path = _path(self._directory, self._name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = self._path.rename(path)
        _sync(path.parent)
        self._file.close()

    def settle(self) -> Body:
        """What a record needs to name it, once it is finished."""
        checksum = shown(self._other.digest()) if self._other is not None else ""
        named = self._file is not None
        name, key = (self._name, self._key) if named else ("", b"")
        return Body(name, key, self._size, self._md5.digest(), checksum)

    def adopt(self) -> None:
        """A record names it from now on."""
        self._adopted = True

    def discard(self) -> None:
        """Remove it, unless a record names it; may be called again."""
        self._held.clear()
        if self._file is None or self._adopted:
            return
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # what cannot be flushed need not be
            self._file.close()

    def _seal(self) -> None:
        chunk = b"".join(self._held) if len(self._held) > 1 else self._held[0]
        self._held.clear()
        self._length = 0
        if self._file is None:
            self._file = _created(self._path)
        nonce = os.urandom(NONCE_BYTES)
        self._file.write(nonce)
        self._file.write(self._aead.encrypt(nonce, chunk, _place(self._name, self._chunks)))
        self._size += len(chunk)
        self._chunks += 1
        if not self._chunks % _FLUSHED:
            self._flush()

    def _flush(self) -> None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())


def _path(directory: Path, name: str) -> Path:
    return directory / name[:2] / name


def _created(path: Path) -> BinaryIO:
    """A new file, locked by this process."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    file = os.fdopen(os.open(path, flags, 0o600), "wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    if not os.fstat(file.fileno()).st_nlink:
        # swept in the moment between
        file.close()
        return _created(path)
    return file


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


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
