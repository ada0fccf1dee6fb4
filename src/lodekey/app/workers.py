"""Several server processes on one port and one data directory.

``lodekey up --workers N`` becomes a keeper: it holds the port, starts the workers, starts anew what
dies, and stops all of them in good order. It opens no data and serves nothing. Each worker is a
whole ``lodekey up`` of its own, listening on the same port (``SO_REUSEPORT``): the kernel gives
each new connection to one of them. What a worker knows stays true because of the store's mark,
which every request looks at (docs/adr/0020-workers.md).

A worker and its keeper share a socket: the worker says on it that it is ready, and its end tells
the worker that the keeper is gone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final, NamedTuple

log = logging.getLogger("lodekey.workers")

KEEPER: Final = "LODEKEY_KEEPER"
"""The environment variable that tells a worker its keeper's process id."""

PATIENCE: Final = 60.0
"""Seconds for a worker to become ready, and for all of them to stop."""

PAUSE: Final = 1.0
"""Seconds before a worker that died young is started anew."""


class Place(NamedTuple):
    """A worker's place among its siblings: its number, and the socket to its keeper."""

    number: int
    descriptor: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """``NUMBER:DESCRIPTOR``, as the keeper says it; None where there is no keeper."""
        number, separator, descriptor = text.partition(":")
        return cls(int(number), int(descriptor)) if separator else None

    @property
    def is_first(self) -> bool:
        """Whether it does the house's own work."""
        return not self.number

    def tell_ready(self, orphaned: Callable[[], None]) -> None:
        """Tell the keeper that this worker listens; *orphaned* is called when the keeper goes."""
        keeper = socket.socket(fileno=self.descriptor)
        keeper.settimeout(0)
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(keeper)
            keeper.close()
            orphaned()

        keeper.send(b"r")
        loop.add_reader(keeper, gone)


class _Worker:
    """One worker, as its keeper sees it."""

    def __init__(self, number: int, command: Sequence[str]) -> None:
        self.number = number
        self.began = time.monotonic()
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - this very program
                [*command, "--worker", f"{number}:{theirs.fileno()}"],
                pass_fds=(theirs.fileno(),),
                env={**os.environ, KEEPER: str(os.getpid())},
                start_new_session=True,  # a terminal's Ctrl-C is the keeper's to tell
            )
        self._socket = ours

    def is_ready(self, patience: float) -> bool:
        """Whether it says so within *patience* seconds; False at once if it ends."""
        readable, _, _ = select.select([self._socket], [], [], patience)
        return bool(readable) and self._socket.recv(1) == b"r"

    def let_go(self) -> None:
        """Close the socket of a worker that is no more."""
        self._socket.close()


class Keeper:
    """Keeps workers running.

    Args:
        command: What starts one, but for its number.
        count: How many.
    """

    def __init__(self, command: Sequence[str], count: int) -> None:
        self._command = command
        self._count = count
        self._workers: list[_Worker] = []
        self._stopping = False

    def run(self) -> int:
        """Start, keep, stop; the exit code.

        The first worker is awaited before the others are started: it makes what a new data
        directory needs. If it cannot start, there is nothing to keep.
        """
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for number in range(self._count):
            worker = _Worker(number, self._command)
            self._workers.append(worker)
            if not number and not worker.is_ready(PATIENCE) and not self._stopping:
                self._end()
                return worker.process.returncode or 1
        while not self._stopping:
            time.sleep(0.1)
            for at, worker in enumerate(self._workers):
                if worker.process.poll() is not None and not self._stopping:
                    self._workers[at] = self._anew(worker)
        return self._end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _anew(self, dead: _Worker) -> _Worker:
        log.warning("worker %d ended with %d", dead.number, dead.process.returncode)
        dead.let_go()
        if time.monotonic() - dead.began < PAUSE:
            time.sleep(PAUSE)
        return _Worker(dead.number, self._command)

    def _end(self) -> int:
        """Stop all workers; 0 where each ended in good order."""
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.process.terminate()
        deadline = time.monotonic() + PATIENCE
        for worker in self._workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            worker.let_go()
        # -SIGTERM: told to stop before it was up
        good = (0, -signal.SIGTERM)
        return int(any(worker.process.returncode not in good for worker in self._workers))


def keep_running(words: Sequence[str], host: str, port: int, count: int) -> int:
    """Keep *count* workers until SIGTERM or SIGINT.

    Args:
        words: The words of ``lodekey up``.
        host: The address to listen on.
        port: The port; 0: any, and the same for all.
        count: How many workers.

    Returns:
        The exit code.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as held:
        # bound and not listening: nobody else gets the port, and no connection comes here
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            held.bind((host, port))
        except OSError as error:
            sys.stderr.write(f"lodekey: {error}\n")
            return 1
        port = held.getsockname()[1]
        command = [sys.executable, "-m", "lodekey", "up", *words, "--port", str(port)]
        return Keeper(command, count).run()
