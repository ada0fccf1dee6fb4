"""The HTTP front: bytes to requests and responses to bytes, over httptools (llhttp) and asyncio.

It knows no AWS: it hands an `HttpRequest` to a handler on the loop, and writes what the handler
responds, in the order of the requests. What is malformed, too large, too slow or said twice is
refused here. Why not a ready-made server: docs/adr/0010-http-front.md.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl as tls
import time
from collections.abc import Callable

from lodekey.app.http_connection import Connection
from lodekey.app.http_limits import Limits
from lodekey.wire.http import HttpRequest, HttpResponse

log = logging.getLogger("lodekey.front")

Handler = Callable[[HttpRequest, Callable[[HttpResponse], None]], None]
_SWEEP = 0.5


class Front:
    """A listening server and its connections."""

    def __init__(self, handler: Handler, limits: Limits, *, secure: bool) -> None:
        self.handler = handler
        self.limits = limits
        self.secure = secure
        self.stopping = False
        self.connections: set[Connection] = set()
        self._lost = 0.0
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket, context: tls.SSLContext | None) -> None:
        """Accept connections on *listener*."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), sock=listener, ssl=context, backlog=1024
        )
        self._sweeper = loop.create_task(self._sweep())

    async def _sweep(self) -> None:
        """Close what is past its deadline; one timer for all connections."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(_SWEEP)
            now = time.monotonic()
            # While the loop stood still nothing could be read: clients are not to blame for that.
            late = now - before - _SWEEP
            if late > _SWEEP:
                self._lost += late
                log.warning("the loop stood still for %.1f s", late)
            before = now
            for connection in list(self.connections):
                connection.expire(self.now())

    def now(self) -> float:
        """Seconds by a clock that stands still while the loop does."""
        return time.monotonic() - self._lost

    async def stop(self) -> None:
        """Accept nothing more, let what is in flight be answered, then close."""
        self.stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.close_when_idle()
        deadline = asyncio.get_running_loop().time() + self.limits.stopping
        while self.connections and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for connection in list(self.connections):
            connection.abort()
        if self._sweeper is not None:
            self._sweeper.cancel()


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
