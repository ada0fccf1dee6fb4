"""The execution role of a function: whether Lambda may take it, and the session that it takes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from lodekey.arn import Arn
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.identity.credentials import Sealer, SessionClaims, TemporaryCredentials, mint
from lodekey.identity.principals import Principal, service_principal
from lodekey.identity.principals_of import role_claims, session_principal
from lodekey.identity.records import ROLES, Role
from lodekey.policy.ask import Ask, Guard
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.names import FunctionName
from lodekey.store.port import Transaction

SERVICE = "lambda.amazonaws.com"

CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."

SOURCE_FUNCTION = "lambda:sourcefunctionarn"

SESSION_SECONDS = 3600


def role_at(tx: Transaction, arn: str) -> Role | None:
    """The role of that ARN."""
    parts = Arn.parse(arn)
    role = ROLES.get(tx, parts.account, parts.resource.rpartition("/")[2].lower())
    return role if role is not None and role.arn == arn else None


def assumable(tx: Transaction, role: Role, function: FunctionName) -> bool:
    """Whether the role's trust policy lets Lambda take it for *function*."""
    keys = {"aws:sourcearn": function.unqualified_arn, "aws:sourceaccount": function.account}
    lambda_ = service_principal(SERVICE, keys)
    guard = Guard(policy=parse(role.trust, kind="trust"), style="trust")
    ask = Ask(lambda_.caller, "sts:AssumeRole", role.arn, role.account, lambda: lambda_.keys)
    return decide(ask, guard).allowed


def must_be_passed(ctx: Context, arn: str, function: FunctionName) -> None:
    """Check that the caller may give the role to the function, and that Lambda may take it.

    Raises:
        ApiError: The caller may not pass it.
        InvalidParameterValueException: Lambda may not take it, or it is another account's.
    """
    account = Arn.parse(arn).account
    if account != function.account:
        raise InvalidParameterValueException("Cross-account pass role is not allowed.", Type="User")
    role = role_at(ctx.tx, arn)
    keys = {
        "iam:passedtoservice": SERVICE,
        "iam:associatedresourcearn": function.unqualified_arn,
    }
    ctx.require("iam:PassRole", Bare(arn, account, tags=role.tags if role else {}), keys)
    if role is None or not assumable(ctx.tx, role, function):
        raise InvalidParameterValueException(CANNOT_ASSUME, Type="User")


class RoleSession(NamedTuple):
    """What a function runs as.

    Args:
        claims: What the session is.
        credentials: Handed to the function.
        principal: The same session, for the calls that Lambda makes in its name.
    """

    claims: SessionClaims
    credentials: TemporaryCredentials
    principal: Principal


def without_function(principal: Principal) -> Principal:
    """The same session without ``lambda:SourceFunctionArn``, for calls that do not carry it."""
    keys = {name: value for name, value in principal.keys.items() if name != SOURCE_FUNCTION}
    return replace(principal, keys=keys)


def take(
    tx: Transaction, sealer: Sealer, arn: str, function: FunctionName, now: float
) -> RoleSession | None:
    """Take the role for *function*; None: there is none, or it does not trust Lambda."""
    role = role_at(tx, arn)
    if role is None or not assumable(tx, role, function):
        return None
    source = function.unqualified_arn
    claims = role_claims(role, function.name, now, SESSION_SECONDS, source_function_arn=source)
    credentials = mint(sealer, claims)
    return RoleSession(
        claims, credentials, session_principal(tx, claims, credentials.access_key_id)
    )
