"""A request and a response, before and after any web server."""

from __future__ import annotations

from collections.abc import Mapping
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


class HttpResponse(NamedTuple):
    """One HTTP response. The front adds Content-Length, Date and Connection."""

    status: int
    headers: Mapping[str, str]
    body: bytes
