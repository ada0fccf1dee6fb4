"""GetSessionToken and GetFederationToken: temporary credentials of a user or the root."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.errors import AccessDenied
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.credentials import SessionClaims, SessionKind, mint
from lodekey.identity.records import NOT_SHARED
from lodekey.policy.ask import Value
from lodekey.services.sts.assume_role import tag_keys
from lodekey.services.sts.mfa import shown_now
from lodekey.services.sts.sessions import (
    HOUR,
    SessionTags,
    packed_size,
    session_policies,
    shown,
    tags_given,
)
from lodekey.services.sts.shapes import (
    GetFederationTokenRequest,
    GetFederationTokenResponse,
    GetSessionTokenRequest,
    GetSessionTokenResponse,
)

HALF_A_DAY = 12 * HOUR


def everything(ctx: Context, request: GetSessionTokenRequest) -> Bare:
    """``*``: no policy can forbid a caller to prove a second factor."""
    return Bare("*", ctx.account, NOT_SHARED)


def federated_user(ctx: Context, request: GetFederationTokenRequest) -> Bare:
    """The federated user to be."""
    arn = f"arn:aws:sts::{ctx.account}:federated-user/{request['Name']}"
    return Bare(arn, ctx.account, NOT_SHARED)


def federation_keys(
    ctx: Context, request: GetFederationTokenRequest, target: Bare
) -> dict[str, Value]:
    """The tags asked for."""
    return tag_keys(SessionTags(tags_given(request.get("Tags", [])), ()))


@operation(
    "sts:GetSessionToken",
    on=everything,
    writes=True,
    reveals=True,
    open_to_all=True,
    ignores=("MinimumSessionTokenSize",),
)
def get_session_token(
    ctx: Context, request: GetSessionTokenRequest, target: Bare
) -> GetSessionTokenResponse:
    """Hand out temporary credentials of the caller, with a second factor if one is shown."""
    kind = _must_be_long_term(ctx, "GetSessionToken")
    mfa = shown_now(ctx, request.get("SerialNumber", ""), request.get("TokenCode", ""))
    seconds = request.get("DurationSeconds", HALF_A_DAY)
    claims = _claims(ctx, kind, min(seconds, HOUR) if kind == "root" else seconds)
    if mfa:
        claims = replace(claims, mfa=claims.issued)
    return {"Credentials": shown(mint(ctx.gate.sealer, claims))}


@operation(
    "sts:GetFederationToken",
    on=federated_user,
    keys=federation_keys,
    writes=True,
    reveals=True,
    also=("sts:TagSession",),
    ignores=("MinimumSessionTokenSize",),
)
def get_federation_token(
    ctx: Context, request: GetFederationTokenRequest, target: Bare
) -> GetFederationTokenResponse:
    """Hand out temporary credentials for somebody whom the caller vouches for."""
    kind = _must_be_long_term(ctx, "GetFederationToken")
    tags = tags_given(request.get("Tags", []))
    if tags:
        ctx.require("sts:TagSession", target, federation_keys(ctx, request, target))
    policies = session_policies(
        ctx.tx, ctx.account, request.get("Policy", ""), request.get("PolicyArns", [])
    )
    packed = packed_size(policies, tags)
    seconds = request.get("DurationSeconds", HALF_A_DAY)
    plain = _claims(ctx, kind, min(seconds, HOUR) if kind == "root" else seconds)
    claims = replace(
        plain,
        kind="federated",
        session=request["Name"],
        policies=policies.texts,
        policy_arns=policies.arns,
        tags=tags,
    )
    answer: GetFederationTokenResponse = {
        "Credentials": shown(mint(ctx.gate.sealer, claims)),
        "FederatedUser": {
            "FederatedUserId": f"{ctx.account}:{request['Name']}",
            "Arn": target.arn,
        },
    }
    if packed is not None:
        answer["PackedPolicySize"] = packed
    return answer


def _must_be_long_term(ctx: Context, operation_name: str) -> SessionKind:
    """What sort of session the caller can get.

    Raises:
        AccessDenied: the caller has no long-term credentials.
    """
    principal = ctx.principal
    if principal.session is not None or principal.type not in {"User", "Account"}:
        raise AccessDenied(f"Cannot call {operation_name} with session credentials")
    return "user" if principal.type == "User" else "root"


def _claims(ctx: Context, kind: SessionKind, seconds: int) -> SessionClaims:
    return SessionClaims(
        kind=kind,
        account=ctx.account,
        name=ctx.principal.name,
        id=ctx.principal.user_id,
        issued=int(ctx.now),
        expires=int(ctx.now) + seconds,
    )
