"""Events in order of time, from many chunks that may overlap.

A walk reads chunks one after another and keeps back the events of a chunk until no chunk that
comes can hold an earlier one. It goes either way.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lodekey.services.logs import chunks
from lodekey.services.logs.chunks import CHUNKS, SPAN, WHERE, Position
from lodekey.services.logs.groups import moment
from lodekey.services.logs.seal_events import Sealing
from lodekey.store.port import Transaction

_LAST = "\U0010ffff"


class Found(NamedTuple):
    """An event, and where it is.

    `stream` is the stream's id, which sorts events of one time.
    """

    time: int
    stream: str
    chunk: int
    at: int
    message: str
    ingested: int
    stream_name: str = ""

    @property
    def position(self) -> Position:
        """Its place in its stream."""
        return Position(self.time, self.chunk, self.at)

    @property
    def key(self) -> tuple[int, str, int, int]:
        """What it sorts by among the events of a group."""
        return self[:4]


class Source(NamedTuple):
    """A chunk that a walk comes by: when its events begin, and how to read them."""

    first: int
    read: Callable[[], list[Found]]


def stream_events(
    tx: Transaction, stream: str, sealing: Sealing, start: int, *, reverse: bool = False
) -> Iterator[Found]:
    """The events of a stream from a time on, or before it when *reverse*; in order."""
    return _merged(_stream_sources(tx, stream, sealing, start, reverse=reverse), reverse=reverse)


def group_events(
    tx: Transaction,
    sealing: Sealing,
    start: int,
    wanted: Callable[[str], bool],
    *,
    reverse: bool = False,
) -> Iterator[Found]:
    """The same of all streams of a group whose name is wanted."""
    sources = _group_sources(tx, sealing, start, wanted, reverse=reverse)
    return _merged(sources, reverse=reverse)


def _stream_sources(
    tx: Transaction, stream: str, sealing: Sealing, start: int, *, reverse: bool
) -> Iterator[Source]:
    after = _before(start, reverse=reverse)
    found = CHUNKS.scan(tx, sealing.group.account, stream, after=after, reverse=reverse)
    for (first, number), chunk in found:
        events = _opened(sealing, stream, chunk, int(number))
        yield Source(int(first), events)


def _opened(
    sealing: Sealing, stream: str, chunk: chunks.Chunk, number: int, name: str = ""
) -> Callable[[], list[Found]]:
    def read() -> list[Found]:
        body = sealing.open(stream, chunk.body, chunk.data_key)
        return [
            Found(event.time, stream, number, at, event.message, chunk.ingested, name)
            for at, event in enumerate(chunks.decode(body))
        ]

    return read


def _before(start: int, *, reverse: bool) -> str:
    """The name after which a scan has every chunk with an event from *start* on (or before it)."""
    if reverse:
        return moment(start) + _LAST
    return moment(start - SPAN - 1) + _LAST if start > SPAN else ""


def _group_sources(
    tx: Transaction,
    sealing: Sealing,
    start: int,
    wanted: Callable[[str], bool],
    *,
    reverse: bool,
) -> Iterator[Source]:
    group, after = sealing.group, _before(start, reverse=reverse)
    for (first, stream, number), where in WHERE.scan(
        tx, group.account, group.id, after=after, reverse=reverse
    ):
        if not wanted(where.stream_name) or (not reverse and where.last < start):
            continue
        chunk = CHUNKS.get(tx, group.account, stream, first, number)
        if chunk is not None:
            events = _opened(sealing, stream, chunk, int(number), where.stream_name)
            yield Source(int(first), events)


class _Backwards(NamedTuple):
    """An event that sorts from the last to the first."""

    event: Found

    def __lt__(self, other: tuple[object, ...]) -> bool:
        return isinstance(other, _Backwards) and other.event < self.event


def _merged(sources: Iterator[Source], *, reverse: bool) -> Iterator[Found]:
    """The events of all sources in order. Sources come in the order of their first events."""
    if reverse:
        yield from _merged_backwards(sources)
        return
    waiting: list[Found] = []
    for source in sources:
        while waiting and waiting[0].time < source.first:
            yield heapq.heappop(waiting)
        for event in source.read():
            heapq.heappush(waiting, event)
    while waiting:
        yield heapq.heappop(waiting)


def _merged_backwards(sources: Iterator[Source]) -> Iterator[Found]:
    """The same, the latest first. A chunk yet to come ends at most `SPAN` after it begins."""
    waiting: list[_Backwards] = []
    for source in sources:
        while waiting and waiting[0].event.time > source.first + SPAN:
            yield heapq.heappop(waiting).event
        for event in source.read():
            heapq.heappush(waiting, _Backwards(event))
    while waiting:
        yield heapq.heappop(waiting).event
