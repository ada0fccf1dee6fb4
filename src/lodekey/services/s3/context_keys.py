"""S3's condition keys, filled from the request.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from typing import Any, Final

from lodekey.gate.context import Context
from lodekey.policy.ask import Keys
from lodekey.services.s3 import objects, tags
from lodekey.services.s3.errors import InvalidArgument, InvalidTag
from lodekey.services.s3.finding import Place
from lodekey.wire import sigv4

_MEMBERS: Final = {
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "VersionId": "s3:versionid",
    "ACL": "s3:x-amz-acl",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "StorageClass": "s3:x-amz-storage-class",
    "CopySource": "s3:x-amz-copy-source",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "WebsiteRedirectLocation": "s3:x-amz-website-redirect-location",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "ObjectOwnership": "s3:x-amz-object-ownership",
}


_OF_LISTS_AND_WRITES: Final = {
    *("s3:prefix", "s3:delimiter", "s3:max-keys", "s3:if-match", "s3:if-none-match"),
    "s3:x-amz-server-side-encryption-customer-algorithm",
}


def request_keys(ctx: Context, request: Any, resource: Any) -> Keys:
    """The keys of a request, as nearly every action has them."""
    keys: dict[str, Any] = {"s3:resourceaccount": resource.account, **_of_signature(ctx)}
    for member, name in _MEMBERS.items():
        value = request.get(member)
        if isinstance(value, str):
            keys[name] = value
    if "MaxKeys" in request:
        keys["s3:max-keys"] = str(request["MaxKeys"])
    keys.update(_of_new_bucket(request.get("CreateBucketConfiguration") or {}))
    keys.update(_of_tags(request))
    return keys


def tagged_keys(ctx: Context, request: Any, resource: Place) -> Keys:
    """With the tags that the object has: AWS has them for reading and for tagging, no more."""
    existing = existing_tags(ctx, resource, request.get("VersionId"))
    return {**request_keys(ctx, request, resource), **existing}


def unlisted_keys(ctx: Context, request: Any, resource: Any) -> Keys:
    """Of what lists no objects and writes none, though it has members that sound so."""
    keys = request_keys(ctx, request, resource)
    return {name: value for name, value in keys.items() if name not in _OF_LISTS_AND_WRITES}


def reading_keys(ctx: Context, request: Any, resource: Place) -> Keys:
    """Of a request that reads an object."""
    existing = existing_tags(ctx, resource, request.get("VersionId"))
    return {**unlisted_keys(ctx, request, resource), **existing}


def object_keys(ctx: Context, request: Any, resource: Any) -> Keys:
    """Of a request that makes an object."""
    return {**request_keys(ctx, request, resource), "s3:objectcreationoperation": "true"}


def part_keys(ctx: Context, request: Any, resource: Any) -> Keys:
    """Of a request that prepares one: it is let off the conditions set for those that make one.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    return {**request_keys(ctx, request, resource), "s3:objectcreationoperation": "false"}


def _of_new_bucket(said: Any) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if said.get("LocationConstraint"):
        keys["s3:locationconstraint"] = said["LocationConstraint"]
    if said.get("Tags"):
        keys["aws:tagkeys"] = tuple(tag["Key"] for tag in said["Tags"])
        keys |= {f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in said["Tags"]}
    return keys


def existing_tags(ctx: Context, place: Any, version_id: str | None) -> dict[str, str]:
    """``s3:ExistingObjectTag/…`` for each tag that the object has; none where it is not there."""
    if not isinstance(place, Place):
        return {}
    if version_id:
        found = objects.version_named(ctx.tx, place.bucket, place.key, version_id)
    else:
        found = objects.current(ctx.tx, place.bucket, place.key)
    if found is None:
        return {}
    return {f"s3:existingobjecttag/{key.lower()}": value for key, value in found.tags.items()}


def _of_tags(request: Any) -> dict[str, Any]:
    said = request.get("Tagging")
    try:
        if isinstance(said, str):
            return tags.request_keys(tags.of_header(said))
        if isinstance(said, dict) and "Key" in request:
            return tags.request_keys({tag["Key"]: tag["Value"] for tag in said["TagSet"]})
    except (InvalidArgument, InvalidTag):
        pass  # the handler refuses it, if it comes that far
    return {}


def _of_signature(ctx: Context) -> dict[str, str]:
    """How the request was signed; nothing where it is forwarded or came from inside."""
    http = ctx.http
    if http is None or ctx.via:
        return {}
    keys = {}
    said = http.headers.get("x-amz-content-sha256")
    if said:
        keys["s3:x-amz-content-sha256"] = said
    try:
        claim = sigv4.read_claim(http)
    except sigv4.AuthError:
        claim = None
    if claim is None:
        return keys
    second = claim.kind == "query v2"
    keys["s3:authtype"] = "REST-HEADER" if claim.kind == "header" else "REST-QUERY-STRING"
    keys["s3:signatureversion"] = "AWS" if second else "AWS4-HMAC-SHA256"
    if not second:
        now = sigv4.came_at(http, ctx.gate.settings.wall())
        age = now - sigv4.moment(claim.stamp)
        keys["s3:signatureage"] = str(max(int(age * 1000), 0))
    return keys
