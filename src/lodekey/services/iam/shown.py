"""Records as IAM's answers show them.

Listings leave out what AWS's leave out: tags, boundaries, a policy's description.
"""

from __future__ import annotations

from lodekey.identity.records import (
    ROLES,
    Group,
    InstanceProfile,
    KeyUse,
    ManagedPolicy,
    PolicyVersion,
    Role,
    User,
)
from lodekey.services.iam import shapes
from lodekey.services.iam.directory import Attachment
from lodekey.services.iam.documents import shown, shown_trust
from lodekey.services.iam.tags import shown_tags
from lodekey.store.port import Transaction


def user(record: User, *, whole: bool = False) -> shapes.User:
    """A user; *whole* with boundary and tags."""
    made: shapes.User = {
        "Path": record.path,
        "UserName": record.name,
        "UserId": record.id,
        "Arn": record.arn,
        "CreateDate": record.created,
    }
    if whole and record.boundary:
        made["PermissionsBoundary"] = boundary(record.boundary)
    if whole and record.tags:
        made["Tags"] = shown_tags(record.tags)
    return made


def group(record: Group) -> shapes.Group:
    """A group."""
    return {
        "Path": record.path,
        "GroupName": record.name,
        "GroupId": record.id,
        "Arn": record.arn,
        "CreateDate": record.created,
    }


def role(tx: Transaction, record: Role, *, whole: bool = False) -> shapes.Role:
    """A role; *whole* with boundary and tags."""
    made: shapes.Role = {
        "Path": record.path,
        "RoleName": record.name,
        "RoleId": record.id,
        "Arn": record.arn,
        "CreateDate": record.created,
        "AssumeRolePolicyDocument": shown_trust(tx, record.trust),
        "MaxSessionDuration": record.max_session,
    }
    if record.description:
        made["Description"] = record.description
    if whole and record.boundary:
        made["PermissionsBoundary"] = boundary(record.boundary)
    if whole and record.tags:
        made["Tags"] = shown_tags(record.tags)
    return made


def last_used(use: KeyUse | None) -> shapes.RoleLastUsed:
    """When and where a role was last used; empty: never."""
    return {} if use is None else {"LastUsedDate": use.at, "Region": use.region}


def boundary(arn: str) -> shapes.AttachedPermissionsBoundary:
    """A permissions boundary."""
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def instance_profile(tx: Transaction, record: InstanceProfile) -> shapes.InstanceProfile:
    """An instance profile with its role."""
    held = ROLES.get(tx, record.account, record.role.lower()) if record.role else None
    made: shapes.InstanceProfile = {
        "Path": record.path,
        "InstanceProfileName": record.name,
        "InstanceProfileId": record.id,
        "Arn": record.arn,
        "CreateDate": record.created,
        "Roles": [] if held is None else [role(tx, held)],
    }
    if record.tags:
        made["Tags"] = shown_tags(record.tags)
    return made


def policy(record: ManagedPolicy, uses: list[Attachment], *, whole: bool = False) -> shapes.Policy:
    """A managed policy; *whole* with description and tags."""
    made: shapes.Policy = {
        "PolicyName": record.name,
        "PolicyId": record.id,
        "Arn": record.arn,
        "Path": record.path,
        "DefaultVersionId": record.default_version,
        "AttachmentCount": sum(not use.boundary for use in uses),
        "PermissionsBoundaryUsageCount": sum(use.boundary for use in uses),
        "IsAttachable": True,
        "CreateDate": record.created,
        "UpdateDate": record.updated,
    }
    if whole and record.description:
        made["Description"] = record.description
    if whole:
        made["Tags"] = shown_tags(record.tags)
    return made


def version(
    record: ManagedPolicy, which: PolicyVersion, *, whole: bool = False
) -> shapes.PolicyVersion:
    """A version of a managed policy; *whole* with its document."""
    made: shapes.PolicyVersion = {
        "VersionId": which.id,
        "IsDefaultVersion": which.id == record.default_version,
        "CreateDate": which.created,
    }
    if whole:
        made["Document"] = shown(which.text)
    return made


def attached(arn: str) -> shapes.AttachedPolicy:
    """An attached managed policy."""
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}
