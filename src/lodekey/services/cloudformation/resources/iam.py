"""IAM: roles, users, groups, managed policies.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from __future__ import annotations

from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused, document
from lodekey.services.cloudformation.resources.iam_as_it_is import (
    live_group,
    live_managed,
    live_role,
    live_user,
)
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words
from lodekey.services.cloudformation.resources.tagging import retag

LONGEST = 64


def _inline(policies: Any) -> dict[str, str]:
    return {each["PolicyName"]: document(each["PolicyDocument"]) for each in policies or []}


async def put_inline(deed: Deed, kind: str, name: str) -> None:
    """Bring the inline policies of a *kind* (Role, User, Group) to what is asked for."""
    new, old = _inline(deed.get("Policies")), _inline(deed.old.get("Policies"))
    for policy, text in new.items():
        if old.get(policy) != text:
            request = {f"{kind}Name": name, "PolicyName": policy, "PolicyDocument": text}
            await deed.call("iam", f"Put{kind}Policy", request)
    for policy in old:
        if policy not in new:
            request = {f"{kind}Name": name, "PolicyName": policy}
            await deed.quietly("iam", f"Delete{kind}Policy", request)


async def attach(deed: Deed, kind: str, name: str) -> None:
    """Bring the managed policies of a *kind* to what is asked for."""
    new = [str(each) for each in deed.get("ManagedPolicyArns") or []]
    old = [str(each) for each in deed.old.get("ManagedPolicyArns") or []]
    for arn in new:
        if arn not in old:
            await deed.call("iam", f"Attach{kind}Policy", {f"{kind}Name": name, "PolicyArn": arn})
    for arn in old:
        if arn not in new:
            request = {f"{kind}Name": name, "PolicyArn": arn}
            await deed.quietly("iam", f"Detach{kind}Policy", request)


async def strip(deed: Deed, kind: str) -> bool:
    """Take every policy off, so that the thing itself can go; returns whether it was there."""
    named = {f"{kind}Name": deed.physical}
    answer = await deed.quietly("iam", f"List{kind}Policies", named)
    if answer is None:
        return False
    for policy in answer["PolicyNames"]:
        await deed.quietly("iam", f"Delete{kind}Policy", {**named, "PolicyName": policy})
    answer = await deed.quietly("iam", f"ListAttached{kind}Policies", named)
    for policy in answer["AttachedPolicies"] if answer else ():
        arn = {"PolicyArn": policy["PolicyArn"]}
        await deed.quietly("iam", f"Detach{kind}Policy", {**named, **arn})
    return True


async def bound(deed: Deed, kind: str) -> None:
    """Set or take away the permissions boundary."""
    if not deed.changed("PermissionsBoundary"):
        return
    named = {f"{kind}Name": deed.physical}
    if "PermissionsBoundary" in deed.properties:
        arn = {"PermissionsBoundary": deed["PermissionsBoundary"]}
        await deed.call("iam", f"Put{kind}PermissionsBoundary", {**named, **arn})
    else:
        await deed.quietly("iam", f"Delete{kind}PermissionsBoundary", named)


async def tag(deed: Deed, kind: str, named: dict[str, Any]) -> None:
    """Bring the tags to what is asked for."""
    put, gone = retag(deed)
    if gone:
        await deed.call("iam", f"Untag{kind}", {**named, "TagKeys": gone})
    if put:
        tags = [{"Key": key, "Value": value} for key, value in put.items()]
        await deed.call("iam", f"Tag{kind}", {**named, "Tags": tags})


async def create_role(deed: Deed) -> Made:
    """CreateRole, then its policies."""
    name = str(deed.get("RoleName") or deed.name(LONGEST))
    request = {
        "RoleName": name,
        "AssumeRolePolicyDocument": document(deed["AssumeRolePolicyDocument"]),
        **deed.some("Description", "MaxSessionDuration", "Path", "PermissionsBoundary"),
    }
    tags = deed.tag_list(deed.get("Tags"))
    if tags:
        request["Tags"] = tags
    made = await deed.call("iam", "CreateRole", request, names=lambda _: name)
    await attach(deed, "Role", name)
    await put_inline(deed, "Role", name)
    return Made(name, {"Arn": made["Role"]["Arn"], "RoleId": made["Role"]["RoleId"]})


async def update_role(deed: Deed) -> dict[str, Any] | None:
    """Each member by the operation that changes it."""
    named = {"RoleName": deed.physical}
    if deed.changed("AssumeRolePolicyDocument"):
        trust = {"PolicyDocument": document(deed["AssumeRolePolicyDocument"])}
        await deed.call("iam", "UpdateAssumeRolePolicy", {**named, **trust})
    if deed.changed("Description", "MaxSessionDuration"):
        request = {
            "Description": deed.get("Description", ""),
            "MaxSessionDuration": deed.get("MaxSessionDuration", 3600),
        }
        await deed.call("iam", "UpdateRole", {**named, **request})
    await bound(deed, "Role")
    await attach(deed, "Role", deed.physical)
    await put_inline(deed, "Role", deed.physical)
    await tag(deed, "Role", named)
    return None


async def delete_role(deed: Deed) -> None:
    """Take the role out of its instance profiles, its policies off, then delete it."""
    if not await strip(deed, "Role"):
        return
    named = {"RoleName": deed.physical}
    await deed.quietly("iam", "DeleteRole", named)


async def create_user(deed: Deed) -> Made:
    """CreateUser, then groups, password and policies."""
    name = str(deed.get("UserName") or deed.name(LONGEST))
    request = {"UserName": name, **deed.some("Path", "PermissionsBoundary")}
    tags = deed.tag_list(deed.get("Tags"))
    if tags:
        request["Tags"] = tags
    made = await deed.call("iam", "CreateUser", request, names=lambda _: name)
    for group in deed.get("Groups") or []:
        await deed.call("iam", "AddUserToGroup", {"UserName": name, "GroupName": group})
    if "LoginProfile" in deed.properties:
        request = {"UserName": name, **deed["LoginProfile"]}
        await deed.call("iam", "CreateLoginProfile", request)
    await attach(deed, "User", name)
    await put_inline(deed, "User", name)
    return Made(name, {"Arn": made["User"]["Arn"]})


async def update_user(deed: Deed) -> dict[str, Any] | None:
    """Groups, password, boundary, policies, tags."""
    named = {"UserName": deed.physical}
    new, old = deed.get("Groups") or [], deed.old.get("Groups") or []
    for group in new:
        if group not in old:
            await deed.call("iam", "AddUserToGroup", {**named, "GroupName": group})
    for group in old:
        if group not in new:
            await deed.quietly("iam", "RemoveUserFromGroup", {**named, "GroupName": group})
    if deed.changed("LoginProfile"):
        await _login(deed, named)
    await bound(deed, "User")
    await attach(deed, "User", deed.physical)
    await put_inline(deed, "User", deed.physical)
    await tag(deed, "User", named)
    return await _move(deed, "User")


async def _move(deed: Deed, kind: str) -> dict[str, Any] | None:
    """Give a user or a group another path, and so another ARN."""
    if not deed.changed("Path"):
        return None
    path = deed.get("Path", "/")
    await deed.call("iam", f"Update{kind}", {f"{kind}Name": deed.physical, "NewPath": path})
    return {"Arn": f"arn:aws:iam::{deed.account}:{kind.lower()}{path}{deed.physical}"}


async def _login(deed: Deed, named: dict[str, Any]) -> None:
    if "LoginProfile" not in deed.properties:
        await deed.quietly("iam", "DeleteLoginProfile", named)
    elif "LoginProfile" in deed.old:
        await deed.call("iam", "UpdateLoginProfile", {**named, **deed["LoginProfile"]})
    else:
        await deed.call("iam", "CreateLoginProfile", {**named, **deed["LoginProfile"]})


async def delete_user(deed: Deed) -> None:
    """Take the user out of everything, then delete it."""
    if not await strip(deed, "User"):
        return
    named = {"UserName": deed.physical}
    answer = await deed.quietly("iam", "ListGroupsForUser", named)
    for group in answer["Groups"] if answer else ():
        request = {**named, "GroupName": group["GroupName"]}
        await deed.quietly("iam", "RemoveUserFromGroup", request)
    await deed.quietly("iam", "DeleteLoginProfile", named)
    await deed.quietly("iam", "DeleteUser", named)


async def create_group(deed: Deed) -> Made:
    """CreateGroup, then its policies."""
    name = str(deed.get("GroupName") or deed.name(LONGEST))
    request = {"GroupName": name, **deed.some("Path")}
    made = await deed.call("iam", "CreateGroup", request, names=lambda _: name)
    await attach(deed, "Group", name)
    await put_inline(deed, "Group", name)
    return Made(name, {"Arn": made["Group"]["Arn"]})


async def update_group(deed: Deed) -> dict[str, Any] | None:
    """Policies."""
    await attach(deed, "Group", deed.physical)
    await put_inline(deed, "Group", deed.physical)
    return await _move(deed, "Group")


async def delete_group(deed: Deed) -> None:
    """Take its policies off, then delete it."""
    if await strip(deed, "Group"):
        await deed.quietly("iam", "DeleteGroup", {"GroupName": deed.physical})


KINDS = {"Roles": "Role", "Users": "User", "Groups": "Group"}


async def create_managed(deed: Deed) -> Made:
    """CreatePolicy, then attach it."""
    name = str(deed.get("ManagedPolicyName") or deed.name(128))
    request = {
        "PolicyName": name,
        "PolicyDocument": document(deed["PolicyDocument"]),
        **deed.some("Description", "Path"),
    }
    made = await deed.call(
        "iam", "CreatePolicy", request, names=lambda answer: str(answer["Policy"]["Arn"])
    )
    policy = made["Policy"]
    await _attach_to(deed, policy["Arn"])
    return Made(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})


async def _attach_to(deed: Deed, arn: str) -> None:
    for member, kind in KINDS.items():
        new, old = deed.get(member) or [], deed.old.get(member) or []
        for name in new:
            if name not in old:
                request = {f"{kind}Name": name, "PolicyArn": arn}
                await deed.call("iam", f"Attach{kind}Policy", request)
        for name in old:
            if name not in new:
                request = {f"{kind}Name": name, "PolicyArn": arn}
                await deed.quietly("iam", f"Detach{kind}Policy", request)


async def update_managed(deed: Deed) -> dict[str, Any] | None:
    """A new default version, for which an old one makes room; then attachments."""
    arn = {"PolicyArn": deed.physical}
    if deed.changed("PolicyDocument"):
        versions = (await deed.call("iam", "ListPolicyVersions", arn))["Versions"]
        if len(versions) >= 5:
            oldest = [each for each in versions if not each["IsDefaultVersion"]][-1]
            gone = {"VersionId": oldest["VersionId"]}
            await deed.quietly("iam", "DeletePolicyVersion", {**arn, **gone})
        text = {"PolicyDocument": document(deed["PolicyDocument"]), "SetAsDefault": True}
        await deed.call("iam", "CreatePolicyVersion", {**arn, **text})
    await _attach_to(deed, deed.physical)
    return None


async def delete_managed(deed: Deed) -> None:
    """Detach it everywhere, delete its versions, then itself."""
    arn = {"PolicyArn": deed.physical}
    holders = await deed.quietly("iam", "ListEntitiesForPolicy", arn)
    if holders is None:
        return
    for member, kind in KINDS.items():
        for each in holders.get(f"Policy{member}", []):
            request = {f"{kind}Name": each[f"{kind}Name"], **arn}
            await deed.quietly("iam", f"Detach{kind}Policy", request)
    answer = await deed.quietly("iam", "ListPolicyVersions", arn)
    for each in answer["Versions"] if answer else ():
        if not each["IsDefaultVersion"]:
            gone = {"VersionId": each["VersionId"]}
            await deed.quietly("iam", "DeletePolicyVersion", {**arn, **gone})
    await deed.quietly("iam", "DeletePolicy", arn)


async def create_inline(deed: Deed) -> Made:
    """Put one document into roles, users and groups."""
    if not any(deed.get(member) for member in KINDS):
        raise Refused("At least one of [Groups,Roles,Users] must be non-empty.")
    # the id names the resource; the policy's own name is shared with other stacks
    lot = f"{deed.stack.name[:4]}-{deed.logical[:4]}-{deed.lot(12)}"
    await _put_everywhere(deed, lot)
    return Made(lot, {"Id": lot})


async def _put_everywhere(deed: Deed, physical: str) -> None:
    name, text = deed["PolicyName"], document(deed["PolicyDocument"])
    for member, kind in KINDS.items():
        for holder in deed.get(member) or []:
            request = {f"{kind}Name": holder, "PolicyName": name, "PolicyDocument": text}
            await deed.call("iam", f"Put{kind}Policy", request, names=lambda _: physical)


async def update_inline(deed: Deed) -> dict[str, Any] | None:
    """Put it where it is to be, and take it from where it no longer is."""
    await _put_everywhere(deed, deed.physical)
    await _take_inline(deed, deed.old, but=deed.properties)
    return None


async def _take_inline(deed: Deed, where: dict[str, Any], but: dict[str, Any]) -> None:
    same = where.get("PolicyName") == but.get("PolicyName")
    for member, kind in KINDS.items():
        for holder in where.get(member) or []:
            if not (same and holder in (but.get(member) or [])):
                request = {f"{kind}Name": holder, "PolicyName": where["PolicyName"]}
                await deed.quietly("iam", f"Delete{kind}Policy", request)


async def delete_inline(deed: Deed) -> None:
    """Take it from everywhere."""
    await _take_inline(deed, deed.properties, but={})


TYPES = (
    ResourceType(
        name="AWS::IAM::Role",
        create=create_role,
        update=update_role,
        delete=delete_role,
        live=live_role,
        properties=words(
            "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path "
            "PermissionsBoundary Policies RoleName Tags"
        ),
        required=words("AssumeRolePolicyDocument"),
        replaced_by=words("Path RoleName"),
        attributes=words("Arn RoleId"),
    ),
    ResourceType(
        name="AWS::IAM::User",
        create=create_user,
        update=update_user,
        delete=delete_user,
        live=live_user,
        properties=words(
            "Groups LoginProfile ManagedPolicyArns Path PermissionsBoundary Policies Tags UserName"
        ),
        replaced_by=words("UserName"),
        attributes=words("Arn"),
    ),
    ResourceType(
        name="AWS::IAM::Group",
        create=create_group,
        update=update_group,
        delete=delete_group,
        live=live_group,
        properties=words("GroupName ManagedPolicyArns Path Policies"),
        replaced_by=words("GroupName"),
        attributes=words("Arn"),
    ),
    ResourceType(
        name="AWS::IAM::ManagedPolicy",
        create=create_managed,
        update=update_managed,
        delete=delete_managed,
        live=live_managed,
        properties=words("Description Groups ManagedPolicyName Path PolicyDocument Roles Users"),
        required=words("PolicyDocument"),
        replaced_by=words("Description ManagedPolicyName Path"),
        attributes=words("PolicyArn PolicyId"),
    ),
    ResourceType(
        name="AWS::IAM::Policy",
        create=create_inline,
        update=update_inline,
        delete=delete_inline,
        properties=words("Groups PolicyDocument PolicyName Roles Users"),
        required=words("PolicyDocument PolicyName"),
        attributes=words("Id"),
    ),
)
