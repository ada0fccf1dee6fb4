"""What is signed about the trail: how far each segment reaches, and which segments there are.

A *head* lies beside its segment and is at most a second behind it. The *register* lists all
segments of a trail. Both are sealed, and replaced as a whole.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from lodekey.crypto.aead import Aead, Tampered, derive_key
from lodekey.crypto.private_files import read_private, write_over

HEAD_SUFFIX: Final = ".head"
REGISTER: Final = "register"


class Head(msgspec.Struct, frozen=True, array_like=True):
    """How far a segment reaches.

    Args:
        segment: The segment's name.
        events: Events up to here.
        offset: Bytes up to here.
        chain: The chain up to here.
        signed: When, in seconds since the epoch.
        closed: Whether nothing will follow.
        torn: Bytes that lie behind and do not open: what a power loss left of the last second.
        newest: The time of the newest event, in seconds since the epoch.
    """

    segment: str
    events: int
    offset: int
    chain: bytes
    signed: float
    closed: bool = False
    torn: int = 0
    newest: float = 0.0


class Register(msgspec.Struct, frozen=True, array_like=True):
    """Which segments there are.

    Args:
        trail: The trail's own id.
        count: Grows with every change.
        segments: Names, oldest first.
    """

    trail: str
    count: int
    segments: tuple[str, ...]


_decode_head = msgspec.msgpack.Decoder(Head).decode
_decode_register = msgspec.msgpack.Decoder(Register).decode


class Signer:
    """Seals heads and registers, and opens them.

    Args:
        trail_key: The key that all keys of the trail are derived from.
    """

    def __init__(self, trail_key: bytes) -> None:
        self._aead = Aead(derive_key(trail_key, "lodekey trail head"))

    def write_head(self, directory: Path, head: Head) -> None:
        """Replace the head of a segment, durably."""
        sealed = self.seal(f"head {head.segment}", msgspec.msgpack.encode(head))
        write_over(directory / (head.segment + HEAD_SUFFIX), sealed)

    def read_head(self, directory: Path, segment: str) -> Head:
        """The head of a segment.

        Raises:
            FileNotFoundError: There is none.
            Tampered: It was changed, or is another segment's.
        """
        sealed = read_private(directory / (segment + HEAD_SUFFIX))
        return _decode_head(self.open(f"head {segment}", sealed))

    def write_register(self, directory: Path, register: Register) -> None:
        """Replace the register, durably."""
        sealed = self.seal(REGISTER, msgspec.msgpack.encode(register))
        write_over(directory / REGISTER, sealed)

    def read_register(self, directory: Path) -> Register | None:
        """The register; None where there is none.

        Raises:
            Tampered: It was changed.
        """
        try:
            sealed = read_private(directory / REGISTER)
        except FileNotFoundError:
            return None
        return _decode_register(self.open(REGISTER, sealed))

    def seal(self, what: str, body: bytes) -> bytes:
        """Seal *body* as *what* it is."""
        return self._aead.seal(what.encode(), body)

    def open(self, what: str, sealed: bytes) -> bytes:
        """What was sealed as *what*.

        Raises:
            Tampered: It was changed, or is something else.
        """
        return self._aead.open(what.encode(), sealed)


@contextmanager
def register_lock(directory: Path) -> Iterator[None]:
    """Keep other processes from changing the register meanwhile."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


__all__ = ["HEAD_SUFFIX", "REGISTER", "Head", "Register", "Signer", "Tampered", "register_lock"]
