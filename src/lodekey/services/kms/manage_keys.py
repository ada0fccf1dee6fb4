"""Create, describe, list, enable, disable and delete keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions, families, key_policies, key_tags, materials, specs
from lodekey.services.kms.errors import CustomKeyStoreNotFoundException
from lodekey.services.kms.families import Family
from lodekey.services.kms.finding import key_named, no_key, own_key
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import (
    DAY,
    KEYS,
    Deletion,
    Key,
    new_id,
    with_first_material,
)
from lodekey.services.kms.listing import marker_for, position_in, within
from lodekey.services.kms.lockout import must_not_lock_out
from lodekey.services.kms.metadata import metadata
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    CancelKeyDeletionRequest,
    CancelKeyDeletionResponse,
    CreateKeyRequest,
    CreateKeyResponse,
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
from lodekey.services.kms.usage import last_use

_IMPORTED = "EXTERNAL"


def spec_in(request: Mapping[str, Any]) -> str:
    """The key spec that CreateKey asks for, by its new or its old name."""
    new, old = request.get("KeySpec"), request.get("CustomerMasterKeySpec")
    if new is not None and old is not None and new != old:
        raise ValidationException(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request."
            " CustomerMasterKeySpec is deprecated."
        )
    spec: str = new or old or "SYMMETRIC_DEFAULT"
    return spec


def make_material(request: CreateKeyRequest) -> bytes | None:
    """Make a key pair before the transaction: RSA takes its time."""
    spec = spec_in(request)
    wanted = request.get("Origin", "AWS_KMS") == "AWS_KMS" and spec in specs.USES
    if wanted and specs.has_key_pair(spec) and request.get("KeyUsage") in specs.USES[spec]:
        return materials.generate(spec)
    return None


def create_key_keys(ctx: Context, request: CreateKeyRequest, on: object) -> Keys:
    """CreateKey's condition keys: what the key is going to be."""
    spec = request.get("KeySpec", request.get("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"))
    usage = request.get("KeyUsage", "ENCRYPT_DECRYPT")
    return {
        **conditions.of_request(request),
        "kms:keyspec": spec,
        "kms:keyusage": usage,
        "kms:customermasterkeyspec": spec,
        "kms:customermasterkeyusage": usage,
        "kms:keyorigin": request.get("Origin", "AWS_KMS"),
        "kms:multiregion": "true" if request.get("MultiRegion") else "false",
        **({"kms:multiregionkeytype": "PRIMARY"} if request.get("MultiRegion") else {}),
    }


@operation(
    "kms:CreateKey",
    on=no_key,
    keys=create_key_keys,
    writes=True,
    also=("kms:TagResource",),
    prepare=make_material,
)
def create_key(ctx: Context, request: CreateKeyRequest, on: Bare) -> CreateKeyResponse:
    """Make a key, with a policy that its maker can change."""
    _must_be_kept_here(request)
    spec = spec_in(request)
    usage = specs.chosen_usage(spec, request.get("KeyUsage"))
    policy = request.get("Policy")
    key = Key(
        id=new_id(multi_region=bool(request.get("MultiRegion"))),
        account=ctx.account,
        region=ctx.region,
        created=ctx.now,
        policy=key_policies.default_policy(ctx.account)
        if policy is None
        else key_policies.to_keep(ctx.tx, policy),
        spec=spec,
        usage=usage,
        origin=request.get("Origin", "AWS_KMS"),
        description=request.get("Description", ""),
        multi_region=bool(request.get("MultiRegion")),
        tags=key_tags.with_tags({}, request.get("Tags", ())),
    )
    family = Family(primary=key.region) if key.multi_region else None
    if policy is not None:
        must_not_lock_out(ctx, request, key, family)
    if key.tags:
        ctx.require(
            "kms:TagResource", Bare(key.arn, key.account), create_key_keys(ctx, request, on)
        )
    if key.origin != _IMPORTED:
        key = with_first_material(key, ctx.prepared)
    keep(ctx.tx, key)
    if family is not None:
        families.save(ctx.tx, key, family)
    return {"KeyMetadata": metadata(key, family, ctx.now)}


def _must_be_kept_here(request: CreateKeyRequest) -> None:
    """Refuse keys of custom key stores."""
    if "CustomKeyStoreId" in request:
        raise CustomKeyStoreNotFoundException(
            f"Custom key store '{request['CustomKeyStoreId']}' does not exist."
        )
    if request.get("Origin") in {"AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}:
        raise ValidationException(
            f"You must specify a CustomKeyStoreId when the origin is {request['Origin']}."
        )
    if "XksKeyId" in request:
        raise ValidationException("XksKeyId is only valid for the origin EXTERNAL_KEY_STORE.")


@operation("kms:DescribeKey", on=key_named, keys=conditions.keys)
def describe_key(ctx: Context, request: DescribeKeyRequest, on: NamedKey) -> DescribeKeyResponse:
    """Tell what a key is, and in which state."""
    return {"KeyMetadata": metadata(on.key, on.family, ctx.now)}


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


@operation("kms:DisableKey", on=own_key, keys=conditions.keys, writes=True)
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
        **conditions.keys(ctx, request, on),
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
