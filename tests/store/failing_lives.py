"""Run as a program: lives in processes of their own, on disks that fail at one sync each.

Prints a line for each: the sync that fails, the process's exit code, the last acknowledged write.
"""

from __future__ import annotations

import os
import sys
import traceback
from itertools import count
from pathlib import Path

from lodekey.store import checkpoints
from lodekey.store.sqlite import SqliteStore
from store.adapters import BARRIER, NOTES, Note
from store.disks import FailingDisk

SWALLOWED = 3


def live(path: Path, at: int, acked: int) -> None:
    disk = FailingDisk(at)
    store = SqliteStore(path, BARRIER, vfs=disk.name)
    for number in range(1, 13):
        with store.transaction(write=True) as tx:
            NOTES.put(tx, "n", record=Note("x" * 2000, number))
            NOTES.put(tx, f"n{number}", record=Note("y" * 2000, number))
        os.write(acked, bytes([number]))
    store.close()
    os._exit(SWALLOWED if disk.failed else 0)


def one_life(path: Path, at: int) -> tuple[int, int]:
    path.mkdir()
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            live(path / "a.db", at, theirs)
        except BaseException:  # noqa: BLE001 - nothing of the parent's may run in the child
            traceback.print_exc()
        os._exit(1)  # what it could not even begin, an operator sees
    os.close(theirs)
    with os.fdopen(ours, "rb") as file:
        acked = max(file.read(), default=0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), acked


if __name__ == "__main__":
    checkpoints.FRAMES = 8
    for at in count(1):
        code, acked = one_life(Path(sys.argv[1]) / str(at), at)
        print(at, code, acked, flush=True)
        if not code:
            break
