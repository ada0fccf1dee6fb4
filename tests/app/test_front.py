"""The front does HTTP: what is well-formed is answered, in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
import uvloop
from msgspec.structs import replace

from fronts import QUICK, Served, read_all, read_one, running, statuses, wait_for

GET = b"GET /%s HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@pytest.fixture(
    scope="module",
    params=[uvloop.EventLoopPolicy, asyncio.DefaultEventLoopPolicy],
    ids=["uvloop", "asyncio"],
)
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with running(policy=request.param()) as served:
        yield served


@pytest.fixture(autouse=True)
def _forget(server: Served) -> None:
    server.asked.clear()


def test_a_request_is_read_and_answered(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"POST /a/b?c=d&e HTTP/1.1\r\nHost: example.com\r\nX-Amz-Target: T\r\n"
            b"Content-Length: 4\r\n\r\nbody"
        )
        status, headers, body = read_one(connection)
    assert (200, b"POST /a/b body") == (status, body)
    assert "date" in headers
    http = server.asked[0]
    assert ("POST", "/a/b", "c=d&e", b"body", "127.0.0.1", False) == (
        http.method,
        http.path,
        http.query,
        http.body,
        http.peer,
        http.secure,
    )
    assert {"host": "example.com", "x-amz-target": "T", "content-length": "4"} == http.headers


def test_a_connection_lives_on(server: Served) -> None:
    with server.connect() as connection:
        for number in range(20):
            connection.sendall(GET % str(number).encode())
            status, headers, body = read_one(connection)
            assert (200, f"GET /{number} ".encode()) == (status, body)
            assert "connection" not in headers


def test_a_connection_ends_where_the_client_asks(server: Served) -> None:
    answer = server.send(LAST % b"a" + GET % b"b")
    assert [200] == statuses(answer)
    assert b"Connection: close" in answer
    assert ["/a"] == server.paths()


def test_http_1_0_ends_too(server: Served) -> None:
    answer = server.send(b"GET /a HTTP/1.0\r\nHost: h\r\n\r\n")
    assert [200] == statuses(answer)
    assert b"Connection: close" in answer


def test_pipelined_requests_are_answered_in_order(server: Served) -> None:
    names = [str(number).encode() for number in range(200)]
    with server.connect() as connection:
        connection.sendall(b"".join(GET % name for name in names))
        for name in names:
            assert (200, b"GET /%s " % name) == read_one(connection)[::2]


def test_a_slow_answer_holds_back_the_fast_ones_behind_it(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(GET % b"hold" + GET % b"a" + GET % b"b")
        wait_for(lambda: server.held)
        time.sleep(0.05)
        assert ["/hold"] == server.paths()
        server.release()
        assert [b"/hold", b"GET /a ", b"GET /b "] == [read_one(connection)[2] for _ in range(3)]


def test_bytes_may_come_one_by_one(server: Served) -> None:
    with server.connect() as connection:
        for byte in b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi":
            connection.sendall(bytes([byte]))
        assert b"POST /a hi" == read_one(connection)[2]


def test_a_head_has_no_body(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + LAST % b"b")
        answer = read_all(connection)
    first, _, rest = answer.partition(b"\r\n\r\n")
    assert b"Content-Length: 8" in first
    assert rest.startswith(b"HTTP/1.1 200 ")


def test_an_empty_answer_has_no_length(server: Served) -> None:
    answer = server.send(LAST % b"nothing")
    assert [204] == statuses(answer)
    assert b"Content-Length" not in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_body_in_chunks(server: Served) -> None:
    answer = server.send(
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Amz-Target: evil\r\nX-Other: t\r\n\r\n" + LAST % b"b"
    )
    assert [200, 200] == statuses(answer)
    assert b"POST /a abcde" in answer
    # Trailers come after the end of what is signed: they are no headers.
    assert {"host": "h", "transfer-encoding": "chunked"} == server.asked[0].headers


def test_a_client_that_waits_is_told_to_go_on(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(100)
        connection.sendall(b"hi")
        assert b"PUT /a hi" == read_one(connection)[2]


def test_a_client_that_waits_behind_another_request_waits_longer(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(
            GET % b"hold"
            + b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        wait_for(lambda: server.held)
        server.release()
        assert b"/hold" == read_one(connection)[2]
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(100)
        connection.sendall(b"hi")
        assert b"PUT /a hi" == read_one(connection)[2]


def test_an_absolute_target_as_proxies_send_it(server: Served) -> None:
    answer = server.send(b"GET http://h/a?b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert [200] == statuses(answer)
    assert ("/a", "b") == (server.asked[0].path, server.asked[0].query)


def test_an_upgrade_is_not_taken_and_the_request_is_answered(server: Served) -> None:
    answer = server.send(
        b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n" + GET % b"second"
    )
    assert [200] == statuses(answer)
    assert ["/a"] == server.paths()


def test_a_large_answer_to_a_client_that_reads(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(GET % b"large?30000000" + GET % b"b")
        status, _, body = read_one(connection)
        assert (200, 30_000_000) == (status, len(body))
        assert b"GET /b " == read_one(connection)[2]


def test_a_handler_that_fails_is_a_500_and_no_more(server: Served) -> None:
    answer = server.send(GET % b"fail" + LAST % b"b")
    assert [500, 200] == statuses(answer)
    assert b"on purpose" not in answer


def test_an_answer_is_given_once(server: Served) -> None:
    answer = server.send(GET % b"twice" + LAST % b"b")
    assert [200, 200] == statuses(answer)
    assert answer.count(b"first") == 1


def test_a_header_of_two_lines_is_never_written(server: Served) -> None:
    answer = server.send(LAST % b"two-lines")
    assert [500] == statuses(answer)
    assert b"X-Injected" not in answer


def test_each_cookie_has_a_line_of_its_own(server: Served) -> None:
    answer = server.send(LAST % b"cookies")
    assert [200] == statuses(answer)
    assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2; Secure\r\n" in answer
    split = server.send(LAST % b"cookies?split")
    assert [500] == statuses(split)
    assert b"X-Injected" not in split


def test_a_client_that_stops_talking_still_gets_its_answer(server: Served) -> None:
    assert [200, 200] == statuses(server.send(GET % b"a" + GET % b"b", half_close=True))


def test_stopping_answers_what_is_in_flight_and_closes_what_is_idle() -> None:
    with running(replace(QUICK, idle=10)) as served:
        idle, busy = served.connect(), served.connect()
        idle.sendall(GET % b"a")
        read_one(idle)
        busy.sendall(GET % b"hold" + GET % b"never")
        wait_for(lambda: served.held)
        stopping = served.loop.call_soon_threadsafe(
            lambda: served.loop.create_task(served.front.stop())
        )
        assert stopping is not None
        assert b"" == read_all(idle)
        served.release()
        status, headers, _ = read_one(busy)
        assert (200, "close") == (status, headers["connection"])
        assert b"" == read_all(busy)
        assert "/never" not in served.paths()
        with pytest.raises(OSError):
            served.connect(0.5).sendall(b"x")
        idle.close()
        busy.close()
