"""A function's lines go to CloudWatch Logs in batches that one request takes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lodekey.errors import AccessDeniedException
from lodekey.services.lambda_.function_logs import (
    EVENT_OVERHEAD,
    MOST_BATCH,
    MOST_EVENTS,
    MOST_WAITING,
    LogStream,
)


class Logs:
    """Takes what is sent, or denies it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.asked: list[str] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.paused: list[bool] = []
        self.denies = False
        self.stream: LogStream

    async def call(self, name: str, request: dict[str, Any]) -> None:
        self.asked.append(name)
        if self.denies:
            raise AccessDeniedException("no")
        if name == "PutLogEvents":
            self.batches.append(request["logEvents"])


def with_stream(work: Any) -> Logs:
    """Run *work* with a stream, which is closed afterwards."""
    logs = Logs()

    async def run() -> None:
        logs.stream = LogStream(
            "g",
            "s",
            logs.call,
            asyncio.ensure_future,
            lambda: logs.now,
            pause=lambda: logs.paused.append(True),
            resume=lambda: logs.paused.append(False),
        )
        await work(logs)
        await logs.stream.close()

    asyncio.run(run())
    return logs


def test_what_comes_together_is_one_request():
    async def work(logs):
        for number in range(100):
            logs.stream.write(f"line {number}")
            await asyncio.sleep(0)

    logs = with_stream(work)
    assert ["CreateLogStream", "PutLogEvents"] == logs.asked
    assert [f"line {number}" for number in range(100)] == [
        event["message"] for event in logs.batches[0]
    ]


def test_a_request_has_so_many_events():
    async def work(logs):
        for number in range(2 * MOST_EVENTS + 1):
            logs.stream.write(str(number))

    logs = with_stream(work)
    assert [MOST_EVENTS, MOST_EVENTS, 1] == [len(batch) for batch in logs.batches]
    sent = [int(event["message"]) for batch in logs.batches for event in batch]
    assert list(range(2 * MOST_EVENTS + 1)) == sent


def test_a_request_has_so_many_bytes_and_the_function_waits():
    async def work(logs):
        while sum(logs.paused) < 1:
            logs.stream.write("x" * 200_000)

    logs = with_stream(work)
    sizes = [
        sum(len(event["message"]) + EVENT_OVERHEAD for event in batch) for batch in logs.batches
    ]
    assert MOST_WAITING < sum(sizes)
    assert max(sizes) <= MOST_BATCH
    assert [True, False] == logs.paused


@pytest.mark.parametrize("back", [0, 5])
def test_a_clock_that_is_put_back_costs_no_line(back):
    """PutLogEvents takes events in order of time alone."""

    async def work(logs):
        logs.stream.write("before")
        logs.now -= back
        logs.stream.write("after")

    logs = with_stream(work)
    [batch] = logs.batches
    times = [event["timestamp"] for event in batch]
    assert sorted(times) == times
    assert {"before", "after"} == {event["message"] for event in batch}


def test_whoever_is_denied_is_not_asked_again_at_once():
    async def work(logs):
        logs.denies = True
        logs.stream.write("lost")
        await logs.stream.close()
        logs.denies = False
        logs.stream.write("lost too")
        await logs.stream.close()
        logs.now += 31
        logs.stream.write("kept")

    logs = with_stream(work)
    assert [["kept"]] == [[event["message"] for event in batch] for batch in logs.batches]
    assert ["CreateLogStream", "CreateLogStream", "PutLogEvents"] == logs.asked
