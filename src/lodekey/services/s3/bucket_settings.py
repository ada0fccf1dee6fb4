"""A bucket's versioning, encryption, tags, ownership and ACL."""

from __future__ import annotations

from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.s3 import buckets, tags
from lodekey.services.s3.buckets import ENABLED, Encryption, canonical_id
from lodekey.services.s3.context_keys import request_keys
from lodekey.services.s3.documents import must_be_whole
from lodekey.services.s3.errors import (
    InvalidArgument,
    InvalidTag,
    MalformedXML,
    NoSuchTagSet,
    NotOffered,
    OwnershipControlsNotFoundError,
)
from lodekey.services.s3.finding import Held, bucket_named
from lodekey.services.s3.shapes import (
    DeleteBucketEncryptionRequest,
    DeleteBucketOwnershipControlsRequest,
    DeleteBucketTaggingRequest,
    GetBucketAclOutput,
    GetBucketAclRequest,
    GetBucketEncryptionOutput,
    GetBucketEncryptionRequest,
    GetBucketOwnershipControlsOutput,
    GetBucketOwnershipControlsRequest,
    GetBucketTaggingOutput,
    GetBucketTaggingRequest,
    GetBucketVersioningOutput,
    GetBucketVersioningRequest,
    PutBucketEncryptionRequest,
    PutBucketOwnershipControlsRequest,
    PutBucketTaggingRequest,
    PutBucketVersioningRequest,
    ServerSideEncryptionRule,
)
from lodekey.system_tags import SystemTags, system_tags_in

_SCHEMA = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)


@operation("s3:PutBucketVersioning", on=bucket_named, keys=request_keys, writes=True)
def put_bucket_versioning(ctx: Context, request: PutBucketVersioningRequest, held: Held) -> None:
    """Keep versions from now on, or no more."""
    must_be_whole(ctx)
    said = request["VersioningConfiguration"]
    if request.get("MFA") or said.get("MFADelete") == ENABLED:
        raise NotOffered("MFA delete is not offered by this server.")
    status = said.get("Status", "")
    if not status:
        raise IllegalVersioningConfigurationException("The Versioning element must be specified")
    buckets.change(ctx.tx, held.bucket, versioning=status)


class IllegalVersioningConfigurationException(InvalidArgument):
    """The configuration says nothing."""


@operation("s3:GetBucketVersioning", on=bucket_named, keys=request_keys)
def get_bucket_versioning(
    ctx: Context, request: GetBucketVersioningRequest, held: Held
) -> GetBucketVersioningOutput:
    """Whether versions are kept; nothing where that was never said."""
    status = held.bucket.versioning
    return {"Status": status} if status else {}


@operation(
    "s3:PutEncryptionConfiguration",
    on=bucket_named,
    name="PutBucketEncryption",
    keys=request_keys,
    writes=True,
)
def put_bucket_encryption(ctx: Context, request: PutBucketEncryptionRequest, held: Held) -> None:
    """Say how objects are encrypted whose writers do not say."""
    must_be_whole(ctx)
    rules = request["ServerSideEncryptionConfiguration"]["Rules"]
    if len(rules) != 1:
        raise MalformedXML(_SCHEMA)
    buckets.change(ctx.tx, held.bucket, encryption=_encryption(rules[0]))


def _encryption(rule: ServerSideEncryptionRule) -> Encryption:
    blocked = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType", [])
    if any(kind not in ("SSE-C", "NONE") for kind in blocked):
        raise NotOffered("Blocking that encryption type is not offered by this server.")
    said = rule.get("ApplyServerSideEncryptionByDefault")
    bucket_key = rule.get("BucketKeyEnabled", False)
    if said is None:
        return Encryption(bucket_key=bucket_key)
    algorithm, key_id = said["SSEAlgorithm"], said.get("KMSMasterKeyID", "")
    if algorithm == "AES256" and key_id:
        raise InvalidArgument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
            "aws:kms:dsse",
            ArgumentName="KMSMasterKeyID",
        )
    if algorithm not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise NotOffered(f"The encryption {algorithm} is not offered by this server.")
    return Encryption(algorithm, key_id, bucket_key)


@operation(
    "s3:GetEncryptionConfiguration",
    on=bucket_named,
    name="GetBucketEncryption",
    keys=request_keys,
)
def get_bucket_encryption(
    ctx: Context, request: GetBucketEncryptionRequest, held: Held
) -> GetBucketEncryptionOutput:
    """How objects are encrypted whose writers do not say; every bucket has that since 2023."""
    encryption = held.bucket.encryption
    default: dict[str, Any] = {"SSEAlgorithm": encryption.algorithm}
    if encryption.key_id:
        default["KMSMasterKeyID"] = encryption.key_id
    return {
        "ServerSideEncryptionConfiguration": {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": default,  # type: ignore[typeddict-item]
                    "BucketKeyEnabled": encryption.bucket_key,
                }
            ]
        }
    }


@operation(
    "s3:PutEncryptionConfiguration",
    on=bucket_named,
    name="DeleteBucketEncryption",
    keys=request_keys,
    writes=True,
)
def delete_bucket_encryption(
    ctx: Context, request: DeleteBucketEncryptionRequest, held: Held
) -> None:
    """Go back to what every bucket has."""
    buckets.change(ctx.tx, held.bucket, encryption=Encryption())


@operation("s3:PutBucketTagging", on=bucket_named, keys=request_keys, writes=True)
def put_bucket_tagging(ctx: Context, request: PutBucketTaggingRequest, held: Held) -> None:
    """Tag a bucket, in place of the tags that it had."""
    must_be_whole(ctx)
    kept = system_tags_in(held.bucket.tag_set)
    asked = request["Tagging"]["TagSet"]
    own = [tag for tag in asked if (tag["Key"], tag["Value"]) not in kept]
    said = tags.of_set(own, tags.ON_BUCKET)
    if len(asked) - len(own) < len(kept):
        _must_keep(ctx, kept)
    buckets.change(ctx.tx, held.bucket, tag_set={**dict(kept), **said})


def _must_keep(ctx: Context, kept: SystemTags) -> None:
    """Refuse to drop the tags of the service that made the bucket, unless that service asks.

    Raises:
        InvalidTag: The bucket has such.
    """
    if kept and not ctx.system_tags:
        raise InvalidTag("System tags cannot be removed by requester", TagKey=kept[0][0])


@operation("s3:GetBucketTagging", on=bucket_named, keys=request_keys)
def get_bucket_tagging(
    ctx: Context, request: GetBucketTaggingRequest, held: Held
) -> GetBucketTaggingOutput:
    """A bucket's tags."""
    if not held.bucket.tag_set:
        raise NoSuchTagSet("The TagSet does not exist", BucketName=held.bucket.name)
    return {"TagSet": tags.shown(held.bucket.tag_set)}


@operation(
    "s3:PutBucketTagging",
    on=bucket_named,
    name="DeleteBucketTagging",
    keys=request_keys,
    writes=True,
)
def delete_bucket_tagging(ctx: Context, request: DeleteBucketTaggingRequest, held: Held) -> None:
    """Take a bucket's tags away."""
    kept = system_tags_in(held.bucket.tag_set)
    _must_keep(ctx, kept)
    buckets.change(ctx.tx, held.bucket, tag_set=dict(kept))


@operation("s3:PutBucketOwnershipControls", on=bucket_named, keys=request_keys, writes=True)
def put_bucket_ownership_controls(
    ctx: Context, request: PutBucketOwnershipControlsRequest, held: Held
) -> None:
    """Say who owns objects. There is one kind of ACL here, so that nothing else follows from it."""
    must_be_whole(ctx)
    rules = request["OwnershipControls"]["Rules"]
    if len(rules) != 1:
        raise MalformedXML(_SCHEMA)
    buckets.change(ctx.tx, held.bucket, ownership=rules[0]["ObjectOwnership"])


@operation("s3:GetBucketOwnershipControls", on=bucket_named, keys=request_keys)
def get_bucket_ownership_controls(
    ctx: Context, request: GetBucketOwnershipControlsRequest, held: Held
) -> GetBucketOwnershipControlsOutput:
    """Who owns objects."""
    if not held.bucket.ownership:
        raise OwnershipControlsNotFoundError(
            "The bucket ownership controls were not found", BucketName=held.bucket.name
        )
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": held.bucket.ownership}]}}


@operation(
    "s3:PutBucketOwnershipControls",
    on=bucket_named,
    name="DeleteBucketOwnershipControls",
    keys=request_keys,
    writes=True,
)
def delete_bucket_ownership_controls(
    ctx: Context, request: DeleteBucketOwnershipControlsRequest, held: Held
) -> None:
    """Say nothing of it."""
    buckets.change(ctx.tx, held.bucket, ownership="")


@operation("s3:GetBucketAcl", on=bucket_named, keys=request_keys)
def get_bucket_acl(ctx: Context, request: GetBucketAclRequest, held: Held) -> GetBucketAclOutput:
    """The one ACL that there is: the owner may do everything."""
    owner = {"ID": canonical_id(held.account)}
    return {
        "Owner": owner,  # type: ignore[typeddict-item]
        "Grants": [
            {
                "Grantee": {"ID": owner["ID"], "Type": "CanonicalUser"},
                "Permission": "FULL_CONTROL",
            }
        ],
    }
