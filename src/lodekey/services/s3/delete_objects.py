"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lodekey.errors import ApiError
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.s3 import objects
from lodekey.services.s3.context_keys import request_keys
from lodekey.services.s3.documents import must_be_whole
from lodekey.services.s3.errors import MalformedXML, NotOffered
from lodekey.services.s3.finding import Held, Place, bucket_named, free, place_named
from lodekey.services.s3.names import must_name_object
from lodekey.services.s3.objects import NULL, Version
from lodekey.services.s3.preconditions import failed, names
from lodekey.services.s3.shapes import (
    DeletedObject,
    DeleteObjectOutput,
    DeleteObjectRequest,
    DeleteObjectsOutput,
    DeleteObjectsRequest,
    Error,
    ObjectIdentifier,
)

MOST_AT_ONCE = 1000


@operation(
    "s3:DeleteObject",
    on=place_named,
    keys=request_keys,
    writes=True,
    also=("s3:DeleteObjectVersion",),
    unsigned=True,
    ignores=("RequestPayer", "BypassGovernanceRetention"),
)
def delete_object(ctx: Context, request: DeleteObjectRequest, place: Place) -> DeleteObjectOutput:
    """Delete an object: for good, or behind a delete marker where versions are kept."""
    if request.get("MFA"):
        raise NotOffered("MFA delete is not offered by this server.")
    version_id = request.get("VersionId")
    if version_id is not None:
        ctx.require("s3:DeleteObjectVersion", place, request_keys(ctx, request, place))
    members = ("IfMatch", "IfMatchLastModifiedTime", "IfMatchSize")
    etag, modified, size = (request.get(member) for member in members)
    _must_match(ctx, place, version_id, (etag, modified, size))
    done = delete(ctx, place, version_id)
    answer: DeleteObjectOutput = {}
    if done.marker:
        answer["DeleteMarker"] = True
    if done.version_id:
        answer["VersionId"] = done.version_id
    return answer


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did.

    Args:
        version_id: Of the version that is gone, or of the marker that was put; empty: neither.
        marker: Whether that is a delete marker.
        made: Whether it was put.
    """

    version_id: str = ""
    marker: bool = False
    made: bool = False


def delete(ctx: Context, place: Place, version_id: str | None) -> Deleted:
    """Delete a version for good, or put a delete marker; what is not there is deleted already."""
    bucket, key = place.bucket, place.key
    if version_id is not None or not bucket.versioning:
        wanted = NULL if version_id is None else version_id
        found = objects.version_named(ctx.tx, bucket, key, wanted)
        if found is not None:
            free(ctx, objects.remove(ctx.tx, bucket, key, found))
        if version_id is None:
            return Deleted()
        return Deleted(version_id, marker=found is not None and found.marker)
    marker = Version(id=objects.next_id(bucket), sequence=0, modified=int(ctx.now), marker=True)
    free(ctx, objects.put(ctx.tx, bucket, key, marker))
    return Deleted(marker.id, marker=True, made=True)


def _must_match(
    ctx: Context,
    place: Place,
    version_id: str | None,
    conditions: tuple[Any, Any, Any],
) -> None:
    """Check that what is deleted is what the caller thinks."""
    etag, modified, size = conditions
    if etag is None and modified is None and size is None:
        return
    if version_id is None:
        found = objects.current(ctx.tx, place.bucket, place.key)
    else:
        found = objects.version_named(ctx.tx, place.bucket, place.key, version_id)
    if found is None or found.marker:
        return
    if etag is not None and not names(etag, found.etag):
        raise failed("If-Match")
    if modified is not None and int(modified) != found.modified:
        raise failed("x-amz-if-match-last-modified-time")
    if size is not None and size != found.size:
        raise failed("x-amz-if-match-size")


@operation(
    "s3:DeleteObject",
    on=bucket_named,
    name="DeleteObjects",
    writes=True,
    also=("s3:DeleteObjectVersion",),
    unsigned=True,
    open_to_all=True,
    ignores=("RequestPayer", "BypassGovernanceRetention"),
)
def delete_objects(ctx: Context, request: DeleteObjectsRequest, held: Held) -> DeleteObjectsOutput:
    """Delete up to 1,000 objects; who may not delete one is told so for each.

    The gate asks for no permission on the whole, since S3 does not: each key is asked for here.
    """
    wanted = request["Delete"]["Objects"]
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise MalformedXML(
            "The XML you provided was not well-formed or did not validate against our published "
            "schema"
        )
    if request.get("MFA"):
        raise NotOffered("MFA delete is not offered by this server.")
    must_be_whole(ctx, required=True)
    answer: DeleteObjectsOutput = {"Deleted": [], "Errors": []}
    for one in wanted:
        try:
            shown = _delete_one(ctx, held, one)
        except ApiError as error:
            answer["Errors"].append(_refused(one, error))
        else:
            if not request["Delete"].get("Quiet"):
                answer["Deleted"].append(shown)
    return answer


def _delete_one(ctx: Context, held: Held, one: ObjectIdentifier) -> DeletedObject:
    key, version_id = one["Key"], one.get("VersionId")
    must_name_object(key)
    place = Place(held.bucket, key, held.guard)
    said = {"VersionId": version_id, "IfMatch": one.get("ETag")}
    action = "s3:DeleteObject" if version_id is None else "s3:DeleteObjectVersion"
    ctx.require(action, place, request_keys(ctx, said, place))
    conditions = (one.get("ETag"), one.get("LastModifiedTime"), one.get("Size"))
    _must_match(ctx, place, version_id, conditions)
    done = delete(ctx, place, version_id)
    shown: DeletedObject = {"Key": key}
    if version_id is not None:
        shown["VersionId"] = version_id
    if done.marker:
        shown["DeleteMarker"] = True
        shown["DeleteMarkerVersionId"] = done.version_id
    return shown


def _refused(one: ObjectIdentifier, error: ApiError) -> Error:
    code = "AccessDenied" if error.denial is not None else error.code
    shown: Error = {"Key": one["Key"], "Code": code, "Message": error.message}
    if "VersionId" in one:
        shown["VersionId"] = one["VersionId"]
    return shown
