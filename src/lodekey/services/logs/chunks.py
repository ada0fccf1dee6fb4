"""Log events as they are kept: in chunks, one for each PutLogEvents.

A chunk stands under its stream by the time of its first event, and an index of the group's chunks
stands beside, by the same time. A chunk spans `SPAN` at most, so a reader who wants the events from
a time on begins `SPAN` earlier and has them all.

Where the group has a KMS key, a chunk's body is sealed under the group's data key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from lodekey.services.logs.groups import Group, Stream, moment
from lodekey.store.port import Collection, Transaction

SPAN = 60_000
"""Milliseconds between the first and the last event of a chunk, at most."""

OVERHEAD = 26
"""Bytes that AWS counts for an event beside its message."""


class Chunk(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some events of a stream, in order of time.

    Args:
        ingested: When they came, milliseconds since the epoch.
        body: The events, encoded.
        stored: Bytes, as AWS counts them.
        data_key: The data key that seals the body, as KMS sealed it; empty: it is not sealed.
    """

    ingested: int
    body: bytes
    stored: int
    data_key: bytes = b""


class Where(msgspec.Struct, frozen=True):
    """Where a chunk of the group is, and until when it goes."""

    stream: str
    stream_name: str
    last: int


class Position(NamedTuple):
    """The place of an event: its time, its chunk's number, its place in the chunk."""

    time: int
    chunk: int
    at: int


class Event(NamedTuple):
    """A log event."""

    time: int
    message: str


CHUNKS = Collection("logs/chunk", Chunk)
WHERE = Collection("logs/where", Where)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode


def encode(events: Sequence[Event]) -> bytes:
    """The body of a chunk."""
    return _encode(events)


def decode(body: bytes) -> list[Event]:
    """The events of a body."""
    return _decode(body)


def spans(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """Cut events, which are in order of time, into chunks."""
    start = 0
    for at, event in enumerate(events):
        if event.time - events[start].time >= SPAN:
            yield events[start:at]
            start = at
    if events:
        yield events[start:]


def number(chunk: int) -> str:
    """A chunk's number as a part of a name."""
    return f"{chunk:012d}"


def append(
    tx: Transaction, group: Group, stream: Stream, events: Sequence[Event], chunk: Chunk
) -> None:
    """Keep a chunk, whose number is the stream's next."""
    first = moment(events[0].time)
    CHUNKS.put(tx, group.account, stream.id, first, number(stream.next), record=chunk)
    WHERE.put(
        tx,
        group.account,
        group.id,
        first,
        stream.id,
        number(stream.next),
        record=Where(stream.id, stream.name, events[-1].time),
    )


def with_events(stream: Stream, events: Sequence[Event], now: int) -> Stream:
    """What a stream is after a chunk was appended."""
    first, last = events[0].time, events[-1].time
    return msgspec.structs.replace(
        stream,
        first=first if stream.first is None else min(stream.first, first),
        last=last if stream.last is None else max(stream.last, last),
        ingested=now,
        next=stream.next + 1,
        stored=stream.stored + size(events),
    )


def size(events: Sequence[Event]) -> int:
    """How many bytes AWS counts for events."""
    return sum(len(event.message.encode()) + OVERHEAD for event in events)
