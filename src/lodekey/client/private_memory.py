"""Keep this process's memory to itself: no core dump, and no look from other processes.

A command that holds values holds them in memory. A crash would write that to a file, and a debugger
of the same user could read it.

https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
"""

from __future__ import annotations

import contextlib
import ctypes
import resource

_PR_SET_DUMPABLE = 4
_before: list[tuple[int, int]] = []


def close() -> None:
    """Forbid core dumps, and other processes' reading of this one's memory, where that is known."""
    _before.append(resource.getrlimit(resource.RLIMIT_CORE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, _before[-1][1]))
    with contextlib.suppress(OSError, AttributeError):  # not a Linux
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def give_back() -> None:
    """Give the limit back, for a command that this process becomes; the rest ends with exec."""
    if _before:
        resource.setrlimit(resource.RLIMIT_CORE, _before.pop())
