"""The mark of an SQLite database in WAL mode: 48 bytes that change with every commit.

They are the first copy of the header of the WAL index, the ``-shm`` file that all connections map
(https://www.sqlite.org/walformat.html, "WAL-Index Header"). A commit writes them after the log is
durable and before it returns, so who reads them after an acknowledged write, in any process, finds
them changed. Reading them costs a copy of 48 bytes: no lock, no system call. SQLite itself compares
the same bytes to find out whether its page cache still holds.

``Connection.data_version()`` is not this: it says what that connection saw at its last query.

Closing any descriptor of a file lets go of *all* of the process's POSIX locks on it, SQLite's own
among them. So a map is shared by all stores of the process on one file, and its descriptor is
closed only when the last of them has closed its connections.
"""

from __future__ import annotations

import mmap
import os
import sys
import threading
from pathlib import Path
from typing import Final

MARK_BYTES: Final = 48
_CHANGES: Final = slice(8, 12)
_FRAMES: Final = slice(16, 20)

_lock = threading.Lock()
_open: dict[tuple[int, int], WalMark] = {}


class WalMark:
    """The mark of one database file.

    Args:
        path: The database's path; at least one connection has it open, in WAL mode.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(f"{path}-shm", os.O_RDONLY | os.O_CLOEXEC)
        self._map = mmap.mmap(self._descriptor, 2 * MARK_BYTES, prot=mmap.PROT_READ)
        self._users = 0

    @classmethod
    def of(cls, path: str) -> WalMark:
        """The mark of the database at *path*; give it back with `release`."""
        found = Path(f"{path}-shm").stat()
        with _lock:
            mark = _open.get((found.st_dev, found.st_ino))
            if mark is None:
                mark = _open[found.st_dev, found.st_ino] = cls(path)
            mark._users += 1
            return mark

    def release(self) -> None:
        """Give it back, after the store's connections are closed."""
        with _lock:
            self._users -= 1
            if not self._users:
                found = os.fstat(self._descriptor)
                _open.pop((found.st_dev, found.st_ino), None)
                self._map.close()
                os.close(self._descriptor)

    def read(self) -> bytes:
        """The mark now."""
        return self._map[:MARK_BYTES]

    def read_whole(self) -> bytes | None:
        """The mark now, or None while somebody is writing it: its two copies differ."""
        both = self._map[:]
        return both[:MARK_BYTES] if both[:MARK_BYTES] == both[MARK_BYTES:] else None


def follows(before: bytes, after: bytes) -> bool:
    """Whether exactly one commit lies between two marks, by SQLite's own count of changes."""
    count = int.from_bytes(before[_CHANGES], sys.byteorder)
    return int.from_bytes(after[_CHANGES], sys.byteorder) == (count + 1) & 0xFFFFFFFF


def frames_in(mark: bytes) -> int:
    """How many pages the log holds."""
    return int.from_bytes(mark[_FRAMES], sys.byteorder)
