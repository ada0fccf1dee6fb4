"""A small, strict HTTP/1.1 server for a function's own loopback: one request at a time, no routes.

It serves the Runtime API and the Parameters and Secrets extension. A connection that sends what is
not HTTP, too many headers or too much body is closed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

import httptools

MOST_HEADERS = 64
MOST_HEADER_BYTES = 256 * 1024

REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    500: "Internal Server Error",
}


class Asked(NamedTuple):
    """One request: `path` and `query` as sent, header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    too_long: bool


class Connected(Protocol):
    """An open connection of any kind."""

    def abort(self) -> None:
        """Close it at once."""


Serve = Callable[[Asked, "Connection"], None]


class Connection(asyncio.Protocol):
    """One connection; *serve* gets each request and answers, now or later, with `answer`.

    Args:
        serve: Called on the loop.
        most_body: The longest body that is kept, bytes. Of a longer one `Asked.too_long` tells.
        among: The connections that are open; this one is one of them while it is.
        hard_most: The longest body that is read at all.
    """

    def __init__(
        self,
        serve: Serve,
        most_body: int,
        among: set[Connected],
        hard_most: int = 64 * 1024 * 1024,
    ) -> None:
        self._serve = serve
        self._most_body = most_body
        self._among = among
        self._hard_most = hard_most
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._begin()
        self.closed = False
        self.on_close: Callable[[], None] | None = None

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._header_bytes = self._header_count = 0
        self._chunks: list[bytes] = []
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._among.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever holds an answer back."""
        self.closed = True
        self._among.discard(self)
        if self.on_close is not None:
            self.on_close()

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except (httptools.HttpParserError, TooMuch, UnicodeError):
            self.close()

    def abort(self) -> None:
        """Close the connection without sending what waits."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def on_url(self, url: bytes) -> None:
        """Collect the target."""
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header."""
        self._count(len(name) + len(value))
        self._headers[name.decode("ascii").lower()] = value.decode("latin-1")
        self._header_count += 1
        if self._header_count > MOST_HEADERS:
            raise TooMuch

    def _count(self, length: int) -> None:
        self._header_bytes += length
        if self._header_bytes > MOST_HEADER_BYTES:
            raise TooMuch

    def on_headers_complete(self) -> None:
        """Let a client that waits for it send the body."""
        if self._headers.get("expect", "").lower() == "100-continue" and self._transport:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Collect the body, as far as it is kept."""
        self._length += len(body)
        if self._length > self._hard_most:
            raise TooMuch
        if self._length <= self._most_body:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """Hand the request over."""
        url = httptools.parse_url(self._url)
        asked = Asked(
            method=self._parser.get_method().decode(),
            path=(url.path or b"/").decode("ascii"),
            query=(url.query or b"").decode("ascii"),
            headers=self._headers,
            body=b"".join(self._chunks),
            too_long=self._length > self._most_body,
        )
        self._begin()
        self._serve(asked, self)

    def answer(
        self,
        status: int,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """Send an answer."""
        if self._transport is None or self.closed:
            return
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"]
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        self._transport.write(head + body)

    def answer_json(self, status: int, value: Any) -> None:
        """Send *value* as JSON."""
        self.answer(status, json.dumps(value).encode())


class Unwanted(asyncio.Protocol):
    """A connection too many: closed as soon as it is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        cast("asyncio.Transport", transport).abort()


class TooMuch(Exception):
    """The request is longer than anything a runtime sends."""
