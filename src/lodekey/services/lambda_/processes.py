"""What the kernel says of a worker's processes: who they are, and how much memory they hold."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

ROUNDS = 20
"""How often new processes are looked for while a family is stopped."""


def family(pid: int) -> list[int]:
    """*pid* and all its descendants, as far as they still are."""
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                children = (task / "children").read_text()
                waiting += [int(child) for child in children.split()]
        except OSError:
            continue
    return found


def memory_of(pid: int) -> int:
    """The memory that the family of *pid* holds of its own, bytes.

    Anonymous and shared memory count; pages of files (programs, libraries) do not, since they are
    shared with every other process that runs the same program.
    """
    return sum(own_memory(each) for each in family(pid))


def own_memory(pid: int) -> int:
    """The memory that one process holds of its own, bytes; zero: it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    total = 0
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name in {"RssAnon", "RssShmem"}:
            total += int(value.split()[0]) * 1024
    return total


def kill_family(pid: int) -> None:
    """Kill *pid* and what it started."""
    for each in family(pid):
        send(each, signal.SIGKILL)


def freeze_descendants(pid: int) -> None:
    """Stop all that *pid* started, also what is started meanwhile; *pid* itself goes on."""
    stopped: set[int] = set()
    for _ in range(ROUNDS):
        fresh = set(family(pid)) - stopped - {pid}
        if not fresh:
            return
        for each in fresh:
            send(each, signal.SIGSTOP)
        stopped |= fresh


def thaw_descendants(pid: int) -> None:
    """Let all that *pid* started go on."""
    for each in family(pid):
        if each != pid:
            send(each, signal.SIGCONT)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
