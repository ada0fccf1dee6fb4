"""Copies of objects: short ones at once, long ones before the transaction that names them."""

from __future__ import annotations

import logging
from typing import Final

from lodekey.errors import ServiceUnavailable
from lodekey.gate.context import Context
from lodekey.services.s3.bodies import AT_ONCE, stream
from lodekey.services.s3.encryption import data_key
from lodekey.services.s3.errors import InvalidRequest
from lodekey.services.s3.finding import Place, files_of
from lodekey.services.s3.objects import Version
from lodekey.services.s3.sealed_files import Body

log = logging.getLogger("lodekey.s3")

MOST_COPIED: Final = 5 * 1024**3
"""Bytes that one request copies."""


class Copying:
    """A copy of many bytes, made between two transactions.

    Args:
        ctx: Who may read the source.
        source: Where it is.
        version: Of the source.
        span: The bytes that are copied.
        algorithm: Of the copy's checksum; empty: none.
    """

    def __init__(
        self, ctx: Context, source: Place, version: Version, span: range, algorithm: str
    ) -> None:
        self._shelf = files_of(ctx)
        self._key = data_key(ctx, source.bucket, version.sealing)
        self._version, self._span, self._algorithm = version, span, algorithm
        self._file = self._shelf.begin(algorithm)
        self._gone = False
        self._shelf.hold(version.files)

    def run(self) -> None:
        """Copy, in a thread.

        Raises:
            ServiceUnavailable: The disk is full, or fails.
        """
        try:
            for piece in stream(self._shelf, self._version, self._key, self._span):
                if self._gone:
                    return
                self._file.write(piece)
            self._file.finish()
        except OSError:
            log.exception("an object cannot be copied")
            raise ServiceUnavailable("Please try again.") from None
        finally:
            if self._gone:
                self._file.discard()

    def is_of(self, version: Version, span: range, algorithm: str) -> bool:
        """Whether it is what is wanted now."""
        said = (self._version.files, self._span, self._algorithm)
        return not self._gone and said == (version.files, span, algorithm)

    def take(self, ctx: Context) -> Body:
        """The copy, for a record."""
        body = self._file.settle()
        ctx.later(self._file.adopt)
        return body

    def discard(self) -> None:
        """Forget it, unless a record names it; let go of the source."""
        if not self._gone:
            self._gone = True
            self._shelf.release(self._version.files)
            self._file.discard()


def must_be_copied_at_once(span: range) -> None:
    """Refuse a copy of more than one request copies.

    Raises:
        InvalidRequest: It is.
    """
    if len(span) > MOST_COPIED:
        raise InvalidRequest(
            "The specified copy source is larger than the maximum allowable size for a copy "
            f"source: {MOST_COPIED}"
        )


def copying(
    ctx: Context, source: Place, version: Version, span: range, algorithm: str
) -> Copying | None:
    """A copy that is worth being made ahead; None: it is a short one.

    Raises:
        InvalidRequest: It is too long.
    """
    must_be_copied_at_once(span)
    if len(span) <= AT_ONCE:
        return None
    return Copying(ctx, source, version, span, algorithm)


def copied(ctx: Context, source: Place, version: Version, span: range, algorithm: str) -> Body:
    """Copy bytes of an object, or take the copy that was made ahead.

    Raises:
        InvalidRequest: They are too many.
    """
    made = ctx.prepared
    if isinstance(made, Copying) and made.is_of(version, span, algorithm):
        return made.take(ctx)
    must_be_copied_at_once(span)
    shelf = files_of(ctx)
    key = data_key(ctx, source.bucket, version.sealing)
    return shelf.keep(stream(shelf, version, key, span), algorithm)
