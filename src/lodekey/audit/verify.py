"""Read the trail again, whole, and say what is wrong with it.

What is found: any change of any byte of a segment, head or register; records cut off before the
last head (at most a second is not under one while a worker runs, nothing once it has ended);
segments and heads taken away, doubled, swapped, renamed, spliced or forged. What is not: the whole
trail, with heads and register, put back to an earlier state of itself; that takes a witness.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

import msgspec

from lodekey.audit.adopt import is_alive
from lodekey.audit.heads import HEAD_SUFFIX, Head, Register, Signer, Tampered, register_lock
from lodekey.audit.segment import (
    HEADER_BYTES,
    SUFFIX,
    Place,
    frames,
    open_frame,
    sealer_of,
    segment_paths,
    start_of,
)
from lodekey.crypto.private_files import NotPrivate


class Report(msgspec.Struct):
    """What was read and what is wrong.

    Args:
        events: Records that opened.
        segments: Segments that were read.
        findings: What is wrong, in words; empty: nothing.
        notes: What is not wrong and worth knowing: what power losses tore.
    """

    events: int = 0
    segments: int = 0
    findings: list[str] = []
    notes: list[str] = []

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class _Witness(msgspec.Struct, frozen=True, array_like=True):
    register: Register
    heads: tuple[Head, ...]


_WITNESS = "witness"


def witness(directory: Path, key: bytes) -> str:
    """How far the trail reaches, sealed, as text."""
    signer = Signer(key)
    with register_lock(directory):
        register = signer.read_register(directory) or Register("", 0, ())
        heads = tuple(signer.read_head(directory, name) for name in register.segments)
    seen = msgspec.msgpack.encode(_Witness(register, heads))
    return base64.urlsafe_b64encode(signer.seal(_WITNESS, seen)).decode()


def verify(directory: Path, key: bytes, witnessed: str = "") -> Report:
    """Verify the trail in *directory*; it may be written meanwhile.

    Args:
        directory: Where the segments lie.
        key: The trail's key.
        witnessed: What `witness` returned once; empty: nothing was kept.
    """
    report = Report()
    signer = Signer(key)
    with register_lock(directory):
        register = _register(signer, directory, report)
        there = {path.name for path in segment_paths(directory)}
        heads = {path.name.removesuffix(HEAD_SUFFIX) for path in directory.glob(f"*{HEAD_SUFFIX}")}
        strangers = _strangers(directory)
    if register is not None:
        listed = set(register.segments)
        _each(report, sorted(listed - there), "the segment `{}` is gone")
        _each(report, sorted(there - listed), "the segment `{}` is not in the register")
    _each(report, sorted(heads - there), "there is a head of `{}`, but no such segment")
    _each(report, strangers, "`{}` does not belong to a trail")
    seen = _opened(signer, witnessed, report)
    if seen is not None and register is not None and seen.register.count > register.count:
        report.findings.append("the register is older than the witness")
    wanted = {} if seen is None else {head.segment: head for head in seen.heads}
    _each(report, sorted(set(wanted) - there), "the segment `{}`, which the witness saw, is gone")
    for name in sorted(there):
        report.segments += 1
        _Walk(directory / name, key, signer, report).verify(wanted.get(name))
    return report


class _Walk:
    """One segment, from its first byte to its last."""

    def __init__(self, path: Path, key: bytes, signer: Signer, report: Report) -> None:
        self._path = path
        self._key = key
        self._signer = signer
        self._report = report
        self._events = 0
        self._passed: dict[int, tuple[bytes, int]] = {}

    def verify(self, wanted: Head | None) -> None:
        alive = is_alive(self._path)
        try:
            head = self._signer.read_head(self._path.parent, self._path.name)
        except FileNotFoundError:
            self._find("its head is gone")
            head = None
        except (Tampered, NotPrivate, OSError) as error:
            self._find(f"its head: {error}")
            head = None
        marks = {mark.offset for mark in (head, wanted) if mark is not None}
        try:
            place = self._walk(marks)
        except Tampered as error:
            self._find(f"record {self._events + 1} or later: {error}")
            return
        finally:
            self._report.events += self._events
        if head is not None:
            self._compare(head, "head")
            self._look_behind(head, place, alive=alive)
        if wanted is not None:
            self._compare(wanted, "witnessed head")

    def _walk(self, marks: set[int]) -> Place:
        with self._path.open("rb") as file:
            header = file.read(HEADER_BYTES)
            sealer = sealer_of(self._key, header)
            place = start_of(self._path.name, header)
            self._pass(place, marks)
            for frame in frames(file, place):
                self._events += len(open_frame(sealer, frame))
                place = frame.after
                self._pass(place, marks)
        return place

    def _pass(self, place: Place, marks: set[int]) -> None:
        if place.offset in marks:
            self._passed[place.offset] = place.chain, self._events

    def _compare(self, head: Head, word: str) -> None:
        if self._passed.get(head.offset) != (head.chain, head.events):
            self._find(f"it does not reach its {word}, or by another way")

    def _look_behind(self, head: Head, place: Place, *, alive: bool) -> None:
        behind = self._path.stat().st_size - place.offset
        if head.closed and place.offset > head.offset:
            self._find(f"{place.offset - head.offset} bytes were added after it was closed")
        elif head.torn and behind == head.torn:
            self._report.notes.append(f"{self._path.name}: {behind} bytes were torn by a crash")
        elif behind and not alive:
            self._find(f"{behind} bytes at its end are no record")

    def _find(self, what: str) -> None:
        self._report.findings.append(f"{self._path.name}: {what}")


def _register(signer: Signer, directory: Path, report: Report) -> Register | None:
    try:
        register = signer.read_register(directory)
    except (Tampered, NotPrivate, OSError) as error:
        report.findings.append(f"the register: {error}")
        return None
    if register is None:
        report.findings.append("the register is gone")
    return register


def _opened(signer: Signer, witnessed: str, report: Report) -> _Witness | None:
    if not witnessed:
        return None
    try:
        sealed = base64.urlsafe_b64decode(witnessed.strip())
        return msgspec.msgpack.decode(signer.open(_WITNESS, sealed), type=_Witness)
    except (Tampered, ValueError) as error:
        report.findings.append(f"the witness is not of this trail: {error}")
        return None


def _strangers(directory: Path) -> list[str]:
    """Files that no trail makes. Drafts of heads and of the register come and go."""
    return sorted(
        path.name
        for path in directory.iterdir()
        if not path.name.endswith((SUFFIX, HEAD_SUFFIX))
        and not path.name.startswith(".")
        and path.name not in {"register", "lock"}
    )


def _each(report: Report, names: Iterable[str], words: str) -> None:
    report.findings.extend(words.format(name) for name in names)
