"""Instance profiles: a role's way to a machine. There are no machines here; tools make them."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import InstanceProfile, Role
from lodekey.services.iam import shown
from lodekey.services.iam.directory import enroll, everyone, forget, named, new_id, save
from lodekey.services.iam.errors import DeleteConflictException, NoSuchEntityException
from lodekey.services.iam.finding import (
    instance_profile_named,
    instance_profiles_below,
    new_entity,
    role_named,
)
from lodekey.services.iam.keys import of_entity, of_tags
from lodekey.services.iam.paging import page
from lodekey.services.iam.quotas import must_fit
from lodekey.services.iam.shapes import (
    AddRoleToInstanceProfileRequest,
    CreateInstanceProfileRequest,
    CreateInstanceProfileResponse,
    DeleteInstanceProfileRequest,
    GetInstanceProfileRequest,
    GetInstanceProfileResponse,
    ListInstanceProfilesForRoleRequest,
    ListInstanceProfilesForRoleResponse,
    ListInstanceProfilesRequest,
    ListInstanceProfilesResponse,
    RemoveRoleFromInstanceProfileRequest,
)
from lodekey.services.iam.tags import tags_given


def new_profile(ctx: Context, request: CreateInstanceProfileRequest) -> Bare:
    """The instance profile to be."""
    path = request.get("Path", "/")
    return new_entity(ctx, InstanceProfile, request["InstanceProfileName"], path)


@operation(
    "iam:CreateInstanceProfile",
    on=new_profile,
    keys=of_tags,
    writes=True,
    also=("iam:TagInstanceProfile",),
)
def create_instance_profile(
    ctx: Context, request: CreateInstanceProfileRequest, name: Bare
) -> CreateInstanceProfileResponse:
    """Make an instance profile, without a role."""
    tags = tags_given(request.get("Tags", []))
    if tags:
        ctx.require("iam:TagInstanceProfile", name, of_tags(ctx, request, name))
    profile = InstanceProfile(
        account=ctx.account,
        name=request["InstanceProfileName"],
        id=new_id(InstanceProfile),
        created=int(ctx.now),
        path=request.get("Path", "/"),
        tags=tags,
    )
    enroll(ctx.tx, profile)
    return {"InstanceProfile": shown.instance_profile(ctx.tx, profile)}


@operation("iam:GetInstanceProfile", on=instance_profile_named)
def get_instance_profile(
    ctx: Context, request: GetInstanceProfileRequest, profile: InstanceProfile
) -> GetInstanceProfileResponse:
    """Show an instance profile with its role."""
    return {"InstanceProfile": shown.instance_profile(ctx.tx, profile)}


@operation("iam:DeleteInstanceProfile", on=instance_profile_named, writes=True)
def delete_instance_profile(
    ctx: Context, request: DeleteInstanceProfileRequest, profile: InstanceProfile
) -> None:
    """Delete an instance profile that holds no role."""
    if profile.role:
        raise DeleteConflictException(
            "Cannot delete entity, must remove roles from instance profile first."
        )
    forget(ctx.tx, profile)


@operation("iam:ListInstanceProfiles", on=instance_profiles_below)
def list_instance_profiles(
    ctx: Context, request: ListInstanceProfilesRequest, below: Bare
) -> ListInstanceProfilesResponse:
    """List the instance profiles below a path."""
    prefix = request.get("PathPrefix", "/")
    profiles = [
        each
        for each in everyone(ctx.tx, InstanceProfile, ctx.account)
        if each.path.startswith(prefix)
    ]
    found = page(ctx, request, "ListInstanceProfiles", profiles, lambda each: each.name.lower())
    items = [shown.instance_profile(ctx.tx, each) for each in found.items]
    return {"InstanceProfiles": items, **found.tail}


@operation("iam:ListInstanceProfilesForRole", on=role_named, keys=of_entity)
def list_instance_profiles_for_role(
    ctx: Context, request: ListInstanceProfilesForRoleRequest, role: Role
) -> ListInstanceProfilesForRoleResponse:
    """List the instance profiles that hold a role."""
    profiles = [
        each
        for each in everyone(ctx.tx, InstanceProfile, ctx.account)
        if each.role.lower() == role.name.lower()
    ]
    scope = f"ListInstanceProfilesForRole {role.id}"
    found = page(ctx, request, scope, profiles, lambda each: each.name.lower())
    items = [shown.instance_profile(ctx.tx, each) for each in found.items]
    return {"InstanceProfiles": items, **found.tail}


@operation(
    "iam:AddRoleToInstanceProfile",
    on=instance_profile_named,
    writes=True,
    also=("iam:PassRole",),
)
def add_role_to_instance_profile(
    ctx: Context, request: AddRoleToInstanceProfileRequest, profile: InstanceProfile
) -> None:
    """Put a role into an instance profile, which takes one; the caller must be let pass it."""
    role = named(ctx.tx, Role, ctx.account, request["RoleName"])
    ctx.require("iam:PassRole", role, {"iam:passedtoservice": "ec2.amazonaws.com"})
    must_fit("InstanceSessionsPerInstanceProfile", 2 if profile.role else 1, 1)
    save(ctx.tx, replace(profile, role=role.name))


@operation("iam:RemoveRoleFromInstanceProfile", on=instance_profile_named, writes=True)
def remove_role_from_instance_profile(
    ctx: Context, request: RemoveRoleFromInstanceProfileRequest, profile: InstanceProfile
) -> None:
    """Take the role out of an instance profile."""
    role = named(ctx.tx, Role, ctx.account, request["RoleName"])
    if profile.role.lower() != role.name.lower():
        raise NoSuchEntityException(
            f"The role with name {role.name} is not in instance profile {profile.name}."
        )
    save(ctx.tx, replace(profile, role=""))
