"""ListObjects, ListObjectsV2, ListObjectVersions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.gate.pages import BadToken
from lodekey.services.s3 import listing, objects
from lodekey.services.s3.buckets import Bucket, canonical_id
from lodekey.services.s3.context_keys import request_keys
from lodekey.services.s3.errors import InvalidArgument
from lodekey.services.s3.finding import Held, bucket_named
from lodekey.services.s3.listing import Page, speller
from lodekey.services.s3.objects import Version
from lodekey.services.s3.shapes import (
    DeleteMarkerEntry,
    ListObjectsOutput,
    ListObjectsRequest,
    ListObjectsV2Output,
    ListObjectsV2Request,
    ListObjectVersionsOutput,
    ListObjectVersionsRequest,
    Object,
    ObjectVersion,
)

IGNORED = ("RequestPayer", "OptionalObjectAttributes")


def _live(
    ctx: Context, bucket: Bucket, prefix: str
) -> Callable[[str | None], Iterator[tuple[str, Version]]]:
    """Scans the objects that are there: no delete markers."""

    def scan(after: str | None) -> Iterator[tuple[str, Version]]:
        for key, version in objects.all_current(ctx.tx, bucket, prefix=prefix, after=after):
            if not version.marker:
                yield key, version

    return scan


def _page(ctx: Context, request: Mapping[str, Any], held: Held, after: str | None) -> Page[Version]:
    prefix = request.get("Prefix", "")
    return listing.page(
        _live(ctx, held.bucket, prefix),
        prefix=prefix,
        delimiter=request.get("Delimiter", ""),
        after=after,
        most=listing.length(request, "MaxKeys"),
    )


def _common(request: Mapping[str, Any], held: Held, page: Page[Version]) -> dict[str, Any]:
    """What both answers have."""
    spell = speller(request)
    answer: dict[str, Any] = {
        "Name": held.bucket.name,
        "Prefix": spell(request.get("Prefix", "")),
        "MaxKeys": listing.length(request, "MaxKeys"),
        "IsTruncated": page.truncated,
        "CommonPrefixes": [{"Prefix": spell(prefix)} for prefix in page.prefixes],
    }
    for member in ("Delimiter", "EncodingType"):
        if request.get(member):
            value = request[member]
            answer[member] = spell(value) if member == "Delimiter" else value
    return answer


def _shown(key: str, version: Version) -> Object:
    shown: Object = {
        "Key": key,
        "LastModified": version.modified,
        "ETag": f'"{version.etag}"',
        "Size": version.size,
        "StorageClass": version.headers.storage_class or "STANDARD",
    }
    if version.algorithm:
        shown["ChecksumAlgorithm"] = [version.algorithm]
        shown["ChecksumType"] = version.checksum_type
    return shown


@operation(
    "s3:ListBucket",
    on=bucket_named,
    name="ListObjects",
    keys=request_keys,
    unsigned=True,
    ignores=IGNORED,
)
def list_objects(ctx: Context, request: ListObjectsRequest, held: Held) -> ListObjectsOutput:
    """List objects by key, from a marker on."""
    marker = request.get("Marker", "")
    page = _page(ctx, request, held, marker or None)
    spell = speller(request)
    owner = {"ID": canonical_id(held.account)}
    answer: dict[str, Any] = {
        **_common(request, held, page),
        "Marker": spell(marker),
        "Contents": [
            {**_shown(spell(key), version), "Owner": owner} for key, version in page.entries
        ],
    }
    if page.truncated and request.get("Delimiter"):
        answer["NextMarker"] = spell(page.last)
    return answer  # type: ignore[return-value]


@operation(
    "s3:ListBucket",
    on=bucket_named,
    name="ListObjectsV2",
    keys=request_keys,
    unsigned=True,
    ignores=IGNORED,
)
def list_objects_v2(ctx: Context, request: ListObjectsV2Request, held: Held) -> ListObjectsV2Output:
    """List objects by key, a page after the other."""
    scope = f"s3:ListObjectsV2 {held.bucket.id}"
    after: str | None = request.get("StartAfter") or None
    token = request.get("ContinuationToken")
    if token is not None:
        try:
            after = ctx.gate.pages.position(scope, token)
        except BadToken:
            raise InvalidArgument(
                "The continuation token provided is incorrect", ArgumentName="continuation-token"
            ) from None
    page = _page(ctx, request, held, after)
    spell = speller(request)
    answer: dict[str, Any] = {
        **_common(request, held, page),
        "KeyCount": page.count,
        "Contents": [_shown(spell(key), version) for key, version in page.entries],
    }
    if request.get("FetchOwner"):
        for entry in answer["Contents"]:
            entry["Owner"] = {"ID": canonical_id(held.account)}
    if request.get("StartAfter"):
        answer["StartAfter"] = spell(request["StartAfter"])
    if token is not None:
        answer["ContinuationToken"] = token
    if page.truncated:
        answer["NextContinuationToken"] = ctx.gate.pages.token(scope, page.last)
    return answer  # type: ignore[return-value]


@operation(
    "s3:ListBucketVersions",
    on=bucket_named,
    name="ListObjectVersions",
    keys=request_keys,
    unsigned=True,
    ignores=IGNORED,
)
def list_object_versions(
    ctx: Context, request: ListObjectVersionsRequest, held: Held
) -> ListObjectVersionsOutput:
    """List all versions and delete markers, by key and from the newest on."""
    marker, id_marker = request.get("KeyMarker", ""), request.get("VersionIdMarker")
    if id_marker is not None and not marker:
        raise InvalidArgument("A version-id marker cannot be specified without a key marker.")
    prefix, bucket = request.get("Prefix", ""), held.bucket

    def scan(after: str | None) -> Iterator[tuple[str, tuple[Version, bool]]]:
        if after == marker and id_marker is not None:
            yield from _rest_of(ctx, bucket, marker, id_marker, prefix)
        for key, now in objects.all_current(ctx.tx, bucket, prefix=prefix, after=after):
            yield key, (now, True)
            for version in objects.older(ctx.tx, bucket, key):
                yield key, (version, False)

    most = listing.length(request, "MaxKeys")
    page = listing.page(
        scan,
        prefix=prefix,
        delimiter=request.get("Delimiter", ""),
        after=marker or None,
        most=most,
    )
    return _versions(request, held, page)


def _rest_of(
    ctx: Context, bucket: Bucket, key: str, after: str, prefix: str
) -> Iterator[tuple[str, tuple[Version, bool]]]:
    """The versions of *key* that are older than the one named."""
    now = objects.current(ctx.tx, bucket, key)
    if now is None or not key.startswith(prefix):
        return
    seen = now.id == after
    for version in objects.older(ctx.tx, bucket, key):
        if seen:
            yield key, (version, False)
        seen = seen or version.id == after


def _versions(
    request: ListObjectVersionsRequest, held: Held, page: Page[tuple[Version, bool]]
) -> ListObjectVersionsOutput:
    spell = speller(request)
    owner = {"ID": canonical_id(held.account)}
    versions: list[ObjectVersion] = []
    markers: list[DeleteMarkerEntry] = []
    for key, (version, latest) in page.entries:
        place: dict[str, Any] = {"VersionId": version.id, "IsLatest": latest, "Owner": owner}
        if version.marker:
            place |= {"Key": spell(key), "LastModified": version.modified}
            markers.append(place)  # type: ignore[arg-type]
        else:
            versions.append({**_shown(spell(key), version), **place})  # type: ignore[typeddict-item]
    answer: dict[str, Any] = {
        **_common(request, held, page),  # type: ignore[arg-type]
        "KeyMarker": spell(request.get("KeyMarker", "")),
        "VersionIdMarker": request.get("VersionIdMarker", ""),
        "Versions": versions,
        "DeleteMarkers": markers,
    }
    if page.truncated:
        answer["NextKeyMarker"] = spell(page.last)
        if page.entries and page.entries[-1][0] == page.last:
            answer["NextVersionIdMarker"] = page.entries[-1][1][0].id
    return answer  # type: ignore[return-value]
