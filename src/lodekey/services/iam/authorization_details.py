"""GetAccountAuthorizationDetails: everybody and every policy, in one listing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity import aws_managed
from lodekey.identity.records import Group, InstanceProfile, ManagedPolicy, Role, User
from lodekey.services.iam import shown
from lodekey.services.iam.directory import Attachment, Entity, attachments, everyone
from lodekey.services.iam.documents import shown as shown_document
from lodekey.services.iam.documents import shown_trust
from lodekey.services.iam.finding import everything
from lodekey.services.iam.paging import page
from lodekey.services.iam.shapes import (
    GetAccountAuthorizationDetailsRequest,
    GetAccountAuthorizationDetailsResponse,
    GroupDetail,
    ManagedPolicyDetail,
    PolicyDetail,
    RoleDetail,
    UserDetail,
)
from lodekey.services.iam.tags import shown_tags

_ALL = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")


@operation("iam:GetAccountAuthorizationDetails", on=everything)
def get_account_authorization_details(
    ctx: Context, request: GetAccountAuthorizationDetailsRequest, nothing: Bare
) -> GetAccountAuthorizationDetailsResponse:
    """Show users, groups, roles and the managed policies in use, with all that they say."""
    uses = attachments(ctx.tx, ctx.account)
    rows = list(_rows(ctx, request.get("Filter") or list(_ALL), uses))
    rows.sort(key=lambda row: row[0])
    found = page(ctx, request, "GetAccountAuthorizationDetails", rows, lambda row: row[0])
    entities = [entity for _, entity in found.items]
    profiles = everyone(ctx.tx, InstanceProfile, ctx.account)
    return {
        "UserDetailList": [_user(each) for each in entities if isinstance(each, User)],
        "GroupDetailList": [_group(each) for each in entities if isinstance(each, Group)],
        "RoleDetailList": [
            _role(ctx, each, profiles) for each in entities if isinstance(each, Role)
        ],
        "Policies": [
            _policy(each, uses.get(each.arn, []))
            for each in entities
            if isinstance(each, ManagedPolicy)
        ],
        **found.tail,
    }


def _rows(
    ctx: Context, wanted: list[str], uses: dict[str, list[Attachment]]
) -> Iterator[tuple[str, Entity]]:
    """All that is wanted, by a name that orders it: users, groups, roles, policies."""
    entities: dict[str, Callable[[], Iterable[Entity]]] = {
        "User": lambda: everyone(ctx.tx, User, ctx.account),
        "Group": lambda: everyone(ctx.tx, Group, ctx.account),
        "Role": lambda: everyone(ctx.tx, Role, ctx.account),
        "LocalManagedPolicy": lambda: everyone(ctx.tx, ManagedPolicy, ctx.account),
        "AWSManagedPolicy": lambda: (each for each in aws_managed.policies() if each.arn in uses),
    }
    for place, (kind, found) in enumerate(entities.items()):
        if kind in wanted:
            for entity in found():
                yield f"{place} {entity.arn}", entity


def _inline(inline: dict[str, str]) -> list[PolicyDetail]:
    return [
        {"PolicyName": name, "PolicyDocument": shown_document(text)}
        for name, text in sorted(inline.items())
    ]


def _user(user: User) -> UserDetail:
    made: UserDetail = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.created,
        "GroupList": list(user.groups),
        "AttachedManagedPolicies": [shown.attached(arn) for arn in user.attached],
        "Tags": shown_tags(user.tags),
    }
    if user.inline:
        made["UserPolicyList"] = _inline(user.inline)
    if user.boundary:
        made["PermissionsBoundary"] = shown.boundary(user.boundary)
    return made


def _group(group: Group) -> GroupDetail:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.created,
        "GroupPolicyList": _inline(group.inline),
        "AttachedManagedPolicies": [shown.attached(arn) for arn in group.attached],
    }


def _role(ctx: Context, role: Role, profiles: list[InstanceProfile]) -> RoleDetail:
    made: RoleDetail = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.created,
        "AssumeRolePolicyDocument": shown_trust(ctx.tx, role.trust),
        "InstanceProfileList": [
            shown.instance_profile(ctx.tx, each)
            for each in profiles
            if each.role.lower() == role.name.lower()
        ],
        "RolePolicyList": _inline(role.inline),
        "AttachedManagedPolicies": [shown.attached(arn) for arn in role.attached],
        "Tags": shown_tags(role.tags),
        "RoleLastUsed": shown.last_used(ctx.gate.last_used.of(ctx.tx, role.id)),
    }
    if role.boundary:
        made["PermissionsBoundary"] = shown.boundary(role.boundary)
    return made


def _policy(policy: ManagedPolicy, uses: list[Attachment]) -> ManagedPolicyDetail:
    plain = shown.policy(policy, uses, whole=True)
    made: ManagedPolicyDetail = {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version,
        "AttachmentCount": plain["AttachmentCount"],
        "PermissionsBoundaryUsageCount": plain["PermissionsBoundaryUsageCount"],
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
        "PolicyVersionList": [
            shown.version(policy, each, whole=True) for each in policy.versions[::-1]
        ],
    }
    if policy.description:
        made["Description"] = policy.description
    return made
