"""Gather the context keys and the policies, ask for the decision, word the refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from lodekey.errors import AccessDenied, AccessDeniedException, ApiError
from lodekey.gate.context import Context
from lodekey.gate.operation import AnyOperation, Resource
from lodekey.identity.organization import levels_of
from lodekey.policy.ask import Ask, Decision, Guard, Keys
from lodekey.policy.denial import denial_message
from lodekey.policy.document import Document
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


_MOST_KNOWN: Final = 4_096
"""Answers kept for one principal."""


class _Gathering:
    """The context keys of one question, not gathered before they are asked for."""

    __slots__ = ("_action", "_ctx", "_fill", "_request", "_resource", "gathered")

    def __init__(
        self, ctx: Context, action: str, request: Any, resource: Resource, fill: Any
    ) -> None:
        self._ctx = ctx
        self._action = action
        self._request = request
        self._resource = resource
        self._fill = fill
        self.gathered: dict[str, Any] | None = None

    def __call__(self) -> Keys:
        if self.gathered is None:
            self.gathered = context_keys(self._ctx, self._action, self._resource)
            if self._fill is not None:
                self.gathered.update(self._fill(self._ctx, self._request, self._resource))
        return self.gathered


def refused(
    ctx: Context, op: AnyOperation, request: Any, resource: Resource
) -> tuple[Ask, Decision] | None:
    """The question whether the caller may do *op* to *resource*, and the answer; None: it may.

    An Allow that looked at no context key depends on nothing but the principal, the action, the
    resource and its policies. Principals and guards are made anew when a record behind them
    changes, so for these very objects the answer holds and is kept with the principal. The
    organization is among the records behind whoever has an access key, so its policies need no
    second look.
    """
    principal, action = ctx.principal, op.action
    arn, account, guard = resource.arn, resource.account, resource.guard
    known = principal.memo.get((action, arn))
    if known is not None and known[0] is guard and known[1] == account:
        return None
    rcps = _rcps(ctx, action, account)
    keys = _Gathering(ctx, action, request, resource, op.keys)
    ask = Ask(principal.caller, action, arn, account, keys)
    decision = decide(ask, replace(guard, rcps=rcps) if rcps else guard)
    if not decision.allowed:
        return ask, decision
    if keys.gathered is None and principal.access_key_id:
        if len(principal.memo) >= _MOST_KNOWN:
            principal.memo.clear()
        principal.memo[action, arn] = (guard, account)
    return None


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
    guard, rcps = resource.guard, _rcps(ctx, ask.action, resource.account)
    return replace(guard, rcps=rcps) if rcps else guard


def _rcps(ctx: Context, action: str, account: str) -> tuple[tuple[Document, ...], ...]:
    """The resource control policies that speak of such a question."""
    is_linked = SERVICE_LINKED in ctx.principal.principal_arn  # "RCPs don't affect" these roles
    if is_linked or action[: action.find(":")] not in RCP_SERVICES:
        return ()
    return levels_of(ctx.tx, account).rcps


def decide_on(ctx: Context, ask: Ask, resource: Resource) -> Decision:
    """Decide."""
    return decide(ask, guard_of(ctx, ask, resource))


def refusal(service: str, ask: Ask, decision: Decision) -> ApiError:
    """AWS's common refusal, in the class that the service's clients expect."""
    message = denial_message(ask, decision)
    if service in PLAIN_DENIAL:
        return AccessDenied(message)
    return AccessDeniedException(message)
