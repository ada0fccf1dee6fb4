"""Run a server for as long as any test process lives: started by its path, with nothing to import.

    guard.py LOCK DATA COMMAND…

Every process that uses the server holds a shared lock on the file LOCK. The guard waits for an
exclusive one, and the kernel grants that once the last user has ended, whatever ended it: a session
that was finished, Ctrl-C, a segmentation fault, ``kill -9``. Then the guard ends the server too,
and removes DATA while it still has the lock, so that whoever comes after starts a server anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from types import FrameType

PATIENCE = 10.0  # seconds for a server to end in good order


class ServerEnded(Exception):
    """The server is no more, though there are users yet."""


class Told(Exception):
    """Somebody asks the guard itself to end."""


def main(words: list[str]) -> int:
    """Start the server, wait until nobody uses it, end it; returns the exit code."""
    lock, data, *command = words
    os.setsid()  # Ctrl-C is for the tests, whose last steps still need the server
    signal.signal(signal.SIGCHLD, _server_ended)
    signal.signal(signal.SIGTERM, _told)
    server = 0
    try:
        server = os.posix_spawn(command[0], command, os.environ)
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
    except ServerEnded:
        return 1
    except Told:
        pass
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if server:
        _end(server)
    import shutil  # noqa: PLC0415 - the server need not wait for it

    shutil.rmtree(data, ignore_errors=True)
    return 0


def _server_ended(number: int, frame: FrameType | None) -> None:
    raise ServerEnded


def _told(number: int, frame: FrameType | None) -> None:
    raise Told


def _end(server: int) -> None:
    """Ask the server to end; make it, if it does not."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(server, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if os.waitpid(server, os.WNOHANG) != (0, 0):
                return
            time.sleep(0.01)
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
