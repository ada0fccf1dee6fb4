"""The front's price for one request, in calls."""

from __future__ import annotations

import sys
from typing import Any

from lodekey.app.front import Front
from lodekey.app.http_connection import Connection
from lodekey.app.http_limits import Limits
from lodekey.wire.http import HttpResponse

HEADERS = b"".join(b"Header-%d: value\r\n" % number for number in range(7))
REQUEST = b"POST / HTTP/1.1\r\nHost: h\r\n" + HEADERS + b"Content-Length: 3\r\n\r\nabc"
ANSWER = HttpResponse(200, {"Content-Type": "application/x-amz-json-1.1"}, b"{}")


class Transport:
    """Takes what is written."""

    written = 0

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return ("127.0.0.1", 1)

    def write(self, data: bytes) -> None:
        self.written += 1


def connection() -> tuple[Connection, Transport]:
    front = Front(lambda _, respond: respond(ANSWER), Limits(), secure=False)
    made, transport = Connection(front), Transport()
    made.connection_made(transport)  # type: ignore[arg-type]
    return made, transport


def test_one_request_keeps_to_its_budget() -> None:
    made, transport = connection()
    for _ in range(3):
        made.data_received(REQUEST)
    count = 0

    def tick(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        made.data_received(REQUEST)
    finally:
        sys.setprofile(before)
    assert 4 == transport.written
    assert count <= 80
