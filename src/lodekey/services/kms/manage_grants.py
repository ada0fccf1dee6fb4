"""Create, list, retire and revoke grants.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.principals_in import InvalidPrincipal, remember_principal
from lodekey.policy.ask import Grant as PolicyGrant
from lodekey.policy.ask import Guard, Keys
from lodekey.services.kms import conditions, grants, specs
from lodekey.services.kms.errors import (
    InvalidArnException,
    InvalidGrantIdException,
    LimitExceededException,
    NotFoundException,
)
from lodekey.services.kms.finding import key_by_id, must_not_be_dry
from lodekey.services.kms.grant_tokens import must_know_tokens, place_in, token_for
from lodekey.services.kms.grants import GRANTS, Constraints, Grant
from lodekey.services.kms.keys import key_arn
from lodekey.services.kms.named_keys import NamedKey, find_key, key_in
from lodekey.services.kms.shapes import (
    CreateGrantRequest,
    CreateGrantResponse,
    RetireGrantRequest,
    RevokeGrantRequest,
)

# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
PER_KEY = 50_000
_PAIRS, _LONGEST_VALUE = 8, 384
_CONSTRAINT_TYPES = ("EncryptionContextEquals", "EncryptionContextSubset")


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
    constraints = request.get("Constraints", {})
    keys = {
        **conditions.keys(ctx, request, on),
        "kms:grantisforawsresource": "true" if ctx.via else "false",
        grants.WANTED: grants.wanted(constraints_in(request)),
    }
    for kind in _CONSTRAINT_TYPES:
        if kind in constraints:
            keys["kms:grantconstrainttype"] = kind
    if "SourceArn" in constraints:
        keys["kms:grantconstraintsourcearn"] = constraints["SourceArn"]
    return keys


@operation("kms:CreateGrant", on=key_by_id, keys=create_grant_keys, writes=True)
def create_grant(ctx: Context, request: CreateGrantRequest, on: NamedKey) -> CreateGrantResponse:
    """Let a principal do some operations with a key."""
    must_know_tokens(ctx, request)
    on.key.must_allow("CreateGrant", ctx.now)
    _must_name_principals(request)
    _must_suit(on, request)
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


def _must_suit(on: NamedKey, request: CreateGrantRequest) -> None:
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
    # NamedKey's guard has a part or more for each grant: a cheap upper bound.
    if len(on.guard.grants) >= PER_KEY:
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


@dataclass(frozen=True, slots=True)
class RetirableGrant:
    """A grant as what RetireGrant is asked on.

    It belongs to the account that created it. Whoever it names as retiring principal may retire
    it, and its grantee if it says so; else the account's own policies decide.
    """

    grant: Grant
    guard: Guard
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The key's ARN: what a policy can speak about."""
        return key_arn(self.grant.account, self.grant.region, self.grant.key_id)

    @property
    def account(self) -> str:
        """The account that created the grant."""
        return self.grant.issuer


def grant_to_retire(ctx: Context, request: RetireGrantRequest) -> RetirableGrant:
    """The grant by its token, or by its id and its key's ARN.

    Raises:
        Missing: There is no such grant.
    """
    if "GrantToken" in request:
        account, region, key_id, grant_id = place_in(ctx, request["GrantToken"])
    elif "KeyId" in request and "GrantId" in request:
        _must_be_grant_id(request["GrantId"])
        found = find_key(ctx.tx, ctx.account, ctx.region, request["KeyId"])
        account, region, key_id = found.key.account, found.key.region, found.key.id
        grant_id = request["GrantId"]
    else:
        raise ValidationException("You must specify a GrantToken, or both a GrantId and a KeyId.")
    grant = GRANTS.get(ctx.tx, account, region, key_id, grant_id)
    named = key_in(ctx.tx, account, region, key_id)
    if grant is None or named is None:
        raise Missing(key_arn(account, region, key_id), _no_grant(grant_id))
    return RetirableGrant(grant, _guard_of(grant, named))


def _guard_of(grant: Grant, named: NamedKey) -> Guard:
    retiring = PolicyGrant(
        name=grant.id,
        grantees=frozenset({grant.retiring}),
        actions=frozenset({"kms:retiregrant"}),
        holds=lambda _: True,
    )
    own = tuple(part for part in grants.for_policy(grant) if "kms:retiregrant" in part.actions)
    return Guard(policy=named.guard.policy, grants=(retiring, *own) if grant.retiring else own)


def _must_be_grant_id(grant_id: str) -> None:
    if len(grant_id) != 64 or not set(grant_id) <= set("0123456789abcdef"):
        raise InvalidGrantIdException(f"Invalid grant ID {grant_id}")


def _no_grant(grant_id: str) -> NotFoundException:
    return NotFoundException(f"Grant ID {grant_id} not found")


@operation("kms:RetireGrant", on=grant_to_retire, writes=True)
def retire_grant(ctx: Context, request: RetireGrantRequest, on: RetirableGrant) -> None:
    """Give a grant up."""
    must_not_be_dry(request)
    grants.delete(ctx.tx, on.grant)


@operation("kms:RevokeGrant", on=key_by_id, keys=conditions.keys, writes=True)
def revoke_grant(ctx: Context, request: RevokeGrantRequest, on: NamedKey) -> None:
    """Take a grant away."""
    _must_be_grant_id(request["GrantId"])
    key = on.key
    grant = GRANTS.get(ctx.tx, key.account, key.region, key.id, request["GrantId"])
    if grant is None:
        raise _no_grant(request["GrantId"])
    must_not_be_dry(request)
    grants.delete(ctx.tx, grant)
