"""What one connection may ask of the front, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lodekey.app.incoming import Intakes

BodyLimit = Callable[[str, str, Mapping[str, str]], int]


class Limits(msgspec.Struct, frozen=True):
    """Bounds on requests; every time is in seconds and total, so that dripping does not help.

    Times are looked at every `sweep` seconds, so each may be overstepped by twice that.

    Args:
        headers: From the first byte of a request (for the first one: from the connection's begin)
            to the end of its headers.
        body: From the end of the headers to the end of the body, plus a second for each
            `slowest_rate` bytes: those that Content-Length announces, or have come where it says
            nothing.
        slowest_rate: Bytes a second that a body has to arrive at.
        idle: Between two requests of a connection.
        writing: How long a client may leave an answer unread.
        lingering: How long a refused client is listened to, so that it reads why.
        header_count: Header lines of one request.
        header_bytes: Request line and headers together.
        body_bytes: The longest body.
        body_limit: The longest body of one request that has more than `in_memory`, or does not say
            how much, given its method, target and headers; None: `body_bytes` for all.
        intakes: Where bodies go that are longer than `in_memory`, or of unknown length, if their
            operation takes them; None: all are held in memory.
        in_memory: Bytes.
        buffered_bytes: Bodies that are on their way into memory, of all connections together.
        pipelined: Requests of one connection that wait for their turn; more are not read.
        connections: Open connections. Beyond, the one that has been idle longest is closed for
            the new one; where none is idle, the new one.
        stopping: How long requests in flight get when the server stops.
        sweep: How often deadlines are looked at.
    """

    headers: float = 4.5
    body: float = 9.5
    slowest_rate: int = 64 * 1024
    idle: float = 59.0
    writing: float = 60.0
    lingering: float = 2.0
    header_count: int = 100
    header_bytes: int = 32 * 1024
    body_bytes: int = 16 * 1024 * 1024
    body_limit: BodyLimit | None = None
    intakes: Intakes | None = None
    in_memory: int = 1024 * 1024
    buffered_bytes: int = 256 * 1024 * 1024
    pipelined: int = 16
    connections: int = 10_000
    stopping: float = 10.0
    sweep: float = 0.25
