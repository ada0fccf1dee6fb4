"""Bodies that S3's clients send in chunks (``aws-chunked``), each signed in turn or none.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hashlib
import hmac
import re

from lodekey.errors import ApiError
from lodekey.wire.claims import TERMINATOR, Claim
from lodekey.wire.http import HttpRequest
from lodekey.wire.refusals import AuthError

_PREFIX = "STREAMING-"
_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?")
_LONGEST_HEAD = 256
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()


class IncompleteBody(ApiError):
    """S3 got another number of bytes than it was told."""


class MalformedTrailerError(ApiError):
    """S3 cannot read what follows the last chunk."""


def decode_body(http: HttpRequest, claim: Claim | None, secret_key: str) -> HttpRequest:
    """*http* with its body as it was before it was cut into chunks, its trailers among the headers.

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
    body, trailers = _read(http.body, chain, trailing=said.endswith("-TRAILER"))
    length = http.headers.get("x-amz-decoded-content-length", "")
    if not length.isdecimal() or int(length[:16]) != len(body):
        raise IncompleteBody(
            "The request body terminated unexpectedly; its length is not "
            "x-amz-decoded-content-length"
        )
    headers = {**http.headers, **_declared(http, trailers), "content-length": str(len(body))}
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

    def chunk(self, data: bytes, signature: bytes | None) -> None:
        """Raise unless *signature* is the chunk's."""
        said = f"{_EMPTY_HASH}\n{hashlib.sha256(data).hexdigest()}"
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


def _read(body: bytes, chain: _Chain | None, *, trailing: bool) -> tuple[bytes, dict[str, str]]:
    """The chunks' content and the trailers.

    Raises:
        ApiError: They cannot be read.
        AuthError: A signature does not fit.
    """
    pieces = []
    position = 0
    while True:
        end = body.find(b"\r\n", position, position + _LONGEST_HEAD)
        head = _HEAD.fullmatch(body, position, end) if end >= 0 else None
        if head is None:
            raise IncompleteBody("The request body terminated unexpectedly")
        size = int(head[1], 16)
        start = end + 2
        data = body[start : start + size]
        if chain is not None:
            chain.chunk(data, head[2])
        position = start + size
        if not size:
            break
        if len(data) != size or body[position : position + 2] != b"\r\n":
            raise IncompleteBody("The request body terminated unexpectedly")
        position += 2
        pieces.append(data)
    return b"".join(pieces), _trailers(body[position:], chain, trailing=trailing)


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


def _declared(http: HttpRequest, trailers: dict[str, str]) -> dict[str, str]:
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
