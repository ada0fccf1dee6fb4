"""CreateBucket, DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation."""

from __future__ import annotations

from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.gate.pages import BadToken
from lodekey.services.s3 import buckets, objects, tags, uploads
from lodekey.services.s3.buckets import BUCKETS, OWNED, Bucket, canonical_id
from lodekey.services.s3.context_keys import request_keys, unlisted_keys
from lodekey.services.s3.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    IllegalLocationConstraintException,
    InvalidArgument,
    InvalidLocationConstraint,
    NotOffered,
)
from lodekey.services.s3.finding import Held, any_bucket, bucket_named, free
from lodekey.services.s3.names import bucket_arn, must_name_bucket
from lodekey.services.s3.shapes import (
    Bucket as ShownBucket,
)
from lodekey.services.s3.shapes import (
    CreateBucketOutput,
    CreateBucketRequest,
    DeleteBucketRequest,
    GetBucketLocationOutput,
    GetBucketLocationRequest,
    HeadBucketOutput,
    HeadBucketRequest,
    ListBucketsOutput,
    ListBucketsRequest,
)
from lodekey.system_tags import with_system_tags

FIRST_REGION = "us-east-1"
GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_MOST_BUCKETS = 10_000


def new_name(ctx: Context, request: CreateBucketRequest) -> Bare:
    """The name that a bucket is to get."""
    return Bare(bucket_arn(request["Bucket"]), ctx.account)


@operation(
    "s3:CreateBucket", on=new_name, keys=request_keys, writes=True, also=("s3:PutBucketTagging",)
)
def create_bucket(ctx: Context, request: CreateBucketRequest, new: Bare) -> CreateBucketOutput:
    """Make a bucket, blocked to the public, without ACLs."""
    name = request["Bucket"]
    must_name_bucket(name)
    _must_be_plain(request)
    region = _region_of(ctx, request)
    there = BUCKETS.get(ctx.tx, name)
    if there is not None:
        _must_be_own(ctx, there)
        return {"Location": f"/{name}", "BucketArn": there.arn}
    bucket = buckets.new_bucket(name, ctx.account, region, ctx.now)
    said = tags.of_set(
        (request.get("CreateBucketConfiguration") or {}).get("Tags", []), tags.ON_BUCKET
    )
    if said:
        ctx.require("s3:PutBucketTagging", new, request_keys(ctx, request, new))
    ownership = request.get("ObjectOwnership", buckets.ENFORCED)
    buckets.change(
        ctx.tx, bucket, tag_set=with_system_tags(said, ctx.system_tags), ownership=ownership
    )
    return {"Location": f"/{name}", "BucketArn": bucket.arn}


def _must_be_plain(request: CreateBucketRequest) -> None:
    """Refuse what makes another kind of bucket."""
    said = request.get("CreateBucketConfiguration") or {}
    if said.get("Bucket") or said.get("Location") or request.get("BucketNamespace"):
        raise NotOffered("Only general purpose buckets are offered by this server.")
    if request.get("ObjectLockEnabledForBucket"):
        raise NotOffered("Object Lock is not offered by this server.")
    must_be_private(request, request.get("ObjectOwnership", buckets.ENFORCED))


def must_be_private(request: Any, ownership: str) -> None:
    """Refuse ACLs that say anything else than that the owner has everything.

    Raises:
        InvalidArgument: The bucket takes no ACLs.
        NotOffered: ACLs that give others something are not offered here.
    """
    acl = request.get("ACL", "private")
    if acl in ("private", "bucket-owner-full-control") and not any(
        request.get(name) for name in GRANTS
    ):
        return
    if ownership == buckets.ENFORCED:
        raise InvalidAclWithEnforcedOwnership(
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        )
    raise NotOffered("ACLs that give others something are not offered by this server.")


class InvalidAclWithEnforcedOwnership(InvalidArgument):
    """ACLs and the setting that ends them do not go together."""

    @property
    def code(self) -> str:
        """S3's name for it."""
        return "InvalidBucketAclWithObjectOwnership"


def _region_of(ctx: Context, request: CreateBucketRequest) -> str:
    said = (request.get("CreateBucketConfiguration") or {}).get("LocationConstraint", "")
    if said == "EU":
        said = "eu-west-1"
    if said == FIRST_REGION:
        raise InvalidLocationConstraint(
            "The specified location-constraint is not valid", LocationConstraint=said
        )
    if ctx.region not in (FIRST_REGION, said):
        raise IllegalLocationConstraintException(
            f"The {said or 'unspecified'} location constraint is incompatible for the region "
            "specific endpoint this request was sent to."
        )
    return said or FIRST_REGION


def _must_be_own(ctx: Context, there: Bucket) -> None:
    """Whether a bucket that is there can stand for the one to be made.

    In the first Region AWS answers so to the owner; a stack must not take over another's work.
    """
    if there.account != ctx.account:
        raise BucketAlreadyExists(
            "The requested bucket name is not available. The bucket namespace is shared by all "
            "users of the system. Please select a different name and try again.",
            BucketName=there.name,
        )
    if ctx.via or there.region != FIRST_REGION or ctx.region != FIRST_REGION:
        raise BucketAlreadyOwnedByYou(
            "Your previous request to create the named bucket succeeded and you already own it.",
            BucketName=there.name,
        )


@operation("s3:DeleteBucket", on=bucket_named, keys=request_keys, writes=True)
def delete_bucket(ctx: Context, request: DeleteBucketRequest, held: Held) -> None:
    """Delete an empty bucket; uploads that nobody completed go with it."""
    bucket = held.bucket
    if not objects.is_empty(ctx.tx, bucket):
        message = "The bucket you tried to delete is not empty"
        if bucket.versioning:
            message += ". You must delete all versions in the bucket."
        raise BucketNotEmpty(message, BucketName=bucket.name)
    for key, upload in list(uploads.all_of(ctx.tx, bucket)):
        free(ctx, uploads.forget(ctx.tx, bucket, key, upload))
    BUCKETS.delete(ctx.tx, bucket.name)
    OWNED.delete(ctx.tx, bucket.account, bucket.name)


@operation("s3:ListBucket", on=bucket_named, name="HeadBucket", keys=request_keys, unsigned=True)
def head_bucket(ctx: Context, request: HeadBucketRequest, held: Held) -> HeadBucketOutput:
    """Say whether there is such a bucket, and where."""
    bucket = held.bucket
    return {"BucketRegion": bucket.region, "BucketArn": bucket.arn, "AccessPointAlias": False}


@operation("s3:GetBucketLocation", on=bucket_named, keys=request_keys, unsigned=True)
def get_bucket_location(
    ctx: Context, request: GetBucketLocationRequest, held: Held
) -> GetBucketLocationOutput:
    """Where a bucket is; the first Region has no name here."""
    region = held.bucket.region
    return {"LocationConstraint": "" if region == FIRST_REGION else region}


@operation("s3:ListAllMyBuckets", on=any_bucket, name="ListBuckets", keys=unlisted_keys)
def list_buckets(ctx: Context, request: ListBucketsRequest, all_: Bare) -> ListBucketsOutput:
    """The caller's account's buckets, by name."""
    scope = f"s3:ListBuckets {ctx.account}"
    after: str | None = None
    if request.get("ContinuationToken"):
        try:
            after = ctx.gate.pages.position(scope, request["ContinuationToken"])
        except BadToken:
            raise InvalidArgument("The continuation token provided is incorrect") from None
    prefix, region = request.get("Prefix", ""), request.get("BucketRegion")
    answer: ListBucketsOutput = {"Buckets": [], "Owner": {"ID": canonical_id(ctx.account)}}
    if prefix:
        answer["Prefix"] = prefix
    for (name,), owned in OWNED.scan(ctx.tx, ctx.account, beginning=prefix, after=after):
        if region is not None and owned.region != region:
            continue
        if len(answer["Buckets"]) == request.get("MaxBuckets", _MOST_BUCKETS):
            last = answer["Buckets"][-1]["Name"]
            answer["ContinuationToken"] = ctx.gate.pages.token(scope, last)
            break
        bucket = BUCKETS.get(ctx.tx, name)
        if bucket is not None:
            answer["Buckets"].append(_shown(bucket))
    return answer


def _shown(bucket: Bucket) -> ShownBucket:
    return {
        "Name": bucket.name,
        "CreationDate": bucket.created,
        "BucketRegion": bucket.region,
        "BucketArn": bucket.arn,
    }
