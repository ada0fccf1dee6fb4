"""Long bodies on their way in: taken in threads, with a bound on what waits and on the whole.

The loop hands on what has come, a batch at a time; a thread undoes the chunks, hashes, and gives
the content to the operation's intake, which seals it and writes it. While that is behind, the
connection is not read. So a body takes a few mebibytes of memory, however long it is, and no disk
keeps the loop waiting. See docs/adr/0026-long-bodies.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from lodekey.errors import ApiError, ServiceUnavailable, ThrottlingException
from lodekey.gate.gate import Gate
from lodekey.gate.intake import open_intake
from lodekey.gate.operation import Intake
from lodekey.wire.http import HttpRequest, Incoming
from lodekey.wire.refusals import AuthError

log = logging.getLogger("lodekey.incoming")

_BATCH = 256 * 1024
"""Bytes that are handed on at once."""
_WAITING = 512 * 1024
"""Bytes that may wait; beyond, the connection is not read."""
_STEP = 16 * 1024 * 1024
"""Bytes that are set aside at once for a body whose length nobody told."""
_THREADS = 4
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch


class Bounds(msgspec.Struct, frozen=True):
    """What long bodies may take of this process, all together.

    Args:
        bodies: How many may come at once.
        disk: Bytes of those that are on their way; what is kept for good counts no more.
        spare: Bytes of the disk that stay free.
    """

    bodies: int = 64
    disk: int = 64 * 1024**3
    spare: int = 512 * 1024**2


class Flow(msgspec.Struct, frozen=True):
    """How a body that comes speaks to its connection.

    Args:
        hold: Stop reading, or read on.
        cut: The body is not wanted any more: answer its request now.
    """

    hold: Callable[[bool], None]
    cut: Callable[[], None]


class Intakes:
    """Takes long bodies in.

    Args:
        gate: The one road.
        directory: On the disk that bodies are kept on.
        bounds: What they may take.

    Attributes:
        came: Bytes that have come of the bodies that are on their way.
    """

    def __init__(self, gate: Gate, directory: Path, bounds: Bounds | None = None) -> None:
        self._gate = gate
        self._directory = directory
        self._bounds = bounds or Bounds()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="bodies")
        self._bodies = 0
        self._bytes = 0
        self.came = 0

    def take(self, http: HttpRequest, announced: int, flow: Flow) -> Incoming | None:
        """Begin to take a body in, of which only the head has come.

        Args:
            http: The head.
            announced: Bytes of the body, chunks and all; 0: unknown.
            flow: The connection.

        Returns:
            None: Its operation takes none; it is held in memory.
        """
        body = Arriving()
        opened = open_intake(self._gate, http, body)
        if opened is None:
            return None
        if opened.intake is None:
            return body
        if self.reserve(announced, bodies=1):
            body.begin(self, opened.intake, flow, announced, http.headers)
        else:
            body.refusal = too_much()
        return body

    def reserve(self, size: int, *, bodies: int = 0) -> bool:
        """Set *size* more bytes aside, if they can be had."""
        bounds = self._bounds
        if self._bodies + bodies > bounds.bodies or self._bytes + size > bounds.disk:
            return False
        # What has come already is missing from the disk's free space.
        to_come = self._bytes - self.came + size
        if to_come + bounds.spare > shutil.disk_usage(self._directory).free:
            return False
        self._bodies += bodies
        self._bytes += size
        return True

    def release(self, size: int, came: int, discard: Callable[[], None]) -> None:
        """A body is kept for good, or has to go: *discard* knows."""
        self._bodies -= 1
        self._bytes -= size
        self.came -= came
        self._pool.submit(discard)

    def run(self, work: Callable[[], None]) -> asyncio.Future[None]:
        """Run *work* in a thread."""
        return asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Wait for what the threads do now."""
        self._pool.shutdown()


def too_much() -> ApiError:
    """What S3 calls ``SlowDown``."""
    return ThrottlingException("Please reduce your request rate.")


def unavailable() -> ApiError:
    """The disk or this code has failed; the log says how."""
    return ServiceUnavailable("The service is unavailable; please try again.")


class Arriving(Incoming):
    """A body that is taken in, once it has begun to be."""

    _working = False  # a thread is at it
    _closing = False  # that thread was given the last bytes
    _last = False  # all bytes have come
    _held_back = False  # the connection is not read
    _dropped = True

    def begin(
        self,
        intakes: Intakes,
        intake: Intake,
        flow: Flow,
        reserved: int,
        headers: Mapping[str, str],
    ) -> None:
        """Want the bytes that come from now on."""
        self.wanted = True
        self._dropped = False
        self._intakes, self._intake, self._flow = intakes, intake, flow
        self._reserved, self._came = reserved, 0
        self._waiting: list[bytes] = []
        self._held = 0
        hashed = _HASH(headers.get("x-amz-content-sha256", ""))
        self._hash = hashlib.sha256() if hashed else None
        self._settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # -- the connection's side

    def append(self, piece: bytes, /) -> None:
        """Take the next bytes, as they came."""
        if not self.wanted:
            return
        self._came += len(piece)
        self._intakes.came += len(piece)
        if self._came > self._reserved and not self._reserve():
            self.refusal = too_much()
            self._stop()
            return
        self._waiting.append(piece)
        self._held += len(piece)
        if self._held >= _BATCH and not self._working:
            self._go_on()
        elif self._held > _WAITING:
            self._held_back = True
            self._flow.hold(True)  # noqa: FBT003 - the one thing that it says

    def _reserve(self) -> bool:
        more = self._came - self._reserved + _STEP
        if not self._intakes.reserve(more):
            return False
        self._reserved += more
        return True

    def end(self) -> None:
        """All bytes have come."""
        self._last = True
        if self.wanted and not self._working:
            self._go_on()

    async def settled(self) -> None:
        """Wait until all that has come is kept, or is not wanted."""
        if self.wanted:
            await asyncio.shield(self._settled)

    def drop(self) -> None:
        """Let go of what is kept and no record names."""
        if not self._dropped:
            self._dropped, self.wanted = True, False
            if not self._working:
                self._let_go()

    # -- between the loop and the threads

    def _go_on(self) -> None:
        pieces, self._waiting, self._held = self._waiting, [], 0
        self._working, self._closing = True, self._last
        self._intakes.run(lambda: self._work(pieces)).add_done_callback(self._worked)

    def _worked(self, done: asyncio.Future[None]) -> None:
        self._working = False
        if self._dropped:
            self._let_go()
        elif self.misread is not None or self.refusal is not None:
            self._stop()
        elif self._closing:
            self.sha256 = self._hash.hexdigest() if self._hash is not None else ""
            self.ended, self.wanted, self.kept = True, False, self._intake
            self._settled.set_result(None)
        elif self._last or self._held >= _BATCH:
            self._go_on()
        if self._held_back and self._held <= _WAITING:
            self._held_back = False
            self._flow.hold(False)  # noqa: FBT003 - the one thing that it says

    def _stop(self) -> None:
        """Nothing more is wanted; a request that is not whole yet is answered without the rest."""
        self.wanted = False
        self._waiting.clear()
        self._settled.set_result(None)
        if not self._last:
            self._flow.cut()

    def _let_go(self) -> None:
        self._waiting.clear()
        self._intakes.release(self._reserved, self._came, self._intake.discard)

    # -- in a thread

    def _work(self, pieces: list[bytes]) -> None:
        try:
            data = b"".join(pieces)
            pieces.clear()
            self._take(data)
        except (ApiError, AuthError) as error:
            self.misread = error
        except _Refused as refused:
            self.refusal = refused.error
        except OSError:
            log.exception("a body cannot be kept")
            self.refusal = unavailable()
        except Exception:
            log.exception("a body was not taken in: a fault of ours")
            self.refusal = unavailable()

    def _take(self, data: bytes) -> None:
        if self._hash is not None:
            self._hash.update(data)
        for piece in (data,) if self.chunks is None else self.chunks.feed(data):
            self.size += len(piece)
            try:
                self._intake.write(piece)
            except ApiError as error:
                raise _Refused(error) from None
        if self._closing:
            if self.chunks is not None:
                self.trailers = self.chunks.finish()
            self._intake.finish()


class _Refused(Exception):
    """The intake takes no more; that is no fault of the chunks."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.code)
        self.error = error
