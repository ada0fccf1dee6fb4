"""Automatic and on-demand rotation, and its history."""

from __future__ import annotations

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions, families
from lodekey.services.kms.errors import (
    ConflictException,
    KMSInvalidStateException,
    LimitExceededException,
)
from lodekey.services.kms.finding import key_by_id, own_key
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import DAY, Key, Rotation, pending
from lodekey.services.kms.listing import marker_for, position_in, within
from lodekey.services.kms.materials import Material
from lodekey.services.kms.metadata import expiration_model
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.rotations import (
    DEFAULT_DAYS,
    ON_DEMAND,
    ON_DEMAND_LIMIT,
    TOO_CLOSE,
    must_have_generations,
    must_lead,
    must_rotate_itself,
    rotate,
)
from lodekey.services.kms.shapes import (
    DisableKeyRotationRequest,
    EnableKeyRotationRequest,
    GetKeyRotationStatusRequest,
    GetKeyRotationStatusResponse,
    ListKeyRotationsRequest,
    ListKeyRotationsResponse,
    RotateKeyOnDemandRequest,
    RotateKeyOnDemandResponse,
    RotationsListEntry,
)


def rotation_keys(ctx: Context, request: EnableKeyRotationRequest, on: object) -> Keys:
    """EnableKeyRotation's condition keys; the period counts with its default, too."""
    return {"kms:rotationperiodindays": "365", **conditions.keys(ctx, request, on)}


@operation("kms:EnableKeyRotation", on=own_key, keys=rotation_keys, writes=True)
def enable_key_rotation(ctx: Context, request: EnableKeyRotationRequest, on: NamedKey) -> None:
    """Rotate a key by itself, every so many days from now on."""
    must_rotate_itself(on.key)
    must_lead(on.key, on.family)
    on.key.must_allow("EnableKeyRotation", ctx.now)
    days = request.get("RotationPeriodInDays", DEFAULT_DAYS)
    _set_rotation(ctx, on.key, Rotation(days=days, next=ctx.now + days * DAY))


@operation("kms:DisableKeyRotation", on=own_key, keys=conditions.keys, writes=True)
def disable_key_rotation(ctx: Context, request: DisableKeyRotationRequest, on: NamedKey) -> None:
    """Rotate a key no longer by itself."""
    must_rotate_itself(on.key)
    must_lead(on.key, on.family)
    on.key.must_allow("DisableKeyRotation", ctx.now)
    _set_rotation(ctx, on.key, None)


def _set_rotation(ctx: Context, key: Key, rotation: Rotation | None) -> None:
    """Set the schedule of a key and of its relatives: it is a shared property."""
    relatives = list(families.relatives(ctx.tx, key))
    for each in (key, *relatives):
        keep(ctx.tx, msgspec.structs.replace(each, rotation=rotation))


@operation("kms:GetKeyRotationStatus", on=key_by_id, keys=conditions.keys)
def get_key_rotation_status(
    ctx: Context, request: GetKeyRotationStatusRequest, on: NamedKey
) -> GetKeyRotationStatusResponse:
    """Tell whether a key is rotated by itself, and when next."""
    must_have_generations(on.key)
    rotation = on.key.rotation if on.key.deletion is None else None
    if rotation is None:
        return {"KeyId": on.arn, "KeyRotationEnabled": False}
    return {
        "KeyId": on.arn,
        "KeyRotationEnabled": True,
        "RotationPeriodInDays": rotation.days,
        "NextRotationDate": rotation.next,
    }


@operation("kms:RotateKeyOnDemand", on=own_key, keys=conditions.keys, writes=True)
def rotate_key_on_demand(
    ctx: Context, request: RotateKeyOnDemandRequest, on: NamedKey
) -> RotateKeyOnDemandResponse:
    """Rotate a key now; its own schedule stays as it is."""
    key = on.key
    must_have_generations(key)
    must_lead(key, on.family)
    key.must_allow("RotateKeyOnDemand", ctx.now)
    if key.on_demand >= ON_DEMAND_LIMIT:
        raise LimitExceededException(
            f"{key.arn} has been rotated on demand {ON_DEMAND_LIMIT} times."
        )
    if key.rotation is not None and key.rotation.next - ctx.now < TOO_CLOSE:
        raise ConflictException(f"{key.arn} is scheduled to be rotated within the next 20 minutes.")
    if key.origin == "EXTERNAL":
        _must_have_waiting_material(ctx, key)
    ctx.events.extend(rotate(ctx.tx, key, ctx.now, ON_DEMAND))
    return {"KeyId": key.arn}


def _must_have_waiting_material(ctx: Context, key: Key) -> None:
    """Check that new material was imported, into all Regions of the key."""
    waiting = pending(key)
    if waiting is None or not waiting.is_there(ctx.now):
        raise KMSInvalidStateException(f"{key.arn} has no key material pending rotation.")
    for relative in families.relatives(ctx.tx, key):
        other = relative.material(waiting.id)
        if other is None or not other.is_there(ctx.now):
            raise KMSInvalidStateException(
                f"{relative.arn} has not the key material that is pending rotation."
            )


@operation("kms:ListKeyRotations", on=own_key, keys=conditions.keys)
def list_key_rotations(
    ctx: Context, request: ListKeyRotationsRequest, on: NamedKey
) -> ListKeyRotationsResponse:
    """List a key's rotations, oldest first, or all the material that it has."""
    must_have_generations(on.key)
    limit = within(request, most=1000, default=100)
    scope = f"ListKeyRotations:{on.arn}"
    start = int(position_in(ctx, request, scope) or 0)
    everything = request.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    listed = [
        material for material in on.key.materials if everything or material.rotated is not None
    ]
    page = listed[start : start + limit]
    answer: ListKeyRotationsResponse = {
        "Rotations": [_entry(ctx, on.key, material) for material in page],
        "Truncated": start + limit < len(listed),
    }
    if start + limit < len(listed):
        answer["NextMarker"] = marker_for(ctx, scope, str(start + limit))
    return answer


def _entry(ctx: Context, key: Key, material: Material) -> RotationsListEntry:
    entry: RotationsListEntry = {
        "KeyId": key.id,
        "KeyMaterialId": material.id,
        "KeyMaterialState": _state(ctx, key, material),
    }
    if material.rotated is not None:
        entry["RotationDate"] = material.rotated
        entry["RotationType"] = material.rotation
    if material.imported:
        there = material.is_there(ctx.now)
        entry["ImportState"] = "IMPORTED" if there else "PENDING_IMPORT"
        if there:
            entry["ExpirationModel"] = expiration_model(material.expires)
            if material.expires is not None:
                entry["ValidTo"] = material.expires
        if material.description is not None:
            entry["KeyMaterialDescription"] = material.description
    return entry


def _state(ctx: Context, key: Key, material: Material) -> str:
    """The state of a material; one that waits may still have to be imported elsewhere."""
    if material.state.startswith("PENDING"):
        for relative in families.relatives(ctx.tx, key):
            other = relative.material(material.id)
            if other is None or not other.is_there(ctx.now):
                return "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    return material.state
