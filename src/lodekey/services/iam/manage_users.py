"""Users: make, see, change, delete, list."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import ACCESS_KEYS, ACCOUNTS, MFA_DEVICES, User
from lodekey.services.iam import shown
from lodekey.services.iam.boundaries import must_be_boundary
from lodekey.services.iam.directory import enroll, everyone, forget, new_id, rename
from lodekey.services.iam.errors import DeleteConflictException
from lodekey.services.iam.finding import (
    new_entity,
    user_named,
    user_or_root,
    users_below,
)
from lodekey.services.iam.keys import of_entity, of_new
from lodekey.services.iam.paging import page
from lodekey.services.iam.shapes import (
    CreateUserRequest,
    CreateUserResponse,
    DeleteUserRequest,
    GetUserRequest,
    GetUserResponse,
    ListUsersRequest,
    ListUsersResponse,
    UpdateUserRequest,
)
from lodekey.services.iam.tags import tags_given
from lodekey.system_tags import with_system_tags


def new_user(ctx: Context, request: CreateUserRequest) -> Bare:
    """The user to be."""
    return new_entity(ctx, User, request["UserName"], request.get("Path", "/"))


@operation("iam:CreateUser", on=new_user, keys=of_new, writes=True, also=("iam:TagUser",))
def create_user(ctx: Context, request: CreateUserRequest, name: Bare) -> CreateUserResponse:
    """Make a user, without credentials and without rights."""
    tags = tags_given(request.get("Tags", []))
    if tags:
        ctx.require("iam:TagUser", name, of_new(ctx, request, name))
    boundary = request.get("PermissionsBoundary", "")
    must_be_boundary(ctx.tx, boundary)
    user = User(
        account=ctx.account,
        name=request["UserName"],
        id=new_id(User),
        created=int(ctx.now),
        path=request.get("Path", "/"),
        tags=with_system_tags(tags, ctx.system_tags),
        boundary=boundary,
    )
    enroll(ctx.tx, user)
    return {"User": shown.user(user, whole=True)}


@operation("iam:GetUser", on=user_or_root, keys=of_entity)
def get_user(ctx: Context, request: GetUserRequest, user: User | Bare) -> GetUserResponse:
    """Show a user, or whoever asks."""
    if isinstance(user, User):
        return {"User": shown.user(user, whole=True)}
    account = ACCOUNTS.get(ctx.tx, ctx.account)
    return {
        "User": {  # type: ignore[typeddict-item]  # AWS leaves out the root's path and name
            "UserId": ctx.account,
            "Arn": user.arn,
            "CreateDate": 0.0 if account is None else account.created,
        }
    }


@operation("iam:UpdateUser", on=user_named, keys=of_entity, writes=True)
def update_user(ctx: Context, request: UpdateUserRequest, user: User) -> None:
    """Give a user another name or path; who may do the old must be let do it to the new, too."""
    changed = replace(
        user,
        name=request.get("NewUserName", user.name),
        path=request.get("NewPath", user.path),
    )
    ctx.require("iam:UpdateUser", Bare(changed.arn, ctx.account, changed.guard, changed.tags))
    rename(ctx.tx, user, changed)
    for each in user.access_keys:
        key = ACCESS_KEYS.get(ctx.tx, each)
        if key is not None:
            ACCESS_KEYS.put(ctx.tx, each, record=replace(key, user=changed.name))
    for parts, device in MFA_DEVICES.scan(ctx.tx, ctx.account):
        if device.user == user.name:
            MFA_DEVICES.put(ctx.tx, ctx.account, *parts, record=replace(device, user=changed.name))


@operation("iam:DeleteUser", on=user_named, keys=of_entity, writes=True)
def delete_user(ctx: Context, request: DeleteUserRequest, user: User) -> None:
    """Delete a user on whom nothing hangs any more."""
    hanging = (
        (user.access_keys, "must delete access keys first."),
        (user.attached, "must detach all policies first."),
        (user.inline, "must delete policies first."),
        (user.groups, "must remove users from group first."),
        (user.login, "must delete login profile first."),
    )
    for there, remedy in hanging:
        if there:
            raise DeleteConflictException(f"Cannot delete entity, {remedy}")
    if any(device.user == user.name for _, device in MFA_DEVICES.scan(ctx.tx, ctx.account)):
        raise DeleteConflictException("Cannot delete entity, must delete MFA device first.")
    forget(ctx.tx, user)


@operation("iam:ListUsers", on=users_below)
def list_users(ctx: Context, request: ListUsersRequest, below: Bare) -> ListUsersResponse:
    """List the users below a path."""
    prefix = request.get("PathPrefix", "/")
    users = [user for user in everyone(ctx.tx, User, ctx.account) if user.path.startswith(prefix)]
    found = page(ctx, request, "ListUsers", users, lambda user: user.name.lower())
    return {"Users": [shown.user(user) for user in found.items], **found.tail}
