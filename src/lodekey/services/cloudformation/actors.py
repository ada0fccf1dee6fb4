"""In whose name a stack's work is done: remembered when it is asked for, believed anew each time.

What is kept names a principal and holds no secret. Before every call the principal is looked up
again, so that a key made inactive, a role deleted or a session ended stops the stack's work at the
next step.
"""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.identity.credentials import SessionClaims
from lodekey.identity.principals import Principal, service_principal
from lodekey.identity.principals_of import (
    Gone,
    principal_of_key,
    role_claims,
    root_principal,
    session_principal,
)
from lodekey.identity.records import ACCESS_KEYS, ROLES
from lodekey.policy.ask import Ask, Guard
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from lodekey.services.cloudformation.stacks import Actor
from lodekey.store.port import Transaction

SERVICE = "cloudformation.amazonaws.com"
_HOUR = 3600


class NobodyActs(Exception):
    """The credentials behind a stack's work are no longer good.

    Args:
        message: Why, as an event shows it.
    """


def actor_of(ctx: Context, role: str = "") -> Actor:
    """Who asks, as far as it must be remembered; with *role*, the stack's role."""
    principal = ctx.principal
    if role:
        return Actor(account=ctx.account, role=role)
    if principal.session is not None:
        return Actor(
            account=ctx.account,
            access_key=principal.access_key_id,
            claims=principal.session.claims,
        )
    return Actor(
        account=ctx.account,
        user=principal.name,
        user_id=principal.user_id,
        access_key=principal.access_key_id,
    )


def principal_of(
    tx: Transaction, actor: Actor, stack_arn: str, now: float, *, dev: bool = False
) -> Principal:
    """The principal, if it still may do anything.

    Raises:
        NobodyActs: The key is inactive, the session has ended, the role is gone or does not trust
            CloudFormation.
    """
    try:
        if actor.role:
            return session_principal(tx, _role_claims(tx, actor.role, stack_arn, now))
        if actor.claims is not None:
            if now >= actor.claims.expires:
                raise NobodyActs("The security token included in the request is expired")
            return session_principal(tx, actor.claims, actor.access_key)
        return _of_key(tx, actor, dev=dev)
    except Gone:
        raise NobodyActs("The security token included in the request is invalid") from None


def _of_key(tx: Transaction, actor: Actor, *, dev: bool) -> Principal:
    key = ACCESS_KEYS.get(tx, actor.access_key)
    if key is None and not actor.user and dev:
        return root_principal(tx, actor.account, actor.access_key)
    if key is None or not key.active:
        raise NobodyActs("The security token included in the request is invalid")
    found = principal_of_key(tx, key.account, key.user, key.id)
    if found.user_id != actor.user_id:
        raise NobodyActs("The security token included in the request is invalid")
    return found


def _role_claims(tx: Transaction, arn: str, stack_arn: str, now: float) -> SessionClaims:
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    role = ROLES.get(tx, account, name.lower())
    if role is None or role.arn != arn or not trusts(tx, arn, stack_arn):
        raise NobodyActs(f"Role {arn} is invalid or cannot be assumed")
    return role_claims(role, "AWSCloudFormation", now, _HOUR)


def trusts(tx: Transaction, arn: str, stack_arn: str) -> bool:
    """Whether the role's trust policy lets CloudFormation take it for the stack."""
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    role = ROLES.get(tx, account, name.lower())
    if role is None or role.arn != arn:
        return False
    keys = {"aws:sourcearn": stack_arn, "aws:sourceaccount": account}
    service = service_principal(SERVICE, keys)
    guard = Guard(policy=parse(role.trust, kind="trust"), style="trust")
    ask = Ask(service.caller, "sts:AssumeRole", role.arn, role.account, lambda: service.keys)
    return decide(ask, guard).allowed
