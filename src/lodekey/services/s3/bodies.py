"""Bodies of objects as requests bring them and as answers take them away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from lodekey.errors import ThrottlingException
from lodekey.gate.context import Context
from lodekey.services.s3 import checksums
from lodekey.services.s3.encryption import data_key, key_of
from lodekey.services.s3.errors import EntityTooLarge, InvalidRange, InvalidRequest
from lodekey.services.s3.finding import Place, files_of
from lodekey.services.s3.objects import Version
from lodekey.services.s3.sealed_files import Body, ComingFile, SealedFiles, read
from lodekey.wire.http import Incoming, Stream

_READ = 1 << 20
AT_ONCE = 8 << 20


def keep(ctx: Context, request: Mapping[str, Any], *, algorithm: str = "") -> Body:
    """Write the body that a request brings, and check the hashes that came with it.

    Args:
        ctx: The request's.
        request: PutObject's or UploadPart's.
        algorithm: Of the checksum where the request names none.

    Raises:
        BadDigest: A hash is another body's.
    """
    said = request.get("Body")
    if isinstance(said, Incoming):
        return _kept(ctx, request, said, algorithm)
    named, value = checksums.claimed(request)
    shelf = files_of(ctx)
    body = shelf.keep(pieces_of(said), named or algorithm)
    try:
        _must_be(request, body, named, value)
    except BaseException:
        shelf.remove([body.file])
        raise
    return body


def _kept(ctx: Context, request: Mapping[str, Any], said: Incoming, algorithm: str) -> Body:
    """The same for a body that was written while it came."""
    if said.refusal is not None:
        raise said.refusal
    file = said.kept
    if file is None:
        # refused before it came, by what has changed since: let the client try again
        raise ThrottlingException("Please reduce your request rate.")
    named, value = checksums.claimed(request)
    if file.algorithm != (named or algorithm):
        raise InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    body: Body = file.settle()
    _must_be(request, body, named, value)
    ctx.later(file.adopt)
    return body


def _must_be(request: Mapping[str, Any], body: Body, named: str, value: str) -> None:
    checksums.must_be_md5(request.get("ContentMD5"), body.md5)
    if named:
        checksums.must_be(named, value, body.checksum)


def intake(ctx: Context, request: Mapping[str, Any], *, algorithm: str = "") -> BoundedFile:
    """Where the body of a request goes that is too long for memory.

    Args:
        ctx: The request's, of which only the head has come.
        request: PutObject's or UploadPart's.
        algorithm: Of the checksum where the request names none.

    Raises:
        EntityTooLarge: The request says that its body is longer than one may be.
    """
    headers: Mapping[str, str] = ctx.http.headers
    most = ctx.gate.settings.longest_put
    said = headers.get("x-amz-decoded-content-length") or headers.get("content-length", "")
    if said.isdecimal() and int(said[:19]) > most:
        raise too_large(said, most)
    named = checksums.announced(headers) or algorithm
    checksums.must_be_offered(named)
    return BoundedFile(files_of(ctx).begin(named), most)


def too_large(size: str, most: int) -> EntityTooLarge:
    """S3's refusal of a body of *size* bytes."""
    return EntityTooLarge(
        "Your proposed upload exceeds the maximum allowed size",
        ProposedSize=size,
        MaxSizeAllowed=str(most),
    )


class BoundedFile:
    """A file that takes a body in, up to a length.

    Args:
        file: The file.
        most: Bytes that it takes.
    """

    def __init__(self, file: ComingFile, most: int) -> None:
        self._file = file
        self._most = self._left = most
        self.algorithm = file.algorithm
        self.finish, self.settle = file.finish, file.settle
        self.adopt, self.discard = file.adopt, file.discard

    def write(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            EntityTooLarge: They are too many.
        """
        self._left -= len(piece)
        if self._left < 0:
            raise too_large(str(self._most - self._left), self._most)
        self._file.write(piece)


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
    if len(span) <= AT_ONCE:
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
