"""The tally: one number over all rows, so that a row put back or taken away is found out.

A sealed body opens only under its own name, but an older body of the same name opens too, and a
row that is gone says nothing. So the store keeps the sum, modulo 2**256, of a keyed digest of
every row. A commit subtracts what it replaces and adds what it writes; the sum itself is sealed.
Who has not the key can neither compute a digest nor find rows whose digests add up (a multiset
hash after Clarke et al., "Incremental Multiset Hash Functions", ASIACRYPT 2003).

`verify` counts again. What remains is to put back *everything*, tally and all; that is found out
by a witness of the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from lodekey.crypto.aead import Tampered
from lodekey.crypto.barrier import Barrier

NAME: Final = "tally"
_MODULUS: Final = 1 << 256
TAIL_BYTES: Final = 28  # the end of the ciphertext, and the tag, which depends on all the rest


class Tally(NamedTuple):
    """What the rows add up to.

    Args:
        rows: How many there are.
        total: Their digests' sum.
    """

    rows: int
    total: int


EMPTY: Final = Tally(0, 0)


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    rows: int
    total: bytes


_decode = msgspec.msgpack.Decoder(_Kept).decode


class Tallying:
    """Keeps the tally of one store."""

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier
        self._key = barrier.derive("store tally")

    def digest(self, name: str, sealed: bytes) -> int:
        """A row's share."""
        hashed = blake2b(sealed[-TAIL_BYTES:] + name.encode(), key=self._key, digest_size=32)
        return int.from_bytes(hashed.digest(), "big")

    def moved(
        self,
        tally: Tally,
        gone: Iterable[tuple[str, bytes]],
        come: Iterable[tuple[str, bytes]],
    ) -> Tally:
        """The tally after rows are *gone* and others have *come*."""
        rows, total = tally
        for name, sealed in gone:
            rows, total = rows - 1, total - self.digest(name, sealed)
        for name, sealed in come:
            rows, total = rows + 1, total + self.digest(name, sealed)
        return Tally(rows, total % _MODULUS)

    def findings(
        self, rows: Iterable[tuple[str, bytes]], kept: Callable[[], bytes | None]
    ) -> Iterator[str]:
        """Open every row and count again; what is wrong, in words.

        Args:
            rows: Every row's name and sealed body.
            kept: Reads the tally that is kept, as of the same moment.
        """
        found = EMPTY
        for name, sealed in rows:
            found = self.moved(found, (), ((name, sealed),))
            try:
                self._barrier.open(name, sealed)
            except Tampered as error:
                yield f"`{name}` {error}"
        try:
            tally = self.open(kept())
        except Tampered as error:
            yield f"the tally: {error}"
            return
        if tally.rows != found.rows:
            yield f"there are {found.rows} records, there were {tally.rows}"
        elif tally != found:
            yield "a record was put back to what it was before"

    def seal(self, tally: Tally) -> bytes:
        """The tally as it is kept."""
        kept = _Kept(tally.rows, tally.total.to_bytes(32, "big"))
        return self._barrier.seal(NAME, msgspec.msgpack.encode(kept))

    def open(self, sealed: bytes | None) -> Tally:
        """What was kept.

        Raises:
            Tampered: It was changed, or is gone.
        """
        if sealed is None:
            raise Tampered("the store's tally is gone")
        kept = _decode(self._barrier.open(NAME, sealed))
        return Tally(kept.rows, int.from_bytes(kept.total, "big"))
