"""Tags of users, roles, policies, instance profiles and OIDC providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.records import InstanceProfile, ManagedPolicy, OidcProvider, Role, User
from lodekey.services.iam.directory import save
from lodekey.services.iam.finding import (
    instance_profile_named,
    own_policy_named,
    policy_named,
    role_named,
    user_named,
)
from lodekey.services.iam.keys import of_entity, of_tags
from lodekey.services.iam.oidc_providers import provider_named, save_provider
from lodekey.services.iam.paging import Page, page
from lodekey.services.iam.shapes import (
    ListInstanceProfileTagsRequest,
    ListInstanceProfileTagsResponse,
    ListOpenIDConnectProviderTagsRequest,
    ListOpenIDConnectProviderTagsResponse,
    ListPolicyTagsRequest,
    ListPolicyTagsResponse,
    ListRoleTagsRequest,
    ListRoleTagsResponse,
    ListUserTagsRequest,
    ListUserTagsResponse,
    Tag,
    TagInstanceProfileRequest,
    TagOpenIDConnectProviderRequest,
    TagPolicyRequest,
    TagRoleRequest,
    TagUserRequest,
    UntagInstanceProfileRequest,
    UntagOpenIDConnectProviderRequest,
    UntagPolicyRequest,
    UntagRoleRequest,
    UntagUserRequest,
)
from lodekey.services.iam.tags import shown_tags, tags_given, with_tags, without_tags


def put_on(there: Mapping[str, str], request: Any) -> dict[str, str]:
    """The tags when those of the request are put on."""
    return with_tags(there, tags_given(request["Tags"]))


def listed(ctx: Context, request: Any, arn: str, tags: Mapping[str, str]) -> Page[Tag]:
    """A page of an entity's tags."""
    return page(ctx, request, f"tags {arn}", shown_tags(tags), lambda tag: tag["Key"])


@operation("iam:TagUser", on=user_named, keys=of_tags, writes=True)
def tag_user(ctx: Context, request: TagUserRequest, user: User) -> None:
    """Put tags on a user."""
    save(ctx.tx, replace(user, tags=put_on(user.tags, request)))


@operation("iam:UntagUser", on=user_named, keys=of_tags, writes=True)
def untag_user(ctx: Context, request: UntagUserRequest, user: User) -> None:
    """Take tags off a user."""
    save(ctx.tx, replace(user, tags=without_tags(user.tags, request["TagKeys"])))


@operation("iam:ListUserTags", on=user_named, keys=of_entity)
def list_user_tags(ctx: Context, request: ListUserTagsRequest, user: User) -> ListUserTagsResponse:
    """List a user's tags."""
    found = listed(ctx, request, user.arn, user.tags)
    return {"Tags": found.items, **found.tail}


@operation("iam:TagRole", on=role_named, keys=of_tags, writes=True)
def tag_role(ctx: Context, request: TagRoleRequest, role: Role) -> None:
    """Put tags on a role."""
    save(ctx.tx, replace(role, tags=put_on(role.tags, request)))


@operation("iam:UntagRole", on=role_named, keys=of_tags, writes=True)
def untag_role(ctx: Context, request: UntagRoleRequest, role: Role) -> None:
    """Take tags off a role."""
    save(ctx.tx, replace(role, tags=without_tags(role.tags, request["TagKeys"])))


@operation("iam:ListRoleTags", on=role_named, keys=of_entity)
def list_role_tags(ctx: Context, request: ListRoleTagsRequest, role: Role) -> ListRoleTagsResponse:
    """List a role's tags."""
    found = listed(ctx, request, role.arn, role.tags)
    return {"Tags": found.items, **found.tail}


@operation("iam:TagPolicy", on=own_policy_named, keys=of_tags, writes=True)
def tag_policy(ctx: Context, request: TagPolicyRequest, policy: ManagedPolicy) -> None:
    """Put tags on a customer managed policy."""
    save(ctx.tx, replace(policy, tags=put_on(policy.tags, request)))


@operation("iam:UntagPolicy", on=own_policy_named, keys=of_tags, writes=True)
def untag_policy(ctx: Context, request: UntagPolicyRequest, policy: ManagedPolicy) -> None:
    """Take tags off a customer managed policy."""
    save(ctx.tx, replace(policy, tags=without_tags(policy.tags, request["TagKeys"])))


@operation("iam:ListPolicyTags", on=policy_named)
def list_policy_tags(
    ctx: Context, request: ListPolicyTagsRequest, policy: ManagedPolicy
) -> ListPolicyTagsResponse:
    """List a managed policy's tags."""
    found = listed(ctx, request, policy.arn, policy.tags)
    return {"Tags": found.items, **found.tail}


@operation("iam:TagInstanceProfile", on=instance_profile_named, keys=of_tags, writes=True)
def tag_instance_profile(
    ctx: Context, request: TagInstanceProfileRequest, profile: InstanceProfile
) -> None:
    """Put tags on an instance profile."""
    save(ctx.tx, replace(profile, tags=put_on(profile.tags, request)))


@operation("iam:UntagInstanceProfile", on=instance_profile_named, keys=of_tags, writes=True)
def untag_instance_profile(
    ctx: Context, request: UntagInstanceProfileRequest, profile: InstanceProfile
) -> None:
    """Take tags off an instance profile."""
    save(ctx.tx, replace(profile, tags=without_tags(profile.tags, request["TagKeys"])))


@operation("iam:ListInstanceProfileTags", on=instance_profile_named)
def list_instance_profile_tags(
    ctx: Context, request: ListInstanceProfileTagsRequest, profile: InstanceProfile
) -> ListInstanceProfileTagsResponse:
    """List an instance profile's tags."""
    found = listed(ctx, request, profile.arn, profile.tags)
    return {"Tags": found.items, **found.tail}


@operation("iam:TagOpenIDConnectProvider", on=provider_named, keys=of_tags, writes=True)
def tag_open_id_connect_provider(
    ctx: Context, request: TagOpenIDConnectProviderRequest, provider: OidcProvider
) -> None:
    """Put tags on an OIDC provider."""
    save_provider(ctx.tx, replace(provider, tags=put_on(provider.tags, request)))


@operation("iam:UntagOpenIDConnectProvider", on=provider_named, keys=of_tags, writes=True)
def untag_open_id_connect_provider(
    ctx: Context, request: UntagOpenIDConnectProviderRequest, provider: OidcProvider
) -> None:
    """Take tags off an OIDC provider."""
    rest = without_tags(provider.tags, request["TagKeys"])
    save_provider(ctx.tx, replace(provider, tags=rest))


@operation("iam:ListOpenIDConnectProviderTags", on=provider_named)
def list_open_id_connect_provider_tags(
    ctx: Context, request: ListOpenIDConnectProviderTagsRequest, provider: OidcProvider
) -> ListOpenIDConnectProviderTagsResponse:
    """List an OIDC provider's tags."""
    found = listed(ctx, request, provider.arn, provider.tags)
    return {"Tags": found.items, **found.tail}
