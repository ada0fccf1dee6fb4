"""Roles: make, see, change, delete, list; whom they trust."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import KEY_USES, InstanceProfile, Role
from lodekey.services.iam import shown
from lodekey.services.iam.boundaries import SERVICE_ROLE_PATH, must_be_boundary, must_be_ours
from lodekey.services.iam.directory import enroll, everyone, forget, new_id, save
from lodekey.services.iam.documents import trust_policy
from lodekey.services.iam.errors import DeleteConflictException, InvalidInputException
from lodekey.services.iam.finding import new_entity, role_named, roles_below
from lodekey.services.iam.keys import of_entity, of_new
from lodekey.services.iam.paging import page
from lodekey.services.iam.shapes import (
    CreateRoleRequest,
    CreateRoleResponse,
    DeleteRoleRequest,
    GetRoleRequest,
    GetRoleResponse,
    ListRolesRequest,
    ListRolesResponse,
    UpdateAssumeRolePolicyRequest,
    UpdateRoleDescriptionRequest,
    UpdateRoleDescriptionResponse,
    UpdateRoleRequest,
    UpdateRoleResponse,
)
from lodekey.services.iam.tags import tags_given
from lodekey.system_tags import with_system_tags


def new_role(ctx: Context, request: CreateRoleRequest) -> Bare:
    """The role to be."""
    return new_entity(ctx, Role, request["RoleName"], request.get("Path", "/"))


@operation(
    "iam:CreateRole",
    on=new_role,
    keys=of_new,
    writes=True,
    also=("iam:TagRole",),
    ignores=("MaxSigninSessionDuration",),
)
def create_role(ctx: Context, request: CreateRoleRequest, name: Bare) -> CreateRoleResponse:
    """Make a role, without rights; its trust policy says who may assume it."""
    path = request.get("Path", "/")
    if path.startswith(SERVICE_ROLE_PATH):
        raise InvalidInputException(
            f"The path {SERVICE_ROLE_PATH} is reserved for service-linked roles."
        )
    tags = tags_given(request.get("Tags", []))
    if tags:
        ctx.require("iam:TagRole", name, of_new(ctx, request, name))
    boundary = request.get("PermissionsBoundary", "")
    must_be_boundary(ctx.tx, boundary)
    role = Role(
        account=ctx.account,
        name=request["RoleName"],
        id=new_id(Role),
        created=int(ctx.now),
        trust=trust_policy(ctx.tx, request["AssumeRolePolicyDocument"]),
        path=path,
        description=request.get("Description", ""),
        max_session=request.get("MaxSessionDuration", 3600),
        tags=with_system_tags(tags, ctx.system_tags),
        boundary=boundary,
    )
    enroll(ctx.tx, role)
    return {"Role": shown.role(ctx.tx, role, whole=True)}


@operation("iam:GetRole", on=role_named, keys=of_entity)
def get_role(ctx: Context, request: GetRoleRequest, role: Role) -> GetRoleResponse:
    """Show a role."""
    made = shown.role(ctx.tx, role, whole=True)
    made["RoleLastUsed"] = shown.last_used(ctx.gate.last_used.of(ctx.tx, role.id))
    return {"Role": made}


@operation(
    "iam:UpdateRole",
    on=role_named,
    keys=of_entity,
    writes=True,
    ignores=("MaxSigninSessionDuration", "ResetMaxSigninSessionDuration"),
)
def update_role(ctx: Context, request: UpdateRoleRequest, role: Role) -> UpdateRoleResponse:
    """Change a role's description or longest session."""
    must_be_ours(role)
    changed = replace(
        role,
        description=request.get("Description", role.description),
        max_session=request.get("MaxSessionDuration", role.max_session),
    )
    save(ctx.tx, changed)
    return {}


@operation("iam:UpdateRoleDescription", on=role_named, keys=of_entity, writes=True)
def update_role_description(
    ctx: Context, request: UpdateRoleDescriptionRequest, role: Role
) -> UpdateRoleDescriptionResponse:
    """Change a role's description."""
    changed = replace(role, description=request["Description"])
    save(ctx.tx, changed)
    return {"Role": shown.role(ctx.tx, changed)}


@operation("iam:UpdateAssumeRolePolicy", on=role_named, keys=of_entity, writes=True)
def update_assume_role_policy(
    ctx: Context, request: UpdateAssumeRolePolicyRequest, role: Role
) -> None:
    """Say anew who may assume a role."""
    must_be_ours(role)
    save(ctx.tx, replace(role, trust=trust_policy(ctx.tx, request["PolicyDocument"])))


@operation("iam:DeleteRole", on=role_named, keys=of_entity, writes=True)
def delete_role(ctx: Context, request: DeleteRoleRequest, role: Role) -> None:
    """Delete a role on which nothing hangs any more; its sessions end with it."""
    must_be_ours(role)
    held = [each for each in everyone(ctx.tx, InstanceProfile, ctx.account) if each.role]
    hanging = (
        (role.attached, "must detach all policies first."),
        (role.inline, "must delete policies first."),
        (
            any(each.role.lower() == role.name.lower() for each in held),
            "must remove roles from instance profile first.",
        ),
    )
    for there, remedy in hanging:
        if there:
            raise DeleteConflictException(f"Cannot delete entity, {remedy}")
    forget(ctx.tx, role)
    KEY_USES.delete(ctx.tx, role.id)


@operation("iam:ListRoles", on=roles_below)
def list_roles(ctx: Context, request: ListRolesRequest, below: Bare) -> ListRolesResponse:
    """List the roles below a path."""
    prefix = request.get("PathPrefix", "/")
    roles = [each for each in everyone(ctx.tx, Role, ctx.account) if each.path.startswith(prefix)]
    found = page(ctx, request, "ListRoles", roles, lambda role: role.name.lower())
    return {"Roles": [shown.role(ctx.tx, role) for role in found.items], **found.tail}
