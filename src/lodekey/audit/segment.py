"""The trail's files: segments of sealed frames, each bound to all that lies before it.

A segment::

    "LKT1" | salt 16 B | frames

A frame::

    length 4 B (of what follows) | nonce 12 B | ciphertext | tag 16 B

The plaintext is a msgpack array of events. The associated data is the *chain*: SHA-256 over the
chain before and the frame before, beginning with the SHA-256 of the segment's name and header. A
frame therefore opens in one place only: after exactly the frames that it was written after, in the
segment it was written to. Each segment has a key of its own, derived with its salt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.crypto.aead import NONCE_BYTES, TAG_BYTES, Aead, Tampered, derive_key

SUFFIX: Final = ".seg"
MAGIC: Final = b"LKT1"
SALT_BYTES: Final = 16
HEADER_BYTES: Final = len(MAGIC) + SALT_BYTES
LENGTH_BYTES: Final = 4
LARGEST_FRAME: Final = 1 << 30

encode_events = msgspec.msgpack.Encoder().encode
decode_events = msgspec.msgpack.Decoder(tuple[AuditEvent, ...]).decode


class Place(NamedTuple):
    """Where a frame begins, and the chain up to there."""

    offset: int
    chain: bytes


class Frame(NamedTuple):
    """A frame as it lies in the file, and the place behind it."""

    at: Place
    sealed: bytes
    after: Place


def new_header() -> bytes:
    """The beginning of a new segment."""
    return MAGIC + os.urandom(SALT_BYTES)


def start_of(name: str, header: bytes) -> Place:
    """The place of a segment's first frame."""
    return Place(HEADER_BYTES, sha256(name.encode() + b"\x00" + header).digest())


def sealer_of(trail_key: bytes, header: bytes) -> Aead:
    """What seals and opens the frames of the segment with this *header*.

    Raises:
        Tampered: It is not a segment's header.
    """
    if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
        raise Tampered("not a segment of the trail")
    return Aead(derive_key(trail_key, "lodekey trail segment", salt=header[len(MAGIC) :]))


def frame_of(sealer: Aead, events: Sequence[AuditEvent], at: Place) -> Frame:
    """Seal *events* to be written at *at*."""
    sealed = sealer.seal(at.chain, encode_events(events))
    return Frame(at, sealed, _after(at, sealed))


def bytes_of(frame: Frame) -> bytes:
    """A frame as it is written."""
    return len(frame.sealed).to_bytes(LENGTH_BYTES, "big") + frame.sealed


def frames(file: BinaryIO, at: Place) -> Iterator[Frame]:
    """The whole frames of a segment from *at* on; what is cut short at the end is left out."""
    file.seek(at.offset)
    while True:
        prefix = file.read(LENGTH_BYTES)
        if len(prefix) < LENGTH_BYTES:
            return
        length = int.from_bytes(prefix, "big")
        if not NONCE_BYTES + TAG_BYTES <= length <= LARGEST_FRAME:
            return
        sealed = file.read(length)
        if len(sealed) < length:
            return
        after = _after(at, sealed)
        yield Frame(at, sealed, after)
        at = after


def open_frame(sealer: Aead, frame: Frame) -> tuple[AuditEvent, ...]:
    """The events of a frame.

    Raises:
        Tampered: It was changed, or stood elsewhere.
    """
    try:
        return decode_events(sealer.open(frame.at.chain, frame.sealed))
    except msgspec.MsgspecError as error:
        raise Tampered(f"opens, but is not a frame of events: {error}") from None


def segment_paths(directory: Path) -> list[Path]:
    """The segments in *directory*, in order of name: of the time they were begun."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def _after(at: Place, sealed: bytes) -> Place:
    chain = sha256(at.chain)
    chain.update(len(sealed).to_bytes(LENGTH_BYTES, "big"))
    chain.update(sealed)
    return Place(at.offset + LENGTH_BYTES + len(sealed), chain.digest())
