"""Multi-Region keys: make a replica, and move the primary."""

from __future__ import annotations

import msgspec

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.principals_in import show_principals
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions, families, imports, key_policies, key_tags
from lodekey.services.kms.errors import (
    AlreadyExistsException,
    NotFoundException,
    UnsupportedOperationException,
)
from lodekey.services.kms.families import Family
from lodekey.services.kms.finding import own, own_key
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import Key, key_arn
from lodekey.services.kms.lockout import must_not_lock_out
from lodekey.services.kms.metadata import metadata
from lodekey.services.kms.named_keys import NamedKey, key_in
from lodekey.services.kms.shapes import (
    ReplicateKeyRequest,
    ReplicateKeyResponse,
    UpdatePrimaryRegionRequest,
)
from lodekey.system_tags import with_system_tags


def family_led_by(key: Key, family: Family | None) -> Family:
    """The family of a multi-Region primary key.

    Raises:
        UnsupportedOperationException: The key is none.
    """
    if family is None or family.primary != key.region:
        raise UnsupportedOperationException(f"{key.arn} is not a multi-Region primary key.")
    return family


def _in_replica_region(ctx: Context, key: Key, request: ReplicateKeyRequest) -> Keys:
    """The condition keys of CreateKey and TagResource in the replica's Region."""
    replica = msgspec.structs.replace(key, region=request["ReplicaRegion"])
    keys = conditions.of_request({"Tags": request.get("Tags", [])})
    return {
        **keys,
        "aws:requestedregion": replica.region,
        "kms:keyspec": key.spec,
        "kms:keyusage": key.usage,
        "kms:keyorigin": key.origin,
        "kms:multiregion": "true",
        "kms:multiregionkeytype": "REPLICA",
    }


@operation(
    "kms:ReplicateKey",
    on=own_key,
    keys=conditions.keys,
    writes=True,
    also=("kms:CreateKey", "kms:TagResource"),
)
def replicate_key(ctx: Context, request: ReplicateKeyRequest, on: NamedKey) -> ReplicateKeyResponse:
    """Make the same key in another Region, with a policy, tags and a description of its own."""
    key, region = on.key, request["ReplicaRegion"]
    there = _in_replica_region(ctx, key, request)
    ctx.require("kms:CreateKey", Bare("*", key.account), there)
    family = family_led_by(key, on.family)
    key.must_allow("ReplicateKey", ctx.now)
    if region == key.region or region in family.replicas:
        raise AlreadyExistsException(f"{key_arn(key.account, region, key.id)} already exists.")
    replica = _replica(ctx, key, request)
    family = msgspec.structs.replace(family, replicas=tuple(sorted((*family.replicas, region))))
    if "Policy" in request:
        must_not_lock_out(ctx, request, replica, family)
    if request.get("Tags"):
        ctx.require("kms:TagResource", Bare(replica.arn, replica.account), there)
    keep(ctx.tx, replica)
    families.save(ctx.tx, replica, family)
    return {
        "ReplicaKeyMetadata": metadata(replica, family, ctx.now),
        "ReplicaPolicy": show_principals(ctx.tx, replica.policy),
        "ReplicaTags": request.get("Tags", []),
    }


def _replica(ctx: Context, key: Key, request: ReplicateKeyRequest) -> Key:
    """The replica; imported material it knows, and waits for it to be imported here too."""
    policy = request.get("Policy")
    return msgspec.structs.replace(
        key,
        region=request["ReplicaRegion"],
        created=ctx.now,
        policy=key_policies.default_policy(key.account)
        if policy is None
        else key_policies.to_keep(ctx.tx, policy),
        description=request.get("Description", ""),
        tags=with_system_tags(key_tags.with_tags({}, request.get("Tags", ())), ctx.system_tags),
        enabled=True,
        materials=key.materials if key.origin == "AWS_KMS" else imports.to_be_imported(key),
    )


def primary_and_next(
    ctx: Context, request: UpdatePrimaryRegionRequest
) -> tuple[NamedKey, NamedKey]:
    """The primary, and the replica that is to be it.

    Raises:
        Missing: There is no such replica.
    """
    named = own(ctx, request["KeyId"])
    region = request["PrimaryRegion"]
    replica = key_in(ctx.tx, named.key.account, region, named.key.id)
    if replica is None or not named.key.multi_region:
        arn = key_arn(named.key.account, region, named.key.id)
        raise Missing(arn, NotFoundException(f"Key '{arn}' does not exist"))
    return named, replica


@operation("kms:UpdatePrimaryRegion", on=primary_and_next, keys=conditions.keys, writes=True)
def update_primary_region(
    ctx: Context, request: UpdatePrimaryRegionRequest, on: tuple[NamedKey, NamedKey]
) -> None:
    """Make a replica the primary, and the primary a replica."""
    was, becomes = on
    family = family_led_by(was.key, was.family)
    if was.key.region == becomes.key.region:
        raise ValidationException(f"{was.arn} is the primary key already.")
    for each in (was.key, becomes.key):
        each.must_allow("UpdatePrimaryRegion", ctx.now)
    replicas = {*family.replicas, was.key.region} - {becomes.key.region}
    families.save(
        ctx.tx, was.key, Family(primary=becomes.key.region, replicas=tuple(sorted(replicas)))
    )
