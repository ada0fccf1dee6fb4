"""Responses into bytes."""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus

from lodekey.wire.http import HttpResponse

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus
}
_BARE = frozenset({204, 304})
_LENGTH = "content-length"
_CODES = {
    400: "BadRequest",
    408: "RequestTimeout",
    413: "RequestEntityTooLargeException",
    417: "ExpectationFailed",
    431: "RequestHeaderFieldsTooLarge",
    500: "InternalFailure",
    503: "ServiceUnavailable",
}
_date: tuple[int, str] = (0, "")


class Unwritable(Exception):
    """A header of ours holds a line's end: it could be read as another header."""


def written(response: HttpResponse, *, head: bool = False, keep: bool = True) -> bytes:
    """The bytes of a response; of a HEAD's, and of one with a stream, the headers alone.

    Raises:
        Unwritable: A header has more than one line.
    """
    status, headers, body, stream, cookies = response
    parts = [_STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"]
    length = str(len(body) if stream is None else stream.length)
    for name, value in headers.items():
        if len(name) == len(_LENGTH) and name.lower() == _LENGTH:
            length = value if head else length
        else:
            parts.append(f"{name}: {value}\r\n")
    parts += [f"Set-Cookie: {cookie}\r\n" for cookie in cookies]
    if status not in _BARE:
        parts.append(f"Content-Length: {length}\r\n")
    parts.append(f"Date: {http_date()}\r\n")
    if not keep:
        parts.append("Connection: close\r\n")
    text = "".join(parts)
    if text.count("\n") != len(parts) or text.count("\r") != len(parts):
        raise Unwritable
    data = f"{text}\r\n".encode("latin-1", "replace")
    return data if head or status in _BARE or stream is not None else data + body


def refusal(status: int, why: str) -> HttpResponse:
    """The answer to a request that is none."""
    code = _CODES.get(status, "BadRequest")
    body = f'{{"__type":"{code}","message":"{why}"}}'.encode("ascii", "replace")
    return HttpResponse(status, {"Content-Type": "application/json"}, body)


def http_date() -> str:
    """Now, as HTTP writes it; made once a second."""
    global _date  # noqa: PLW0603 - once a second, not once a response
    second = int(time.time())
    if _date[0] != second:
        _date = (second, formatdate(second, usegmt=True))
    return _date[1]
