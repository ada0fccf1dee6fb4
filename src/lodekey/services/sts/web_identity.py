"""AssumeRoleWithWebIdentity: become a role with an OpenID Connect token instead of credentials."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.errors import AccessDenied, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.credentials import mint
from lodekey.identity.principals import Principal
from lodekey.identity.principals_of import role_claims
from lodekey.identity.records import OIDC_PROVIDERS, OidcProvider, Role
from lodekey.policy.ask import Caller, Value
from lodekey.services.sts.assume_role import (
    TrustedRole,
    assumed,
    find_role,
    resource_tags,
    tag_keys,
)
from lodekey.services.sts.identity_tokens import WebIdentity, believe
from lodekey.services.sts.sessions import (
    HOUR,
    SessionTags,
    packed_size,
    role_duration,
    session_policies,
    session_tags,
    shown,
)
from lodekey.services.sts.shapes import (
    AssumeRoleWithWebIdentityRequest,
    AssumeRoleWithWebIdentityResponse,
)

ACTION = "sts:AssumeRoleWithWebIdentity"
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def role_named(ctx: Context, request: AssumeRoleWithWebIdentityRequest) -> TrustedRole:
    """The role that the request names. Nobody learns whether there is one.

    Raises:
        AccessDenied: there is none.
    """
    role = find_role(ctx.tx, request["RoleArn"])
    if role is None:
        raise AccessDenied(NOT_AUTHORIZED)
    return TrustedRole(role)


@operation(
    ACTION,
    on=role_named,
    writes=True,
    reveals=True,
    unsigned=True,
    open_to_all=True,
    ignores=("MinimumSessionTokenSize",),
)
def assume_role_with_web_identity(
    ctx: Context, request: AssumeRoleWithWebIdentityRequest, target: TrustedRole
) -> AssumeRoleWithWebIdentityResponse:
    """Hand out a role session to whom the token speaks of, if the role trusts the issuer for it."""
    if "ProviderId" in request:
        raise ValidationError("ProviderId is for OAuth 2.0 access tokens, which are not offered")
    role = target.role
    who = believe(request["WebIdentityToken"], lambda url: _provider(ctx, role, url), ctx.now)
    provider = f"arn:aws:iam::{role.account}:oidc-provider/{who.issuer}"
    tags = session_tags(who.tags, who.transitive, None)
    keys = token_keys(role, who, tags, request["RoleSessionName"])
    asking = replace(ctx, principal=_bearer(provider))
    for action in (ACTION, *_also(tags, who)):
        if not asking.allows(action, target, keys):
            raise AccessDenied(NOT_AUTHORIZED if action == ACTION else _lacks(action))
    policies = session_policies(
        ctx.tx, role.account, request.get("Policy", ""), request.get("PolicyArns", [])
    )
    packed = packed_size(policies, tags.tags)
    duration = role_duration(request.get("DurationSeconds", HOUR), role.max_session, chained=False)
    claims = role_claims(
        role,
        request["RoleSessionName"],
        ctx.now,
        duration,
        policies=policies.texts,
        policy_arns=policies.arns,
        tags=tags.tags,
        transitive=tags.transitive,
        source_identity=who.source_identity,
        federated_provider=provider,
    )
    answer: AssumeRoleWithWebIdentityResponse = {
        "Credentials": shown(mint(ctx.gate.sealer, claims)),
        "SubjectFromWebIdentityToken": who.subject,
        "AssumedRoleUser": assumed(role, claims.session),
        "Provider": provider,
        "Audience": who.audience,
    }
    if packed is not None:
        answer["PackedPolicySize"] = packed
    if who.source_identity:
        answer["SourceIdentity"] = who.source_identity
    return answer


def token_keys(role: Role, who: WebIdentity, tags: SessionTags, session: str) -> dict[str, Value]:
    """The context keys of a web identity: ``ISSUER:aud``, ``:sub``, ``:amr``, ``:oaud``."""
    issuer = who.issuer.lower()
    keys: dict[str, Value] = {
        **resource_tags(role),
        **tag_keys(tags),
        "sts:rolesessionname": session,
        f"{issuer}:aud": who.audience,
        f"{issuer}:sub": who.subject,
    }
    if who.audiences:
        keys[f"{issuer}:oaud"] = who.audiences[0]
    if who.methods:
        keys[f"{issuer}:amr"] = who.methods
    if who.source_identity:
        keys["sts:sourceidentity"] = who.source_identity
    if tags.transitive:
        keys["sts:transitivetagkeys"] = tags.transitive
    return keys


def _provider(ctx: Context, role: Role, url: str) -> OidcProvider | None:
    """The registration of an issuer in the role's own account."""
    return OIDC_PROVIDERS.get(ctx.tx, role.account, url)


def _bearer(provider: str) -> Principal:
    """Whoever holds a token: nobody, save that the issuer vouches for them."""
    caller = Caller(kind="anonymous", arn="", account="", direct=frozenset(), federated=provider)
    return Principal(
        caller=caller,
        access_key_id="",
        user_id="",
        name="",
        principal_arn="",
        type="WebIdentityUser",
        keys={"aws:federatedprovider": provider, "aws:principalisawsservice": "false"},
    )


def _also(tags: SessionTags, who: WebIdentity) -> tuple[str, ...]:
    """What the role has to trust the issuer for besides."""
    tagging = ("sts:TagSession",) if tags.tags else ()
    return (*tagging, *(("sts:SetSourceIdentity",) if who.source_identity else ()))


def _lacks(action: str) -> str:
    return f"Not authorized to perform {action}"
