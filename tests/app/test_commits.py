"""While a commit waits for the disk, reads are answered, and writes only after it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from lodekey.errors import ServiceUnavailable
from lodekey.store.sqlite import SqliteStore
from lodekey.wire.http import HttpRequest, HttpResponse
from world import World

PUT = {"Name": "/a", "Type": "String", "Overwrite": True}


class Disk:
    """A store whose commits wait until they are let go on, or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.fails = False
        commit = SqliteStore._commit

        def waiting(store: SqliteStore, tx: Any) -> None:
            assert self.go_on.wait(20)
            if self.fails:
                raise ServiceUnavailable("The disk is full. Nothing was changed. Try again.")
            commit(store, tx)

        monkeypatch.setattr(SqliteStore, "_commit", waiting)


@pytest.fixture
def requests(world: World) -> dict[str, HttpRequest]:
    ssm = world.client("ssm")
    return {
        "first": world.request_of(lambda: ssm.put_parameter(**PUT, Value="1")),
        "read": world.request_of(lambda: ssm.get_parameter(Name="/a")),
        "second": world.request_of(lambda: ssm.put_parameter(**PUT, Value="2")),
        "third": world.request_of(lambda: ssm.put_parameter(**PUT, Value="3")),
    }


@pytest.fixture
def disk(requests: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(monkeypatch)
    yield disk
    disk.go_on.set()


class Asked:
    """Requests given to the server, and what came back."""

    def __init__(self, world: World, requests: dict[str, HttpRequest]) -> None:
        self._world, self._requests = world, requests
        self.answers: dict[str, HttpResponse] = {}

    def ask(self, *names: str) -> None:
        for name in names:
            self._world.house.server.receive(
                self._requests[name], lambda answer, name=name: self.answers.update({name: answer})
            )

    async def until(self, *names: str) -> None:
        """Wait until these are answered, and a little longer."""
        async with asyncio.timeout(20):
            while not set(names) <= set(self.answers):  # noqa: ASYNC110 - answers come as calls
                await asyncio.sleep(0.002)
        await asyncio.sleep(0.02)

    def statuses(self) -> dict[str, int]:
        return {name: answer.status for name, answer in self.answers.items()}


def test_reads_go_on_and_writes_wait(
    world: World, disk: Disk, requests: dict[str, HttpRequest]
) -> None:
    asked = Asked(world, requests)

    async def live() -> None:
        asked.ask("first")
        await asyncio.sleep(0.02)
        asked.ask("read", "second", "third")
        await asked.until("read")
        assert {"read": 200} == asked.statuses()
        assert b'"Value":"3"' in asked.answers["read"].body  # as it was before
        disk.go_on.set()
        await asked.until("first", "second", "third")

    world.run(live())
    assert {"first": 200, "read": 200, "second": 200, "third": 200} == asked.statuses()
    assert "3" == world.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"]
    # the two that waited were one batch, in the order they came in
    assert 7 == world.client("ssm").get_parameter(Name="/a")["Parameter"]["Version"] + 1


def test_a_commit_that_fails_answers_no_success(
    world: World, disk: Disk, requests: dict[str, HttpRequest]
) -> None:
    asked = Asked(world, requests)
    disk.fails = True
    disk.go_on.set()

    async def live() -> None:
        asked.ask("first", "second")
        await asked.until("first", "second")
        disk.fails = False
        asked.ask("third")
        await asked.until("third")

    before = len(world.events())
    world.run(live())
    assert {"first": 503, "second": 503, "third": 200} == asked.statuses()
    parameter = world.client("ssm").get_parameter(Name="/a")["Parameter"]
    assert (4, "3") == (parameter["Version"], parameter["Value"])
    puts = [e for e in world.events()[before:] if e["eventName"] == "PutParameter"]
    assert 1 == len(puts)  # what was not kept is not told


def test_stopping_waits_for_the_commit(
    world: World, disk: Disk, requests: dict[str, HttpRequest]
) -> None:
    asked = Asked(world, requests)

    async def live() -> None:
        asked.ask("first")
        await asyncio.sleep(0.02)
        asked.ask("second")
        stopping = asyncio.ensure_future(world.house.server.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        disk.go_on.set()
        await asyncio.wait_for(stopping, 20)

    world.run(live())
    assert {"first": 200, "second": 200} == asked.statuses()


class Ended(BaseException):
    """What no code that catches errors catches."""


def test_what_ends_a_process_answers_no_success(
    world: World, requests: dict[str, HttpRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: Any) -> None:
        raise Ended

    asked = Asked(world, requests)
    said: list[BaseException | None] = []
    world.loop.set_exception_handler(lambda _, context: said.append(context.get("exception")))
    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "_commit", end)

        async def live() -> None:
            asked.ask("first")
            await asyncio.sleep(0.1)

        world.run(live())
    assert {} == asked.statuses()
    assert [Ended] == [type(each) for each in said]
