"""Describe, list, enable, disable and delete keys."""

from __future__ import annotations

import msgspec

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, Deferred, operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import (
    conditions,
    managed_keys,
)
from lodekey.services.kms.aliases import alias_arn
from lodekey.services.kms.finding import key_named, no_key, own_key
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import (
    DAY,
    KEYS,
    Deletion,
)
from lodekey.services.kms.listing import marker_for, position_in, within
from lodekey.services.kms.metadata import metadata
from lodekey.services.kms.named_keys import NamedKey, guard_of
from lodekey.services.kms.shapes import (
    CancelKeyDeletionRequest,
    CancelKeyDeletionResponse,
    DescribeKeyRequest,
    DescribeKeyResponse,
    DisableKeyRequest,
    EnableKeyRequest,
    GetKeyLastUsageRequest,
    GetKeyLastUsageResponse,
    KeyListEntry,
    ListKeysRequest,
    ListKeysResponse,
    ScheduleKeyDeletionRequest,
    ScheduleKeyDeletionResponse,
    UpdateKeyDescriptionRequest,
)
from lodekey.services.kms.states import must_await_deletion
from lodekey.services.kms.usage import days_unused, last_use


def key_to_describe(ctx: Context, request: DescribeKeyRequest) -> NamedKey:
    """The key; for a predefined alias that has none yet, the key that it is going to have."""
    try:
        return key_named(ctx, request)
    except Missing as missing:
        service = managed_keys.service_of(request["KeyId"].rpartition(":")[2])
        if not service or missing.arn != _own_alias(ctx, service):
            raise
        key = managed_keys.new_managed_key(ctx.account, ctx.region, service, ctx.now)
        return NamedKey(key=key, guard=guard_of(ctx.tx, key), aliases=(), family=None)


def _own_alias(ctx: Context, service: str) -> str:
    return alias_arn(ctx.account, ctx.region, managed_keys.alias_for(service))


@operation("kms:DescribeKey", on=key_to_describe, keys=conditions.keys)
def describe_key(
    ctx: Context, request: DescribeKeyRequest, on: NamedKey
) -> DescribeKeyResponse | Deferred[DescribeKeyResponse]:
    """Tell what a key is, and in which state.

    "If you use a predefined AWS alias (one with no key ID), KMS associates the alias with an AWS
    managed key": it is made after this request, which only reads.
    """
    must_know_tokens(ctx, request)
    if KEYS.get(ctx.tx, on.key.account, on.key.region, on.key.id) is not None:
        return {"KeyMetadata": metadata(on.key, on.family, ctx.now)}
    service = managed_keys.service_of(request["KeyId"].rpartition(":")[2])

    async def make() -> DescribeKeyResponse:
        with ctx.gate.background.transaction(write=True) as tx:
            key = managed_keys.managed_key(tx, ctx.account, ctx.region, service, ctx.now)
        return {"KeyMetadata": metadata(key, None, ctx.now)}

    return Deferred(make)


@operation("kms:ListKeys", on=no_key)
def list_keys(ctx: Context, request: ListKeysRequest, on: Bare) -> ListKeysResponse:
    """List the account's keys in the Region, in order of their ids."""
    limit = within(request, most=1000, default=100)
    after = position_in(ctx, request, "ListKeys")
    if request.get("ResourceOwners") == ["OTHER_ACCOUNTS_VIA_RAM"]:
        return {"Keys": [], "Truncated": False}
    place = (ctx.account, ctx.region)
    found = [key for _, key in KEYS.scan(ctx.tx, *place, after=after, limit=limit + 1)]
    listed: list[KeyListEntry] = [{"KeyId": key.id, "KeyArn": key.arn} for key in found[:limit]]
    if len(found) <= limit:
        return {"Keys": listed, "Truncated": False}
    marker = marker_for(ctx, "ListKeys", found[limit - 1].id)
    return {"Keys": listed, "Truncated": True, "NextMarker": marker}


@operation("kms:EnableKey", on=own_key, keys=conditions.keys, writes=True)
def enable_key(ctx: Context, request: EnableKeyRequest, on: NamedKey) -> None:
    """Let a disabled key be used again."""
    on.key.must_allow("EnableKey", ctx.now)
    keep(ctx.tx, msgspec.structs.replace(on.key, enabled=True))


def ending_keys(ctx: Context, request: conditions.Request, on: object) -> Keys:
    """The condition keys of operations that put an end to a key's use."""
    found = {**conditions.keys(ctx, request, on)}
    if isinstance(on, NamedKey):
        found["kms:trailingdayswithoutkeyusage"] = str(days_unused(ctx, on.key))
    return found


@operation("kms:DisableKey", on=own_key, keys=ending_keys, writes=True)
def disable_key(ctx: Context, request: DisableKeyRequest, on: NamedKey) -> None:
    """Let a key not be used until it is enabled again."""
    on.key.must_allow("DisableKey", ctx.now)
    keep(ctx.tx, msgspec.structs.replace(on.key, enabled=False))


@operation("kms:UpdateKeyDescription", on=own_key, keys=conditions.keys, writes=True)
def update_key_description(
    ctx: Context, request: UpdateKeyDescriptionRequest, on: NamedKey
) -> None:
    """Describe a key otherwise."""
    on.key.must_allow("UpdateKeyDescription", ctx.now)
    keep(ctx.tx, msgspec.structs.replace(on.key, description=request["Description"]))


def schedule_keys(ctx: Context, request: ScheduleKeyDeletionRequest, on: object) -> Keys:
    """ScheduleKeyDeletion's condition keys; the window counts with its default, too."""
    return {
        "kms:schedulekeydeletionpendingwindowindays": "30",
        **ending_keys(ctx, request, on),
    }


@operation("kms:ScheduleKeyDeletion", on=own_key, keys=schedule_keys, writes=True)
def schedule_key_deletion(
    ctx: Context, request: ScheduleKeyDeletionRequest, on: NamedKey
) -> ScheduleKeyDeletionResponse:
    """Delete a key in 7 to 30 days; a primary with replicas waits for them to go first."""
    key = on.key
    key.must_allow("ScheduleKeyDeletion", ctx.now)
    days = within(request, member="PendingWindowInDays", least=7, most=30, default=30)
    waits = on.family is not None and on.family.primary == key.region and on.family.replicas
    deletion = Deletion(days=days, at=None if waits else ctx.now + days * DAY)
    key = msgspec.structs.replace(key, deletion=deletion)
    keep(ctx.tx, key)
    answer: ScheduleKeyDeletionResponse = {
        "KeyId": key.arn,
        "KeyState": key.state(ctx.now),
        "PendingWindowInDays": days,
    }
    if deletion.at is not None:
        answer["DeletionDate"] = deletion.at
    return answer


@operation("kms:CancelKeyDeletion", on=own_key, keys=conditions.keys, writes=True)
def cancel_key_deletion(
    ctx: Context, request: CancelKeyDeletionRequest, on: NamedKey
) -> CancelKeyDeletionResponse:
    """Keep a key after all; it comes back disabled."""
    must_await_deletion(on.arn, on.key.state(ctx.now))
    keep(ctx.tx, msgspec.structs.replace(on.key, deletion=None, enabled=False))
    return {"KeyId": on.arn}


@operation("kms:GetKeyLastUsage", on=own_key, keys=conditions.keys)
def get_key_last_usage(
    ctx: Context, request: GetKeyLastUsageRequest, on: NamedKey
) -> GetKeyLastUsageResponse:
    """Tell which cryptographic operation the key did last, and when."""
    use = last_use(ctx, on.key)
    answer: GetKeyLastUsageResponse = {
        "KeyId": on.key.id,
        "KeyLastUsage": {},
        "TrackingStartDate": on.key.created,
        "KeyCreationDate": on.key.created,
    }
    if use is not None:
        answer["KeyLastUsage"] = {
            "Operation": use.operation,
            "Timestamp": use.at,
            "KmsRequestId": use.request_id,
        }
    return answer
