"""Managed policies on users, groups and roles, and permissions boundaries."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.policies_of import managed_policy
from lodekey.identity.records import Group, Role, User
from lodekey.services.iam import shown
from lodekey.services.iam.boundaries import attachable, must_be_boundary, must_be_ours
from lodekey.services.iam.directory import save
from lodekey.services.iam.errors import NoSuchEntityException
from lodekey.services.iam.finding import group_named, role_named, user_named
from lodekey.services.iam.keys import of_entity, of_grant, of_new
from lodekey.services.iam.paging import Page, page
from lodekey.services.iam.quotas import ATTACHED_PER_ENTITY, must_fit
from lodekey.services.iam.shapes import (
    AttachGroupPolicyRequest,
    AttachRolePolicyRequest,
    AttachUserPolicyRequest,
    DeleteRolePermissionsBoundaryRequest,
    DeleteUserPermissionsBoundaryRequest,
    DetachGroupPolicyRequest,
    DetachRolePolicyRequest,
    DetachUserPolicyRequest,
    ListAttachedGroupPoliciesRequest,
    ListAttachedGroupPoliciesResponse,
    ListAttachedRolePoliciesRequest,
    ListAttachedRolePoliciesResponse,
    ListAttachedUserPoliciesRequest,
    ListAttachedUserPoliciesResponse,
    PutRolePermissionsBoundaryRequest,
    PutUserPermissionsBoundaryRequest,
)

QUOTAS: dict[type, str] = {
    User: "PoliciesPerUser",
    Group: "PoliciesPerGroup",
    Role: "PoliciesPerRole",
}


def attach(ctx: Context, entity: User | Group | Role, arn: str) -> None:
    """Attach a managed policy; once more changes nothing."""
    must_be_ours(entity)
    attachable(ctx.tx, arn, ctx.account)
    if arn not in entity.attached:
        must_fit(QUOTAS[type(entity)], len(entity.attached) + 1, ATTACHED_PER_ENTITY)
        save(ctx.tx, replace(entity, attached=(*entity.attached, arn)))


def detach(ctx: Context, entity: User | Group | Role, arn: str) -> None:
    """Detach a managed policy.

    Raises:
        NoSuchEntityException: it is not attached.
    """
    must_be_ours(entity)
    if arn not in entity.attached:
        raise NoSuchEntityException(f"Policy {arn} was not found.")
    save(ctx.tx, replace(entity, attached=tuple(each for each in entity.attached if each != arn)))


def listed(ctx: Context, request: Any, entity: User | Group | Role) -> Page[str]:
    """A page of the ARNs of an entity's attached policies."""
    prefix = request.get("PathPrefix", "/")
    arns = [arn for arn in sorted(entity.attached) if _path(ctx, arn).startswith(prefix)]
    return page(ctx, request, f"attached policies {entity.id}", arns)


def _path(ctx: Context, arn: str) -> str:
    policy = managed_policy(ctx.tx, arn)
    return "/" if policy is None else policy.path


@operation("iam:AttachUserPolicy", on=user_named, keys=of_grant, writes=True)
def attach_user_policy(ctx: Context, request: AttachUserPolicyRequest, user: User) -> None:
    """Attach a managed policy to a user."""
    attach(ctx, user, request["PolicyArn"])


@operation("iam:AttachGroupPolicy", on=group_named, keys=of_grant, writes=True)
def attach_group_policy(ctx: Context, request: AttachGroupPolicyRequest, group: Group) -> None:
    """Attach a managed policy to a group."""
    attach(ctx, group, request["PolicyArn"])


@operation("iam:AttachRolePolicy", on=role_named, keys=of_grant, writes=True)
def attach_role_policy(ctx: Context, request: AttachRolePolicyRequest, role: Role) -> None:
    """Attach a managed policy to a role."""
    attach(ctx, role, request["PolicyArn"])


@operation("iam:DetachUserPolicy", on=user_named, keys=of_grant, writes=True)
def detach_user_policy(ctx: Context, request: DetachUserPolicyRequest, user: User) -> None:
    """Detach a managed policy from a user."""
    detach(ctx, user, request["PolicyArn"])


@operation("iam:DetachGroupPolicy", on=group_named, keys=of_grant, writes=True)
def detach_group_policy(ctx: Context, request: DetachGroupPolicyRequest, group: Group) -> None:
    """Detach a managed policy from a group."""
    detach(ctx, group, request["PolicyArn"])


@operation("iam:DetachRolePolicy", on=role_named, keys=of_grant, writes=True)
def detach_role_policy(ctx: Context, request: DetachRolePolicyRequest, role: Role) -> None:
    """Detach a managed policy from a role."""
    detach(ctx, role, request["PolicyArn"])


@operation("iam:ListAttachedUserPolicies", on=user_named, keys=of_entity)
def list_attached_user_policies(
    ctx: Context, request: ListAttachedUserPoliciesRequest, user: User
) -> ListAttachedUserPoliciesResponse:
    """List the managed policies of a user."""
    found = listed(ctx, request, user)
    return {"AttachedPolicies": [shown.attached(arn) for arn in found.items], **found.tail}


@operation("iam:ListAttachedGroupPolicies", on=group_named)
def list_attached_group_policies(
    ctx: Context, request: ListAttachedGroupPoliciesRequest, group: Group
) -> ListAttachedGroupPoliciesResponse:
    """List the managed policies of a group."""
    found = listed(ctx, request, group)
    return {"AttachedPolicies": [shown.attached(arn) for arn in found.items], **found.tail}


@operation("iam:ListAttachedRolePolicies", on=role_named, keys=of_entity)
def list_attached_role_policies(
    ctx: Context, request: ListAttachedRolePoliciesRequest, role: Role
) -> ListAttachedRolePoliciesResponse:
    """List the managed policies of a role."""
    found = listed(ctx, request, role)
    return {"AttachedPolicies": [shown.attached(arn) for arn in found.items], **found.tail}


@operation("iam:PutUserPermissionsBoundary", on=user_named, keys=of_new, writes=True)
def put_user_permissions_boundary(
    ctx: Context, request: PutUserPermissionsBoundaryRequest, user: User
) -> None:
    """Bound what a user's policies can give."""
    _bound(ctx, user, request["PermissionsBoundary"])


@operation("iam:PutRolePermissionsBoundary", on=role_named, keys=of_new, writes=True)
def put_role_permissions_boundary(
    ctx: Context, request: PutRolePermissionsBoundaryRequest, role: Role
) -> None:
    """Bound what a role's policies can give."""
    _bound(ctx, role, request["PermissionsBoundary"])


@operation("iam:DeleteUserPermissionsBoundary", on=user_named, keys=of_grant, writes=True)
def delete_user_permissions_boundary(
    ctx: Context, request: DeleteUserPermissionsBoundaryRequest, user: User
) -> None:
    """Let a user's policies give all that they say."""
    _unbound(ctx, user)


@operation("iam:DeleteRolePermissionsBoundary", on=role_named, keys=of_grant, writes=True)
def delete_role_permissions_boundary(
    ctx: Context, request: DeleteRolePermissionsBoundaryRequest, role: Role
) -> None:
    """Let a role's policies give all that they say."""
    _unbound(ctx, role)


def _bound(ctx: Context, entity: User | Role, arn: str) -> None:
    must_be_ours(entity)
    must_be_boundary(ctx.tx, arn)
    save(ctx.tx, replace(entity, boundary=arn))


def _unbound(ctx: Context, entity: User | Role) -> None:
    must_be_ours(entity)
    if not entity.boundary:
        raise NoSuchEntityException(f"No permissions boundary is set on {entity.name}.")
    save(ctx.tx, replace(entity, boundary=""))
