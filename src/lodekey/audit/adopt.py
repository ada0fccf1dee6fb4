"""What a start does for workers that died: end their segments, empty their outboxes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lodekey.audit.event import AuditEvent
from lodekey.audit.heads import HEAD_SUFFIX, Head, Register, Signer, Tampered
from lodekey.audit.segment import (
    HEADER_BYTES,
    Place,
    decode_events,
    frames,
    open_frame,
    sealer_of,
    segment_paths,
    start_of,
)


class Recovered(NamedTuple):
    """What lay in the outboxes of dead workers.

    Args:
        missing: Records that never reached a segment.
        letters: All letters found, to be forgotten once the records are on the disk.
    """

    missing: list[Sequence[AuditEvent]]
    letters: list[str]


def writer_of(segment: str) -> str:
    """The id of the worker that wrote a segment, from its name."""
    return segment.split("-")[1]


def is_alive(path: Path) -> bool:
    """Whether the writer of a segment still lives: it holds the file's lock."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def adopt(directory: Path, key: bytes, own: str, now: float) -> None:
    """Sign the last head of segments that were not closed, and take away the empty ones.

    Call it under the register's lock. A segment whose head was changed is left as it is:
    `verify` tells of it.

    Args:
        directory: Where the segments lie.
        key: The trail's key.
        own: The segment that we write.
        now: Seconds since the epoch.
    """
    signer = Signer(key)
    register = signer.read_register(directory)
    if register is None:
        return
    listed = dict.fromkeys(register.segments)
    empty: list[Path] = []
    for path in segment_paths(directory):
        if path.name == own or is_alive(path):
            continue
        try:
            head = signer.read_head(directory, path.name)
        except (FileNotFoundError, Tampered):
            continue
        if not head.closed:
            head = _closing_head(path, key, head, now)
            signer.write_head(directory, head)
        if head.events:
            listed[path.name] = None
        elif not head.torn:
            empty.append(path)
            listed.pop(path.name, None)
    if tuple(listed) != register.segments:
        signer.write_register(
            directory, Register(register.trail, register.count + 1, tuple(listed))
        )
    for path in empty:
        path.unlink()
        path.with_name(path.name + HEAD_SUFFIX).unlink(missing_ok=True)


def recover_letters(
    directory: Path, key: bytes, own: str, letters: Iterable[tuple[str, bytes]]
) -> Recovered:
    """Find what dead workers wrote to the database and did not live to write to their segments.

    Letters of workers that have no segment here are another node's and are left alone.
    """
    found = Recovered([], [])
    written: dict[str, set[str] | None] = {own: None}
    for letter, body in letters:
        writer = letter.partition("/")[0]
        if writer not in written:
            written[writer] = _written_by(directory, key, writer)
        ids = written[writer]
        if ids is None:
            continue
        events = decode_events(body)
        if events and events[0].event_id not in ids:
            found.missing.append(events)
        found.letters.append(letter)
    return found


def _written_by(directory: Path, key: bytes, writer: str) -> set[str] | None:
    """Ids of the records in a dead worker's last segments; None: it lives, or is not of here."""
    paths = [path for path in segment_paths(directory) if writer_of(path.name) == writer]
    if not paths or any(is_alive(path) for path in paths):
        return None
    ids: set[str] = set()
    for path in paths[-2:]:  # what is older is on the disk, and its letters are forgotten
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
            sealer = sealer_of(key, header)
            for frame in frames(file, start_of(path.name, header)):
                try:
                    ids.update(event.event_id for event in open_frame(sealer, frame))
                except Tampered:
                    break
    return ids


def _closing_head(path: Path, key: bytes, head: Head, now: float) -> Head:
    """The head of a segment whose writer died, after all that opens."""
    events, newest, place = head.events, head.newest, Place(head.offset, head.chain)
    with path.open("rb") as file:
        sealer = sealer_of(key, file.read(HEADER_BYTES))
        for frame in frames(file, place):
            try:
                opened = open_frame(sealer, frame)
            except Tampered:
                break
            events += len(opened)
            newest = max([newest, *(event.event_time for event in opened)])
            place = frame.after
        torn = max(0, os.fstat(file.fileno()).st_size - place.offset)
        os.fsync(file.fileno())
    return Head(
        path.name,
        events,
        place.offset,
        place.chain,
        now,
        closed=True,
        torn=torn,
        newest=newest,
    )
