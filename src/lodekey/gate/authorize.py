"""Gather the context keys and the policies, ask for the decision, word the refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lodekey.errors import AccessDenied, AccessDeniedException, ApiError
from lodekey.gate.context import Context
from lodekey.gate.operation import AnyOperation, Resource
from lodekey.identity.organization import levels_of
from lodekey.policy.ask import Ask, Decision, Guard, Keys
from lodekey.policy.denial import denial_message
from lodekey.policy.evaluate import decide

# aws:CalledVia is filled by few services; Parameter Store and Secrets Manager are not among them.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
CALLED_VIA = frozenset({"cloudformation"})

# The services of ours that resource control policies reach (POLICY §2).
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
RCP_SERVICES = frozenset({"kms", "secretsmanager", "sts", "s3", "logs"})

SERVICE_LINKED = ":role/aws-service-role/"

# These services name their refusal AccessDenied, the others AccessDeniedException.
PLAIN_DENIAL = frozenset({"iam", "sts", "cloudformation", "s3"})


def question(
    ctx: Context,
    action: str,
    resource: Resource,
    own: Callable[[], Keys] | None,
) -> Ask:
    """Put the question whether the caller may do *action* to *resource*.

    The context keys are gathered once, and only if a statement that matches has a condition.
    """
    gathered: dict[str, Any] | None = None

    def keys() -> Keys:
        nonlocal gathered
        if gathered is None:
            gathered = context_keys(ctx, action, resource)
            if own is not None:
                gathered.update(own())
        return gathered

    return Ask(ctx.principal.caller, action, resource.arn, resource.account, keys)


def own_keys(
    ctx: Context, op: AnyOperation, request: Any, resource: Resource
) -> Callable[[], Keys] | None:
    """The service's own context keys for this request, not yet asked for."""
    fill = op.keys
    return None if fill is None else lambda: fill(ctx, request, resource)


def context_keys(ctx: Context, action: str, resource: Resource) -> dict[str, Any]:
    """The context keys that hold whatever the service (POLICY §6), lower-case names."""
    now = dt.datetime.fromtimestamp(ctx.now, dt.UTC)
    keys: dict[str, Any] = {
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(ctx.now)),
        "aws:securetransport": "true" if ctx.came.secure else "false",
        "aws:requestedregion": ctx.region,
        "aws:viaawsservice": "true" if ctx.via else "false",
        **ctx.principal.keys,
        **ctx.keys,
    }
    session = ctx.principal.session
    if session is not None and session.mfa is not None:
        keys["aws:multifactorauthage"] = str(int(ctx.now) - session.mfa)
    if ctx.came.user_agent:
        keys["aws:useragent"] = ctx.came.user_agent
    if ctx.came.source_ip and not ctx.via:
        keys["aws:sourceip"] = ctx.came.source_ip
    if ctx.via in CALLED_VIA:
        name = f"{ctx.via}.amazonaws.com"
        keys.update(
            {"aws:calledvia": (name,), "aws:calledviafirst": name, "aws:calledvialast": name}
        )
    if action.startswith("kms:"):
        keys["kms:calleraccount"] = ctx.account
        if ctx.via:
            keys["kms:viaservice"] = f"{ctx.via}.{ctx.region}.amazonaws.com"
    if resource.account:
        keys["aws:resourceaccount"] = resource.account
        levels = levels_of(ctx.tx, resource.account)
        if levels.organization:
            keys["aws:resourceorgid"] = levels.organization
            keys["aws:resourceorgpaths"] = (levels.path,)
    for name, value in resource.tags.items():
        keys[f"aws:resourcetag/{name.lower()}"] = value
    return keys


def guard_of(ctx: Context, ask: Ask, resource: Resource) -> Guard:
    """The resource's policies, with its account's resource control policies where they apply."""
    guard = resource.guard
    is_linked = SERVICE_LINKED in ctx.principal.principal_arn  # "RCPs don't affect" these roles
    if is_linked or ask.action.partition(":")[0] not in RCP_SERVICES:
        return guard
    rcps = levels_of(ctx.tx, resource.account).rcps
    return replace(guard, rcps=rcps) if rcps else guard


def decide_on(ctx: Context, ask: Ask, resource: Resource) -> Decision:
    """Decide."""
    return decide(ask, guard_of(ctx, ask, resource))


def refusal(service: str, ask: Ask, decision: Decision) -> ApiError:
    """AWS's common refusal, in the class that the service's clients expect."""
    message = denial_message(ask, decision)
    if service in PLAIN_DENIAL:
        return AccessDenied(message)
    return AccessDeniedException(message)
