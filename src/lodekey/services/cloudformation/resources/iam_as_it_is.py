"""IAM: roles, users, groups and managed policies as they are now, for drift."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from lodekey.services.cloudformation.deeds import Deed
from lodekey.services.cloudformation.stacks import resources_of


async def live_role(deed: Deed) -> dict[str, Any]:
    """Trust, description, policies."""
    named = {"RoleName": deed.physical}
    role = (await deed.call("iam", "GetRole", named))["Role"]
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    return {
        "RoleName": role["RoleName"],
        "MaxSessionDuration": role["MaxSessionDuration"],
        "PermissionsBoundary": boundary,
        "Path": role["Path"],
        "Description": role.get("Description", ""),
        "AssumeRolePolicyDocument": json.loads(
            urllib.parse.unquote(role["AssumeRolePolicyDocument"])
        ),
        **await _live_policies(deed, "Role"),
    }


async def _live_policies(deed: Deed, kind: str) -> dict[str, Any]:
    """The policies that a role, user or group has.

    Inline policies that the stack puts there by ``AWS::IAM::Policy`` are no drift; any other is.
    """
    named = {f"{kind}Name": deed.physical}
    attached = await deed.call("iam", f"ListAttached{kind}Policies", named)
    names = (await deed.call("iam", f"List{kind}Policies", named))["PolicyNames"]
    by_others = _put_by_others(deed, f"{kind}s")
    inline = []
    for name in names:
        if name not in by_others:
            found = await deed.call("iam", f"Get{kind}Policy", {**named, "PolicyName": name})
            text = json.loads(urllib.parse.unquote(found["PolicyDocument"]))
            inline.append({"PolicyName": name, "PolicyDocument": text})
    return {
        "ManagedPolicyArns": [each["PolicyArn"] for each in attached["AttachedPolicies"]],
        "Policies": inline,
    }


def _put_by_others(deed: Deed, member: str) -> set[str]:
    """The names of the inline policies that other resources of the stack put there."""
    with deed.background.transaction(write=False) as tx:
        things = [each.thing for each in resources_of(tx, deed.stack).values()]
    asked = [json.loads(each.properties) for each in things if each.type == "AWS::IAM::Policy"]
    return {each["PolicyName"] for each in asked if deed.physical in (each.get(member) or [])}


async def live_user(deed: Deed) -> dict[str, Any]:
    """A user's path, groups and policies."""
    named = {"UserName": deed.physical}
    user = (await deed.call("iam", "GetUser", named))["User"]
    groups = (await deed.call("iam", "ListGroupsForUser", named))["Groups"]
    return {
        "UserName": user["UserName"],
        "Path": user["Path"],
        "Groups": [each["GroupName"] for each in groups],
        **await _live_policies(deed, "User"),
    }


async def live_group(deed: Deed) -> dict[str, Any]:
    """A group's path and policies."""
    group = (await deed.call("iam", "GetGroup", {"GroupName": deed.physical}))["Group"]
    return {
        "GroupName": group["GroupName"],
        "Path": group["Path"],
        **await _live_policies(deed, "Group"),
    }


async def live_managed(deed: Deed) -> dict[str, Any]:
    """The document of the policy's default version."""
    arn = {"PolicyArn": deed.physical}
    policy = (await deed.call("iam", "GetPolicy", arn))["Policy"]
    version = {"VersionId": policy["DefaultVersionId"]}
    found = (await deed.call("iam", "GetPolicyVersion", {**arn, **version}))["PolicyVersion"]
    return {"PolicyDocument": json.loads(urllib.parse.unquote(found["Document"]))}
