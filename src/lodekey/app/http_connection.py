"""One connection of the front: a parser, the requests that wait their turn, and deadlines."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httptools

from lodekey.wire.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from lodekey.app.front import Front

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus
}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# A second one of these would let two readers see two requests.
_ONCE = frozenset(
    {"host", "authorization", "content-length", "content-type", "transfer-encoding", "expect"}
)
_date: tuple[int, str] = (0, "")


class Refused(Exception):
    """The request is not taken; the connection ends with this status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Connection(asyncio.Protocol):
    """Reads requests off one socket and writes the answers in order."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._limits = front.limits
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._parser: Any = None
        self._peer = ""
        self._waiting: deque[tuple[HttpRequest, bool]] = deque()
        self._busy = False
        self._paused = False
        self._closing = False
        self._deadline = 0.0
        self._begin()

    def _begin(self) -> None:
        self._url: list[bytes] = []
        self._headers: dict[str, str] = {}
        self._header_count = self._header_bytes = self._body_bytes = 0
        self._body: list[bytes] = []

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        if self._front.stopping or len(self._front.connections) >= self._limits.connections:
            transport.close()
            return
        self._front.connections.add(self)
        self._parser = httptools.HttpRequestParser(self)
        self._deadline = self._now() + self._limits.headers

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or we closed."""
        self._front.connections.discard(self)
        self._closing = True
        self._waiting.clear()
        self._parser = None

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._closing or self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(Refused(400, "no protocol upgrade is offered"))
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, Refused):
                self._refuse(cause)
            else:
                self._refuse(Refused(400, "the request is not HTTP/1.1"))

    # -- the parser's side

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()
        self._deadline = self._now() + self._limits.headers

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        self._url.append(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line."""
        self._header_count += 1
        self._count(len(name) + len(value) + 4)
        if self._header_count > self._limits.header_count:
            raise Refused(431, "too many headers")
        key = name.decode("latin-1").lower()
        if key in self._headers:
            if key in _ONCE or key.startswith("x-amz-"):
                raise Refused(400, f"the header `{key}` came twice")
            self._headers[key] += "," + value.decode("latin-1")
            return
        self._headers[key] = value.decode("latin-1")

    def _count(self, length: int) -> None:
        self._header_bytes += length
        if self._header_bytes > self._limits.header_bytes:
            raise Refused(431, "the headers are too long")

    def on_headers_complete(self) -> None:
        """All headers are there."""
        headers = self._headers
        if not headers.get("host"):
            raise Refused(400, "the header `host` is missing")
        if "transfer-encoding" in headers and "content-length" in headers:
            raise Refused(400, "`content-length` and `transfer-encoding` do not go together")
        length = int(headers.get("content-length", "0") or "0")
        if length > self._limits.body_bytes:
            raise Refused(413, "the body is too long")
        allowed = self._limits.body + length / self._limits.slowest_rate
        self._deadline = self._now() + allowed
        if headers.get("expect", "").lower() == "100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes:
            raise Refused(413, "the body is too long")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        target = b"".join(self._url).decode("latin-1")
        if not target.startswith("/"):
            target = _origin_form(target)
        path, _, query = target.partition("?")
        request = HttpRequest(
            self._parser.get_method().decode("ascii"),
            path,
            query,
            self._headers,
            self._body[0] if len(self._body) == 1 else b"".join(self._body),
            self._peer,
            self._front.secure,
        )
        self._deadline = self._now() + self._limits.idle
        self._waiting.append((request, self._parser.should_keep_alive()))
        if len(self._waiting) > self._limits.pipelined and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        if not self._busy:
            self._next()

    # -- answering

    def _next(self) -> None:
        if not self._waiting:
            if self._front.stopping:
                self._close()
            return
        request, keep = self._waiting.popleft()
        if self._paused and len(self._waiting) <= self._limits.pipelined // 2:
            self._paused = False
            self._transport.resume_reading()
        self._busy = True
        self._front.handler(request, lambda response: self._respond(request, response, keep))

    def _respond(self, request: HttpRequest, response: HttpResponse, keep: bool) -> None:  # noqa: FBT001
        if self._closing:
            return
        keep = keep and not self._front.stopping
        self._transport.write(written(response, head=request.method == "HEAD", keep=keep))
        self._busy = False
        self._deadline = self._now() + self._limits.idle
        if keep:
            self._next()
        else:
            self._close()

    def _refuse(self, refused: Refused) -> None:
        """Say why and close: what follows on this connection cannot be trusted."""
        if not self._closing:
            body = f'{{"message":"{refused.why}"}}'.encode()
            headers = {"content-type": "application/json"}
            self._transport.write(written(HttpResponse(refused.status, headers, body), keep=False))
            self._close()

    def _close(self) -> None:
        self._closing = True
        self._transport.close()

    # -- deadlines

    def expire(self, now: float) -> None:
        """Close where the deadline has passed; a request that is being answered has none."""
        if now <= self._deadline or self._busy or self._closing:
            return
        if self._header_count or self._url:
            self._refuse(Refused(408, "the request came too slowly"))
        else:
            self._close()

    def close_when_idle(self) -> None:
        """Close now if nothing is asked, else after the answer."""
        if not self._busy and not self._waiting:
            self._close()

    def abort(self) -> None:
        """Close without further ado."""
        self._closing = True
        self._transport.abort()

    def _now(self) -> float:
        return self._front.now()


def _origin_form(target: str) -> str:
    """The path of an absolute target, as proxies send it."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        raise Refused(400, "the request's target is not a path")
    return "/" + rest.partition("/")[2]


def written(response: HttpResponse, *, head: bool = False, keep: bool = True) -> bytes:
    """The bytes of a response; of a HEAD's the headers alone."""
    parts = [_STATUS_LINES.get(response.status) or f"HTTP/1.1 {response.status} \r\n"]
    length = str(len(response.body))
    for name, value in response.headers.items():
        if name.lower() == "content-length":
            length = value if head else length
        else:
            parts.append(f"{name}: {value}\r\n")
    if response.status >= 200 and response.status not in {204, 304}:
        parts.append(f"content-length: {length}\r\n")
    parts.append(f"date: {_http_date()}\r\n")
    parts.append("\r\n" if keep else "connection: close\r\n\r\n")
    head_bytes = "".join(parts).encode("latin-1")
    return head_bytes if head or response.status in {204, 304} else head_bytes + response.body


def _http_date() -> str:
    global _date  # noqa: PLW0603 - made once a second, not once a response
    second = int(time.time())
    if _date[0] != second:
        _date = (second, formatdate(second, usegmt=True))
    return _date[1]
