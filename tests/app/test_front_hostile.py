"""The front under attack: the HTTP table of the threat model, row by row, over raw sockets."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest
from msgspec.structs import replace

from fronts import QUICK, Served, read_all, read_one, running, statuses, wait_for

SECOND = b"GET /second HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /first HTTP/1.1\r\nHost: h\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with running(replace(QUICK, headers=2.0, idle=2.0, body=2.0)) as served:
        yield served


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> None:
    if "server" in request.fixturenames:
        request.getfixturevalue("server").asked.clear()


MALFORMED = {
    "length and coding": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n",
    "two equal lengths": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 0\r\n\r\n",
    "a length with a plus": POST + b"Content-Length: +0\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a hexadecimal length": POST + b"Content-Length: 0x0\r\n\r\n",
    "an empty length": POST + b"Content-Length: \r\n\r\n",
    "a length beyond all": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "two codings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a misspelt coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a quoted coding": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded header": POST + b"X-A: b\r\n c\r\n\r\n",
    "a folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a folded first header": b"POST /first HTTP/1.1\r\n Host: h\r\n\r\n",
    "bare line feeds": b"POST /first HTTP/1.1\nHost: h\n\n",
    "one bare line feed": b"POST /first HTTP/1.1\r\nHost: h\nX-A: b\r\n\r\n",
    "a bare carriage return": POST + b"X-A: b\rContent-Length: 9\r\n\r\n",
    "a zero byte in a value": POST + b"X-A: b\x00c\r\n\r\n",
    "a zero byte in a name": POST + b"X-\x00A: b\r\n\r\n",
    "a space in a name": POST + b"X A: b\r\n\r\n",
    "a name without a colon": POST + b"XA\r\n\r\n",
    "an empty name": POST + b": b\r\n\r\n",
    "no host": b"POST /first HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "an empty host": b"POST /first HTTP/1.1\r\nHost: \r\nContent-Length: 0\r\n\r\n",
    "two hosts": POST + b"Host: h\r\n\r\n",
    "two hosts of two cases": POST + b"HOST: other\r\n\r\n",
    "two signatures": POST + b"Authorization: a\r\nAuthorization: a\r\n\r\n",
    "two targets": POST + b"X-Amz-Target: a\r\nX-Amz-Target: a\r\n\r\n",
    "two dates": POST + b"X-Amz-Date: a\r\nx-amz-date: b\r\n\r\n",
    "two content types": POST + b"Content-Type: a\r\nContent-Type: a\r\n\r\n",
    "no version": b"POST /first\r\nHost: h\r\n\r\n",
    "version 2": b"POST /first HTTP/2.0\r\nHost: h\r\n\r\n",
    "the preface of version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown method": b"FROB /first HTTP/1.1\r\nHost: h\r\n\r\n",
    "a target that is no path": b"POST first HTTP/1.1\r\nHost: h\r\n\r\n",
    "a space in the target": b"POST /first x HTTP/1.1\r\nHost: h\r\n\r\n",
    "an absolute target for another host": b"GET http://other/first HTTP/1.1\r\nHost: h\r\n\r\n",
    "a tunnel": b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
    "a chunk that is no number": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a chunk with a sign": POST + b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
    "a chunk of 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a chunk beyond all": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    "a chunk that is longer": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "a chunk that ends in a line feed": POST
    + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
    "a chunk whose size ends in a line feed": POST
    + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
    "a strange expectation": POST + b"Expect: a miracle\r\nContent-Length: 0\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused_and_nothing_after_it_runs(server: Served, name: str) -> None:
    answer = server.send(MALFORMED[name] + SECOND)
    assert statuses(answer) in ([400], [417]), answer
    assert [] == server.paths()
    assert b"Connection: close\r\n" in answer


def test_what_follows_is_what_is_refused(server: Served) -> None:
    """The control: the same second request runs where the first is well-formed."""
    assert [200, 200] == statuses(server.send(POST + b"Content-Length: 0\r\n\r\n" + SECOND))
    assert ["/first", "/second"] == server.paths()


def test_a_refusal_waits_for_the_answers_before_it(server: Served) -> None:
    hold = b"GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(hold + MALFORMED["two hosts"] + SECOND)
        wait_for(lambda: server.held)
        time.sleep(0.1)
        server.release()
        assert (200, b"/hold") == read_one(connection)[::2]
        assert 400 == read_one(connection)[0]
        assert b"" == connection.recv(10)
    assert ["/hold"] == server.paths()


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: a\r\n" % number for number in range(20_000)),
        b"X-A: " + b"a" * 1_000_000 + b"\r\n",
        b"X-" + b"a" * 1_000_000 + b": a\r\n",
    ],
    ids=["20,000 headers", "a header of 1 MB", "a name of 1 MB"],
)
def test_header_bombs(server: Served, head: bytes) -> None:
    assert [431] == statuses(server.send(POST + head + b"\r\n"))
    assert [] == server.paths()


def test_a_target_of_a_megabyte(server: Served) -> None:
    answer = server.send(b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert [431] == statuses(answer)


def test_a_trailer_bomb(server: Served) -> None:
    trailers = b"".join(b"X-%d: a\r\n" % number for number in range(20_000))
    body = b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    assert [431] == statuses(server.send(POST + body + trailers + b"\r\n"))
    assert [] == server.paths()


def memory() -> int:
    """Resident bytes now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_body_of_300_megabytes_is_refused_before_it_is_read(server: Served) -> None:
    before = memory()
    answer = server.send(POST + b"Content-Length: 300000000\r\n\r\n" + b"x" * 1000)
    assert [413] == statuses(answer)
    with server.connect() as connection:
        connection.sendall(POST + b"Content-Length: 300000000\r\nExpect: 100-continue\r\n\r\n")
        assert 413 == read_one(connection)[0]
    assert [] == server.paths()
    assert memory() - before < 4_000_000


def test_a_body_in_chunks_may_not_be_longer_either() -> None:
    with running(replace(QUICK, body_bytes=100_000, body=5)) as served:
        chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        before = memory()
        answer = served.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 100)
        assert [413] == statuses(answer)
        assert [] == served.paths()
        assert memory() - before < 8_000_000
        assert 0 == served.front._buffered


def test_some_paths_may_take_longer_bodies() -> None:
    def limit(method: str, target: str, headers: object) -> int:
        return 1_000_000 if target.startswith("/bucket/") else 10

    with running(replace(QUICK, body_limit=limit, in_memory=100)) as served:
        head = b"PUT %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n"
        assert [200] == statuses(served.send(head % b"/bucket/a" + b"x" * 1000))
        assert [413] == statuses(served.send(head % b"/other" + b"x" * 1000))


def test_all_bodies_together_are_bounded() -> None:
    with running(replace(QUICK, buffered_bytes=50_000, body=5)) as served:
        head = POST + b"Content-Length: 40000\r\n\r\n"
        with served.connect() as first:
            first.sendall(head + b"x" * 30_000)
            wait_for(lambda: served.front._buffered == 30_000)
            assert [503] == statuses(served.send(head + b"x" * 30_000))
            first.sendall(b"x" * 10_000)
            assert 200 == read_one(first)[0]
        assert 0 == served.front._buffered


def until_closed(connection: socket.socket, patience: float = 10.0) -> tuple[float, bytes]:
    """How long it takes until the front closes, and what it says."""
    connection.settimeout(patience)
    started, said = time.monotonic(), b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return time.monotonic() - started, said


@pytest.mark.parametrize(
    ("begin", "status"),
    [
        (b"", b"408"),
        (b"GET /a HTT", b"408"),
        (b"GET /a HTTP/1.1\r\nHost: h\r\n", b"408"),
        (POST + b"Content-Length: 5\r\n\r\n", b"408"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", b"408"),
    ],
    ids=["nothing", "half a line", "half a head", "no body", "half a chunk"],
)
def test_who_stops_in_the_middle_is_closed(begin: bytes, status: bytes) -> None:
    with running() as served, served.connect() as connection:
        connection.sendall(begin)
        took, said = until_closed(connection)
        assert took < 1.2
        assert said.startswith(b"HTTP/1.1 " + status)
        assert [] == served.paths()


@pytest.mark.parametrize(
    "begin",
    [b"GET /a HTTP/1.1\r\n", POST + b"Content-Length: 100\r\n\r\n"],
    ids=["headers", "body"],
)
def test_dripping_does_not_help(begin: bytes) -> None:
    """A deadline is for the whole, not for each read."""
    with running() as served, served.connect() as connection:
        connection.sendall(begin)
        started = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - started < 5:
                connection.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - started < 2.5
        assert [] == served.paths()


def test_dripping_within_the_time_is_served() -> None:
    """The control of the deadlines."""
    with running() as served, served.connect() as connection:
        for piece in (
            b"POST /a HTTP/1.1\r\n",
            b"Host: h\r\nContent-",
            b"Length: 2\r\n\r\n",
            b"h",
            b"i",
        ):
            connection.sendall(piece)
            time.sleep(0.05)
        assert b"POST /a hi" == read_one(connection)[2]


def test_a_steady_pipeline_is_no_slow_request() -> None:
    with running() as served, served.connect() as connection:
        started = time.monotonic()
        connection.sendall(SECOND[:20])
        while time.monotonic() - started < 1.0:  # twice the deadline of one head
            connection.sendall(SECOND[20:] + SECOND[:20])
            assert 200 == read_one(connection)[0]
            time.sleep(0.03)


def test_idle_connections_are_closed() -> None:
    with running() as served, served.connect() as connection:
        connection.sendall(SECOND)
        read_one(connection)
        took, said = until_closed(connection)
        assert 0.5 < took < 1.2
        assert b"" == said


def test_a_request_that_is_being_answered_has_no_deadline() -> None:
    with running() as served, served.connect() as connection:
        connection.sendall(b"GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        time.sleep(1.2)
        served.release()
        assert b"/hold" == read_one(connection)[2]


def test_a_client_that_does_not_read_is_closed_and_costs_no_memory() -> None:
    with running(replace(QUICK, pipelined=4)) as served, served.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        large = b"GET /large?1000000 HTTP/1.1\r\nHost: h\r\n\r\n"
        before = memory()
        connection.settimeout(0.3)
        with pytest.raises(OSError):
            for _ in range(100_000):
                connection.sendall(large * 100)
        assert memory() - before < 30_000_000
        wait_for(lambda: not served.front.connections)
        assert len(served.paths()) < 3000


def test_slow_connections_do_not_slow_the_others() -> None:
    with running(replace(QUICK, headers=2.0)) as served:
        slow = [served.connect() for _ in range(400)]
        for number, connection in enumerate(slow):
            connection.sendall(
                (b"GET /a HTTP/1.1\r\nX", POST + b"Content-Length: 9\r\n\r\n")[number % 2]
            )
        times = []
        with served.connect() as connection:
            for _ in range(300):
                started = time.monotonic()
                connection.sendall(SECOND)
                read_one(connection)
                times.append(time.monotonic() - started)
        assert quantiles(times, n=100)[98] < 0.05
        wait_for(lambda: len(served.front.connections) <= 1, 6)
        for connection in slow:
            assert b"HTTP/1.1 408" in read_all(connection)
            connection.close()


def test_at_the_limit_a_new_connection_takes_the_place_of_an_idle_one() -> None:
    with running(replace(QUICK, connections=10, idle=30, headers=30)) as served:
        silent = [served.connect() for _ in range(30)]
        with served.connect() as connection:
            connection.sendall(SECOND)
            assert 200 == read_one(connection)[0]
        assert len(served.front.connections) <= 10
        for each in silent:
            each.close()


def test_at_the_limit_nobody_who_is_being_answered_is_closed() -> None:
    with running(replace(QUICK, connections=3)) as served:
        busy = [served.connect() for _ in range(3)]
        for connection in busy:
            connection.sendall(b"GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_for(lambda: len(served.held) == 3)
        with served.connect() as connection:
            assert b"" == read_all(connection, 2)
        served.release()
        for connection in busy:
            assert b"/hold" == read_one(connection)[2]
            connection.close()
