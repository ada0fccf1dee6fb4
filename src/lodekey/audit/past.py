"""What the trail says happened: all workers' segments, read in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace, merge
from pathlib import Path
from typing import Final

from lodekey.audit.event import AuditEvent
from lodekey.audit.heads import Signer, Tampered
from lodekey.audit.segment import (
    HEADER_BYTES,
    Place,
    frames,
    open_frame,
    sealer_of,
    segment_paths,
    start_of,
)

_CHUNK: Final = 64 << 10
# how far out of order the records of one segment may be: requests that waited for each other
SLACK_SECONDS: Final = 900.0


class Past:
    """Reads segments, also those that are being written.

    A frame opens only with the chain up to it. To read from the end, the places of some frames are
    kept, one about every 64 KiB.

    Args:
        directory: Where the segments lie.
        key: The trail's key.
    """

    def __init__(self, directory: Path, key: bytes) -> None:
        self._directory = directory
        self._key = key
        self._signer = Signer(key)
        self._places: dict[str, list[Place]] = {}

    def events(self, *, since: float | None, newest_first: bool) -> Iterator[AuditEvent]:
        """All records, or those since about *since*: some older ones may be among them.

        Raises:
            Tampered: A segment was changed.
        """
        streams: list[tuple[float, Iterator[AuditEvent]]] = []
        for path in segment_paths(self._directory):
            end = self._end(path)
            if since is not None and end is not None and end[1] < since:
                continue
            stream = self._segment(path, end and end[0], since, newest_first=newest_first)
            streams.append((end[1] if end else float("inf"), stream))
        if newest_first:
            return _newest_first(streams)
        return merge(*(stream for _, stream in streams), key=_time)

    def _end(self, path: Path) -> tuple[int, float] | None:
        """Where a closed segment ends, and its newest record; None: it may still grow."""
        try:
            head = self._signer.read_head(self._directory, path.name)
        except (FileNotFoundError, Tampered):
            return None
        return (head.offset, head.newest) if head.closed else None

    def _segment(
        self, path: Path, end: int | None, since: float | None, *, newest_first: bool
    ) -> Iterator[AuditEvent]:
        earliest = float("-inf") if since is None else since - SLACK_SECONDS
        places = self._index(path)
        stops: list[int | None] = [*(place.offset for place in places[1:]), end]
        chunks = list(zip(places, stops, strict=True))
        for at, stop in reversed(chunks) if newest_first else chunks:
            events = self._chunk(path, at, stop)
            events.sort(key=_time, reverse=newest_first)
            yield from events
            if newest_first and events and events[0].event_time < earliest:
                return

    def _chunk(self, path: Path, at: Place, stop: int | None) -> list[AuditEvent]:
        with path.open("rb") as file:
            sealer = sealer_of(self._key, file.read(HEADER_BYTES))
            events: list[AuditEvent] = []
            for frame in frames(file, at):
                if stop is not None and frame.at.offset >= stop:
                    break
                events.extend(open_frame(sealer, frame))
            return events

    def _index(self, path: Path) -> list[Place]:
        with path.open("rb") as file:
            places = self._places.get(path.name)
            if places is None:
                places = [start_of(path.name, file.read(HEADER_BYTES))]
                self._places[path.name] = places
            for frame in frames(file, places[-1]):
                if frame.after.offset - places[-1].offset >= _CHUNK:
                    places.append(frame.after)
        return list(places)


def _newest_first(streams: list[tuple[float, Iterator[AuditEvent]]]) -> Iterator[AuditEvent]:
    """Merge *streams*, each with the time of its newest event; open each only when that is due."""
    waiting: list[tuple[float, int, AuditEvent | None]] = [
        (-newest, number, None) for number, (newest, _) in enumerate(streams)
    ]
    heapify(waiting)
    while waiting:
        _, number, event = waiting[0]
        if event is not None:
            yield event
        following = next(streams[number][1], None)
        if following is None:
            heappop(waiting)
        else:
            heapreplace(waiting, (-following.event_time, number, following))


def _time(event: AuditEvent) -> float:
    return event.event_time
