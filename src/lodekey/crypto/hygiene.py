"""What a process that holds keys does first: no core dumps, no peeking, no swapping.

CPython copies strings and bytes as it likes; nothing here promises that memory is wiped.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
from typing import Final

log = logging.getLogger(__name__)

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT: Final = 1
_MCL_FUTURE: Final = 2
_MCL_ONFAULT: Final = 4
# as pages come into use: thread stacks and arenas stay as small as they are
_LOCK: Final = _MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT


def harden() -> None:
    """Forbid core dumps and other processes' reading of this one's memory; lock it if allowed.

    Locking all memory takes a limit (``ulimit -l``) that most systems keep low; where it is not
    allowed, secrets may reach the swap, which then should be encrypted or off.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        log.warning("cannot forbid reading this process's memory: %s", _reason())
    if _may_lock_all() and libc.mlockall(_LOCK):
        log.info("cannot lock memory, secrets may reach the swap: %s", _reason())


def _may_lock_all() -> bool:
    """Whether locking cannot turn into failing allocations later on."""
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return soft == resource.RLIM_INFINITY or os.geteuid() == 0


def _reason() -> str:
    return os.strerror(ctypes.get_errno())
