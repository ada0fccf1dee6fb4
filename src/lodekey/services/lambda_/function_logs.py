"""A worker's log stream: what was written, sent in batches to CloudWatch Logs as the function.

The function's role needs ``logs:CreateLogGroup``, ``logs:CreateLogStream`` and
``logs:PutLogEvents``; without them there are no logs, as on AWS.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lodekey.errors import ApiError

MOST_EVENTS = 10_000
MOST_BATCH = 1_000_000
EVENT_OVERHEAD = 26
MOST_WAITING = 4 * 1024 * 1024
MOST_TAIL = 4096

SHIP_SECONDS = 0.2
DENIED_SECONDS = 30.0
CLOSE_SECONDS = 5.0

log = logging.getLogger("lodekey.lambda")

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Runs an operation of Logs, by name, as the function."""


class Event(NamedTuple):
    """One log event: milliseconds since the epoch, and its text."""

    timestamp: int
    message: str

    @property
    def size(self) -> int:
        """As Logs counts it, bytes."""
        return len(self.message.encode()) + EVENT_OVERHEAD


def stream_name(now: float, version: str) -> str:
    """A new stream's name: ``2023/04/15/[$LATEST]`` and 32 hexadecimal digits."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y/%m/%d")
    return f"{day}/[{version}]{secrets.token_hex(16)}"


class LogStream:
    """One worker's stream.

    Args:
        group: The log group.
        name: The stream.
        call: Runs operations of Logs as the function.
        spawn: Begins background work.
        clock: Seconds since the epoch.
        pause: Called when too much waits to be sent.
        resume: Called when that is over.
    """

    def __init__(
        self,
        group: str,
        name: str,
        call: Call,
        spawn: Callable[[Any], Any],
        clock: Callable[[], float],
        pause: Callable[[], None],
        resume: Callable[[], None],
    ) -> None:
        self.group = group
        self.name = name
        self._call = call
        self._spawn = spawn
        self._clock = clock
        self._pause, self._resume = pause, resume
        self._events: list[Event] = []
        self._waiting = 0
        self._hurry = asyncio.Event()
        self._shipping = False
        self._shipped = asyncio.Event()
        self._shipped.set()
        self._made = False
        self._denied_at: float | None = None
        self._tail = bytearray()

    def write(self, text: str) -> None:
        """Take one event."""
        event = Event(int(self._clock() * 1000), text or " ")
        self._tail += text.encode() + b"\n"
        del self._tail[:-MOST_TAIL]
        self._events.append(event)
        self._waiting += event.size
        if self._waiting > MOST_WAITING:
            self._pause()
        if not self._shipping:
            self._shipping = True
            self._shipped.clear()
            self._spawn(self._ship())

    def begin_tail(self) -> None:
        """Forget what earlier invocations wrote."""
        self._tail.clear()

    def tail(self) -> bytes:
        """The last 4 KB of this invocation's log."""
        return bytes(self._tail)

    def flush(self) -> None:
        """Send without waiting for more."""
        self._hurry.set()

    async def close(self) -> None:
        """Send all that waits, and wait until it is sent."""
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._shipped.wait(), CLOSE_SECONDS)

    async def _ship(self) -> None:
        try:
            while self._events:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), SHIP_SECONDS)
                self._hurry.clear()
                while self._events:
                    await self._send(self._take())
        finally:
            self._shipping = False
            self._shipped.set()

    def _take(self) -> list[Event]:
        """The next batch: in order of time, within the limits of one request."""
        size = count = 0
        for event in self._events[:MOST_EVENTS]:
            if count and size + event.size > MOST_BATCH:
                break
            size += event.size
            count += 1
        batch, self._events = self._events[:count], self._events[count:]
        was_full = self._waiting > MOST_WAITING
        self._waiting -= size
        if was_full and self._waiting <= MOST_WAITING:
            self._resume()
        # the machine's clock may have been put back
        return sorted(batch, key=lambda event: event.timestamp)

    async def _send(self, batch: list[Event]) -> None:
        now = self._clock()
        if self._denied_at is not None and now - self._denied_at < DENIED_SECONDS:
            return
        try:
            if not self._made:
                await self._make()
            try:
                await self._put(batch)
            except ApiError as error:
                if error.code != "ResourceNotFoundException":
                    raise
                await self._make()
                await self._put(batch)
            self._denied_at = None
        except ApiError as error:
            self._denied_at = now
            log.info("no logs for %s: %s", self.group, error.code)
        except KeyError:
            self._denied_at = now
            log.info("no logs for %s: CloudWatch Logs is not offered", self.group)

    async def _put(self, batch: list[Event]) -> None:
        request = {
            "logGroupName": self.group,
            "logStreamName": self.name,
            "logEvents": [{"timestamp": each.timestamp, "message": each.message} for each in batch],
        }
        await self._call("PutLogEvents", request)

    async def _make(self) -> None:
        """Make the stream, and its group where there is none."""
        request = {"logGroupName": self.group, "logStreamName": self.name}
        try:
            await self._create("CreateLogStream", request)
        except ApiError as error:
            if error.code != "ResourceNotFoundException":
                raise
            await self._create("CreateLogGroup", {"logGroupName": self.group})
            await self._create("CreateLogStream", request)
        self._made = True

    async def _create(self, operation: str, request: dict[str, Any]) -> None:
        try:
            await self._call(operation, request)
        except ApiError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise
