"""Bytes of any kind, cut anywhere: an answer or a refusal, never an exception, never a 5xx."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from fronts import statuses
from lodekey.app.front import Front
from lodekey.app.http_connection import Connection
from lodekey.app.http_limits import Limits
from lodekey.wire.http import HttpRequest, HttpResponse

SEEDS = [
    b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: T\r\nContent-Length: 5\r\n\r\nabcde",
    b"PUT /b/k?x=y HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\nX-T: v\r\n\r\n",
    b"PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    b"GET http://h/a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"HEAD / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
]
PIECES = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b" ",
    b":",
    b"Host: h\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"0\r\n\r\n",
    b"HTTP/1.1",
    b"9" * 20,
]


class Transport:
    """Keeps what is written; knows whether it was closed."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.closed = False

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return ("127.0.0.1", 1)

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.data += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing is read here anyway."""

    resume_reading = pause_reading

    def get_write_buffer_size(self) -> int:
        return 0


def mutated(random: Random) -> bytes:
    data = bytearray(b"".join(random.choice(SEEDS) for _ in range(random.randint(1, 3))))
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(data) + 1)
        kind = random.randrange(4)
        if kind == 0 and at < len(data):
            data[at] = random.randrange(256)
        elif kind == 1:
            data[at:at] = random.choice(PIECES)
        elif kind == 2:
            del data[at : at + random.randint(1, 6)]
        else:
            data[at:at] = data[at : at + random.randint(1, 40)]
    return bytes(data)


def cut(data: bytes, random: Random) -> list[bytes]:
    places = sorted(random.randrange(len(data) + 1) for _ in range(random.randint(0, 4)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True) if a < b]


async def fuzz(rounds: int, seed: int) -> None:
    random = Random(seed)
    asked: list[HttpRequest] = []

    def handle(http: HttpRequest, respond: object) -> None:
        asked.append(http)
        assert callable(respond)
        respond(HttpResponse(200, {}, b"ok"))

    front = Front(handle, Limits(), secure=False)
    for _ in range(rounds):
        data = mutated(random)
        made = []
        for pieces in (cut(data, random), [data]):
            asked.clear()
            transport = Transport()
            connection = Connection(front)
            connection.connection_made(transport)  # type: ignore[arg-type]
            for piece in pieces:
                connection.data_received(piece)
            for _ in range(3):
                await asyncio.sleep(0)
            front.now += 100
            connection.expire(front.now)
            said = statuses(bytes(transport.data))
            assert set(said) <= {200, 400, 408, 413, 417, 431}, (data, said)
            made.append(([(h.method, h.path, h.query, h.headers, h.body) for h in asked], said))
            connection.connection_lost(None)
        # Where the bytes are cut must not change what is read of them.
        assert made[0] == made[1], data
        assert 0 == front._buffered
        assert not front.connections


def test_bytes_of_any_kind() -> None:
    asyncio.run(fuzz(4000, 1))


@pytest.mark.torture
def test_a_million_of_them() -> None:
    asyncio.run(fuzz(1_000_000, 2))
