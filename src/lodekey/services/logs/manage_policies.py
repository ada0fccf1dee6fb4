"""PutResourcePolicy, DescribeResourcePolicies, DeleteResourcePolicy."""

from __future__ import annotations

import uuid
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.document import MalformedPolicy, validate
from lodekey.services.logs import groups
from lodekey.services.logs.errors import (
    InvalidParameterException,
    LimitExceededException,
    OperationAbortedException,
    ResourceNotFoundException,
)
from lodekey.services.logs.find_groups import NO_GROUP, now_in
from lodekey.services.logs.groups import GROUPS, UNSHARED
from lodekey.services.logs.manage_groups import page_position
from lodekey.services.logs.policies import (
    ACCOUNT_SCOPE,
    MAX_ACCOUNT_POLICIES,
    POLICIES,
    RESOURCE_SCOPE,
    LogPolicy,
    policies_in,
)
from lodekey.services.logs.shapes import (
    DeleteResourcePolicyRequest,
    DescribeResourcePoliciesRequest,
    DescribeResourcePoliciesResponse,
    PutResourcePolicyRequest,
    PutResourcePolicyResponse,
    ResourcePolicy,
)

PAGE = 50


def everything(ctx: Context, request: Any) -> Bare:
    """All of the account's logs: AWS knows no narrower resource here."""
    return Bare(f"arn:aws:logs:{ctx.region}:{ctx.account}:*", ctx.account, UNSHARED)


def _group_arn(ctx: Context, arn: str) -> str:
    """The ARN of a group that is there, without a ``:*`` at its end."""
    name = groups.group_name(arn)
    group = GROUPS.get(ctx.tx, ctx.account, ctx.region, name)
    if group is None or not arn.startswith(group.arn):
        raise ResourceNotFoundException(NO_GROUP)
    return group.arn


def _key(ctx: Context, name: str, resource: str) -> tuple[str, str, str, str]:
    if resource:
        return ctx.account, ctx.region, RESOURCE_SCOPE, resource
    if not name.isprintable() or not name:
        raise InvalidParameterException("policyName is required.")
    return ctx.account, ctx.region, ACCOUNT_SCOPE, name


def _must_be_seen(old: LogPolicy | None, expected: str | None) -> None:
    """Refuse to change a log group's policy that is not as the caller saw it."""
    if (old.revision if old else None) != expected:
        raise OperationAbortedException(
            "The expected revision id does not match the revision of the resource policy."
        )


@operation("logs:PutResourcePolicy", on=everything, writes=True)
def put_resource_policy(
    ctx: Context, request: PutResourcePolicyRequest, all_: Bare
) -> PutResourcePolicyResponse:
    """Let AWS services write logs to the account, or to one log group."""
    text = request.get("policyDocument", "")
    try:
        validate(text, "resource")
    except MalformedPolicy as error:
        raise InvalidParameterException(error.message) from error
    resource = _group_arn(ctx, request["resourceArn"]) if request.get("resourceArn") else ""
    name = "" if resource else request.get("policyName", "")
    key = _key(ctx, name, resource)
    old = POLICIES.get(ctx.tx, *key)
    if resource:
        _must_be_seen(old, request.get("expectedRevisionId"))
    elif old is None:
        there = policies_in(ctx.tx, ctx.account, ctx.region, ACCOUNT_SCOPE)
        if len(there) >= MAX_ACCOUNT_POLICIES:
            raise LimitExceededException("Resource limit exceeded.")
    made = LogPolicy(name, text, now_in(ctx), resource, uuid.uuid4().hex if resource else "")
    POLICIES.put(ctx.tx, *key, record=made)
    answer: PutResourcePolicyResponse = {"resourcePolicy": shown(made)}
    if resource:
        answer["revisionId"] = made.revision
    return answer


def shown(policy: LogPolicy) -> ResourcePolicy:
    """A policy as DescribeResourcePolicies shows it."""
    answer: ResourcePolicy = {
        "policyDocument": policy.document,
        "lastUpdatedTime": policy.updated,
        "policyScope": policy.scope,
    }
    if policy.resource:
        answer["resourceArn"] = policy.resource
        answer["revisionId"] = policy.revision
    else:
        answer["policyName"] = policy.name
    return answer


@operation("logs:DescribeResourcePolicies", on=everything)
def describe_resource_policies(
    ctx: Context, request: DescribeResourcePoliciesRequest, all_: Bare
) -> DescribeResourcePoliciesResponse:
    """List resource policies: of the account, or of log groups."""
    resource = request.get("resourceArn")
    policy_scope = request.get("policyScope", RESOURCE_SCOPE if resource else ACCOUNT_SCOPE)
    scope = f"logs:DescribeResourcePolicies {ctx.account} {ctx.region} {policy_scope}"
    after = page_position(ctx, scope, request.get("nextToken"))
    wanted = _group_arn(ctx, resource) if resource else ""
    found: list[ResourcePolicy] = []
    last = ""
    for (name,), policy in POLICIES.scan(
        ctx.tx, ctx.account, ctx.region, policy_scope, after=after
    ):
        if wanted and policy.resource != wanted:
            continue
        if len(found) == request.get("limit", PAGE):
            token = ctx.gate.pages.token(scope, last)
            return {"resourcePolicies": found, "nextToken": token}
        found.append(shown(policy))
        last = name
    return {"resourcePolicies": found}


@operation("logs:DeleteResourcePolicy", on=everything, writes=True)
def delete_resource_policy(ctx: Context, request: DeleteResourcePolicyRequest, all_: Bare) -> None:
    """Take a resource policy back."""
    resource = _group_arn(ctx, request["resourceArn"]) if request.get("resourceArn") else ""
    key = _key(ctx, request.get("policyName", ""), resource)
    old = POLICIES.get(ctx.tx, *key)
    if old is None:
        raise ResourceNotFoundException("Policy with that name does not exist.")
    if resource:
        _must_be_seen(old, request.get("expectedRevisionId"))
    POLICIES.delete(ctx.tx, *key)
