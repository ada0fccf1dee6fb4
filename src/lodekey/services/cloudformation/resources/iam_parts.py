"""IAM: access keys, instance profiles, identity providers, linked roles, memberships.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from __future__ import annotations

from typing import Any

from lodekey.services.cloudformation.deeds import Deed
from lodekey.services.cloudformation.resources.iam import tag
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words


async def create_key(deed: Deed) -> Made:
    """CreateAccessKey; the secret is an attribute, shown to ``Fn::GetAtt`` alone."""
    made = await deed.call(
        "iam",
        "CreateAccessKey",
        {"UserName": deed["UserName"]},
        names=lambda answer: str(answer["AccessKey"]["AccessKeyId"]),
    )
    key = made["AccessKey"]
    if deed.get("Status", "Active") != "Active":
        await _set_status(deed, key["AccessKeyId"])
    attributes = {"Id": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]}
    return Made(key["AccessKeyId"], attributes)


async def _set_status(deed: Deed, key: str) -> None:
    status = deed.get("Status", "Active")
    request = {"UserName": deed["UserName"], "AccessKeyId": key, "Status": status}
    await deed.call("iam", "UpdateAccessKey", request)


async def update_key(deed: Deed) -> dict[str, Any] | None:
    """Its status."""
    await _set_status(deed, deed.physical)
    return None


async def delete_key(deed: Deed) -> None:
    """DeleteAccessKey."""
    request = {"UserName": deed["UserName"], "AccessKeyId": deed.physical}
    await deed.quietly("iam", "DeleteAccessKey", request)


async def create_profile(deed: Deed) -> Made:
    """CreateInstanceProfile with its role."""
    name = str(deed.get("InstanceProfileName") or deed.name(128))
    request = {"InstanceProfileName": name, **deed.some("Path")}
    made = await deed.call("iam", "CreateInstanceProfile", request, names=lambda _: name)
    for role in deed["Roles"]:
        request = {"InstanceProfileName": name, "RoleName": role}
        await deed.call("iam", "AddRoleToInstanceProfile", request)
    return Made(name, {"Arn": made["InstanceProfile"]["Arn"]})


async def update_profile(deed: Deed) -> dict[str, Any] | None:
    """Another role."""
    named = {"InstanceProfileName": deed.physical}
    for role in deed.old.get("Roles", []):
        await deed.quietly("iam", "RemoveRoleFromInstanceProfile", {**named, "RoleName": role})
    for role in deed["Roles"]:
        await deed.call("iam", "AddRoleToInstanceProfile", {**named, "RoleName": role})
    return None


async def delete_profile(deed: Deed) -> None:
    """Take its role out, then delete it."""
    named = {"InstanceProfileName": deed.physical}
    found = await deed.quietly("iam", "GetInstanceProfile", named)
    if found is None:
        return
    for role in found["InstanceProfile"]["Roles"]:
        request = {**named, "RoleName": role["RoleName"]}
        await deed.quietly("iam", "RemoveRoleFromInstanceProfile", request)
    await deed.quietly("iam", "DeleteInstanceProfile", named)


async def create_provider(deed: Deed) -> Made:
    """CreateOpenIDConnectProvider."""
    request = {
        "Url": deed["Url"],
        "ClientIDList": deed.get("ClientIdList") or [],
        "ThumbprintList": deed.get("ThumbprintList") or [],
    }
    tags = deed.tag_list(deed.get("Tags"))
    if tags:
        request["Tags"] = tags
    made = await deed.call(
        "iam",
        "CreateOpenIDConnectProvider",
        request,
        names=lambda answer: str(answer["OpenIDConnectProviderArn"]),
    )
    arn = made["OpenIDConnectProviderArn"]
    return Made(arn, {"Arn": arn})


async def update_provider(deed: Deed) -> dict[str, Any] | None:
    """Clients, thumbprints, tags."""
    named = {"OpenIDConnectProviderArn": deed.physical}
    new, old = deed.get("ClientIdList") or [], deed.old.get("ClientIdList") or []
    for client in new:
        if client not in old:
            request = {**named, "ClientID": client}
            await deed.call("iam", "AddClientIDToOpenIDConnectProvider", request)
    for client in old:
        if client not in new:
            request = {**named, "ClientID": client}
            await deed.quietly("iam", "RemoveClientIDFromOpenIDConnectProvider", request)
    if deed.changed("ThumbprintList"):
        request = {**named, "ThumbprintList": deed.get("ThumbprintList") or []}
        await deed.call("iam", "UpdateOpenIDConnectProviderThumbprint", request)
    await tag(deed, "OpenIDConnectProvider", named)
    return None


async def delete_provider(deed: Deed) -> None:
    """DeleteOpenIDConnectProvider."""
    request = {"OpenIDConnectProviderArn": deed.physical}
    await deed.quietly("iam", "DeleteOpenIDConnectProvider", request)


async def create_linked(deed: Deed) -> Made:
    """CreateServiceLinkedRole."""
    request = deed.some("AWSServiceName", "CustomSuffix", "Description")
    made = await deed.call(
        "iam",
        "CreateServiceLinkedRole",
        request,
        names=lambda answer: str(answer["Role"]["RoleName"]),
    )
    return Made(made["Role"]["RoleName"], {"RoleName": made["Role"]["RoleName"]})


async def update_linked(deed: Deed) -> dict[str, Any] | None:
    """Its description."""
    request = {"RoleName": deed.physical, "Description": deed.get("Description", "")}
    await deed.call("iam", "UpdateRole", request)
    return None


async def delete_linked(deed: Deed) -> None:
    """DeleteServiceLinkedRole."""
    await deed.quietly("iam", "DeleteServiceLinkedRole", {"RoleName": deed.physical})


async def add_users(deed: Deed) -> Made:
    """AddUserToGroup for each."""
    lot = deed.name(64)
    for user in deed["Users"]:
        request = {"GroupName": deed["GroupName"], "UserName": user}
        await deed.call("iam", "AddUserToGroup", request, names=lambda _: lot)
    return Made(lot, {"Id": lot})


async def update_users(deed: Deed) -> dict[str, Any] | None:
    """Add those who come, take out those who go."""
    new = [(deed["GroupName"], user) for user in deed["Users"]]
    old = [(deed.old["GroupName"], user) for user in deed.old["Users"]]
    for group, user in new:
        if (group, user) not in old:
            request = {"GroupName": group, "UserName": user}
            await deed.call("iam", "AddUserToGroup", request)
    for group, user in old:
        if (group, user) not in new:
            request = {"GroupName": group, "UserName": user}
            await deed.quietly("iam", "RemoveUserFromGroup", request)
    return None


async def remove_users(deed: Deed) -> None:
    """RemoveUserFromGroup for each."""
    for user in deed["Users"]:
        request = {"GroupName": deed["GroupName"], "UserName": user}
        await deed.quietly("iam", "RemoveUserFromGroup", request)


TYPES = (
    ResourceType(
        name="AWS::IAM::AccessKey",
        create=create_key,
        update=update_key,
        delete=delete_key,
        properties=words("Serial Status UserName"),
        required=words("UserName"),
        replaced_by=words("Serial UserName"),
        attributes=words("Id SecretAccessKey"),
    ),
    ResourceType(
        name="AWS::IAM::InstanceProfile",
        create=create_profile,
        update=update_profile,
        delete=delete_profile,
        properties=words("InstanceProfileName Path Roles"),
        required=words("Roles"),
        replaced_by=words("InstanceProfileName Path"),
        attributes=words("Arn"),
    ),
    ResourceType(
        name="AWS::IAM::OIDCProvider",
        create=create_provider,
        update=update_provider,
        delete=delete_provider,
        properties=words("ClientIdList Tags ThumbprintList Url"),
        required=words("Url"),
        replaced_by=words("Url"),
        attributes=words("Arn"),
    ),
    ResourceType(
        name="AWS::IAM::ServiceLinkedRole",
        create=create_linked,
        update=update_linked,
        delete=delete_linked,
        properties=words("AWSServiceName CustomSuffix Description"),
        required=words("AWSServiceName"),
        replaced_by=words("AWSServiceName CustomSuffix"),
        attributes=words("RoleName"),
    ),
    ResourceType(
        name="AWS::IAM::UserToGroupAddition",
        create=add_users,
        update=update_users,
        delete=remove_users,
        properties=words("GroupName Users"),
        required=words("GroupName Users"),
        attributes=words("Id"),
    ),
)
