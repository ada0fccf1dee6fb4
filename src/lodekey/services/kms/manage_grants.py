"""Create grants.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.principals_in import InvalidPrincipal, remember_principal
from lodekey.policy.ask import Keys, Value
from lodekey.services.kms import conditions, grants, specs
from lodekey.services.kms.errors import (
    InvalidArnException,
    LimitExceededException,
)
from lodekey.services.kms.finding import key_by_id, must_not_be_dry
from lodekey.services.kms.grant_tokens import must_know_tokens, token_for
from lodekey.services.kms.grants import Constraints, Grant
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    CreateGrantRequest,
    CreateGrantResponse,
)

# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
PER_KEY = 50_000
_PAIRS, _LONGEST_VALUE = 8, 384


def constraints_in(request: CreateGrantRequest) -> Constraints:
    """The constraints that a grant is to have."""
    given = request.get("Constraints", {})
    return Constraints(
        equals=given.get("EncryptionContextEquals"),
        subset=given.get("EncryptionContextSubset"),
        source_arn=given.get("SourceArn", ""),
    )


def create_grant_keys(ctx: Context, request: CreateGrantRequest, on: object) -> Keys:
    """CreateGrant's condition keys."""
    constraints = constraints_in(request)
    keys = {
        **grant_keys(ctx, request, on),
        **constraint_keys(constraints),
        grants.WANTED: grants.wanted(constraints),
    }
    if constraints.source_arn:
        keys["kms:grantconstraintsourcearn"] = constraints.source_arn
    return keys


def grant_keys(ctx: Context, request: conditions.Request, on: object) -> Keys:
    """The condition keys that operations on grants share."""
    for_aws = "true" if ctx.via else "false"
    return {**conditions.keys(ctx, request, on), "kms:grantisforawsresource": for_aws}


def constraint_keys(constraints: Constraints) -> dict[str, Value]:
    """What a grant's constraints answer: its type, and the encryption context in it."""
    if constraints.equals is not None:
        kind, context = "EncryptionContextEquals", constraints.equals
    elif constraints.subset is not None:
        kind, context = "EncryptionContextSubset", constraints.subset
    else:
        return {}
    return {"kms:grantconstrainttype": kind, **conditions.of_context(context)}


@operation("kms:CreateGrant", on=key_by_id, keys=create_grant_keys, writes=True)
def create_grant(ctx: Context, request: CreateGrantRequest, on: NamedKey) -> CreateGrantResponse:
    """Let a principal do some operations with a key."""
    must_know_tokens(ctx, request)
    on.key.must_allow("CreateGrant", ctx.now)
    _must_name_principals(request)
    _must_suit(ctx, on, request)
    wanted = Grant(
        id=os.urandom(32).hex(),
        account=on.key.account,
        region=on.key.region,
        key_id=on.key.id,
        grantee=_principal(ctx, request, "Grantee"),
        operations=tuple(sorted(set(request["Operations"]))),
        created=ctx.now,
        issuer=ctx.account,
        retiring=_principal(ctx, request, "Retiring"),
        grantee_is_service="GranteeServicePrincipal" in request,
        retiring_is_service="RetiringServicePrincipal" in request,
        name=request.get("Name", ""),
        constraints=constraints_in(request),
    )
    must_not_be_dry(request)
    grant = _same_as(ctx, wanted) or wanted
    if grant is wanted:
        grants.save(ctx.tx, wanted)
    return {"GrantToken": token_for(ctx, grant), "GrantId": grant.id}


def _must_name_principals(request: CreateGrantRequest) -> None:
    """Check who is named: one grantee, at most one retiring principal."""
    if ("GranteePrincipal" in request) == ("GranteeServicePrincipal" in request):
        raise ValidationException(
            "You must specify either GranteePrincipal or GranteeServicePrincipal, but not both."
        )
    retiring = {"RetiringPrincipal", "RetiringServicePrincipal"} & set(request)
    if len(retiring) > 1:
        raise ValidationException(
            "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both."
        )
    if "GranteeServicePrincipal" not in request:
        return
    if not request.get("Constraints", {}).get("SourceArn"):
        raise ValidationException(
            "When you specify a GranteeServicePrincipal, you must also specify a SourceArn grant"
            " constraint."
        )
    if not retiring:
        raise ValidationException(
            "When you specify a GranteeServicePrincipal, you must also specify a RetiringPrincipal"
            " or a RetiringServicePrincipal."
        )


def _count(ctx: Context, on: NamedKey) -> int:
    place = (on.key.account, on.key.region, on.key.id)
    return sum(1 for _ in grants.grants_on(ctx.tx, *place))


def _must_suit(ctx: Context, on: NamedKey, request: CreateGrantRequest) -> None:
    """Check that a grant on this key may hold these operations and constraints."""
    kind = specs.key_type(on.key.spec)
    allowed = grants.operations_for(kind, on.key.usage)
    operations = set(request["Operations"])
    if not operations:
        raise ValidationException("You must specify at least one operation.")
    if not operations <= allowed:
        names = ", ".join(sorted(operations - allowed))
        raise ValidationException(f"The operations {names} are not supported for the key {on.arn}.")
    given = request.get("Constraints", {})
    for pairs in (given.get("EncryptionContextEquals"), given.get("EncryptionContextSubset")):
        if pairs is None:
            continue
        if kind != "symmetric":
            raise ValidationException(
                "Encryption context constraints are not supported for keys of key spec"
                f" {on.key.spec}."
            )
        if len(pairs) > _PAIRS or any(len(value) > _LONGEST_VALUE for value in pairs.values()):
            raise ValidationException(
                f"A grant constraint may have at most {_PAIRS} encryption context pairs, with"
                f" values of at most {_LONGEST_VALUE} characters."
            )
    # The guard has a part or more for each grant: where it has few, there is no need to count.
    if len(on.guard.grants) >= PER_KEY and _count(ctx, on) >= PER_KEY:
        raise LimitExceededException(f"{on.arn} has the most grants that a key may have.")


def _principal(ctx: Context, request: Mapping[str, Any], role: str) -> str:
    """A principal of the request as it is kept; empty: none is named."""
    if service := request.get(f"{role}ServicePrincipal"):
        return str(service)
    arn = request.get(f"{role}Principal", "")
    if not arn:
        return ""
    try:
        if arn == "*":
            raise InvalidPrincipal("AWS", arn)
        return remember_principal(ctx.tx, arn)
    except InvalidPrincipal:
        raise InvalidArnException(f"Invalid principal: {arn}") from None


def _same_as(ctx: Context, wanted: Grant) -> Grant | None:
    """The grant of the same name with the same parameters: a request that was sent again."""
    if not wanted.name:
        return None
    for grant in grants.grants_on(ctx.tx, wanted.account, wanted.region, wanted.key_id):
        if grants.is_same(grant, wanted):
            return grant
    return None
