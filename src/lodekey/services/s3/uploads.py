"""Multipart uploads: records of what has come, and what it makes when it is whole.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lodekey.services.s3.buckets import Bucket
from lodekey.services.s3.names import stored, unstored
from lodekey.services.s3.objects import Headers, Piece, Sealing
from lodekey.store.port import Collection, Transaction

MOST_PARTS: Final = 10_000
SMALLEST_PART: Final = 5 * 1024 * 1024


class Upload(msgspec.Struct, frozen=True, omit_defaults=True):
    """An upload that goes on.

    Args:
        id: The upload id; ids sort by the time of their beginning.
        began: Seconds since the epoch.
        initiator: Who began it, an ARN.
        account: The bucket's owner.
        headers: Of the object that will be.
        sealing: How it is encrypted.
        tags: The object's.
        algorithm: Of the checksum that each part must have; empty: none.
        checksum_type: ``FULL_OBJECT`` or ``COMPOSITE``.
    """

    id: str
    began: int
    initiator: str
    account: str
    headers: Headers = Headers()
    sealing: Sealing = Sealing()
    tags: dict[str, str] = {}
    algorithm: str = ""
    checksum_type: str = ""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part that has come.

    Args:
        piece: Where it is.
        md5: Its MD5.
        modified: Seconds since the epoch.
    """

    piece: Piece
    md5: bytes
    modified: int

    @property
    def etag(self) -> str:
        """Without quotes."""
        return self.md5.hex()


UPLOADS = Collection("s3/upload", Upload)
PARTS = Collection("s3/part", Part)


def new_id(now: float) -> str:
    """An upload id."""
    return f"{int(now * 1000):012x}{secrets.token_hex(26)}"


def find(tx: Transaction, bucket: Bucket, key: str, id: str) -> Upload | None:
    """An upload."""
    return UPLOADS.get(tx, bucket.account, bucket.id, stored(key), id) if id.isalnum() else None


def save(tx: Transaction, bucket: Bucket, key: str, upload: Upload) -> None:
    """Keep an upload."""
    UPLOADS.put(tx, bucket.account, bucket.id, stored(key), upload.id, record=upload)


def all_of(
    tx: Transaction, bucket: Bucket, *, prefix: str = "", after: str | None = None
) -> Iterator[tuple[str, Upload]]:
    """The uploads of a bucket, by key and then by their beginning."""
    for (name, _), upload in UPLOADS.scan(
        tx, bucket.account, bucket.id, beginning=stored(prefix), after=after
    ):
        yield unstored(name), upload


def put_part(tx: Transaction, upload: Upload, part: Part) -> list[str]:
    """Keep a part, in place of one of the same number; the files that it frees."""
    number = _number(part.piece.number)
    before = PARTS.get(tx, upload.account, upload.id, number)
    PARTS.put(tx, upload.account, upload.id, number, record=part)
    return [before.piece.file] if before is not None else []


def part_of(tx: Transaction, upload: Upload, number: int) -> Part | None:
    """A part by its number."""
    return PARTS.get(tx, upload.account, upload.id, _number(number))


def parts_of(tx: Transaction, upload: Upload, *, after: int = 0) -> Iterator[Part]:
    """The parts that have come, by number."""
    for _, part in PARTS.scan(tx, upload.account, upload.id, after=_number(after)):
        yield part


def forget(
    tx: Transaction, bucket: Bucket, key: str, upload: Upload, *, kept: Sequence[Part] = ()
) -> list[str]:
    """Forget an upload; the files of all its parts but those *kept*."""
    keep = {part.piece.file for part in kept}
    freed = []
    for part in list(parts_of(tx, upload)):
        PARTS.delete(tx, upload.account, upload.id, _number(part.piece.number))
        if part.piece.file not in keep:
            freed.append(part.piece.file)
    UPLOADS.delete(tx, bucket.account, bucket.id, stored(key), upload.id)
    return freed


def etag_of(parts: Sequence[Part]) -> str:
    """The entity tag of an object made of *parts*: the MD5 of their MD5s, and their count."""
    whole = hashlib.md5(b"".join(part.md5 for part in parts), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(parts)}"


def _number(number: int) -> str:
    return f"{number:05d}"
