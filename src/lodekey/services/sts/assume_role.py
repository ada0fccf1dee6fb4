"""AssumeRole: become a role that trusts the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lodekey.arn import Arn
from lodekey.errors import AccessDenied, Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.credentials import mint
from lodekey.identity.principals_of import role_claims
from lodekey.identity.records import ROLES, Role
from lodekey.policy.ask import Guard, Value
from lodekey.policy.document import parse
from lodekey.services.sts.mfa import shown_now
from lodekey.services.sts.sessions import (
    HOUR,
    SessionTags,
    packed_size,
    role_duration,
    session_policies,
    session_tags,
    shown,
    tags_given,
)
from lodekey.services.sts.shapes import AssumeRoleRequest, AssumeRoleResponse
from lodekey.store.port import Transaction


@dataclass(frozen=True, slots=True)
class TrustedRole:
    """A role as a thing to be assumed: its trust policy guards it.

    Args:
        role: The role.
        mfa: Whether the request shows a second factor.
    """

    role: Role
    mfa: bool = False

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return self.role.arn

    @property
    def account(self) -> str:
        """The role's account."""
        return self.role.account

    @property
    def guard(self) -> Guard:
        """The trust policy."""
        name = f"trust policy of role {self.role.name}"
        return Guard(policy=parse(self.role.trust, name=name, kind="trust"), style="trust")

    @property
    def tags(self) -> dict[str, str]:
        """The role's tags."""
        return self.role.tags


def find_role(tx: Transaction, arn: str) -> Role | None:
    """The role with this ARN; None: there is none.

    Raises:
        ValidationError: it is no role's ARN.
    """
    try:
        parts = Arn.parse(arn)
    except ValueError:
        raise ValidationError(f"{arn} is invalid") from None
    if parts.service != "iam" or not parts.resource.startswith("role/"):
        raise ValidationError(f"{arn} is invalid")
    role = ROLES.get(tx, parts.account, parts.resource.rpartition("/")[2].lower())
    return role if role is not None and role.arn == arn else None


def role_to_assume(ctx: Context, request: AssumeRoleRequest) -> TrustedRole:
    """The role that the request names. Nobody learns whether there is one that does not trust them.

    Raises:
        AccessDenied: the caller is the root, or shows a wrong MFA code.
    """
    if ctx.principal.caller.kind == "root":
        raise AccessDenied("Roles may not be assumed by root accounts.")
    arn = request["RoleArn"]
    role = find_role(ctx.tx, arn)
    if role is None:
        raise Missing(arn, not_authorized(ctx.principal.arn, arn))
    mfa = shown_now(ctx, request.get("SerialNumber", ""), request.get("TokenCode", ""))
    return TrustedRole(role, mfa)


def not_authorized(caller: str, role: str) -> AccessDenied:
    """What STS says where a role does not trust the caller, or is not there."""
    return AccessDenied(
        f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}"
    )


def assume_role_keys(
    ctx: Context, request: AssumeRoleRequest, target: TrustedRole | Bare
) -> dict[str, Value]:
    """STS's context keys, and the second factor shown with this very request.

    *target* is bare where there is no such role.
    """
    keys: dict[str, Value] = {
        **(resource_tags(target.role) if isinstance(target, TrustedRole) else {}),
        **tag_keys(session_tags_of(ctx, request)),
        "sts:rolesessionname": request["RoleSessionName"],
    }
    if "ExternalId" in request:
        keys["sts:externalid"] = request["ExternalId"]
    source_identity = _source_identity(ctx, request)
    if source_identity:
        keys["sts:sourceidentity"] = source_identity
    if request.get("TransitiveTagKeys"):
        keys["sts:transitivetagkeys"] = tuple(request["TransitiveTagKeys"])
    if isinstance(target, TrustedRole) and target.mfa:
        keys["aws:multifactorauthpresent"] = "true"
        keys["aws:multifactorauthage"] = "0"
    return keys


def resource_tags(role: Role) -> dict[str, Value]:
    """``iam:ResourceTag/…``."""
    return {f"iam:resourcetag/{name.lower()}": value for name, value in role.tags.items()}


def tag_keys(tags: SessionTags) -> dict[str, Value]:
    """``aws:RequestTag/…`` and ``aws:TagKeys``."""
    keys: dict[str, Value] = {
        f"aws:requesttag/{name.lower()}": value for name, value in tags.tags.items()
    }
    if tags.tags:
        keys["aws:tagkeys"] = tuple(tags.tags)
    return keys


def session_tags_of(ctx: Context, request: AssumeRoleRequest) -> SessionTags:
    """The tags that the session will have."""
    given = tags_given(request.get("Tags", []))
    return session_tags(given, request.get("TransitiveTagKeys", []), ctx.principal.session)


def _source_identity(ctx: Context, request: AssumeRoleRequest) -> str:
    """The session's source identity: once set it stays, along any chain of roles.

    Raises:
        AccessDenied: the request would change it.
    """
    session = ctx.principal.session
    there = "" if session is None else session.source_identity
    wanted = request.get("SourceIdentity", there)
    if there and wanted != there:
        raise AccessDenied(
            f"User: {ctx.principal.arn} is not authorized to change the source identity "
            "of its session"
        )
    return wanted


@operation(
    "sts:AssumeRole",
    on=role_to_assume,
    keys=assume_role_keys,
    writes=True,
    reveals=True,
    also=("sts:TagSession", "sts:SetSourceIdentity"),
    ignores=("ProvidedContexts", "MinimumSessionTokenSize"),
)
def assume_role(
    ctx: Context, request: AssumeRoleRequest, target: TrustedRole
) -> AssumeRoleResponse:
    """Hand out the credentials of a role session."""
    role, keys = target.role, assume_role_keys(ctx, request, target)
    tags = session_tags_of(ctx, request)
    if tags.tags:
        ctx.require("sts:TagSession", target, keys)
    source_identity = _source_identity(ctx, request)
    if source_identity:
        ctx.require("sts:SetSourceIdentity", target, keys)
    policies = session_policies(
        ctx.tx, role.account, request.get("Policy", ""), request.get("PolicyArns", [])
    )
    packed = packed_size(policies, tags.tags)
    chained = ctx.principal.caller.kind == "role"
    wanted = request.get("DurationSeconds", HOUR)
    duration = role_duration(wanted, role.max_session, chained=chained)
    claims = role_claims(
        role,
        request["RoleSessionName"],
        ctx.now,
        duration,
        policies=policies.texts,
        policy_arns=policies.arns,
        tags=tags.tags,
        transitive=tags.transitive,
        source_identity=source_identity,
        mfa=int(ctx.now) if target.mfa else None,
        source_function_arn=function_behind(ctx),
        chained=chained,
    )
    answer: AssumeRoleResponse = {
        "Credentials": shown(mint(ctx.gate.sealer, claims)),
        "AssumedRoleUser": assumed(role, claims.session),
    }
    if packed is not None:
        answer["PackedPolicySize"] = packed
    if source_identity:
        answer["SourceIdentity"] = source_identity
    return answer


def assumed(role: Role, session: str) -> Any:
    """The assumed-role user as answers show it."""
    return {"AssumedRoleId": f"{role.id}:{session}", "Arn": role.session_arn(session)}


def function_behind(ctx: Context) -> str:
    """The function that Lambda assumes a role for; empty unless Lambda itself asks.

    A service's own call carries it as a context key of the call; nobody else can set one.
    """
    value = ctx.keys.get("lambda:sourcefunctionarn", "")
    is_service = ctx.principal.caller.kind == "service"
    return value if is_service and isinstance(value, str) else ""
