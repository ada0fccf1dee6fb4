"""Bodies of objects as requests bring them and as answers take them away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from lodekey.gate.context import Context
from lodekey.services.s3 import checksums
from lodekey.services.s3.encryption import data_key, key_of
from lodekey.services.s3.errors import InvalidRange
from lodekey.services.s3.finding import Place, files_of
from lodekey.services.s3.objects import Version
from lodekey.services.s3.sealed_files import Body, SealedFiles, read
from lodekey.wire.http import Stream

_READ = 1 << 20
_AT_ONCE = 8 << 20


def keep(ctx: Context, request: Mapping[str, Any], *, algorithm: str = "") -> Body:
    """Write the body that a request brings, and check the hashes that came with it.

    Args:
        ctx: The request's.
        request: PutObject's or UploadPart's.
        algorithm: Of the checksum where the request names none.

    Raises:
        BadDigest: A hash is another body's.
    """
    named, value = checksums.claimed(request)
    shelf = files_of(ctx)
    body = shelf.keep(pieces_of(request.get("Body")), named or algorithm)
    try:
        checksums.must_be_md5(request.get("ContentMD5"), body.md5)
        if named:
            checksums.must_be(named, value, body.checksum)
    except BaseException:
        shelf.remove([body.file])
        raise
    return body


def pieces_of(body: Any) -> Iterator[bytes]:
    """A request's body, piece by piece: bytes, or what can be read or iterated."""
    if not body:
        return
    if isinstance(body, bytes | bytearray | memoryview):
        yield bytes(body)
    elif hasattr(body, "read"):
        while piece := body.read(_READ):
            yield piece
    else:
        yield from body


def content(ctx: Context, place: Place, version: Version, span: range) -> bytes | Stream:
    """The bytes of an object in *span*: opened with KMS, where that has a part in it.

    Many bytes are read while they are sent; their files stay until then.
    """
    key = data_key(ctx, place.bucket, version.sealing)
    shelf = files_of(ctx)
    pieces = stream(shelf, version, key, span)
    if len(span) <= _AT_ONCE:
        return b"".join(pieces)
    first = next(pieces)  # so that what cannot be opened is refused while that can be said
    shelf.hold(version.files)
    return Stream(len(span), chain([first], pieces), lambda: shelf.release(version.files))


def stream(shelf: SealedFiles, version: Version, key: bytes, span: range) -> Iterator[bytes]:
    """The same, piece by piece."""
    at = 0
    for piece in version.pieces:
        start, stop = max(span.start - at, 0), min(span.stop - at, piece.size)
        if start < stop:
            with shelf.open(piece.file) as file:
                yield from read(file, piece.file, key_of(piece, key), piece.size, start, stop)
        at += piece.size


def span_of(text: str | None, size: int) -> range | None:
    """The bytes that a Range header asks for; None: the whole object.

    A header of several ranges or of another form is passed over, as HTTP says.
    Source: https://www.rfc-editor.org/rfc/rfc9110#name-range

    Raises:
        InvalidRange: No byte of the object is in it.
    """
    if text is None or not text.startswith("bytes=") or "," in text:
        return None
    first, dash, last = text.removeprefix("bytes=").strip().partition("-")
    if not dash or not all(_number(part) for part in (first, last) if part) or not first + last:
        return None
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    else:
        start, stop = max(size - int(last), 0), size
    if start >= size or start >= stop:
        raise InvalidRange(
            "The requested range is not satisfiable",
            RangeRequested=text,
            ActualObjectSize=str(size),
        )
    return range(start, stop)


def part_span(version: Version, number: int) -> range:
    """The bytes of one part.

    Raises:
        InvalidRange: There is no such part.
    """
    at = 0
    pieces = version.pieces
    for index, piece in enumerate(pieces, 1):
        if index == number:
            return range(at, at + piece.size)
        at += piece.size
    if number == 1:
        return range(version.size)
    error = InvalidRange("The requested partnumber is not satisfiable")
    error.members = {
        "PartNumberRequested": str(number),
        "ActualPartCount": str(max(len(pieces), 1)),
    }
    raise error


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
