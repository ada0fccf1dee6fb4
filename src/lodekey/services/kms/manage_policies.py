"""Read and write key policies."""

from __future__ import annotations

import msgspec

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.principals_in import show_principals
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions, key_policies
from lodekey.services.kms.errors import NotFoundException
from lodekey.services.kms.finding import own_key
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.key_policies import DEFAULT_NAME
from lodekey.services.kms.listing import position_in, within
from lodekey.services.kms.lockout import must_not_lock_out
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    GetKeyPolicyRequest,
    GetKeyPolicyResponse,
    ListKeyPoliciesRequest,
    ListKeyPoliciesResponse,
    PutKeyPolicyRequest,
)

# Resource Access Manager's own; there is none here, so no key has one.
_SHARED = "AWS_RAM"


def policy_keys(ctx: Context, request: conditions.Request, on: object) -> Keys:
    """The condition keys of operations on one policy, which is ``default`` unless it is named."""
    return {"kms:policyname": DEFAULT_NAME, **conditions.keys(ctx, request, on)}


@operation("kms:GetKeyPolicy", on=own_key, keys=policy_keys)
def get_key_policy(
    ctx: Context, request: GetKeyPolicyRequest, on: NamedKey
) -> GetKeyPolicyResponse:
    """Read a key's policy, its principals as ARNs where they still are."""
    if request.get("PolicyName", DEFAULT_NAME) != DEFAULT_NAME:
        raise NotFoundException("No such policy exists")
    return {"Policy": show_principals(ctx.tx, on.key.policy), "PolicyName": DEFAULT_NAME}


@operation("kms:PutKeyPolicy", on=own_key, keys=policy_keys, writes=True)
def put_key_policy(ctx: Context, request: PutKeyPolicyRequest, on: NamedKey) -> None:
    """Replace a key's policy by one that the caller can replace again."""
    name = request.get("PolicyName", DEFAULT_NAME)
    if name == _SHARED:
        raise ValidationException("The AWS_RAM policy can only be managed by the RAM service.")
    if name != DEFAULT_NAME:
        raise ValidationException(f"The policy name must be {DEFAULT_NAME}.")
    policy = key_policies.to_keep(ctx.tx, request["Policy"])
    key = msgspec.structs.replace(on.key, policy=policy)
    must_not_lock_out(ctx, request, key, on.family)
    keep(ctx.tx, key)


@operation("kms:ListKeyPolicies", on=own_key, keys=conditions.keys)
def list_key_policies(
    ctx: Context, request: ListKeyPoliciesRequest, on: NamedKey
) -> ListKeyPoliciesResponse:
    """List the names of a key's policies: there is one."""
    within(request, most=1000, default=100)
    after = position_in(ctx, request, "ListKeyPolicies")
    return {"PolicyNames": [] if after else [DEFAULT_NAME], "Truncated": False}
