"""Answers that are made while they are sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest
import uvloop

from fronts import Respond, Served, read_all, read_one, running, wait_for
from lodekey.wire.http import HttpRequest, HttpResponse, Stream

PIECE = b"x" * 65_536
GET = b"GET /%s HTTP/1.1\r\nHost: h\r\n\r\n"


class Streaming:
    """Answers ``/N`` with a stream of N pieces; ``/-N`` fails before the last."""

    def __init__(self) -> None:
        self.made = 0
        self.done = 0

    def handle(self, http: HttpRequest, respond: Respond) -> None:
        if http.path == "/plain":
            respond(HttpResponse(200, {}, b"plain"))
            return
        count = int(http.path[1:])
        stream = Stream(abs(count) * len(PIECE), self._pieces(count), self._end)
        respond(HttpResponse(200, {}, b"", stream))

    def _pieces(self, count: int) -> Iterator[bytes]:
        for number in range(abs(count)):
            if count < 0 and number == -count - 1:
                raise OSError("on purpose")
            self.made += 1
            yield PIECE

    def _end(self) -> None:
        self.done += 1


@pytest.fixture(params=[uvloop.EventLoopPolicy, asyncio.DefaultEventLoopPolicy])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Served, Streaming]]:
    with running(policy=request.param()) as front:
        streaming = Streaming()
        front.on_loop(lambda: setattr(front.front, "handler", streaming.handle))
        yield front, streaming


def test_streams_and_what_follows_them(served: tuple[Served, Streaming]) -> None:
    front, streaming = served
    with front.connect() as connection:
        connection.sendall(GET % b"40" + GET % b"plain" + GET % b"0" + GET % b"3")
        assert PIECE * 40 == read_one(connection)[2]
        assert b"plain" == read_one(connection)[2]
        assert b"" == read_one(connection)[2]
        assert PIECE * 3 == read_one(connection)[2]
    assert 3 == streaming.done


def test_no_more_is_made_than_is_read(served: tuple[Served, Streaming]) -> None:
    front, streaming = served
    with front.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.sendall(GET % b"2000")
        connection.recv(1000)
        settled(lambda: streaming.made)
        assert streaming.made < 500
        assert 0 == streaming.done
    wait_for(lambda: streaming.done == 1)


def settled(value: Callable[[], int]) -> None:
    """Wait until a number stays."""
    seen = [-1]

    def stays() -> bool:
        before, seen[0] = seen[0], value()
        return before == seen[0] and before > 0

    wait_for(stays)


def test_a_stream_that_fails_ends_the_connection(
    served: tuple[Served, Streaming], caplog: pytest.LogCaptureFixture
) -> None:
    front, streaming = served
    with front.connect() as connection:
        connection.sendall(GET % b"-3" + GET % b"plain")
        got = read_all(connection, quiet=5.0)
    assert len(got) < 3 * len(PIECE)
    assert b"plain" not in got
    assert 1 == streaming.done
    assert "cannot be sent to its end" in caplog.text
