"""Bytes between a function's own loopback and an address outside: all the network it has.

The address is the server's, or one that the operator granted (`lodekey.services.lambda_.granted`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, cast

from lodekey.services.lambda_.little_http import Connected
from lodekey.services.lambda_.sandbox import is_name

P = TypeVar("P", bound=asyncio.Protocol)

_LOOKUPS = ThreadPoolExecutor(4, "lodekey-lookup")
"""Where names are looked up: functions that ask a name service which does not answer keep these
threads busy, one a name, and not those that the server works with."""

_looking: dict[tuple[str, int], Future[list[str]]] = {}


async def opened(factory: Callable[[], P], host: str, port: int) -> P:
    """A connection to the first address of *host* that takes one.

    Raises:
        OSError: None does, or there is none.
    """
    loop = asyncio.get_running_loop()
    refusal = OSError(f"{host} has no address")
    for address in await looked_up(host, port) if is_name(host) else [host]:
        try:
            _, made = await loop.create_connection(factory, address, port)
        except OSError as error:
            refusal = error
        else:
            return made
    raise refusal


async def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name; who asks while another asks gets the same answer.

    Raises:
        OSError: Nobody knows the name.
    """
    asked = _looking.get((host, port))
    if asked is None or asked.done():
        asked = _looking[host, port] = _LOOKUPS.submit(look_up, host, port)
    # who goes away does not take the answer from the others
    return await asyncio.shield(asyncio.wrap_future(asked))


def look_up(host: str, port: int) -> list[str]:
    """Ask the name service, which may take its time."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Relay(asyncio.Protocol):
    """The function's side of one connection; the other side is opened when this one is.

    Args:
        host: Where it leads to; a name is looked up for each connection.
        port: The port there.
        among: The open connections of the worker.
        tell: Gets a line for the function's log where the other side cannot be opened.
    """

    def __init__(
        self, host: str, port: int, among: set[Connected], tell: Callable[[str], None]
    ) -> None:
        self._host, self._port = host, port
        self._among = among
        self._tell = tell
        self._transport: asyncio.Transport | None = None
        self._other: FarSide | None = None
        self._task: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._early_end = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the other side."""
        near = self._transport = cast("asyncio.Transport", transport)
        self._among.add(self)
        near.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._connect(near))

    async def _connect(self, near: asyncio.Transport) -> None:
        try:
            self._other = await opened(lambda: FarSide(near, self._among), self._host, self._port)
        except OSError as error:
            self._tell(f"{self._host}:{self._port} cannot be reached: {error}")
            near.abort()
            return
        if near.is_closing():
            self._other.close()
            return
        for data in self._early:
            self._other.write(data)
        self._early.clear()
        if self._early_end:
            self._other.write_eof()
        near.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass on; some loops read once more after they were told to pause."""
        if self._other is not None:
            self._other.write(data)
        else:
            self._early.append(data)

    def eof_received(self) -> bool:
        """Pass on that the function sends no more; the answer may still come."""
        if self._other is not None:
            self._other.write_eof()
        else:
            self._early_end = True
        return True

    def pause_writing(self) -> None:
        """The function reads slower than the server writes."""
        if self._other is not None:
            self._other.pause()

    def resume_writing(self) -> None:
        """It has caught up."""
        if self._other is not None:
            self._other.resume()

    def abort(self) -> None:
        """Close at once."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other side."""
        self._among.discard(self)
        if self._other is not None:
            self._other.close()
        elif self._task is not None:
            self._task.cancel()


class FarSide(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, near: asyncio.Transport, among: set[Connected]) -> None:
        self._near = near
        self._among = among
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._among.add(self)

    def write(self, data: bytes) -> None:
        """Send to the server."""
        if self._transport is not None:
            self._transport.write(data)

    def write_eof(self) -> None:
        """Send no more."""
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self._near.write(data)

    def eof_received(self) -> bool:
        """Pass on that the server sends no more."""
        if self._near.can_write_eof():
            self._near.write_eof()
        return False

    def pause(self) -> None:
        """Read no more for now."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """The server reads slower than the function writes."""
        if not self._near.is_closing():
            self._near.pause_reading()

    def resume_writing(self) -> None:
        """It has caught up."""
        if not self._near.is_closing():
            self._near.resume_reading()

    def close(self) -> None:
        """End."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the function's side."""
        self._among.discard(self)
        self._near.close()
