"""What one connection may ask of the front, and for how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on requests; every time is in seconds and total, so that dripping does not help.

    Args:
        headers: From the first byte of a request to the end of its headers.
        body: From the end of the headers to the end of the body, plus a second for each
            `slowest_rate` bytes that Content-Length announces.
        slowest_rate: Bytes a second that a body has to arrive at.
        idle: Between two requests of a connection.
        header_count: Header lines of one request.
        header_bytes: Request line and headers together.
        body_bytes: The longest body.
        pipelined: Requests of one connection that wait for their turn; more are not read.
        connections: Open connections; more are turned away.
        stopping: How long requests in flight get when the server stops.
    """

    headers: float = 5.0
    body: float = 10.0
    slowest_rate: int = 64 * 1024
    idle: float = 60.0
    header_count: int = 100
    header_bytes: int = 32 * 1024
    body_bytes: int = 16 * 1024 * 1024
    pipelined: int = 16
    connections: int = 10_000
    stopping: float = 10.0
