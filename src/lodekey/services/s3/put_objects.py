"""PutObject and CopyObject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Ahead, operation
from lodekey.services.s3 import checksums, encryption, objects, tags
from lodekey.services.s3.bodies import BoundedFile, intake, keep
from lodekey.services.s3.buckets import ENFORCED
from lodekey.services.s3.context_keys import existing_tags, object_keys, tagged_keys
from lodekey.services.s3.copies import Copying, copied, copying
from lodekey.services.s3.encryption import piece_of, sealing_of
from lodekey.services.s3.errors import (
    InvalidArgument,
    InvalidRequest,
    NotOffered,
)
from lodekey.services.s3.finding import Place, free, object_at, place_named
from lodekey.services.s3.manage_buckets import GRANTS, must_be_private
from lodekey.services.s3.objects import Headers, Version
from lodekey.services.s3.preconditions import must_be_replaceable, must_be_wanted
from lodekey.services.s3.sealed_files import Body
from lodekey.services.s3.shapes import (
    CopyObjectOutput,
    CopyObjectRequest,
    CopyObjectResult,
    PutObjectOutput,
    PutObjectRequest,
)

OWNERS = frozenset({"bucket-owner-full-control", "private"})
"""The canned ACLs that give nobody but the owner anything."""

_MOST_METADATA = 2048
_LOCKS = (
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
    "ObjectLockEventHold",
    "ObjectLockEventHoldDurationDays",
    "ObjectLockEventHoldDurationYears",
)


def must_be_offered(request: Mapping[str, Any], place: Place) -> None:
    """Refuse what a new object cannot have here.

    Raises:
        ApiError: The request wants it.
    """
    ownership = place.bucket.ownership or "ObjectWriter"
    if ownership == ENFORCED and (
        request.get("ACL", "private") not in OWNERS or any(request.get(name) for name in GRANTS)
    ):
        raise AccessControlListNotSupported("The bucket does not allow ACLs")
    must_be_private(request, ownership)
    if any(request.get(name) for name in _LOCKS):
        raise InvalidRequest("Bucket is missing Object Lock Configuration")
    if request.get("StorageClass", "STANDARD") in ("EXPRESS_ONEZONE", "OUTPOSTS", "SNOW"):
        raise InvalidStorageClass("The storage class you specified is not valid")
    if request.get("WriteOffsetBytes") is not None:
        raise NotOffered("Appending to objects is not offered by this server.")


class AccessControlListNotSupported(InvalidArgument):
    """Objects of a bucket whose owner owns all take no ACL but the one that says so.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """


class InvalidStorageClass(InvalidArgument):
    """General purpose buckets have no such storage class."""


def headers_of(request: Mapping[str, Any]) -> Headers:
    """What a writer says of an object.

    Raises:
        MetadataTooLarge: User metadata has 2 KB at most.
    """
    metadata: dict[str, str] = request.get("Metadata", {})
    size = sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())
    if size > _MOST_METADATA:
        raise MetadataTooLarge(
            "Your metadata headers exceed the maximum allowed metadata size",
            Size=str(size),
            MaxSizeAllowed=str(_MOST_METADATA),
        )
    return Headers(
        content_type=request.get("ContentType", ""),
        cache_control=request.get("CacheControl", ""),
        content_disposition=request.get("ContentDisposition", ""),
        content_encoding=request.get("ContentEncoding", ""),
        content_language=request.get("ContentLanguage", ""),
        expires=request.get("Expires"),
        redirect=request.get("WebsiteRedirectLocation", ""),
        storage_class=request.get("StorageClass", ""),
        metadata=metadata,
    )


class MetadataTooLarge(InvalidArgument):
    """User metadata is too long."""


def tags_of(ctx: Context, request: Mapping[str, Any], place: Place) -> dict[str, str]:
    """The tags that a new object gets: who sets some needs ``s3:PutObjectTagging`` too."""
    said = tags.of_header(request.get("Tagging"))
    if said:
        ctx.require("s3:PutObjectTagging", place, tagged_keys(ctx, request, place))
    return said


def take_object(ctx: Context, request: PutObjectRequest, place: Place) -> BoundedFile:
    """Where the body of a long object goes while it comes."""
    must_be_offered(request, place)
    encryption.wanted(request, place.bucket)
    return intake(ctx, request)


@operation(
    "s3:PutObject",
    on=place_named,
    keys=object_keys,
    writes=True,
    also=("s3:PutObjectTagging",),
    unsigned=True,
    ignores=("RequestPayer",),
    intake=take_object,
)
def put_object(ctx: Context, request: PutObjectRequest, place: Place) -> PutObjectOutput:
    """Put an object, in place of what has its key, or as a new version of it."""
    must_be_offered(request, place)
    said_tags = tags_of(ctx, request, place)
    now = objects.current(ctx.tx, place.bucket, place.key)
    must_be_replaceable(request, now, place.key)
    how = encryption.wanted(request, place.bucket)
    headers = headers_of(request)
    sealing, key = sealing_of(ctx, place, how, request.get("SSEKMSEncryptionContext"))
    body = keep(ctx, request)
    algorithm, _ = checksums.claimed(request)
    version = Version(
        id=objects.next_id(place.bucket),
        sequence=0,
        modified=int(ctx.now),
        size=body.size,
        etag=body.md5.hex(),
        pieces=(piece_of(body, key),) if body.size else (),
        headers=headers,
        sealing=sealing,
        tags=said_tags,
        algorithm=algorithm,
        checksum=body.checksum,
        checksum_type=checksums.FULL if algorithm else "",
    )
    free(ctx, objects.put(ctx.tx, place.bucket, place.key, version))
    answer: PutObjectOutput = {"ETag": f'"{version.etag}"', **written(place, version)}  # type: ignore[typeddict-item]
    return answer


def written(place: Place, version: Version) -> dict[str, Any]:
    """What answers to a write say of the version that it made."""
    answer = {**encryption.shown(version.sealing), **shown_checksum(version)}
    if place.bucket.versioning:
        answer["VersionId"] = version.id
    return answer


def shown_checksum(version: Version) -> dict[str, Any]:
    """A version's checksum, as answers have it."""
    if not version.algorithm:
        return {}
    return {
        f"Checksum{version.algorithm}": version.checksum,
        "ChecksumType": version.checksum_type,
    }


def source_of(ctx: Context, text: str, owner: str | None) -> tuple[Place, str | None]:
    """The object that a copy is made of, and the version, if the request names one.

    Raises:
        InvalidArgument: *text* names none.
    """
    path, question, query = text.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    if not bucket or not key:
        raise InvalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=text,
        )
    request: Any = {"Bucket": bucket, "Key": key}
    if owner is not None:
        request["ExpectedBucketOwner"] = owner
    return place_of_source(ctx, request), unquote(query) if question else None


def place_of_source(ctx: Context, request: Any) -> Place:
    """The source's place; a bucket that is not there is said to be missing."""
    try:
        return place_named(ctx, request)
    except Missing as missing:
        raise missing.error from None


def source_version(ctx: Context, request: Mapping[str, Any]) -> tuple[Place, Version]:
    """The version that a copy is made of; the caller may read it.

    Raises:
        ApiError: It is not there, or not what the request's conditions want.
    """
    source, version_id = source_of(
        ctx, request["CopySource"], request.get("ExpectedSourceBucketOwner")
    )
    action = "s3:GetObject" if version_id is None else "s3:GetObjectVersion"
    keys = {**existing_tags(ctx, source, version_id)}
    ctx.require(action, source, {**keys, **({"s3:versionid": version_id} if version_id else {})})
    version = object_at(ctx, source, version_id)
    if version.marker:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by "
            "version id."
        )
    must_be_wanted(request, version, before="CopySource")
    return source, version


def copy_ahead(ctx: Context, request: CopyObjectRequest, place: Place) -> Copying | None:
    """Copy a long object before the transaction."""
    source, old = source_version(ctx, request)
    algorithm = request.get("ChecksumAlgorithm", old.algorithm)
    checksums.must_be_offered(algorithm)
    return copying(ctx, source, old, range(old.size), algorithm)


@operation(
    "s3:PutObject",
    on=place_named,
    name="CopyObject",
    prepare=Ahead(copy_ahead),
    keys=object_keys,
    writes=True,
    also=("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:PutObjectTagging"),
    ignores=("RequestPayer", "AnnotationDirective"),
)
def copy_object(ctx: Context, request: CopyObjectRequest, place: Place) -> CopyObjectOutput:
    """Make an object of another one."""
    must_be_offered(request, place)
    source, old = source_version(ctx, request)
    _must_change_something(request, source, place)
    must_be_replaceable(request, objects.current(ctx.tx, place.bucket, place.key), place.key)
    said_tags = _copied_tags(ctx, request, source, place, old)
    how = encryption.wanted(request, place.bucket)
    algorithm = request.get("ChecksumAlgorithm", old.algorithm)
    checksums.must_be_offered(algorithm)
    sealing, key = sealing_of(ctx, place, how, request.get("SSEKMSEncryptionContext"))
    body = copied(ctx, source, old, range(old.size), algorithm)
    version = _copied(ctx, request, place, old, body)
    version = msgspec.structs.replace(
        version,
        pieces=(piece_of(body, key),) if body.size else (),
        sealing=sealing,
        tags=said_tags,
        algorithm=algorithm,
        checksum_type=checksums.FULL if algorithm else "",
    )
    free(ctx, objects.put(ctx.tx, place.bucket, place.key, version))
    answer: dict[str, Any] = written(place, version)
    for name in [name for name in answer if name.startswith("Checksum")]:
        del answer[name]
    if source.bucket.versioning:
        answer["CopySourceVersionId"] = old.id
    result: CopyObjectResult = {
        "ETag": f'"{version.etag}"',
        "LastModified": version.modified,
        **shown_checksum(version),  # type: ignore[typeddict-item]
    }
    return {"CopyObjectResult": result, **answer}  # type: ignore[typeddict-item]


def _copied(
    ctx: Context, request: CopyObjectRequest, place: Place, old: Version, body: Body
) -> Version:
    if request.get("MetadataDirective") == "REPLACE":
        headers = headers_of(request)
    else:
        headers = msgspec.structs.replace(
            old.headers,
            storage_class=request.get("StorageClass", ""),
            redirect=request.get("WebsiteRedirectLocation", ""),
        )
    return Version(
        id=objects.next_id(place.bucket),
        sequence=0,
        modified=int(ctx.now),
        size=body.size,
        etag=body.md5.hex(),
        headers=headers,
        checksum=body.checksum,
    )


def _must_change_something(request: CopyObjectRequest, source: Place, place: Place) -> None:
    changing = ("StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption")
    if (
        (source.bucket.id, source.key) == (place.bucket.id, place.key)
        and request.get("MetadataDirective") != "REPLACE"
        and "?versionId=" not in request["CopySource"]
        and not any(request.get(name) for name in changing)
    ):
        raise InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes."
        )


def _copied_tags(
    ctx: Context, request: CopyObjectRequest, source: Place, place: Place, old: Version
) -> dict[str, str]:
    if request.get("TaggingDirective") == "REPLACE":
        return tags_of(ctx, request, place)
    if not old.tags:
        return {}
    ctx.require("s3:GetObjectTagging", source, existing_tags(ctx, source, None))
    ctx.require("s3:PutObjectTagging", place, tags.request_keys(old.tags))
    return old.tags
