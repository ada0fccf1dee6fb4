"""Hashes of bodies: those that clients send along, and those that they read back.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from lodekey.services.s3.crc import CRC32, CRC32C, CRC64NVME, Crc
from lodekey.services.s3.errors import BadDigest, InvalidDigest, InvalidRequest, NotOffered

ALGORITHMS: Final = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5")
"""Those that are computed here; a member ``ChecksumNAME`` belongs to each."""
ELSEWHERE: Final = ("XXHASH64", "XXHASH3", "XXHASH128")
JOINABLE: Final[dict[str, Crc]] = {"CRC32": CRC32, "CRC32C": CRC32C, "CRC64NVME": CRC64NVME}
FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"

_BAD_MD5 = "The Content-MD5 you specified did not match what we received."


class Running(Protocol):
    """A hash that grows with what it is given."""

    def update(self, data: bytes, /) -> None:
        """Take more in."""

    def digest(self) -> bytes:
        """The hash of all so far."""


class _RunningCrc:
    def __init__(self, step: Callable[[bytes, int], int], size: int) -> None:
        self._step = step
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._step(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def running(algorithm: str) -> Running:
    """A fresh hash by *algorithm*."""
    if algorithm == "CRC32":
        return _RunningCrc(zlib.crc32, 4)
    if algorithm in JOINABLE:
        crc = JOINABLE[algorithm]
        return _RunningCrc(crc.of, crc.width // 8)
    return hashlib.new(algorithm.lower(), usedforsecurity=False)


def hash_of(algorithm: str, body: bytes) -> str:
    """The hash of *body* as S3 writes it: Base64."""
    made = running(algorithm)
    made.update(body)
    return shown(made.digest())


def shown(digest: bytes) -> str:
    """A digest in Base64."""
    return base64.b64encode(digest).decode()


def claimed(request: Mapping[str, Any]) -> tuple[str, str]:
    """The algorithm and the hash that a request says its body has; both empty: none.

    Raises:
        InvalidRequest: It says several, or announces one and does not say it.
        NotOffered: By an algorithm that is not computed here.
    """
    named = [name for name in (*ALGORITHMS, *ELSEWHERE) if request.get(f"Checksum{name}")]
    if len(named) > 1:
        raise InvalidRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    announced = request.get("ChecksumAlgorithm", "")
    must_be_offered(named[0] if named else announced)
    if not named:
        if announced:
            raise InvalidRequest(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                "x-amz-trailer headers were found."
            )
        return "", ""
    if announced and announced != named[0]:
        raise InvalidRequest(
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        )
    value = request[f"Checksum{named[0]}"]
    if len(_decoded(value) or b"") != len(running(named[0]).digest()):
        raise InvalidRequest(f"Value for x-amz-checksum-{named[0].lower()} header is invalid.")
    return named[0], value


def announced(headers: Mapping[str, str]) -> str:
    """The algorithm of the checksum that a body will come with, by its head; empty: none.

    The checksum itself may stand in the head or follow the body. `claimed` has the last word.
    """
    trailer = headers.get("x-amz-trailer", "").strip().lower()
    for name in (*ALGORITHMS, *ELSEWHERE):
        word = f"x-amz-checksum-{name.lower()}"
        if word in headers or trailer == word:
            return name
    return ""


def must_be_offered(algorithm: str) -> None:
    """Refuse an algorithm that is not computed here.

    Raises:
        NotOffered: It is one.
    """
    if algorithm in ELSEWHERE:
        raise NotOffered(f"The checksum algorithm {algorithm} is not offered by this server.")


def must_be_md5(said: str | None, md5: bytes) -> None:
    """Check a ``Content-MD5``.

    Raises:
        InvalidDigest: It is no MD5.
        BadDigest: It is another's.
    """
    if said is None:
        return
    digest = _decoded(said)
    if digest is None or len(digest) != 16:
        raise InvalidDigest("The Content-MD5 you specified was invalid.", **{"Content-MD5": said})
    if digest != md5:
        raise BadDigest(_BAD_MD5, ExpectedDigest=said, CalculatedDigest=shown(md5))


def must_be(algorithm: str, said: str, made: str) -> None:
    """Check a hash that came along.

    Raises:
        BadDigest: It is another's.
    """
    if said != made:
        raise BadDigest(
            f"The {algorithm} you specified did not match the calculated checksum.",
        )


def must_fit_document(headers: Mapping[str, str], body: bytes, *, required: bool = False) -> None:
    """Check the hashes that came with an XML or JSON document.

    Args:
        headers: The request's.
        body: The document.
        required: Whether one must have come.

    Raises:
        ApiError: A hash is not the document's, or none came where one must.
    """
    said = headers.get("content-md5")
    must_be_md5(said, hashlib.md5(body, usedforsecurity=False).digest())
    found = {
        f"Checksum{name}": headers[f"x-amz-checksum-{name.lower()}"]
        for name in (*ALGORITHMS, *ELSEWHERE)
        if f"x-amz-checksum-{name.lower()}" in headers
    }
    algorithm, value = claimed(found)
    if algorithm:
        must_be(algorithm, value, hash_of(algorithm, body))
    elif required and said is None:
        raise InvalidRequest(
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        )


def composite(algorithm: str, parts: Iterable[str]) -> str:
    """The hash of hashes that a multipart object has: ``BASE64-COUNT``."""
    digests = [base64.b64decode(value) for value in parts]
    made = running(algorithm)
    made.update(b"".join(digests))
    return f"{shown(made.digest())}-{len(digests)}"


def joined(algorithm: str, parts: Iterable[tuple[str, int]]) -> str:
    """The CRC of a whole from the CRCs and sizes of its parts."""
    crc = JOINABLE[algorithm]
    value = 0
    for text, size in parts:
        value = crc.joined(value, int.from_bytes(base64.b64decode(text), "big"), size)
    return shown(value.to_bytes(crc.width // 8, "big"))


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
