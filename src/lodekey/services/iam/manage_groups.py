"""Groups: make, see, change, delete, list; who is in them."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import Group, User
from lodekey.services.iam import shown
from lodekey.services.iam.directory import (
    enroll,
    everyone,
    find,
    forget,
    members_of,
    named,
    new_id,
    rename,
    save,
)
from lodekey.services.iam.errors import DeleteConflictException
from lodekey.services.iam.finding import group_named, groups_below, new_entity, user_named
from lodekey.services.iam.paging import page
from lodekey.services.iam.quotas import GROUPS_PER_USER, must_fit
from lodekey.services.iam.shapes import (
    AddUserToGroupRequest,
    CreateGroupRequest,
    CreateGroupResponse,
    DeleteGroupRequest,
    GetGroupRequest,
    GetGroupResponse,
    ListGroupsForUserRequest,
    ListGroupsForUserResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    RemoveUserFromGroupRequest,
    UpdateGroupRequest,
)


def new_group(ctx: Context, request: CreateGroupRequest) -> Bare:
    """The group to be."""
    return new_entity(ctx, Group, request["GroupName"], request.get("Path", "/"))


@operation("iam:CreateGroup", on=new_group, writes=True)
def create_group(ctx: Context, request: CreateGroupRequest, name: Bare) -> CreateGroupResponse:
    """Make a group, without members and without rights."""
    group = Group(
        account=ctx.account,
        name=request["GroupName"],
        id=new_id(Group),
        created=int(ctx.now),
        path=request.get("Path", "/"),
    )
    enroll(ctx.tx, group)
    return {"Group": shown.group(group)}


@operation("iam:GetGroup", on=group_named)
def get_group(ctx: Context, request: GetGroupRequest, group: Group) -> GetGroupResponse:
    """Show a group and its members."""
    users = members_of(ctx.tx, group)
    found = page(ctx, request, f"GetGroup {group.id}", users, lambda user: user.name.lower())
    return {
        "Group": shown.group(group),
        "Users": [shown.user(user) for user in found.items],
        **found.tail,
    }


@operation("iam:UpdateGroup", on=group_named, writes=True)
def update_group(ctx: Context, request: UpdateGroupRequest, group: Group) -> None:
    """Give a group another name or path; its members stay."""
    changed = replace(
        group,
        name=request.get("NewGroupName", group.name),
        path=request.get("NewPath", group.path),
    )
    ctx.require("iam:UpdateGroup", changed)
    members = members_of(ctx.tx, group)
    rename(ctx.tx, group, changed)
    for user in members:
        groups = tuple(changed.name if name == group.name else name for name in user.groups)
        save(ctx.tx, replace(user, groups=groups))


@operation("iam:DeleteGroup", on=group_named, writes=True)
def delete_group(ctx: Context, request: DeleteGroupRequest, group: Group) -> None:
    """Delete a group that has no members and no policies."""
    hanging = (
        (group.attached, "must detach all policies first."),
        (group.inline, "must delete policies first."),
        (members_of(ctx.tx, group), "must remove users from group first."),
    )
    for there, remedy in hanging:
        if there:
            raise DeleteConflictException(f"Cannot delete entity, {remedy}")
    forget(ctx.tx, group)


@operation("iam:ListGroups", on=groups_below)
def list_groups(ctx: Context, request: ListGroupsRequest, below: Bare) -> ListGroupsResponse:
    """List the groups below a path."""
    prefix = request.get("PathPrefix", "/")
    groups = [each for each in everyone(ctx.tx, Group, ctx.account) if each.path.startswith(prefix)]
    found = page(ctx, request, "ListGroups", groups, lambda group: group.name.lower())
    return {"Groups": [shown.group(group) for group in found.items], **found.tail}


@operation("iam:AddUserToGroup", on=group_named, writes=True)
def add_user_to_group(ctx: Context, request: AddUserToGroupRequest, group: Group) -> None:
    """Make a user a member; once more changes nothing."""
    user = named(ctx.tx, User, ctx.account, request["UserName"])
    if group.name not in user.groups:
        must_fit("GroupsPerUser", len(user.groups) + 1, GROUPS_PER_USER)
        save(ctx.tx, replace(user, groups=(*user.groups, group.name)))


@operation("iam:RemoveUserFromGroup", on=group_named, writes=True)
def remove_user_from_group(ctx: Context, request: RemoveUserFromGroupRequest, group: Group) -> None:
    """End a membership; where there is none nothing happens."""
    user = named(ctx.tx, User, ctx.account, request["UserName"])
    save(ctx.tx, replace(user, groups=tuple(each for each in user.groups if each != group.name)))


@operation("iam:ListGroupsForUser", on=user_named)
def list_groups_for_user(
    ctx: Context, request: ListGroupsForUserRequest, user: User
) -> ListGroupsForUserResponse:
    """List the groups that a user is in."""
    groups = [find(ctx.tx, Group, ctx.account, name) for name in sorted(user.groups, key=str.lower)]
    found = page(
        ctx,
        request,
        f"ListGroupsForUser {user.id}",
        [group for group in groups if group is not None],
        lambda group: group.name.lower(),
    )
    return {"Groups": [shown.group(group) for group in found.items], **found.tail}
