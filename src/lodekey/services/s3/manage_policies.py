"""Bucket policies, and the public access block that bounds them."""

from __future__ import annotations

from dataclasses import replace

from lodekey.errors import AccessDenied
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.principals_in import InvalidPrincipal, remember_principals, show_principals
from lodekey.policy.ask import Ask, Guard
from lodekey.policy.document import MalformedPolicy as Unparsable
from lodekey.policy.document import parse, validate
from lodekey.policy.evaluate import decide
from lodekey.services.s3 import buckets
from lodekey.services.s3.bucket_policies import must_be_about
from lodekey.services.s3.buckets import Bucket, PublicAccessBlock
from lodekey.services.s3.context_keys import request_keys
from lodekey.services.s3.documents import must_be_whole
from lodekey.services.s3.errors import (
    MalformedPolicy,
    NoSuchBucketPolicy,
    NoSuchPublicAccessBlockConfiguration,
)
from lodekey.services.s3.finding import B, Held, bucket_named
from lodekey.services.s3.public_access import is_public
from lodekey.services.s3.shapes import (
    DeleteBucketPolicyRequest,
    DeletePublicAccessBlockRequest,
    GetBucketPolicyOutput,
    GetBucketPolicyRequest,
    GetBucketPolicyStatusOutput,
    GetBucketPolicyStatusRequest,
    GetPublicAccessBlockOutput,
    GetPublicAccessBlockRequest,
    PutBucketPolicyRequest,
    PutPublicAccessBlockRequest,
)

_LONGEST = 20 * 1024


def bucket_for_policy(ctx: Context, request: B) -> Held:
    """The bucket, whose own policy cannot keep its account's root from its policy.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    held = bucket_named(ctx, request)
    caller = ctx.principal.caller
    if caller.kind == "root" and caller.account == held.account:
        return replace(held, guard=Guard())
    return held


@operation("s3:PutBucketPolicy", on=bucket_for_policy, keys=request_keys, writes=True)
def put_bucket_policy(ctx: Context, request: PutBucketPolicyRequest, held: Held) -> None:
    """Give a bucket a policy, in place of the one that it had."""
    must_be_whole(ctx)
    text = stored_policy(ctx, held.bucket, request["Policy"])
    public = is_public(text)
    block = held.bucket.block
    if public and block is not None and block.block_policy:
        raise AccessDenied(
            f"User: {ctx.principal.caller.arn} is not authorized to perform: s3:PutBucketPolicy on "
            f'resource: "{held.arn}" because public policies are prevented by the '
            "BlockPublicPolicy setting in S3 Block Public Access."
        )
    if not request.get("ConfirmRemoveSelfBucketAccess") and _locks_out(ctx, held, text):
        raise MalformedPolicy(
            "The new bucket policy will not allow you to update the bucket policy in the future."
        )
    buckets.change(ctx.tx, held.bucket, policy=text, policy_is_public=public)


def stored_policy(ctx: Context, bucket: Bucket, text: str) -> str:
    """The policy as it is to be stored.

    Raises:
        MalformedPolicy: It is no policy for this bucket.
    """
    if len(text.encode()) > _LONGEST:
        raise MalformedPolicy("Policy exceeds the maximum allowed document size.")
    try:
        validate(text, "resource")
        must_be_about(bucket.name, text)
        return remember_principals(ctx.tx, text)
    except Unparsable as error:
        raise MalformedPolicy(error.message) from None
    except InvalidPrincipal as error:
        raise MalformedPolicy("Invalid principal in policy", Detail=str(error)) from None


def _locks_out(ctx: Context, held: Held, text: str) -> bool:
    """Whether the policy denies its own writer to write it again.

    A bucket policy adds to what the account's policies allow, so that only a Deny can do that; the
    account's root is never locked out.
    """
    caller = ctx.principal.caller
    if caller.kind == "root" and caller.account == held.account:
        return False
    guard = Guard(policy=parse(text, name=held.arn, kind="resource"))
    keys = dict(request_keys(ctx, {}, held))
    ask = Ask(caller, "s3:PutBucketPolicy", held.arn, held.account, lambda: keys)
    decision = decide(ask, guard)
    return decision.explicit and decision.policy_type == "resource"


@operation("s3:GetBucketPolicy", on=bucket_for_policy, keys=request_keys)
def get_bucket_policy(
    ctx: Context, request: GetBucketPolicyRequest, held: Held
) -> GetBucketPolicyOutput:
    """A bucket's policy."""
    return {"Policy": show_principals(ctx.tx, _policy_of(held.bucket))}


def _policy_of(bucket: Bucket) -> str:
    if not bucket.policy:
        raise NoSuchBucketPolicy("The bucket policy does not exist", BucketName=bucket.name)
    return bucket.policy


@operation("s3:DeleteBucketPolicy", on=bucket_for_policy, keys=request_keys, writes=True)
def delete_bucket_policy(ctx: Context, request: DeleteBucketPolicyRequest, held: Held) -> None:
    """Take a bucket's policy away, if it has one."""
    buckets.change(ctx.tx, held.bucket, policy="", policy_is_public=False)


@operation("s3:GetBucketPolicyStatus", on=bucket_named, keys=request_keys)
def get_bucket_policy_status(
    ctx: Context, request: GetBucketPolicyStatusRequest, held: Held
) -> GetBucketPolicyStatusOutput:
    """Whether a bucket's policy lets everybody in."""
    _policy_of(held.bucket)
    return {"PolicyStatus": {"IsPublic": held.bucket.policy_is_public}}


@operation(
    "s3:PutBucketPublicAccessBlock",
    on=bucket_named,
    name="PutPublicAccessBlock",
    keys=request_keys,
    writes=True,
)
def put_public_access_block(ctx: Context, request: PutPublicAccessBlockRequest, held: Held) -> None:
    """Bound what a bucket's policy and ACLs can let in."""
    must_be_whole(ctx)
    said = request["PublicAccessBlockConfiguration"]
    block = PublicAccessBlock(
        block_acls=said.get("BlockPublicAcls", False),
        ignore_acls=said.get("IgnorePublicAcls", False),
        block_policy=said.get("BlockPublicPolicy", False),
        restrict=said.get("RestrictPublicBuckets", False),
    )
    buckets.change(ctx.tx, held.bucket, block=block)


@operation(
    "s3:GetBucketPublicAccessBlock",
    on=bucket_named,
    name="GetPublicAccessBlock",
    keys=request_keys,
)
def get_public_access_block(
    ctx: Context, request: GetPublicAccessBlockRequest, held: Held
) -> GetPublicAccessBlockOutput:
    """What bounds a bucket's policy and ACLs."""
    block = held.bucket.block
    if block is None:
        raise NoSuchPublicAccessBlockConfiguration(
            "The public access block configuration was not found", BucketName=held.bucket.name
        )
    return {
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": block.block_acls,
            "IgnorePublicAcls": block.ignore_acls,
            "BlockPublicPolicy": block.block_policy,
            "RestrictPublicBuckets": block.restrict,
        }
    }


@operation(
    "s3:PutBucketPublicAccessBlock",
    on=bucket_named,
    name="DeletePublicAccessBlock",
    keys=request_keys,
    writes=True,
)
def delete_public_access_block(
    ctx: Context, request: DeletePublicAccessBlockRequest, held: Held
) -> None:
    """Bound a bucket's policy and ACLs no more."""
    buckets.change(ctx.tx, held.bucket, block=None)
