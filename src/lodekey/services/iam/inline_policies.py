"""Inline policies of users, groups and roles."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.records import Group, Role, User
from lodekey.services.iam import quotas
from lodekey.services.iam.boundaries import must_be_ours
from lodekey.services.iam.directory import save
from lodekey.services.iam.documents import must_be_policy, must_not_exceed, shown
from lodekey.services.iam.errors import NoSuchEntityException
from lodekey.services.iam.finding import group_named, role_named, user_named
from lodekey.services.iam.keys import of_entity, of_grant
from lodekey.services.iam.paging import Page, page
from lodekey.services.iam.shapes import (
    DeleteGroupPolicyRequest,
    DeleteRolePolicyRequest,
    DeleteUserPolicyRequest,
    GetGroupPolicyRequest,
    GetGroupPolicyResponse,
    GetRolePolicyRequest,
    GetRolePolicyResponse,
    GetUserPolicyRequest,
    GetUserPolicyResponse,
    ListGroupPoliciesRequest,
    ListGroupPoliciesResponse,
    ListRolePoliciesRequest,
    ListRolePoliciesResponse,
    ListUserPoliciesRequest,
    ListUserPoliciesResponse,
    PutGroupPolicyRequest,
    PutRolePolicyRequest,
    PutUserPolicyRequest,
)


class Room(NamedTuple):
    """How much inline policy one kind of entity holds, and how AWS calls it."""

    word: str
    size: int


ROOMS: dict[type, Room] = {
    User: Room("user", quotas.USER_POLICY_SIZE),
    Group: Room("group", quotas.GROUP_POLICY_SIZE),
    Role: Room("role", quotas.ROLE_POLICY_SIZE),
}


def put(ctx: Context, entity: User | Group | Role, name: str, text: str) -> None:
    """Put an inline policy on an entity, in place of one of the same name."""
    must_be_ours(entity)
    must_be_policy(text)
    room = ROOMS[type(entity)]
    others = sum(quotas.size_of(each) for key, each in entity.inline.items() if key != name)
    must_not_exceed(text, others, room.size, f"{room.word} {entity.name}")
    save(ctx.tx, replace(entity, inline={**entity.inline, name: text}))


def text_of(entity: User | Group | Role, name: str) -> str:
    """The inline policy of that name.

    Raises:
        NoSuchEntityException: there is none.
    """
    text = entity.inline.get(name)
    if text is None:
        word = ROOMS[type(entity)].word
        raise NoSuchEntityException(f"The {word} policy with name {name} cannot be found.")
    return text


def drop(ctx: Context, entity: User | Group | Role, name: str) -> None:
    """Take an inline policy off an entity."""
    must_be_ours(entity)
    text_of(entity, name)
    rest = {key: text for key, text in entity.inline.items() if key != name}
    save(ctx.tx, replace(entity, inline=rest))


def names(ctx: Context, request: Any, entity: User | Group | Role) -> Page[str]:
    """A page of an entity's inline policies' names."""
    return page(ctx, request, f"inline policies {entity.id}", sorted(entity.inline))


@operation("iam:PutUserPolicy", on=user_named, keys=of_grant, writes=True)
def put_user_policy(ctx: Context, request: PutUserPolicyRequest, user: User) -> None:
    """Put an inline policy on a user."""
    put(ctx, user, request["PolicyName"], request["PolicyDocument"])


@operation("iam:PutGroupPolicy", on=group_named, writes=True)
def put_group_policy(ctx: Context, request: PutGroupPolicyRequest, group: Group) -> None:
    """Put an inline policy on a group."""
    put(ctx, group, request["PolicyName"], request["PolicyDocument"])


@operation("iam:PutRolePolicy", on=role_named, keys=of_grant, writes=True)
def put_role_policy(ctx: Context, request: PutRolePolicyRequest, role: Role) -> None:
    """Put an inline policy on a role."""
    put(ctx, role, request["PolicyName"], request["PolicyDocument"])


@operation("iam:GetUserPolicy", on=user_named, keys=of_entity)
def get_user_policy(
    ctx: Context, request: GetUserPolicyRequest, user: User
) -> GetUserPolicyResponse:
    """Show an inline policy of a user."""
    name = request["PolicyName"]
    text = shown(text_of(user, name))
    return {"UserName": user.name, "PolicyName": name, "PolicyDocument": text}


@operation("iam:GetGroupPolicy", on=group_named)
def get_group_policy(
    ctx: Context, request: GetGroupPolicyRequest, group: Group
) -> GetGroupPolicyResponse:
    """Show an inline policy of a group."""
    name = request["PolicyName"]
    text = shown(text_of(group, name))
    return {"GroupName": group.name, "PolicyName": name, "PolicyDocument": text}


@operation("iam:GetRolePolicy", on=role_named, keys=of_entity)
def get_role_policy(
    ctx: Context, request: GetRolePolicyRequest, role: Role
) -> GetRolePolicyResponse:
    """Show an inline policy of a role."""
    name = request["PolicyName"]
    text = shown(text_of(role, name))
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": text}


@operation("iam:DeleteUserPolicy", on=user_named, keys=of_grant, writes=True)
def delete_user_policy(ctx: Context, request: DeleteUserPolicyRequest, user: User) -> None:
    """Take an inline policy off a user."""
    drop(ctx, user, request["PolicyName"])


@operation("iam:DeleteGroupPolicy", on=group_named, writes=True)
def delete_group_policy(ctx: Context, request: DeleteGroupPolicyRequest, group: Group) -> None:
    """Take an inline policy off a group."""
    drop(ctx, group, request["PolicyName"])


@operation("iam:DeleteRolePolicy", on=role_named, keys=of_grant, writes=True)
def delete_role_policy(ctx: Context, request: DeleteRolePolicyRequest, role: Role) -> None:
    """Take an inline policy off a role."""
    drop(ctx, role, request["PolicyName"])


@operation("iam:ListUserPolicies", on=user_named, keys=of_entity)
def list_user_policies(
    ctx: Context, request: ListUserPoliciesRequest, user: User
) -> ListUserPoliciesResponse:
    """List a user's inline policies."""
    found = names(ctx, request, user)
    return {"PolicyNames": found.items, **found.tail}


@operation("iam:ListGroupPolicies", on=group_named)
def list_group_policies(
    ctx: Context, request: ListGroupPoliciesRequest, group: Group
) -> ListGroupPoliciesResponse:
    """List a group's inline policies."""
    found = names(ctx, request, group)
    return {"PolicyNames": found.items, **found.tail}


@operation("iam:ListRolePolicies", on=role_named, keys=of_entity)
def list_role_policies(
    ctx: Context, request: ListRolePoliciesRequest, role: Role
) -> ListRolePoliciesResponse:
    """List a role's inline policies."""
    found = names(ctx, request, role)
    return {"PolicyNames": found.items, **found.tail}
