"""Objects and their versions: records, and how one follows another.

The current version of each key stands in one collection, so that listings read nothing else; those
that it replaced stand in another, the newest first. A body is one file, or one for each part that
it was uploaded in.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

import msgspec

from lodekey.services.s3.buckets import ENABLED, Bucket
from lodekey.services.s3.names import stored, unstored
from lodekey.store.port import Collection, Transaction

NULL: Final = "null"
"""The id of the version that a bucket without versioning has."""
_HIGHEST: Final = 10**12


class Piece(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that holds a body, or a part of it.

    Args:
        file: Its name.
        key: What it is sealed with; sealed itself where the object has a KMS key.
        size: Bytes of the body.
        number: The part's number.
        checksum: The part's, Base64.
    """

    file: str
    key: bytes
    size: int
    number: int = 1
    checksum: str = ""


class Headers(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an object's writer says of it and its readers hear."""

    content_type: str = ""
    cache_control: str = ""
    content_disposition: str = ""
    content_encoding: str = ""
    content_language: str = ""
    expires: float | None = None
    redirect: str = ""
    storage_class: str = ""
    metadata: dict[str, str] = {}


class Sealing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an object is encrypted beyond what every body is.

    Args:
        algorithm: ``AES256``, ``aws:kms`` or ``aws:kms:dsse``.
        key_arn: The KMS key.
        data_key: The data key that seals the keys of the files, as KMS sealed it.
        context: The encryption context.
        bucket_key: Whether the context names the bucket instead of the object.
    """

    algorithm: str = "AES256"
    key_arn: str = ""
    data_key: bytes = b""
    context: dict[str, str] = {}
    bucket_key: bool = False


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """A version of an object, or a delete marker.

    Args:
        id: The version id.
        sequence: Grows from version to version of a key.
        modified: Seconds since the epoch.
        size: Bytes.
        etag: Without quotes.
        pieces: Where the body is.
        parts: How many parts it was uploaded in; 0: in one.
        headers: What readers hear.
        sealing: How it is encrypted.
        tags: The object's.
        algorithm: Of the checksum; empty: there is none.
        checksum: As S3 writes it.
        checksum_type: ``FULL_OBJECT`` or ``COMPOSITE``.
        marker: Whether it is a delete marker.
        upload: The id of the upload that it was made of; empty: of none.
    """

    id: str
    sequence: int
    modified: int
    size: int = 0
    etag: str = ""
    pieces: tuple[Piece, ...] = ()
    parts: int = 0
    headers: Headers = Headers()
    sealing: Sealing = Sealing()
    tags: dict[str, str] = {}
    algorithm: str = ""
    checksum: str = ""
    checksum_type: str = ""
    marker: bool = False
    upload: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the body."""
        return tuple(piece.file for piece in self.pieces if piece.file)


CURRENT = Collection("s3/object", Version)
OLDER = Collection("s3/version", Version)


def current(tx: Transaction, bucket: Bucket, key: str) -> Version | None:
    """The current version, which may be a delete marker."""
    return CURRENT.get(tx, *_of(bucket), stored(key))


def older(tx: Transaction, bucket: Bucket, key: str) -> Iterator[Version]:
    """The versions that are not current, the newest first."""
    for _, version in OLDER.scan(tx, *_of(bucket), stored(key)):
        yield version


def version_named(tx: Transaction, bucket: Bucket, key: str, id: str) -> Version | None:
    """A version by its id."""
    now = current(tx, bucket, key)
    if now is not None and now.id == id:
        return now
    return next((version for version in older(tx, bucket, key) if version.id == id), None)


def next_id(bucket: Bucket) -> str:
    """The version id that a new version gets."""
    return secrets.token_urlsafe(24) if bucket.versioning == ENABLED else NULL


def put(tx: Transaction, bucket: Bucket, key: str, version: Version) -> list[str]:
    """Make *version* the current one, with its place in the sequence; the files that it frees."""
    before = current(tx, bucket, key)
    freed: list[str] = []
    if before is not None:
        version = msgspec.structs.replace(version, sequence=before.sequence + 1)
        if before.id == version.id:
            freed += before.files
        else:
            OLDER.put(tx, *_of(bucket), stored(key), _place(before), record=before)
    if version.id == NULL and bucket.versioning:
        for old in list(older(tx, bucket, key)):
            if old.id == NULL:
                OLDER.delete(tx, *_of(bucket), stored(key), _place(old))
                freed += old.files
    CURRENT.put(tx, *_of(bucket), stored(key), record=version)
    return freed


def change(tx: Transaction, bucket: Bucket, key: str, version: Version) -> None:
    """Keep a version that changed in place."""
    now = current(tx, bucket, key)
    if now is not None and now.id == version.id:
        CURRENT.put(tx, *_of(bucket), stored(key), record=version)
    else:
        OLDER.put(tx, *_of(bucket), stored(key), _place(version), record=version)


def remove(tx: Transaction, bucket: Bucket, key: str, version: Version) -> list[str]:
    """Forget a version for good; the one before it becomes current. The files that are freed."""
    now = current(tx, bucket, key)
    if now is None or now.id != version.id:
        OLDER.delete(tx, *_of(bucket), stored(key), _place(version))
        return list(version.files)
    before = next(older(tx, bucket, key), None) if bucket.versioning else None
    if before is None:
        CURRENT.delete(tx, *_of(bucket), stored(key))
    else:
        OLDER.delete(tx, *_of(bucket), stored(key), _place(before))
        CURRENT.put(tx, *_of(bucket), stored(key), record=before)
    return list(version.files)


def is_empty(tx: Transaction, bucket: Bucket) -> bool:
    """Whether a bucket holds nothing, no older version and no delete marker either."""
    return (
        next(CURRENT.scan(tx, *_of(bucket), limit=1), None) is None
        and next(OLDER.scan(tx, *_of(bucket), limit=1), None) is None
    )


def all_current(
    tx: Transaction, bucket: Bucket, *, prefix: str = "", after: str | None = None
) -> Iterator[tuple[str, Version]]:
    """The keys from *after* on, in order, and their current versions."""
    begin, last = stored(prefix), None if after is None else stored(after)
    if last is not None and last < begin:
        last = None
    for (name,), version in CURRENT.scan(tx, *_of(bucket), beginning=begin, after=last):
        yield unstored(name), version


def _of(bucket: Bucket) -> tuple[str, str]:
    """Where a bucket's objects stand: below its account, as everything that an account has."""
    return bucket.account, bucket.id


def _place(version: Version) -> str:
    """The newest first."""
    return f"{_HIGHEST - version.sequence:013d}"
