"""IAM's context keys.

Which operation carries which is said in
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.gate.context import Context
from lodekey.identity.records import Role, User
from lodekey.policy.ask import Value

Filled = dict[str, Value]


def of_entity(ctx: Context, request: Any, entity: Any) -> Filled:
    """``iam:ResourceTag/…`` of a user or role."""
    if not isinstance(entity, User | Role):
        return {}
    return {f"iam:resourcetag/{name.lower()}": value for name, value in entity.tags.items()}


def of_grant(ctx: Context, request: Any, entity: Any) -> Filled:
    """For operations on an entity's policies: its boundary, and the policy's ARN."""
    keys = of_entity(ctx, request, entity)
    if isinstance(entity, User | Role) and entity.boundary:
        keys["iam:permissionsboundary"] = entity.boundary
    if "PolicyArn" in request:
        keys["iam:policyarn"] = request["PolicyArn"]
    return keys


def of_new(ctx: Context, request: Any, entity: Any) -> Filled:
    """For operations that make an entity or set its boundary: tags and boundary as asked for."""
    keys = {**of_entity(ctx, request, entity), **of_tags(ctx, request, entity)}
    if "PermissionsBoundary" in request:
        keys["iam:permissionsboundary"] = request["PermissionsBoundary"]
    return keys


def of_tags(ctx: Context, request: Any, entity: Any) -> Filled:
    """``aws:RequestTag/…`` and ``aws:TagKeys``; absent where the request has no tags."""
    keys = of_entity(ctx, request, entity)
    tags: list[Mapping[str, str]] = request.get("Tags", [])
    for tag in tags:
        keys[f"aws:requesttag/{tag['Key'].lower()}"] = tag["Value"]
    names = [*(tag["Key"] for tag in tags), *request.get("TagKeys", [])]
    if names:
        keys["aws:tagkeys"] = tuple(names)
    return keys


def of_service(ctx: Context, request: Any, entity: Any) -> Filled:
    """``iam:AWSServiceName`` of a service-linked role."""
    return {"iam:awsservicename": request["AWSServiceName"]}
