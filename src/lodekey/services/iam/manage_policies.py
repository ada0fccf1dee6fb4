"""Managed policies: make, see, delete, list; who has them."""

from __future__ import annotations

from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity import aws_managed
from lodekey.identity.records import Group, ManagedPolicy, PolicyVersion, Role, User
from lodekey.services.iam import shown
from lodekey.services.iam.directory import (
    Attachment,
    attachments,
    enroll,
    everyone,
    forget,
    new_id,
)
from lodekey.services.iam.documents import must_be_policy
from lodekey.services.iam.errors import DeleteConflictException
from lodekey.services.iam.finding import (
    new_entity,
    own_policy_named,
    policies_below,
    policy_named,
)
from lodekey.services.iam.keys import of_tags
from lodekey.services.iam.paging import page
from lodekey.services.iam.quotas import MANAGED_POLICY_SIZE, must_fit, size_of
from lodekey.services.iam.shapes import (
    CreatePolicyRequest,
    CreatePolicyResponse,
    DeletePolicyRequest,
    GetPolicyRequest,
    GetPolicyResponse,
    ListEntitiesForPolicyRequest,
    ListEntitiesForPolicyResponse,
    ListPoliciesRequest,
    ListPoliciesResponse,
)
from lodekey.services.iam.tags import shown_tags, tags_given


def new_policy(ctx: Context, request: CreatePolicyRequest) -> Bare:
    """The policy to be."""
    return new_entity(ctx, ManagedPolicy, request["PolicyName"], request.get("Path", "/"))


@operation("iam:CreatePolicy", on=new_policy, keys=of_tags, writes=True, also=("iam:TagPolicy",))
def create_policy(ctx: Context, request: CreatePolicyRequest, name: Bare) -> CreatePolicyResponse:
    """Make a managed policy with its first version."""
    tags = tags_given(request.get("Tags", []))
    if tags:
        ctx.require("iam:TagPolicy", name, of_tags(ctx, request, name))
    text = request["PolicyDocument"]
    must_be_policy(text)
    must_fit("PolicySize", size_of(text), MANAGED_POLICY_SIZE)
    now = int(ctx.now)
    policy = ManagedPolicy(
        account=ctx.account,
        name=request["PolicyName"],
        id=new_id(ManagedPolicy),
        created=now,
        versions=(PolicyVersion(id="v1", text=text, created=now),),
        path=request.get("Path", "/"),
        description=request.get("Description", ""),
        tags=tags,
        updated=now,
    )
    enroll(ctx.tx, policy)
    made = shown.policy(policy, [])
    if tags:
        made["Tags"] = shown_tags(tags)
    return {"Policy": made}


@operation("iam:GetPolicy", on=policy_named)
def get_policy(ctx: Context, request: GetPolicyRequest, policy: ManagedPolicy) -> GetPolicyResponse:
    """Show a managed policy, without its document."""
    uses = attachments(ctx.tx, ctx.account).get(policy.arn, [])
    return {"Policy": shown.policy(policy, uses, whole=True)}


@operation("iam:DeletePolicy", on=own_policy_named, writes=True)
def delete_policy(ctx: Context, request: DeletePolicyRequest, policy: ManagedPolicy) -> None:
    """Delete a managed policy that nobody has and that has one version left."""
    if attachments(ctx.tx, ctx.account).get(policy.arn):
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflictException(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
    forget(ctx.tx, policy)


@operation("iam:ListPolicies", on=policies_below)
def list_policies(ctx: Context, request: ListPoliciesRequest, below: Bare) -> ListPoliciesResponse:
    """List managed policies: the account's own, AWS's, or both."""
    scope, prefix = request.get("Scope", "All"), request.get("PathPrefix", "/")
    uses = attachments(ctx.tx, ctx.account)
    policies = [
        *(everyone(ctx.tx, ManagedPolicy, ctx.account) if scope != "AWS" else ()),
        *(aws_managed.policies() if scope != "Local" else ()),
    ]
    wanted = [
        policy
        for policy in sorted(policies, key=lambda policy: policy.arn)
        if policy.path.startswith(prefix) and _is_used(request, uses.get(policy.arn, []))
    ]
    found = page(ctx, request, "ListPolicies", wanted, lambda policy: policy.arn)
    items = [shown.policy(policy, uses.get(policy.arn, [])) for policy in found.items]
    return {"Policies": items, **found.tail}


def _is_used(request: Any, uses: list[Attachment]) -> bool:
    """Whether a policy with these uses is in the listing that the request asks for."""
    usage = request.get("PolicyUsageFilter")
    if usage is not None:
        return any(use.boundary == (usage == "PermissionsBoundary") for use in uses)
    return not request.get("OnlyAttached", False) or any(not use.boundary for use in uses)


@operation("iam:ListEntitiesForPolicy", on=policy_named)
def list_entities_for_policy(
    ctx: Context, request: ListEntitiesForPolicyRequest, policy: ManagedPolicy
) -> ListEntitiesForPolicyResponse:
    """List the users, groups and roles that have a managed policy, or are bounded by it."""
    prefix, usage = request.get("PathPrefix", "/"), request.get("PolicyUsageFilter")
    kinds = {"User": User, "Group": Group, "Role": Role}
    wanted = kinds.get(request.get("EntityFilter", ""), object)
    entities = {
        use.entity.id: use.entity
        for use in attachments(ctx.tx, ctx.account).get(policy.arn, [])
        if isinstance(use.entity, wanted)
        and use.entity.path.startswith(prefix)
        and (usage is None or use.boundary == (usage == "PermissionsBoundary"))
    }
    ordered = sorted(entities.values(), key=lambda entity: entity.id)
    scope = f"ListEntitiesForPolicy {policy.arn}"
    found = page(ctx, request, scope, ordered, lambda entity: entity.id)
    return {
        "PolicyGroups": [
            {"GroupName": each.name, "GroupId": each.id}
            for each in found.items
            if isinstance(each, Group)
        ],
        "PolicyUsers": [
            {"UserName": each.name, "UserId": each.id}
            for each in found.items
            if isinstance(each, User)
        ],
        "PolicyRoles": [
            {"RoleName": each.name, "RoleId": each.id}
            for each in found.items
            if isinstance(each, Role)
        ],
        **found.tail,
    }
