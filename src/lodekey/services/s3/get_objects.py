"""GetObject, HeadObject, GetObjectAttributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.s3 import encryption
from lodekey.services.s3.bodies import content, part_span, span_of
from lodekey.services.s3.context_keys import reading_keys
from lodekey.services.s3.errors import InvalidRequest, MethodNotAllowed
from lodekey.services.s3.finding import Place, object_at, place_named
from lodekey.services.s3.objects import Headers, Version
from lodekey.services.s3.preconditions import must_be_wanted
from lodekey.services.s3.put_objects import shown_checksum
from lodekey.services.s3.shapes import (
    GetObjectAttributesOutput,
    GetObjectAttributesRequest,
    GetObjectOutput,
    GetObjectRequest,
    HeadObjectOutput,
    HeadObjectRequest,
    ObjectPart,
)

USUAL_TYPE = "binary/octet-stream"
_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}
_MOST_PARTS = 1000


@operation(
    "s3:GetObject",
    on=place_named,
    keys=reading_keys,
    also=("s3:GetObjectVersion", "s3:ListBucket"),
    reveals=True,
    unsigned=True,
    ignores=("RequestPayer",),
)
def get_object(ctx: Context, request: GetObjectRequest, place: Place) -> GetObjectOutput:
    """Read an object, or a range of it; a caller from inside may get something to iterate over."""
    version, span, answer = _read(ctx, request, place)
    answer["Body"] = content(ctx, place, version, span)
    return answer  # type: ignore[return-value]


@operation(
    "s3:GetObject",
    on=place_named,
    name="HeadObject",
    keys=reading_keys,
    also=("s3:GetObjectVersion", "s3:ListBucket"),
    unsigned=True,
    ignores=("RequestPayer",),
)
def head_object(ctx: Context, request: HeadObjectRequest, place: Place) -> HeadObjectOutput:
    """What GetObject would say, without the body."""
    version, _, answer = _read(ctx, request, place)
    if request.get("ChecksumMode") == "ENABLED":
        encryption.data_key(ctx, place.bucket, version.sealing)
    return answer  # type: ignore[return-value]


def _read(
    ctx: Context, request: Mapping[str, Any], place: Place
) -> tuple[Version, range, dict[str, Any]]:
    """What a read finds, which bytes it wants, and what it answers but for the body."""
    encryption.refuse_customer_keys(request)
    version = version_read(ctx, request, place)
    must_be_wanted(request, version)
    said, number = request.get("Range"), request.get("PartNumber")
    if said is not None and number is not None:
        raise InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    span = part_span(version, number) if number is not None else span_of(said, version.size)
    answer = shown(version)
    if request.get("ChecksumMode") == "ENABLED" and span is None:
        answer.update(shown_checksum(version))
    for name, member in _OVERRIDES.items():
        if name in request:
            answer[member] = request[name]
    if place.bucket.versioning:
        answer["VersionId"] = version.id
    if number is not None and version.parts:
        answer["PartsCount"] = version.parts
    if span is None:
        return version, range(version.size), answer
    if span:
        answer["ContentRange"] = f"bytes {span.start}-{span.stop - 1}/{version.size}"
    answer["ContentLength"] = len(span)
    return version, span, answer


def version_read(ctx: Context, request: Mapping[str, Any], place: Place) -> Version:
    """The version that a request reads; who names one needs ``s3:GetObjectVersion`` too.

    Raises:
        MethodNotAllowed: It is a delete marker.
    """
    version_id = request.get("VersionId")
    if version_id is not None:
        ctx.require("s3:GetObjectVersion", place, reading_keys(ctx, request, place))
    version = object_at(ctx, place, version_id)
    if version.marker:
        error = MethodNotAllowed(
            "The specified method is not allowed against this resource.",
            Method="GET",
            ResourceType="DeleteMarker",
        )
        error.headers = {"x-amz-delete-marker": "true", "Allow": "DELETE"}
        raise error
    return version


def shown(version: Version) -> dict[str, Any]:
    """What readers hear of a version."""
    headers: Headers = version.headers
    said = {
        "CacheControl": headers.cache_control,
        "ContentDisposition": headers.content_disposition,
        "ContentEncoding": headers.content_encoding,
        "ContentLanguage": headers.content_language,
        "Expires": headers.expires,
        "WebsiteRedirectLocation": headers.redirect,
        "StorageClass": "" if headers.storage_class == "STANDARD" else headers.storage_class,
        "TagCount": len(version.tags),
    }
    return {
        "AcceptRanges": "bytes",
        "LastModified": version.modified,
        "ContentLength": version.size,
        "ETag": f'"{version.etag}"',
        "ContentType": headers.content_type or USUAL_TYPE,
        "Metadata": headers.metadata,
        **{name: value for name, value in said.items() if value},
        **encryption.shown(version.sealing),
    }


@operation(
    "s3:GetObjectAttributes",
    on=place_named,
    keys=reading_keys,
    also=("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"),
    ignores=("RequestPayer",),
)
def get_object_attributes(
    ctx: Context, request: GetObjectAttributesRequest, place: Place
) -> GetObjectAttributesOutput:
    """What an object is made of."""
    encryption.refuse_customer_keys(request)
    ctx.require("s3:GetObject", place, reading_keys(ctx, request, place))
    version = version_read(ctx, request, place)
    encryption.data_key(ctx, place.bucket, version.sealing)
    wanted = set(request["ObjectAttributes"])
    answer: GetObjectAttributesOutput = {"LastModified": version.modified}
    if place.bucket.versioning:
        answer["VersionId"] = version.id
    if "ETag" in wanted:
        answer["ETag"] = version.etag
    if "Checksum" in wanted and version.algorithm:
        answer["Checksum"] = shown_checksum(version)  # type: ignore[typeddict-item]
    if "ObjectSize" in wanted:
        answer["ObjectSize"] = version.size
    if "StorageClass" in wanted:
        answer["StorageClass"] = version.headers.storage_class or "STANDARD"
    if "ObjectParts" in wanted and version.parts:
        _add_parts(request, version, answer)
    return answer


def _add_parts(
    request: GetObjectAttributesRequest, version: Version, answer: GetObjectAttributesOutput
) -> None:
    """The parts; each by name only where it has a checksum."""
    after, most = request.get("PartNumberMarker", 0), request.get("MaxParts", _MOST_PARTS)
    answer["ObjectParts"] = {"TotalPartsCount": version.parts}
    if not version.algorithm:
        return
    rest = [piece for piece in version.pieces if piece.number > after]
    parts: list[ObjectPart] = [
        {
            "PartNumber": piece.number,
            "Size": piece.size,
            f"Checksum{version.algorithm}": piece.checksum,  # type: ignore[misc]
        }
        for piece in rest[:most]
    ]
    answer["ObjectParts"].update(
        {
            "PartNumberMarker": after,
            "NextPartNumberMarker": parts[-1]["PartNumber"] if parts else 0,
            "MaxParts": most,
            "IsTruncated": len(rest) > most,
            "Parts": parts,
        }
    )
