"""Tags of objects."""

from __future__ import annotations

from typing import Any

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.s3 import objects, tags
from lodekey.services.s3.context_keys import tagged_keys
from lodekey.services.s3.documents import must_be_whole
from lodekey.services.s3.errors import MethodNotAllowed
from lodekey.services.s3.finding import Place, object_at, place_named
from lodekey.services.s3.objects import Version
from lodekey.services.s3.shapes import (
    DeleteObjectTaggingOutput,
    DeleteObjectTaggingRequest,
    GetObjectTaggingOutput,
    GetObjectTaggingRequest,
    PutObjectTaggingOutput,
    PutObjectTaggingRequest,
)


def _version(ctx: Context, action: str, request: Any, place: Place) -> Version:
    """The version that a request names; who names one needs the *action* on versions too."""
    version_id = request.get("VersionId")
    if version_id is not None:
        ctx.require(action, place, tagged_keys(ctx, request, place))
    version = object_at(ctx, place, version_id)
    if version.marker:
        raise MethodNotAllowed("The specified method is not allowed against this resource.")
    return version


def _said(place: Place, version: Version) -> dict[str, Any]:
    return {"VersionId": version.id} if place.bucket.versioning else {}


@operation(
    "s3:PutObjectTagging",
    on=place_named,
    keys=tagged_keys,
    writes=True,
    also=("s3:PutObjectVersionTagging", "s3:ListBucket"),
    ignores=("RequestPayer",),
)
def put_object_tagging(
    ctx: Context, request: PutObjectTaggingRequest, place: Place
) -> PutObjectTaggingOutput:
    """Tag an object, in place of the tags that it had."""
    must_be_whole(ctx)
    said = tags.of_set(request["Tagging"]["TagSet"], tags.ON_OBJECT)
    version = _version(ctx, "s3:PutObjectVersionTagging", request, place)
    changed = msgspec.structs.replace(version, tags=said)
    objects.change(ctx.tx, place.bucket, place.key, changed)
    return _said(place, version)  # type: ignore[return-value]


@operation(
    "s3:GetObjectTagging",
    on=place_named,
    keys=tagged_keys,
    also=("s3:GetObjectVersionTagging", "s3:ListBucket"),
    ignores=("RequestPayer",),
)
def get_object_tagging(
    ctx: Context, request: GetObjectTaggingRequest, place: Place
) -> GetObjectTaggingOutput:
    """An object's tags."""
    version = _version(ctx, "s3:GetObjectVersionTagging", request, place)
    return {"TagSet": tags.shown(version.tags), **_said(place, version)}  # type: ignore[typeddict-item]


@operation(
    "s3:DeleteObjectTagging",
    on=place_named,
    keys=tagged_keys,
    writes=True,
    also=("s3:DeleteObjectVersionTagging", "s3:ListBucket"),
)
def delete_object_tagging(
    ctx: Context, request: DeleteObjectTaggingRequest, place: Place
) -> DeleteObjectTaggingOutput:
    """Take an object's tags away."""
    version = _version(ctx, "s3:DeleteObjectVersionTagging", request, place)
    objects.change(ctx.tx, place.bucket, place.key, msgspec.structs.replace(version, tags={}))
    return _said(place, version)  # type: ignore[return-value]
