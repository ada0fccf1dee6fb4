"""What S3 does by the clock: lifecycle rules acted on, files swept that nobody names."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lodekey.gate.background import Background
from lodekey.gate.operation import Job
from lodekey.services.s3 import objects, uploads
from lodekey.services.s3.buckets import BUCKETS, Bucket
from lodekey.services.s3.lifecycle import covers, expires, is_due
from lodekey.services.s3.objects import CURRENT, OLDER, Version
from lodekey.services.s3.sealed_files import SealedFiles
from lodekey.services.s3.uploads import PARTS
from lodekey.store.port import Transaction

YOUNG_SECONDS = 3600.0
"""A file may lie so long before the record that names it."""


def files(background: Background) -> SealedFiles:
    """Where this server keeps bodies."""
    return SealedFiles(background.settings.data / "objects")


async def sweep(background: Background) -> None:
    """Remove the files that no record names, and those that nobody writes to any more."""
    before = time.time() - YOUNG_SECONDS
    with background.transaction(write=False) as tx:
        named = set(named_files(tx))
    shelf = files(background)
    await background.in_thread(shelf.sweep_coming)
    await background.in_thread(lambda: shelf.sweep(named, before))


def named_files(tx: Transaction) -> Iterator[str]:
    """Every file that a record names."""
    for collection in (CURRENT, OLDER):
        for _, version in collection.scan(tx):
            yield from version.files
    for _, part in PARTS.scan(tx):
        yield part.piece.file


async def expire(background: Background) -> None:
    """Act on the lifecycle rules, a bucket a transaction."""
    with background.transaction(write=False) as tx:
        ruled = [bucket.name for _, bucket in BUCKETS.scan(tx) if bucket.lifecycle]
    for name in ruled:
        freed: list[str] = []
        with background.transaction(write=True) as tx:
            bucket = BUCKETS.get(tx, name)
            if bucket is not None:
                freed = expire_in(tx, bucket, background.now())
        files(background).remove(freed)


def expire_in(tx: Transaction, bucket: Bucket, now: float) -> list[str]:
    """Act on one bucket's rules; the files that are freed."""
    freed: list[str] = []
    for key, version in list(objects.all_current(tx, bucket)):
        freed += _older(tx, bucket, key, version, now)
        rules = [rule for rule in bucket.lifecycle if covers(rule, key, version)]
        if version.marker:
            freed += _lone_marker(tx, bucket, key, version)
        elif any(expires(rule, version, now) for rule in rules):
            freed += _expired(tx, bucket, key, version, now)
    for key, upload in list(uploads.all_of(tx, bucket)):
        for rule in bucket.lifecycle:
            said = rule.get("AbortIncompleteMultipartUpload") or {}
            days = said.get("DaysAfterInitiation")
            if days and covers(rule, key, None) and is_due(upload.began, days, now):
                freed += uploads.forget(tx, bucket, key, upload)
                break
    return freed


def _expired(tx: Transaction, bucket: Bucket, key: str, version: Version, now: float) -> list[str]:
    """An object goes for good, or behind a delete marker where versions are kept."""
    if not bucket.versioning:
        return objects.remove(tx, bucket, key, version)
    marker = Version(id=objects.next_id(bucket), sequence=0, modified=int(now), marker=True)
    return objects.put(tx, bucket, key, marker)


def _lone_marker(tx: Transaction, bucket: Bucket, key: str, marker: Version) -> list[str]:
    """A delete marker with nothing behind it goes, where a rule says so."""
    wanted = any(
        covers(rule, key, None) and (rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker")
        for rule in bucket.lifecycle
    )
    if not wanted or next(objects.older(tx, bucket, key), None) is not None:
        return []
    return objects.remove(tx, bucket, key, marker)


def _older(tx: Transaction, bucket: Bucket, key: str, current: Version, now: float) -> list[str]:
    """Versions go whose replacement is old enough, but for as many as a rule keeps."""
    freed: list[str] = []
    replaced = current.modified
    for place, version in enumerate(list(objects.older(tx, bucket, key))):
        for rule in bucket.lifecycle:
            said = rule.get("NoncurrentVersionExpiration") or {}
            days = said.get("NoncurrentDays")
            if (
                days
                and covers(rule, key, version)
                and place >= said.get("NewerNoncurrentVersions", 0)
                and is_due(replaced, days, now)
            ):
                freed += objects.remove(tx, bucket, key, version)
                break
        replaced = version.modified
    return freed


SWEEP = Job("s3-files", 3600.0, sweep)
EXPIRE = Job("s3-lifecycle", 3600.0, expire)
