"""Bytes into requests: a parser of HTTP/1.1 that believes nothing twice.

llhttp does the reading and is strict about framing; what it lets pass and two readers could read
in two ways (a second Host, a second signature, trailers that pose as headers) is refused here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import httptools

from lodekey.app.http_limits import Limits
from lodekey.app.incoming import Flow
from lodekey.wire.http import HttpRequest, Incoming

if TYPE_CHECKING:
    from lodekey.app.incoming import Intakes

IDLE, HEAD, BODY = range(3)

# A second one of these would let two readers see two requests.
_ONCE = frozenset(
    {"host", "authorization", "content-length", "content-type", "transfer-encoding", "expect"}
)
_VERSIONS = frozenset({"1.1", "1.0"})
_names: dict[bytes, str] = {}
_MOST_NAMES = 1024


class Refused(Exception):
    """The request is not taken; the connection ends with this status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Reader:
    """Reads one connection's requests.

    Args:
        limits: What a request may be.
        peer: The client's address.
        secure: Whether it came over TLS.
        deliver: Called with each whole request, and whether the connection may live on after it.
        expects: Called where the client waits to be told to go on.
        hold: Called where the client has to wait, and where it may go on.

    Attributes:
        phase: What comes next: a request, more of its head, more of its body.
        moved: Set whenever a phase begins; whoever watches the time clears it.
        received: Bytes of the present body that have come.
        announced: Bytes that Content-Length says it has.
    """

    def __init__(
        self,
        limits: Limits,
        peer: str,
        *,
        secure: bool,
        deliver: Callable[[HttpRequest, bool], None],
        expects: Callable[[], None],
        hold: Callable[[bool], None],
    ) -> None:
        self._hold = hold
        self._limits = limits
        self._peer = peer
        self._secure = secure
        self._deliver = deliver
        self._expects = expects
        self.phase = IDLE
        self.moved = False
        self.received = 0
        self.announced = 0
        self._most = self._fed = self._piece = 0
        self._lasting = True
        self._method = self._target = ""
        self._begin()
        # A header line is the most frequent thing to happen here: what takes it does no more.
        self._raw: list[tuple[bytes, bytes]] = []
        append = self._raw.append
        self.on_header: Callable[[bytes, bytes], None] = lambda name, value: append((name, value))
        self._parser: Any = httptools.HttpRequestParser(self)

    def _begin(self) -> None:
        self._url = b""
        self._headers: Mapping[str, str] = {}
        self._body: Any = []  # of pieces; or an Incoming, which takes pieces as well
        self._trailers = 0

    def feed(self, data: bytes) -> None:
        """Read on.

        Raises:
            Refused: The request is not taken, nor is anything after it.
        """
        # What comes in one piece is bounded by the piece; its size is looked at once it is read.
        self._piece = len(data)
        if self.phase == HEAD:
            self._fed += self._piece
        try:
            self._parser.feed_data(data)
            if self._raw and self.phase == BODY:
                self._must_be_few()
            elif self.phase == HEAD and self._fed > self._limits.header_bytes:
                raise Refused(431, "the headers are too long")
        except httptools.HttpParserUpgrade:
            raise Refused(0, "") from None
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, Refused):
                raise cause from None
            if not isinstance(error, httptools.HttpParserCallbackError):
                raise Refused(400, "the request is not HTTP/1.1") from None
            raise

    def release(self) -> None:
        """Forget a request that will not become whole."""
        body = self._body
        self.received = 0
        self._raw.clear()
        self._begin()
        if isinstance(body, Incoming):
            body.drop()

    @property
    def buffered(self) -> int:
        """Bytes of the present body that are held here."""
        return 0 if isinstance(self._body, Incoming) else self.received

    # -- the parser's side

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url = b""
        self._body = []
        self._trailers = self._fed = 0
        self.phase = HEAD
        self.moved = True

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        self._url = self._url + url if self._url else url

    def _must_be_short(self, headers: dict[str, str]) -> None:
        """Raise where the headers are too long; too many were found before.

        Raises:
            Refused: They are.
        """
        size = len(self._url) + sum(map(len, headers)) + sum(map(len, headers.values()))
        if size + 4 * len(headers) > self._limits.header_bytes:
            raise Refused(431, "the headers are too long")

    def _must_be_few(self) -> None:
        """Raise where there are too many trailers; those that there are, are forgotten.

        Trailers come after the end of what is signed, and nobody here has asked for any.

        Raises:
            Refused: There are.
        """
        self._trailers += len(self._raw)
        self._raw.clear()
        if self._trailers > self._limits.header_count:
            raise Refused(431, "there are too many trailers")

    def on_headers_complete(self) -> None:
        """All headers are there."""
        self.phase = BODY
        self.moved = True
        limits, raw = self._limits, self._raw
        if len(raw) > limits.header_count:
            raise Refused(431, "there are too many headers")
        headers = _read_headers(raw)
        raw.clear()
        self._headers = headers
        if self._fed + self._piece > limits.header_bytes:
            self._must_be_short(headers)
        version = self._parser.get_http_version()
        self._lasting = version == "1.1"  # 1.0 needs words that nobody needs any more
        if version not in _VERSIONS:
            raise Refused(400, "the request is not HTTP/1.1")
        if not headers.get("host"):
            raise Refused(400, "the header `host` is missing")
        length = headers.get("content-length")
        if "transfer-encoding" in headers:
            _must_be_chunked(headers["transfer-encoding"], length)
        self.announced = int(length) if length else 0
        self._method = self._parser.get_method().decode("ascii")
        self._target = self._url.decode("latin-1")
        self._most = limits.body_bytes
        if self.announced > limits.in_memory or "transfer-encoding" in headers:
            self._expect_long(limits)
        if self.announced > self._most:
            raise Refused(413, "the body is too long")
        if "expect" in headers:
            if headers["expect"].lower() != "100-continue":
                raise Refused(417, "the expectation is none that can be met")
            self._expects()

    def _expect_long(self, limits: Limits) -> None:
        """Find out how long a body may be that is not known to be short, and where it goes."""
        if limits.body_limit is not None:
            self._most = limits.body_limit(self._method, self._target, self._headers)
        if limits.intakes is not None:
            self._take_in(limits.intakes)

    def _take_in(self, intakes: Intakes) -> None:
        """Let a long body be taken in while it comes, where its operation does that."""
        if self._method != "PUT" or self._target.startswith("/_"):
            return
        body = intakes.take(self._request(b""), self.announced, Flow(self._hold, self._cut))
        if body is None:
            return
        self._body, self._most = body, sys.maxsize
        if not body.wanted:
            self._cut()

    def _cut(self) -> None:
        """Deliver a request without the rest of its body."""
        body = self._body
        if isinstance(body, Incoming):
            self._deliver(self._request(body), False)  # noqa: FBT003 - as everywhere here

    def _request(self, body: bytes) -> HttpRequest:
        target = self._target
        if target[0] != "/":
            target = _origin_form(target, self._headers["host"])
        path, _, query = target.partition("?")
        return HttpRequest(self._method, path, query, self._headers, body, self._peer, self._secure)

    def _kept_elsewhere(self) -> bytes:
        """The present body, that has come and is not held here; none, where there is none."""
        body = self._body
        if not isinstance(body, Incoming):
            return b""
        self._body = []
        body.end()
        return body  # of no bytes, as far as it is here

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.received += len(body)
        if self.received > self._most:
            raise Refused(413, "the body is too long")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._raw:
            self._must_be_few()
        body = self._body
        self.received = 0
        request = self._request(
            (body[0] if len(body) == 1 else b"".join(body)) if body else self._kept_elsewhere()
        )
        self.phase = IDLE
        self.moved = True
        self._deliver(request, self._lasting and self._parser.should_keep_alive())


def _read_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by lower-case name; what comes several times is joined.

    Raises:
        Refused: One came twice that must not.
    """
    try:
        headers = {_names[name]: value.decode("latin-1") for name, value in raw}
    except KeyError:
        headers = {}
    if len(headers) == len(raw):
        return headers
    headers = {}
    for name, value in raw:
        key = _names.get(name) or _name(name)
        if key in headers:
            if key in _ONCE or key.startswith("x-amz-"):
                raise Refused(400, f"the header `{key}` came twice")
            headers[key] += "," + value.decode("latin-1")
        else:
            headers[key] = value.decode("latin-1")
    return headers


def _must_be_chunked(coding: str, length: str | None) -> None:
    """Raise unless the body's end can be read in one way only."""
    if length is not None:
        raise Refused(400, "`content-length` and `transfer-encoding` do not go together")
    if coding.strip().lower() != "chunked":
        raise Refused(400, "the transfer coding is none that is understood")


def _name(name: bytes) -> str:
    """A header's name in lower case; the usual ones are made once."""
    key = name.decode("latin-1").lower()
    if len(_names) < _MOST_NAMES and len(name) < 64:
        _names[name] = key
    return key


def _origin_form(target: str, host: str) -> str:
    """The path of an absolute target, as proxies send it, or ``*``."""
    scheme, separator, rest = target.partition("://")
    if target == "*":
        return "/*"
    authority, slash, path = rest.partition("/")
    if not separator or scheme.lower() not in {"http", "https"} or not authority:
        raise Refused(400, "the request's target is not a path")
    if authority.lower() != host.lower():
        raise Refused(400, "the request's target and the header `host` name two hosts")
    return slash + path or "/"
