"""Disks that remember everything, and disks that fail, as SQLite sees them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import apsw

_numbers = count()
SECTOR = 512


class Act(NamedTuple):
    """One thing that was done to the disk, or an acknowledgment given to a client."""

    kind: str  # write, truncate, sync, delete, ack
    file: str
    offset: int = 0
    data: bytes = b""
    number: int = 0


class Disk:
    """An SQLite VFS whose files tell `before` of each act, and record it after.

    `before` may raise, as a failing disk does.
    """

    def __init__(self) -> None:
        self.name = f"disk{next(_numbers)}"
        self.acts: list[Act] = []
        self.lock = threading.Lock()
        self._vfs = _Vfs(self)

    def before(self, act: Act) -> None:
        """Nothing happens on a good disk."""

    def ack(self, number: int) -> None:
        """Note that a client was told that its write is safe."""
        with self.lock:
            self.acts.append(Act("ack", "", number=number))

    def did(self, act: Act, do: Callable[[], None]) -> None:
        with self.lock:
            self.before(act)
            do()
            self.acts.append(act)


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(disk.name, "")

    def xOpen(self, name, flags):
        return _File(self._disk, name, flags)

    def xDelete(self, filename, syncdir):
        act = Act("delete", Path(filename).name)
        self._disk.did(act, lambda: super(_Vfs, self).xDelete(filename, syncdir))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name, flags) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name

    def xWrite(self, data, offset):
        act = Act("write", self._name, offset, bytes(data))
        self._disk.did(act, lambda: super(_File, self).xWrite(data, offset))

    def xTruncate(self, newsize):
        act = Act("truncate", self._name, newsize)
        self._disk.did(act, lambda: super(_File, self).xTruncate(newsize))

    def xSync(self, flags):
        act = Act("sync", self._name)
        self._disk.did(act, lambda: super(_File, self).xSync(flags))


class FailingDisk(Disk):
    """A disk on which one sync fails, and nothing works from then on: the process is dead."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at
        self.syncs = 0
        self.failed = False

    def before(self, act: Act) -> None:
        if act.kind == "sync":
            self.syncs += 1
        if self.failed or (act.kind == "sync" and self.syncs == self.at):
            self.failed = True
            raise apsw.IOError("the disk failed")


class SmallDisk(Disk):
    """A disk that can be full."""

    full = False

    def before(self, act: Act) -> None:
        if self.full and act.kind == "write":
            raise apsw.FullError("no space left on device")


def after_power_loss(acts: list[Act], at: int, dice: random.Random) -> dict[str, bytes]:
    """What may lie on the disk if the power fails after *at* acts.

    What was synced is there. Of what was not, any part may be: each write, whole, or any of its
    sectors, in any order.
    """
    files: dict[str, bytearray] = {}
    waiting: dict[str, list[Act]] = {}
    for act in acts[:at]:
        if act.kind == "sync":
            for earlier in waiting.pop(act.file, ()):
                _apply(files, earlier, None)
        elif act.kind == "delete":
            files.pop(act.file, None)
            waiting.pop(act.file, None)
        elif act.kind != "ack":
            files.setdefault(act.file, bytearray())
            waiting.setdefault(act.file, []).append(act)
    for unsynced in waiting.values():
        kept = dice.choice((0.0, 0.5, 0.9, 1.0))
        for act in unsynced:
            if dice.random() < kept:
                _apply(files, act, dice if dice.random() < 0.3 else None)
    return {name: bytes(content) for name, content in files.items()}


def _apply(files: dict[str, bytearray], act: Act, torn: random.Random | None) -> None:
    content = files.setdefault(act.file, bytearray())
    if act.kind == "truncate":
        del content[act.offset :]
        return
    for start, piece in _sectors(act):
        if torn is not None and torn.random() < 0.5:
            continue
        if len(content) < start:
            content.extend(bytes(start - len(content)))
        content[start : start + len(piece)] = piece


def _sectors(act: Act) -> Iterator[tuple[int, bytes]]:
    start, end = act.offset, act.offset + len(act.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield start, act.data[start - act.offset : stop - act.offset]
        start = stop
