"""A request and a response, before and after any web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple


class HttpRequest(NamedTuple):
    """One HTTP request as it came in.

    Header names are lower case; a header that came twice is refused by the front, before this.
    `path` and `query` are as sent: percent-encoded, undecoded, without the ``?``.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str = "127.0.0.1"
    secure: bool = False


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
