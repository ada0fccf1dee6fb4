"""Execution environments, kept warm: taken for one invocation at a time, made when none is free."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, Protocol, TypeVar

Key = Hashable


class Kept(Protocol):
    """What a pool keeps."""

    key: Key
    slot: int
    idle_since: float

    def usable(self) -> bool:
        """Whether it can take one more invocation."""

    async def stop(self) -> None:
        """End it."""


K = TypeVar("K", bound=Kept)


class Full(Exception):
    """As many are busy as may be, and none became free in time."""


class Pool(Generic[K]):
    """Environments by what they run.

    Args:
        most: How many there may be at once.
        idle_seconds: How long one is kept that nobody wants.
        patience: How long to wait for a free place, seconds.
    """

    def __init__(self, most: int, idle_seconds: float, patience: float) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._patience = patience
        self._idle: dict[Key, list[K]] = {}
        self._busy: set[int] = set()
        self._slots = list(range(most))
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._retired: set[int] = set()
        self._all: dict[int, K] = {}

    async def take(self, key: Key, make: Callable[[int], Awaitable[K]]) -> K:
        """One that runs *key*: a warm one, or what *make* makes in the slot that it is given.

        Raises:
            Full: None became free in time.
        """
        while True:
            warm = await self._warm(key)
            if warm is not None:
                return warm
            if self._slots or await self._make_room():
                return await self._make(make)
            await self._some_change()

    async def _warm(self, key: Key) -> K | None:
        kept = self._idle.get(key, [])
        while kept:
            candidate = kept.pop()
            if candidate.usable():
                self._busy.add(candidate.slot)
                return candidate
            await self._end(candidate)
        return None

    async def _make_room(self) -> bool:
        """End the one that was idle longest; whether there was one."""
        idle = [each for kept in self._idle.values() for each in kept]
        if not idle:
            return False
        oldest = min(idle, key=lambda each: each.idle_since)
        self._idle[oldest.key].remove(oldest)
        await self._end(oldest)
        return bool(self._slots)

    async def _make(self, make: Callable[[int], Awaitable[K]]) -> K:
        slot = heapq.heappop(self._slots)
        self._busy.add(slot)
        try:
            made = await make(slot)
        except BaseException:
            self._give_back(slot)
            raise
        self._all[slot] = made
        return made

    async def _some_change(self) -> None:
        """Wait until one becomes idle or ends."""
        change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(change)
        try:
            await asyncio.wait_for(change, self._patience)
        except TimeoutError:
            raise Full from None

    async def put_back(self, each: K, now: float) -> None:
        """Take back one that has done its work, or has died of it."""
        if each.slot in self._retired or not each.usable():
            await self._end(each)
            return
        self._busy.discard(each.slot)
        each.idle_since = now
        self._idle.setdefault(each.key, []).append(each)
        self._wake()

    async def _end(self, each: K) -> None:
        try:
            await each.stop()
        finally:
            self._all.pop(each.slot, None)
            self._give_back(each.slot)

    def _give_back(self, slot: int) -> None:
        self._busy.discard(slot)
        self._retired.discard(slot)
        heapq.heappush(self._slots, slot)
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            change = self._waiting.popleft()
            if not change.done():
                change.set_result(None)
                return

    async def retire(self, of: Callable[[Key], bool]) -> None:
        """End those whose key *of* picks: the idle now, the busy when they are done."""
        for slot in self._busy:
            each = self._all.get(slot)
            if each is not None and of(each.key):
                self._retired.add(slot)
        for key in [key for key in self._idle if of(key)]:
            for each in self._idle.pop(key):
                await self._end(each)

    async def reap(self, now: float) -> None:
        """End those that nobody wanted for long, or that cannot work any more."""
        for kept in list(self._idle.values()):
            for each in list(kept):
                if now - each.idle_since > self._idle_seconds or not each.usable():
                    kept.remove(each)
                    await self._end(each)
        self._idle = {key: kept for key, kept in self._idle.items() if kept}

    async def stop(self) -> None:
        """End all of them."""
        everyone = list(self._all.values())
        self._idle.clear()
        self._all.clear()
        await asyncio.gather(*(each.stop() for each in everyone), return_exceptions=True)
