"""Create keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions, families, key_policies, key_tags, materials, specs
from lodekey.services.kms.errors import CustomKeyStoreNotFoundException
from lodekey.services.kms.families import Family
from lodekey.services.kms.finding import no_key
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import Key, new_id, with_first_material
from lodekey.services.kms.lockout import must_not_lock_out
from lodekey.services.kms.metadata import metadata
from lodekey.services.kms.shapes import CreateKeyRequest, CreateKeyResponse
from lodekey.system_tags import with_system_tags

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
        tags=with_system_tags(key_tags.with_tags({}, request.get("Tags", ())), ctx.system_tags),
    )
    family = Family(primary=key.region) if key.multi_region else None
    if policy is not None:
        must_not_lock_out(ctx, request, key, family)
    if request.get("Tags"):
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
