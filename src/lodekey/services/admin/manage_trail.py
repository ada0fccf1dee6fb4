"""Explain, and VerifyTrail: why something was denied, and whether the records are sound."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from lodekey.arn import Arn, is_arn
from lodekey.errors import ApiError, Missing, ValidationException
from lodekey.gate import authorize
from lodekey.gate.context import Came, Context
from lodekey.gate.operation import Bare, Deferred, Resource, operation
from lodekey.identity.principal_named import principal_named
from lodekey.identity.principals import Principal
from lodekey.lazily import lazily
from lodekey.policy.ask import Ask, Keys, Value
from lodekey.services.admin.errors import NoSuchDecisionException, NoSuchPrincipalException
from lodekey.services.admin.shapes import (
    ExplainRequest,
    ExplainResponse,
    Explanation,
    Nothing,
    VerifyTrailResponse,
)

if TYPE_CHECKING:
    from lodekey.policy import explain as explaining
    from lodekey.policy import render as rendering
else:
    explaining = lazily("lodekey.policy.explain")
    rendering = lazily("lodekey.policy.render")

# How each service finds a resource: an operation of its, and the member that takes an ARN.
FINDERS = {
    "kms": ("kms", "DescribeKey", "KeyId"),
    "secretsmanager": ("secretsmanager", "GetSecretValue", "SecretId"),
    "ssm": ("ssm", "GetParameter", "Name"),
    "lambda": ("lambda", "GetFunction", "FunctionName"),
    "sts": ("sts", "AssumeRole", "RoleArn"),
}


def explained(ctx: Context, request: ExplainRequest) -> Bare:
    """What is explained: a decision of the caller's account, or of the principal's."""
    account = ctx.account
    principal = request.get("Principal", "")
    if is_arn(principal):
        account = Arn.parse(principal).account or account
    name = request.get("DecisionId", "*")
    return Bare(f"arn:aws:lodekey:{ctx.region}:{account}:decision/{name}", account)


@operation("lodekey:Explain", on=explained)
def explain(ctx: Context, request: ExplainRequest, target: Bare) -> ExplainResponse:
    """Say statement by statement why a request was denied, or what would become of one.

    With the policies as they are now: `Changed` tells where the answer is another than it was.
    """
    if "DecisionId" in request:
        found = list(_past(ctx, request["DecisionId"]))
        if not found:
            raise NoSuchDecisionException(
                f"The trail of account {ctx.account} holds no denial `{request['DecisionId']}`."
            )
        return {"Explanations": found}
    lacking = [name for name in ("Principal", "Action", "Resource") if name not in request]
    if lacking:
        raise ValidationException(f"Give a DecisionId, or also {', '.join(lacking)}.")
    given = {key.lower(): _value(values) for key, values in request.get("Context", {}).items()}
    ask = (request["Principal"], request["Action"], request["Resource"])
    return {"Explanations": [_explained(ctx, *ask, given, whole=False)]}


def _past(ctx: Context, decision: str) -> Iterator[Explanation]:
    """The denials with this id in the caller's account, explained."""
    events = ctx.gate.trail.events(
        where=lambda event: (
            event.request_id == decision
            and event.denied is not None
            and event.recipient_account == ctx.account
        )
    )
    for event in events:
        denied = event.denied or {}
        keys = {key: _value(value) for key, value in denied["keys"].items()}
        caller, action = denied["caller"], denied["action"]
        yield _explained(ctx, caller, action, denied["resource"], keys, whole=True)


def _value(value: Any) -> Value:
    """A context key's value: one text, or several."""
    if isinstance(value, str):
        return value
    return value[0] if len(value) == 1 else tuple(value)


def _explained(
    ctx: Context, caller: str, action: str, resource: str, given: Keys, *, whole: bool
) -> Explanation:
    principal = principal_named(ctx.tx, caller, ctx.now)
    if principal is None:
        raise NoSuchPrincipalException(f"There is no principal `{caller}`.")
    asked_of = located(ctx, principal, action, resource)
    keys = given if whole else {**_supposed(ctx, principal, action, asked_of), **given}
    ask = Ask(principal.caller, action, asked_of.arn, asked_of.account, lambda: keys)
    explanation = explaining.explain(ask, authorize.guard_of(ctx, ask, asked_of))
    allowed = explanation.decision.allowed
    return {
        "Text": rendering.render(explanation),
        "Json": json.dumps(explanation.to_json()),
        "Allowed": allowed,
        "Changed": whole and allowed,
    }


def located(ctx: Context, principal: Principal, action: str, resource: str) -> Resource:
    """The resource that an ARN names, with the policies that hang on it, if its room knows it."""
    bare = Bare(resource, Arn.parse(resource).account if is_arn(resource) else principal.account)
    finder = FINDERS.get(action.partition(":")[0].lower())
    op = ctx.gate.catalog.find(*finder[:2]) if finder else None
    if finder is None or op is None or not is_arn(resource):
        return bare
    inside = replace(ctx, principal=principal, region=Arn.parse(resource).region or ctx.region)
    try:
        found = op.on(inside, {finder[2]: resource})
    except (ApiError, Missing):
        return bare
    resources: tuple[Resource, ...] = found if type(found) is tuple else (found,)
    return next((each for each in resources if each.arn == resource), resources[0])


def _supposed(
    ctx: Context, principal: Principal, action: str, resource: Resource
) -> Mapping[str, Value]:
    """The context keys that any such request would carry; the caller's network is not known."""
    supposed = replace(ctx, principal=principal, came=Came(secure=True), via="")
    return authorize.context_keys(supposed, action, resource)


def own_trail(ctx: Context, request: Nothing) -> Bare:
    """The server's trail: a matter of the first account."""
    managing = ctx.gate.settings.account
    return Bare(f"arn:aws:lodekey::{managing}:trail", managing)


@operation("lodekey:VerifyTrail", on=own_trail)
def verify_trail(
    ctx: Context, request: Nothing, target: Bare
) -> VerifyTrailResponse | Deferred[VerifyTrailResponse]:
    """Read the whole trail again, beside everything else, and say what is wrong with it."""
    trail, background = ctx.gate.trail, ctx.gate.background

    async def finish() -> VerifyTrailResponse:
        report = await background.in_thread(trail.verify)
        return {"Sound": report.ok, "Records": report.events, "Findings": list(report.findings)}

    return Deferred(finish)
