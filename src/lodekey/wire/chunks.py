"""Bodies that S3's clients send in chunks (``aws-chunked``), each signed in turn or none.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from lodekey.errors import ApiError
from lodekey.wire.claims import TERMINATOR, Claim
from lodekey.wire.http import HttpRequest, Incoming
from lodekey.wire.refusals import AuthError

_PREFIX = "STREAMING-"
_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_LONGEST_HEAD = 256
_LONGEST_TRAILERS = 8192
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()


class IncompleteBody(ApiError):
    """S3 got another number of bytes than it was told."""


class MalformedTrailerError(ApiError):
    """S3 cannot read what follows the last chunk."""


def decode_body(http: HttpRequest, claim: Claim | None, secret_key: str) -> HttpRequest:
    """*http* with its body as it was before it was cut into chunks, its trailers among the headers.

    A body that has yet to come is told how its chunks are to be read.

    Args:
        http: The request; one that is not in chunks is returned as it is.
        claim: Its claim, which `verify` has verified; None where it is unsigned.
        secret_key: The secret of the claim's access key.

    Raises:
        AuthError: A chunk's signature is not the one that belongs there.
        ApiError: The chunks cannot be read.
    """
    said = http.headers.get("x-amz-content-sha256")
    if said is None or not said.startswith(_PREFIX):
        return http
    if claim is not None and claim.service != "s3":
        return http
    signed = said.startswith(_SIGNED)
    if signed and claim is None:
        raise AuthError("missing")
    chain = _Chain(claim, secret_key) if signed and claim is not None else None
    chunks = Chunks(chain, trailing=said.endswith("-TRAILER"))
    body = http.body
    if not isinstance(body, Incoming):
        body = b"".join(chunks.feed(body))
        return _decoded(http, body, chunks.size, chunks.finish())
    if body.misread is not None:
        raise body.misread
    if body.ended:
        return _decoded(http, body, body.size, body.trailers)
    body.chunks = chunks
    return http


def _decoded(http: HttpRequest, body: bytes, size: int, trailers: Mapping[str, str]) -> HttpRequest:
    length = http.headers.get("x-amz-decoded-content-length", "")
    if not length.isdecimal() or int(length[:16]) != size:
        raise IncompleteBody(
            "The request body terminated unexpectedly; its length is not "
            "x-amz-decoded-content-length"
        )
    headers = {**http.headers, **_declared(http, trailers), "content-length": str(size)}
    codings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    kept = ",".join(part for part in codings if part and part.lower() != "aws-chunked")
    if kept:
        headers["content-encoding"] = kept
    else:
        headers.pop("content-encoding", None)
    return http._replace(headers=headers, body=body)


class _Chain:
    """The signatures of one body's chunks: each signs the one before."""

    def __init__(self, claim: Claim, secret_key: str) -> None:
        key = f"AWS4{secret_key}".encode()
        for part in (claim.day, claim.region, claim.service, TERMINATOR):
            key = hmac.digest(key, part.encode(), "sha256")
        self._key = key
        scope = f"{claim.day}/{claim.region}/{claim.service}/{TERMINATOR}"
        self._scope = f"{claim.stamp}\n{scope}"
        self._last = claim.signature

    def chunk(self, sha256: str, signature: bytes | None) -> None:
        """Raise unless *signature* is that of the chunk with this hash."""
        said = f"{_EMPTY_HASH}\n{sha256}"
        self._follow(f"AWS4-HMAC-SHA256-PAYLOAD\n{self._scope}\n{self._last}\n{said}", signature)

    def trailer(self, data: bytes, signature: bytes | None) -> None:
        """Raise unless *signature* is the trailer's."""
        said = hashlib.sha256(data).hexdigest()
        self._follow(f"AWS4-HMAC-SHA256-TRAILER\n{self._scope}\n{self._last}\n{said}", signature)

    def _follow(self, text: str, signature: bytes | None) -> None:
        made = hmac.digest(self._key, text.encode(), "sha256").hex()
        if signature is None or not hmac.compare_digest(made.encode(), signature):
            raise AuthError("mismatch")
        self._last = made


class Chunks:
    """Reads chunks as they come, in pieces of any size.

    What is read is to be believed once `finish` has returned.

    Args:
        chain: The signatures of chunks; None: they have none.
        trailing: Whether trailers may follow.

    Attributes:
        size: Bytes of content so far.
    """

    def __init__(self, chain: _Chain | None, *, trailing: bool) -> None:
        self._chain = chain
        self._trailing = trailing
        self._line = b""  # what has come of a line; after the last chunk, of all lines
        self._left = 0  # bytes of the present chunk that have yet to come
        self._inside = False  # a chunk has begun, and the end of its line has not come
        self._ended = False
        self._signature: bytes | None = None
        self._hash = hashlib.sha256()
        self.size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The content in the next bytes.

        Raises:
            ApiError: They cannot be read.
            AuthError: A signature does not fit.
        """
        content = []
        at = 0
        while at < len(data):
            if not self._left:
                at = self._read_line(data, at)
                continue
            piece = data[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            self.size += len(piece)
            content.append(piece)
            if self._chain is not None:
                self._hash.update(piece)
            if not self._left:
                self._must_be_signed()
        return content

    def finish(self) -> dict[str, str]:
        """The trailers, where all has come.

        Raises:
            ApiError: It has not, or they cannot be read.
            AuthError: Their signature does not fit.
        """
        if not self._ended:
            raise _incomplete()
        return _trailers(self._line, self._chain, trailing=self._trailing)

    def _must_be_signed(self) -> None:
        if self._chain is not None:
            self._chain.chunk(self._hash.hexdigest(), self._signature)
            self._hash = hashlib.sha256()

    def _read_line(self, data: bytes, at: int) -> int:
        """Read on in the line that begins or goes on at *at*; where to go on after that."""
        if self._ended:
            self._line += data[at:]
            if len(self._line) > _LONGEST_TRAILERS:
                raise MalformedTrailerError("The request contained trailing data that is too long")
            return len(data)
        end = data.find(b"\n", at, at + _LONGEST_HEAD) + 1
        self._line += data[at : end or at + _LONGEST_HEAD + 1]
        if not end:
            if len(self._line) > _LONGEST_HEAD:
                raise _incomplete()
            return len(data)
        line, self._line = self._line, b""
        if self._inside:
            if line != b"\r\n":
                raise _incomplete()
            self._inside = False
            return end
        head = _HEAD.fullmatch(line)
        if head is None or len(line) > _LONGEST_HEAD:
            raise _incomplete()
        self._left, self._signature = int(head[1], 16), head[2]
        if self._left:
            self._inside = True
        else:
            self._must_be_signed()
            self._ended = True
        return end


def _incomplete() -> IncompleteBody:
    return IncompleteBody("The request body terminated unexpectedly")


def _trailers(rest: bytes, chain: _Chain | None, *, trailing: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    signature = None
    signed = b""
    for line in rest.split(b"\r\n"):
        if not line:
            continue
        name, colon, value = line.strip().partition(b":")
        word = name.strip().lower().decode("latin-1")
        if not colon or word in found or not trailing:
            raise MalformedTrailerError("The request contained trailing data that was not expected")
        if word == "x-amz-trailer-signature":
            signature = value.strip()
            continue
        found[word] = value.strip().decode("latin-1")
        signed += name.strip().lower() + b":" + value.strip() + b"\n"
    if chain is not None and trailing:
        chain.trailer(signed, signature)
    return found


def _declared(http: HttpRequest, trailers: Mapping[str, str]) -> Mapping[str, str]:
    """The trailers, if they are those that the headers announced.

    Raises:
        MalformedTrailerError: They are others; a trailer must not pose as any header.
    """
    announced = {
        name.strip().lower()
        for name in http.headers.get("x-amz-trailer", "").split(",")
        if name.strip()
    }
    if set(trailers) != announced or not all(n.startswith("x-amz-checksum-") for n in announced):
        raise MalformedTrailerError("The request contained trailing data that was not expected")
    return trailers
