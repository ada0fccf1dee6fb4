"""How the server's side of a function's connection is opened."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from lodekey.services.lambda_ import relay


def test_every_address_of_a_name_is_tried(monkeypatch):
    """As where ``localhost`` is ``::1`` first, and the server listens on ``127.0.0.1``."""

    async def run():
        with socket.create_server(("127.0.0.1", 0)) as there:
            port = there.getsockname()[1]
            addresses = [("127.0.0.2", port), ("127.0.0.1", port)]
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in addresses]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
            transports = []

            class Far(asyncio.Protocol):
                def connection_made(self, transport):
                    transports.append(transport)

            await relay.opened(Far, "two.internal", port)
            assert ("127.0.0.1", port) == transports[0].get_extra_info("peername")
            transports[0].close()

    asyncio.run(run())


def test_a_name_that_is_not_there_is_an_os_error(monkeypatch):
    def refuse(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(OSError, match="not known"):
        asyncio.run(relay.opened(asyncio.Protocol, "nobody.internal", 1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(OSError, match="has no address"):
        asyncio.run(relay.opened(asyncio.Protocol, "nobody.internal", 1))


def test_a_name_service_that_does_not_answer_holds_nobody_else(monkeypatch):
    answered, asked_for = threading.Event(), []

    def slow(host, *_, **__):
        asked_for.append(host)
        answered.wait(30)
        return []

    async def run():
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        loop = asyncio.get_running_loop()
        asked = [
            loop.create_task(relay.opened(asyncio.Protocol, "slow.internal", 1)) for _ in range(100)
        ]
        gone = loop.create_task(relay.opened(asyncio.Protocol, "slow.internal", 1))
        await asyncio.sleep(0.05)
        gone.cancel()
        try:
            assert await asyncio.wait_for(loop.run_in_executor(None, lambda: "works"), 10)
            assert not any(each.done() for each in asked)
        finally:
            answered.set()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert {OSError} == {type(each) for each in ended}
        assert ["slow.internal"] == asked_for

    asyncio.run(run())
