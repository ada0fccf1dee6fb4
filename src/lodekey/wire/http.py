"""A request and a response, before and after any web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple


class HttpRequest(NamedTuple):
    """One HTTP request as it came in.

    Header names are lower case; a header that came twice is refused by the front, before this.
    `path` and `query` are as sent: percent-encoded, undecoded, without the ``?``. A long body may
    be an `Incoming`.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str = "127.0.0.1"
    secure: bool = False


class Incoming(bytes):
    """A body that may be longer than memory, and is kept elsewhere while it comes.

    Here it is empty, and empty it is for whoever knows nothing of it. Only operations that say how
    they take such bodies in (`lodekey.gate.operation.Intake`) are ever given one.

    Attributes:
        began: When the head of its request had come, by the clock that signatures are checked by.
        chunks: What undoes `aws-chunked`; `lodekey.wire.chunks.decode_body` puts it there.
        wanted: Whether more of it is; a request whose body nobody wants is answered at once.
        ended: Whether all of it has come, and been read.
        size: Bytes, without the marks of chunks.
        sha256: Of all that came, hex; empty: unknown.
        trailers: What followed the last chunk.
        misread: What is wrong with the chunks.
        refusal: Why the body is not kept, where that is no fault of the chunks.
        kept: What the operation's intake made of it; None: it is not kept.
    """

    began: float = 0.0
    chunks: Any = None
    wanted: bool = False
    ended: bool = False
    size: int = 0
    sha256: str = ""
    trailers: Mapping[str, str] = {}
    misread: Exception | None = None
    refusal: Exception | None = None
    kept: Any = None

    def append(self, piece: bytes, /) -> None:
        """Take the next bytes, as they came; bytes that nobody wants any more are let go."""

    def end(self) -> None:
        """All bytes have come."""

    async def settled(self) -> None:
        """Wait until all that has come is kept, or is not wanted."""

    def drop(self) -> None:
        """Let go of what is kept and no record names; may be called again."""


class Stream:
    """A body that is made while it is sent, since it may be longer than memory.

    Args:
        length: Its bytes.
        pieces: The body.
        done: Called once, when it is sent or will not be.
    """

    def __init__(self, length: int, pieces: Iterator[bytes], done: Callable[[], None]) -> None:
        self.length = length
        self._pieces = pieces
        self._done: Callable[[], None] | None = done

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        finally:
            self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what the pieces are made from."""
        done, self._done = self._done, None
        if done is not None:
            done()


class HttpResponse(NamedTuple):
    """One HTTP response. The front adds Content-Length, Date and Connection.

    `stream`, where there is one, is the body. Each of `cookies` is a Set-Cookie of its own.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    stream: Stream | None = None
    cookies: tuple[str, ...] = ()
