"""The HTTP front: bytes to requests and responses to bytes, over httptools (llhttp) and asyncio.

It knows no AWS: it hands an `HttpRequest` to a handler on the loop, and writes what the handler
responds, in the order of the requests. What is malformed, too large, too slow or said twice is
refused here. Why not a ready-made server: docs/adr/0018-http-front.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import resource
import socket
import ssl as tls
import time
from collections.abc import Callable

from lodekey.app.http_connection import Connection
from lodekey.app.http_limits import Limits
from lodekey.app.http_reader import Refused
from lodekey.wire.http import HttpRequest, HttpResponse

log = logging.getLogger("lodekey.front")

Handler = Callable[[HttpRequest, Callable[[HttpResponse], None]], None]
_OTHER_FILES = 128
_HANDSHAKE = 10.0


class Front:
    """A listening server and its connections."""

    def __init__(self, handler: Handler, limits: Limits, *, secure: bool) -> None:
        self.handler = handler
        self.limits = limits
        self.secure = secure
        self.stopping = False
        self.connections: set[Connection] = set()
        self.now = 0.0
        self._buffered = 0
        self._most = min(limits.connections, files_allowed() - _OTHER_FILES)
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket, context: tls.SSLContext | None) -> None:
        """Accept connections on *listener*."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self),
            sock=listener,
            ssl=context,
            backlog=1024,
            ssl_handshake_timeout=_HANDSHAKE if context is not None else None,
        )
        self._sweeper = loop.create_task(self._sweep())

    def admit(self, connection: Connection) -> bool:
        """Take a new connection in; at the limit, in place of the one that was idle longest."""
        if self.stopping:
            return False
        if len(self.connections) >= self._most and not self._make_room():
            return False
        self.connections.add(connection)
        return True

    def _make_room(self) -> bool:
        """Close the connections that were idle longest, several at once: the search is long."""
        idle = [(since, id(c), c) for c in self.connections if (since := c.idle_since) is not None]
        oldest = heapq.nsmallest(max(1, self._most // 100), idle)
        for _, _, connection in oldest:
            self.connections.discard(connection)
            connection.abort()
        return bool(oldest)

    def buffer(self, size: int) -> None:
        """Count bytes of bodies that are not whole yet.

        Raises:
            Refused: They are too many, of all connections together.
        """
        self._buffered += size
        if size > 0 and self._buffered > self.limits.buffered_bytes:
            raise Refused(503, "too much is being sent at once")

    async def _sweep(self) -> None:
        """Close what is past its deadline; one timer and one clock for all connections.

        The clock stands still while the loop does: nothing could be read meanwhile, and clients
        are not to blame for that.
        """
        sweep = self.limits.sweep
        before = time.monotonic()
        while True:
            await asyncio.sleep(sweep)
            after = time.monotonic()
            late = after - before - sweep
            if late > max(sweep, 0.5):
                log.warning("the loop stood still for %.1f s", late)
            self.now += min(after - before, 2 * sweep)
            before = after
            for connection in list(self.connections):
                connection.expire(self.now)

    async def stop(self) -> None:
        """Accept nothing more, let what is in flight be answered, then close."""
        self.stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.close_when_idle()
        deadline = time.monotonic() + self.limits.stopping
        while self.connections and time.monotonic() < deadline:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        for connection in list(self.connections):
            connection.abort()
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper


def files_allowed() -> int:
    """How many files this process may have open, after asking for as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return 1 << 20 if soft == resource.RLIM_INFINITY else soft


async def serve(
    handler: Handler,
    listener: socket.socket,
    *,
    ssl: tls.SSLContext | None = None,
    limits: Limits | None = None,
) -> Front:
    """Serve HTTP/1.1 on *listener*.

    Args:
        handler: Called on the loop with each request and a function to respond with, which it may
            call at once or later, once.
        listener: A listening socket; the front owns it from now on.
        ssl: For HTTPS.
        limits: What a connection may ask.
    """
    front = Front(handler, limits or Limits(), secure=ssl is not None)
    await front.start(listener, ssl)
    return front
