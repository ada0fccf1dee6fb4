"""The trail: no answer leaves before its record is with the operating system.

Reads append their records to this worker's own segment file before they are answered. Writes put
theirs into the outbox, in the same commit as the write itself; the segment gets them right after
it, and the outbox forgets them once the segment is on the disk. Whatever a crash leaves in an
outbox, the next start brings to the segment. A thread signs a head at most a second behind.

When the segment cannot be written, reads and writes are refused until it can: a record may be one
too many after a crash, never one too few.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from lodekey.audit.adopt import adopt, recover_letters
from lodekey.audit.event import AuditEvent
from lodekey.audit.heads import Head, Register, Signer, register_lock
from lodekey.audit.past import Past
from lodekey.audit.segment import (
    SUFFIX,
    Place,
    bytes_of,
    encode_events,
    frame_of,
    new_header,
    sealer_of,
    start_of,
)
from lodekey.audit.verify import Report, verify, witness
from lodekey.errors import ServiceUnavailable
from lodekey.store.disk_failure import end_process
from lodekey.store.port import Store, Transaction

log = logging.getLogger(__name__)

LARGEST_SEGMENT: Final = 64 << 20
TICK: Final = 0.4
PATIENCE: Final = 15.0  # longer than any wait for other writers


class Trail:
    """One worker's end of the trail, and everybody's past.

    Args:
        directory: Where the segments lie; made where there is none.
        key: 32 bytes that all keys of the trail are derived from.
        store: Whose outbox carries the records of writes.
        clock: Seconds since the epoch.
        on_disk_failure: What to do when an fsync fails; it must not return.
    """

    def __init__(
        self,
        directory: Path,
        key: bytes,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        on_disk_failure: Callable[[BaseException], NoReturn] = end_process,
    ) -> None:
        self._on_disk_failure = on_disk_failure
        self._directory = directory
        self._key = key
        self._store = store
        self._clock = clock
        self._signer = Signer(key)
        self._lock = threading.RLock()
        self._past = Past(directory, key)
        self._writer = uuid.uuid4().hex[:12]
        self._segments = 0
        self._descriptor = -1
        self._place = Place(0, b"")
        self._signed: Place | None = None
        self._count = 0
        self._newest = 0.0
        self._failing = False
        self._away = False
        self._staged: dict[str, tuple[float, Sequence[AuditEvent]]] = {}
        self._found: set[str] = set()
        self._forgetting = 0
        self._owed: list[tuple[str, Sequence[AuditEvent]]] = []
        self._written: list[str] = []
        self._durable: list[str] = []
        self._temporary: Path | None = None
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._begin_segment()
        self._adopt()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lodekey-trail", daemon=True)
        self._thread.start()

    @classmethod
    def in_memory(cls) -> Trail:
        """A trail for tests, gone when it is closed."""
        from lodekey.store.memory import MemoryStore  # noqa: PLC0415 - for tests alone

        store = MemoryStore()
        directory = Path(tempfile.mkdtemp(prefix="lodekey-trail-"))
        trail = cls(directory, store.barrier.derive("trail"), store)
        trail._temporary = directory
        return trail

    @property
    def healthy(self) -> bool:
        """Whether records can be written now."""
        return not (self._failing or self._away or self._owed)

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Write the records of reads; they are with the operating system when this returns.

        Raises:
            ServiceUnavailable: They could not be written. Answer none of the reads.
        """
        if not events:
            return
        with self._lock:
            if self._away:
                raise _unavailable()
            try:
                self._write(events)
            except OSError as error:
                self._fail(error)
                raise _unavailable() from None

    def stage(self, tx: Transaction, events: Sequence[AuditEvent]) -> None:
        """Put the records of writes into the transaction that writes; call it before the commit.

        Raises:
            ServiceUnavailable: The trail cannot be written now. Commit nothing.
        """
        if not self.healthy:
            raise _unavailable()
        with self._lock:
            self._forgetting = len(self._durable)
            tx.forget(self._durable)
        if events:
            letter = self._letter(events)
            with self._lock:
                self._staged[letter] = time.monotonic(), events
            tx.post(letter, encode_events(events))

    def settle(self, events: Sequence[AuditEvent]) -> None:
        """Write what was staged to the segment; call it after the commit.

        Never raises: the records are safe in the outbox. While the segment does not have them the
        trail is not healthy.
        """
        if not events:
            return
        with self._lock:
            letter = self._letter(events)
            self._staged.pop(letter, None)
            if letter in self._found:
                self._found.remove(letter)
                return
            del self._durable[: self._forgetting]
            self._forgetting = 0
            self._owed.append((letter, events))
            try:
                self._pay()
            except OSError as error:
                self._fail(error)

    def events(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        newest_first: bool = True,
        where: Callable[[AuditEvent], bool] | None = None,
    ) -> Iterator[AuditEvent]:
        """The records of all workers, read as they are asked for.

        Args:
            since: Leave out what happened before (seconds since the epoch).
            until: Leave out what happened after.
            newest_first: The order.
            where: Leave out what this is false for.

        Raises:
            Tampered: A segment was changed; `verify` says where.
        """
        found = self._past.events(since=since, newest_first=newest_first)
        for event in found:
            if since is not None and event.event_time < since:
                continue
            if until is not None and event.event_time > until:
                continue
            if where is None or where(event):
                yield event

    def find(self, id: str) -> AuditEvent | None:
        """The record with this event id or request id (a denial's decision id); None: none has."""
        return next(self.events(where=lambda event: id in {event.event_id, event.request_id}), None)

    def verify(self, witnessed: str = "") -> Report:
        """Read the whole trail again and say what is wrong with it.

        Args:
            witnessed: What `witness` returned once, kept elsewhere: a trail put back as a whole to
                what it was before that is found out.
        """
        return verify(self._directory, self._key, witnessed)

    def witness(self) -> str:
        """How far the trail reaches now, signed: to be kept where nobody here can change it."""
        with self._lock:
            self._sign()
        return witness(self._directory, self._key)

    def close(self) -> None:
        """Sign the last head and let go of the files."""
        self._stop.set()
        self._thread.join()
        with self._lock:
            try:
                self._pay()
                self._sign(closed=True)
                self._forget_durable()
            except (OSError, ServiceUnavailable) as error:
                log.warning("the trail was not closed in good order: %s", error)
            os.close(self._descriptor)
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    # -- writing

    def _letter(self, events: Sequence[AuditEvent]) -> str:
        return f"{self._writer}/{events[0].event_id}"

    def _write(self, events: Sequence[AuditEvent]) -> None:
        frame = frame_of(self._sealer, events, self._place)
        body = bytes_of(frame)
        try:
            written = os.write(self._descriptor, body)
            if written != len(body):
                raise OSError(f"only {written} of {len(body)} bytes were written")
        except OSError:
            os.ftruncate(self._descriptor, self._place.offset)
            raise
        self._place = frame.after
        self._count += len(events)
        if events:
            self._newest = max(self._newest, events[-1].event_time)
        self._failing = False

    def _pay(self) -> None:
        """Write what settled writes owe the segment."""
        while self._owed:
            letter, events = self._owed[0]
            self._write(events)
            self._written.append(letter)
            del self._owed[0]

    def _fail(self, error: OSError) -> None:
        if not self._failing:
            log.error("the trail cannot be written, requests are refused: %s", error)
        self._failing = True

    def _begin_segment(self) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        self._name = f"{stamp}-{self._writer}-{self._segments:04d}{SUFFIX}"
        self._segments += 1
        header = new_header()
        self._path = self._directory / self._name
        self._sealer = sealer_of(self._key, header)
        self._place = start_of(self._name, header)
        self._signed = None
        self._count, self._newest = 0, 0.0
        with register_lock(self._directory):
            self._descriptor = _new_file(self._path)
            os.write(self._descriptor, header)
            self._sign()
            self._enter()

    def _enter(self) -> None:
        """Have the segment in the register."""
        old = self._signer.read_register(self._directory) or Register(uuid.uuid4().hex, 0, ())
        if self._name not in old.segments:
            new = Register(old.trail, old.count + 1, (*old.segments, self._name))
            self._signer.write_register(self._directory, new)

    def _adopt(self) -> None:
        """Bring to their end the segments and outboxes of workers that died."""
        with register_lock(self._directory):
            adopt(self._directory, self._key, self._name, self._clock())
            found = recover_letters(self._directory, self._key, self._writer, self._store.letters())
            with self._lock:
                for events in found.missing:
                    self._write(events)
                self._durable += found.letters
                self._sign()

    # -- the thread's work

    def _watch(self) -> None:
        while not self._stop.wait(TICK):
            try:
                self._tick()
            except OSError as error:
                self._fail(error)
            except Exception:
                log.exception("the trail's watch failed; it goes on")
                self._failing = True

    def _tick(self) -> None:
        with self._lock:
            if not self._is_linked():
                self._away = True
                self._fail(FileNotFoundError(f"`{self._path}` was taken away"))
                self._restore()
                return  # red for one tick at least, so that somebody sees it
            self._away = False
            if not self.healthy:
                self._pay()
                self._write(())
            if self._place.offset > LARGEST_SEGMENT:
                self._sign(closed=True)
                stale = self._descriptor
                self._begin_segment()
                os.close(stale)
        self._look_for_staged()
        self._sign()

    def _look_for_staged(self) -> None:
        """Find out what became of commits that nobody came back from: some were made all the same.

        A database may fail to say how a commit ended. If the letter is there, so is the write.
        """
        before = time.monotonic() - PATIENCE
        with self._lock:
            doubtful = [letter for letter, (since, _) in self._staged.items() if since < before]
        if not doubtful:
            return
        there = {letter for letter, _ in self._store.letters()}
        with self._lock:
            for letter in doubtful:
                staged = self._staged.pop(letter, None)
                if staged is not None and letter in there:
                    self._found.add(letter)
                    self._owed.append((letter, staged[1]))
            self._pay()

    def _sign(self, *, closed: bool = False) -> None:
        """Bring the segment to the disk, then sign how far it reaches."""
        with self._lock:
            place, written = self._place, self._written
            head = Head(
                self._name,
                self._count,
                place.offset,
                place.chain,
                self._clock(),
                closed,
                newest=self._newest,
            )
            if place == self._signed and not closed:
                return
            self._written = []
        try:
            self._flush()
            self._signer.write_head(self._directory, head)
        except OSError:
            with self._lock:
                self._written = written + self._written
            raise
        with self._lock:
            self._signed = place
            self._durable += written

    def _flush(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            if error.errno == errno.EIO:
                self._on_disk_failure(error)
            raise

    def _is_linked(self) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        ours = os.fstat(self._descriptor)
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def _restore(self) -> None:
        """Put back the segment that somebody took away: we still hold all of it."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        fresh = _new_file(self._path)
        try:
            offset = 0
            while offset < self._place.offset:
                piece = os.pread(self._descriptor, 1 << 20, offset)
                offset += os.write(fresh, piece[: self._place.offset - offset])
        except OSError:
            os.close(fresh)
            raise
        stale, self._descriptor = self._descriptor, fresh
        os.close(stale)
        self._signed = None
        with register_lock(self._directory):
            self._enter()

    def _forget_durable(self) -> None:
        if self._durable:
            with self._store.transaction(write=True) as tx:
                tx.forget(self._durable)
            self._durable = []


def _new_file(path: Path) -> int:
    """Make the file of a segment, and hold its lock: its writer lives as long as the lock."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _unavailable() -> ServiceUnavailable:
    return ServiceUnavailable("The audit trail cannot be written. Try again.")
