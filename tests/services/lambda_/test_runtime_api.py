"""The Runtime API, asked by a runtime that does not behave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lodekey.services.lambda_.output import Frames, Lines
from lodekey.services.lambda_.runtime_api import (
    MOST_RESPONSE,
    TOO_LARGE,
    Answer,
    Invocation,
    RuntimeApi,
)

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
WORK = Invocation("id-1", b'{"a": 1}', 12.5, "arn:x", client_context='{"k": 1}')


def post(path: str, body: bytes = b"{}", **headers: str) -> bytes:
    lines = [f"POST /2018-06-01/runtime/{path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Runtime:
    """A client that writes bytes and reads answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def read(self) -> tuple[int, dict[str, str], bytes]:
        head = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 5)).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        body = await self._reader.readexactly(int(headers["content-length"]))
        return int(first.split()[1]), headers, body

    async def ask(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        await self.send(data)
        return await self.read()

    async def closed(self) -> bool:
        return await asyncio.wait_for(self._reader.read(), 5) == b""

    def close(self) -> None:
        self._writer.close()


Script = Callable[[RuntimeApi, Callable[[], Awaitable[Runtime]]], Awaitable[Any]]


def play(script: Script) -> Any:
    """Run *script* with an API and a way to connect to it."""

    async def main() -> Any:
        api, open_ = RuntimeApi(), set()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: api.connection(open_), "127.0.0.1", 0)
        clients: list[Runtime] = []

        async def connect() -> Runtime:
            made = Runtime(*await asyncio.open_connection(*server.sockets[0].getsockname()))
            clients.append(made)
            return made

        try:
            return await script(api, connect)
        finally:
            for client in clients:
                client.close()
            server.close()
            for connection in list(open_):
                connection.abort()
            await asyncio.sleep(0.01)

    return asyncio.run(main())


def test_an_invocation_goes_out_and_comes_back():
    async def script(api, connect):
        runtime = await connect()
        await runtime.send(NEXT)
        assert await asyncio.wait_for(asyncio.shield(api.begun), 5) is None
        answer = api.invoke(WORK)
        status, headers, body = await runtime.read()
        assert (200, b'{"a": 1}') == (status, body)
        assert ("id-1", "12500", "arn:x", '{"k": 1}') == tuple(
            headers[f"lambda-runtime-{name}"]
            for name in ("aws-request-id", "deadline-ms", "invoked-function-arn", "client-context")
        )
        status, _, _ = await runtime.ask(post("invocation/id-1/response", b'"x"'))
        assert 202 == status
        return await answer

    assert Answer(b'"x"') == play(script)


def test_work_may_wait_for_the_runtime():
    async def script(api, connect):
        answer = api.invoke(WORK)
        assert not api.taken
        runtime = await connect()
        status, _, _ = await runtime.ask(NEXT)
        assert (200, True) == (status, api.taken)
        kind = {"Lambda_Runtime_Function_Error_Type": "Mine"}
        await runtime.ask(post("invocation/id-1/error", b'{"errorType":"Mine"}', **kind))
        return await answer

    assert Answer(b'{"errorType":"Mine"}', failed=True, error_type="Mine") == play(script)


@pytest.mark.parametrize("path", ["invocation/other/response", "invocation/id-1/response"])
def test_only_the_invocation_that_was_taken_can_be_answered(path):
    async def script(api, connect):
        answer = api.invoke(WORK)
        runtime = await connect()
        status, _, body = await runtime.ask(post(path))
        return status, b"InvalidRequestID" in body, answer.done()

    assert (400, True, False) == play(script)


def test_nothing_is_answered_twice():
    async def script(api, connect):
        answer = api.invoke(WORK)
        runtime = await connect()
        await runtime.ask(NEXT)
        first, _, _ = await runtime.ask(post("invocation/id-1/response", b"1"))
        second, _, _ = await runtime.ask(post("invocation/id-1/response", b"2"))
        return first, second, (await answer).body

    assert (202, 400, b"1") == play(script)


def test_a_second_request_for_work_takes_the_place_of_the_first():
    async def script(api, connect):
        one, two = await connect(), await connect()
        await one.send(NEXT)
        await asyncio.sleep(0.05)
        await two.send(NEXT)
        await asyncio.sleep(0.05)
        api.invoke(WORK)
        return (await two.read())[0]

    assert 200 == play(script)


def test_work_is_kept_when_its_taker_goes_away():
    async def script(api, connect):
        one = await connect()
        await one.send(NEXT)
        await asyncio.sleep(0.05)
        one.close()
        await asyncio.sleep(0.05)
        api.invoke(WORK)
        return (await (await connect()).ask(NEXT))[0]

    assert 200 == play(script)


def test_too_long_an_answer():
    async def script(api, connect):
        answer = api.invoke(WORK)
        runtime = await connect()
        await runtime.ask(NEXT)
        body = b"x" * (MOST_RESPONSE + 1)
        status, _, _ = await runtime.ask(post("invocation/id-1/response", body))
        return status, await answer

    assert (413, TOO_LARGE) == play(script)


def test_a_runtime_that_cannot_begin():
    async def script(api, connect):
        runtime = await connect()
        status, _, _ = await runtime.ask(post("init/error", b'{"errorType":"E"}'))
        again, _, _ = await runtime.ask(post("init/error"))
        return status, again, api.begun.result().body

    assert (202, 403, b'{"errorType":"E"}') == play(script)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100 + b"\r\n",
        b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nna\xefme: x\r\n\r\n",
    ],
)
def test_what_is_no_request_ends_the_connection(data):
    async def script(api, connect):
        runtime = await connect()
        await runtime.send(data)
        closed = await runtime.closed()
        assert 404 == (await (await connect()).ask(b"GET /else HTTP/1.1\r\n\r\n"))[0]
        return closed

    assert play(script)


@pytest.mark.parametrize(
    "path", ["/", "/2018-06-01/runtime/invocation", "/2020-01-01/extension/register", "/%00"]
)
def test_other_paths_are_not_there(path):
    async def script(api, connect):
        return (await (await connect()).ask(f"POST {path} HTTP/1.1\r\n\r\n".encode()))[0]

    assert 404 == play(script)


def frame(message: bytes, kind: int = 0xA55A0003) -> bytes:
    return kind.to_bytes(4, "big") + len(message).to_bytes(4, "big") + bytes(8) + message


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_frames_in_any_pieces(size):
    heard: list[str] = []
    frames = Frames(heard.append)
    data = frame(b"one\ntwo\n") + frame(b"", 0xA55A0017) + frame("ü".encode())
    for start in range(0, len(data), size):
        frames.take(data[start : start + size])
    assert ["one\ntwo", "", "ü"] == heard


@pytest.mark.parametrize(
    "data", [b"x" * 20, frame(b"", 0x12345678), (0xA55A0003).to_bytes(4, "big") + b"\xff" * 12]
)
def test_what_is_no_frame_ends_the_log(data):
    heard: list[str] = []
    frames = Frames(heard.append)
    frames.take(frame(b"good"))
    frames.take(data)
    frames.take(frame(b"late"))
    assert ["good"] == heard


def test_lines_in_any_pieces():
    heard: list[str] = []
    lines = Lines(heard.append)
    for piece in (b"a", b"b\nc\n\n", b"\xffd"):
        lines.take(piece)
    lines.flush()
    lines.take(b"x" * 300_000)
    assert ["ab", "c", "", "\ufffdd", "x" * 262_144] == heard
