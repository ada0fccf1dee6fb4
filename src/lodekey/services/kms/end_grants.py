"""Retire and revoke grants.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Grant as PolicyGrant
from lodekey.policy.ask import Guard, Keys
from lodekey.services.kms import conditions, grants
from lodekey.services.kms.errors import NotFoundException
from lodekey.services.kms.finding import key_by_id, must_not_be_dry
from lodekey.services.kms.grant_tokens import place_in
from lodekey.services.kms.grants import GRANTS, Grant
from lodekey.services.kms.keys import key_arn
from lodekey.services.kms.manage_grants import constraint_keys, grant_keys
from lodekey.services.kms.named_keys import NamedKey, find_key, key_in
from lodekey.services.kms.shapes import RetireGrantRequest, RevokeGrantRequest


@dataclass(frozen=True, slots=True)
class RetirableGrant:
    """A grant as what RetireGrant is asked on.

    It belongs to the account that created it. Whoever it names as retiring principal may retire
    it, and its grantee if it says so; else the account's own policies decide.
    """

    grant: Grant
    guard: Guard
    key: NamedKey

    @property
    def arn(self) -> str:
        """The key's ARN: what a policy can speak about."""
        return key_arn(self.grant.account, self.grant.region, self.grant.key_id)

    @property
    def account(self) -> str:
        """The account that created the grant."""
        return self.grant.issuer

    @property
    def tags(self) -> Mapping[str, str]:
        """The key's tags."""
        return self.key.tags


def grant_to_retire(ctx: Context, request: RetireGrantRequest) -> RetirableGrant:
    """The grant by its token, or by its id and its key's ARN.

    Raises:
        Missing: There is no such grant.
    """
    if "GrantToken" in request:
        account, region, key_id, grant_id = place_in(ctx, request["GrantToken"])
    elif "KeyId" in request and "GrantId" in request:
        grants.must_be_id(request["GrantId"])
        found = find_key(ctx.tx, ctx.account, ctx.region, request["KeyId"])
        account, region, key_id = found.key.account, found.key.region, found.key.id
        grant_id = request["GrantId"]
    else:
        raise ValidationException("You must specify a GrantToken, or both a GrantId and a KeyId.")
    grant = GRANTS.get(ctx.tx, account, region, key_id, grant_id)
    named = key_in(ctx.tx, account, region, key_id)
    if grant is None or named is None:
        raise Missing(key_arn(account, region, key_id), _no_grant(grant_id))
    return RetirableGrant(grant, _guard_of(grant, named), named)


def _guard_of(grant: Grant, named: NamedKey) -> Guard:
    retiring = PolicyGrant(
        name=grant.id,
        grantees=frozenset({grant.retiring}),
        actions=frozenset({"kms:retiregrant"}),
        holds=lambda _: True,
    )
    own = tuple(part for part in grants.for_policy(grant) if "kms:retiregrant" in part.actions)
    return Guard(policy=named.guard.policy, grants=(retiring, *own) if grant.retiring else own)


def _no_grant(grant_id: str) -> NotFoundException:
    return NotFoundException(f"Grant ID {grant_id} not found")


def retire_keys(ctx: Context, request: RetireGrantRequest, on: object) -> Keys:
    """RetireGrant's condition keys: what the key is, and what the grant's constraint is."""
    if not isinstance(on, RetirableGrant):
        return {}
    return {**conditions.of_key(on.key), **constraint_keys(on.grant.constraints)}


@operation("kms:RetireGrant", on=grant_to_retire, keys=retire_keys, writes=True)
def retire_grant(ctx: Context, request: RetireGrantRequest, on: RetirableGrant) -> None:
    """Give a grant up."""
    must_not_be_dry(request)
    grants.delete(ctx.tx, on.grant)


@operation("kms:RevokeGrant", on=key_by_id, keys=grant_keys, writes=True)
def revoke_grant(ctx: Context, request: RevokeGrantRequest, on: NamedKey) -> None:
    """Take a grant away."""
    grants.must_be_id(request["GrantId"])
    key = on.key
    grant = GRANTS.get(ctx.tx, key.account, key.region, key.id, request["GrantId"])
    if grant is None:
        raise _no_grant(request["GrantId"])
    must_not_be_dry(request)
    grants.delete(ctx.tx, grant)
