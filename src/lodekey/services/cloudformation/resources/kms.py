"""KMS: keys, replicas, aliases.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused, document
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words
from lodekey.services.cloudformation.resources.tagging import retag

DEFAULT_WINDOW = 30
_UNCHANGEABLE = {
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "MultiRegion": False,
    "Origin": "AWS_KMS",
}
"""What a key is for good, and what it is where nothing is said."""


def _name_of(answer: Any) -> str:
    return str(answer["KeyMetadata"]["KeyId"])


def _attributes(metadata: Any) -> dict[str, Any]:
    return {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]}


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


async def create_key(deed: Deed) -> Made:
    """CreateKey, then rotation and state as asked for."""
    request = deed.some("Description", "KeyUsage", "KeySpec", "MultiRegion", "Origin")
    if "KeyPolicy" in deed.properties:
        request["Policy"] = document(deed["KeyPolicy"])
        request["BypassPolicyLockoutSafetyCheck"] = deed.get(
            "BypassPolicyLockoutSafetyCheck", False
        )
    tags = deed.tags(deed.get("Tags"))
    if tags:
        request["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
    made = await deed.call("kms", "CreateKey", request, names=_name_of)
    metadata = made["KeyMetadata"]
    if _is_true(deed.get("EnableKeyRotation", False)):
        await _rotate(deed, metadata["KeyId"])
    if not _is_true(deed.get("Enabled", True)):
        await deed.call("kms", "DisableKey", {"KeyId": metadata["KeyId"]})
    return Made(metadata["KeyId"], _attributes(metadata))


async def _rotate(deed: Deed, key: str) -> None:
    request = {"KeyId": key, **deed.some("RotationPeriodInDays")}
    await deed.call("kms", "EnableKeyRotation", request)


async def update_key(deed: Deed) -> dict[str, Any] | None:
    """Each property by the operation that changes it."""
    key = {"KeyId": deed.physical}
    await _must_stay(deed)
    enabled = _is_true(deed.get("Enabled", True))
    if deed.changed("Enabled") and enabled:
        await deed.call("kms", "EnableKey", key)
    if deed.changed("Description"):
        text = {"Description": deed.get("Description", "")}
        await deed.call("kms", "UpdateKeyDescription", {**key, **text})
    if deed.changed("KeyPolicy") and "KeyPolicy" in deed.properties:
        bypass = deed.get("BypassPolicyLockoutSafetyCheck", False)
        policy = {
            "PolicyName": "default",
            "Policy": document(deed["KeyPolicy"]),
            "BypassPolicyLockoutSafetyCheck": bypass,
        }
        await deed.call("kms", "PutKeyPolicy", {**key, **policy})
    if deed.changed("EnableKeyRotation", "RotationPeriodInDays"):
        if _is_true(deed.get("EnableKeyRotation", False)):
            await _rotate(deed, deed.physical)
        else:
            await deed.call("kms", "DisableKeyRotation", key)
    if deed.changed("Enabled") and not enabled:
        await deed.call("kms", "DisableKey", key)
    await _tag_key(deed)
    return None


async def _must_stay(deed: Deed) -> None:
    """Refuse what would take another key: a key is not thrown away by a changed line.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
    """
    if not deed.changed(*_UNCHANGEABLE):
        return
    answer = await deed.call("kms", "DescribeKey", {"KeyId": deed.physical})
    metadata = {"MultiRegion": False, **answer["KeyMetadata"]}
    for name, usual in _UNCHANGEABLE.items():
        wanted = deed.get(name, usual)
        if name == "MultiRegion":
            wanted = _is_true(wanted)
        if metadata[name] != wanted:
            raise Refused(
                f"Resource of type '{deed.thing.type}' with identifier '{deed.physical}' is not "
                f"updatable with parameters provided: {name} of an existing key cannot be changed"
            )


async def _tag_key(deed: Deed) -> None:
    put, gone = retag(deed)
    key = {"KeyId": deed.physical}
    if gone:
        await deed.call("kms", "UntagResource", {**key, "TagKeys": gone})
    if put:
        tags = [{"TagKey": name, "TagValue": value} for name, value in put.items()]
        await deed.call("kms", "TagResource", {**key, "Tags": tags})


async def delete_key(deed: Deed) -> None:
    """ScheduleKeyDeletion: the key is gone after its window, and can be had back until then."""
    window = deed.get("PendingWindowInDays", DEFAULT_WINDOW)
    found = await deed.quietly("kms", "DescribeKey", {"KeyId": deed.physical})
    if found is None or found["KeyMetadata"]["KeyState"].startswith("Pending"):
        return
    request = {"KeyId": deed.physical, "PendingWindowInDays": window}
    await deed.quietly("kms", "ScheduleKeyDeletion", request)


async def live_key(deed: Deed) -> dict[str, Any]:
    """The key's description, policy, state and rotation."""
    key = {"KeyId": deed.physical}
    metadata = (await deed.call("kms", "DescribeKey", key))["KeyMetadata"]
    policy = await deed.call("kms", "GetKeyPolicy", {**key, "PolicyName": "default"})
    found = {
        "Description": metadata.get("Description", ""),
        "Enabled": metadata["Enabled"],
        "KeyPolicy": json.loads(policy["Policy"]),
    }
    if metadata["KeySpec"] == "SYMMETRIC_DEFAULT":
        rotation = await deed.call("kms", "GetKeyRotationStatus", key)
        found["EnableKeyRotation"] = rotation["KeyRotationEnabled"]
    return found


async def create_replica(deed: Deed) -> Made:
    """ReplicateKey of a primary in another Region, asked there."""
    request = {
        "KeyId": deed["PrimaryKeyArn"],
        "ReplicaRegion": deed.region,
        **deed.some("Description"),
    }
    if "KeyPolicy" in deed.properties:
        request["Policy"] = document(deed["KeyPolicy"])
    tags = deed.tags(deed.get("Tags"))
    if tags:
        request["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
    home = str(deed["PrimaryKeyArn"]).split(":")[3]
    made = await deed.call(
        "kms",
        "ReplicateKey",
        request,
        region=home,
        names=lambda answer: str(answer["ReplicaKeyMetadata"]["KeyId"]),
    )
    metadata = made["ReplicaKeyMetadata"]
    if not _is_true(deed.get("Enabled", True)):
        await deed.call("kms", "DisableKey", {"KeyId": metadata["KeyId"]})
    return Made(metadata["KeyId"], _attributes(metadata))


async def create_alias(deed: Deed) -> Made:
    """CreateAlias."""
    name = str(deed["AliasName"])
    request = {"AliasName": name, "TargetKeyId": deed["TargetKeyId"]}
    await deed.call("kms", "CreateAlias", request, names=lambda _: name)
    return Made(name, {})


async def update_alias(deed: Deed) -> dict[str, Any] | None:
    """UpdateAlias."""
    request = {"AliasName": deed.physical, "TargetKeyId": deed["TargetKeyId"]}
    await deed.call("kms", "UpdateAlias", request)
    return None


async def delete_alias(deed: Deed) -> None:
    """DeleteAlias."""
    await deed.quietly("kms", "DeleteAlias", {"AliasName": deed.physical})


async def live_alias(deed: Deed) -> dict[str, Any]:
    """Where the alias leads, told as the template tells it: by id or by ARN."""
    metadata = (await deed.call("kms", "DescribeKey", {"KeyId": deed.physical}))["KeyMetadata"]
    whole = str(deed.get("TargetKeyId", "")).startswith("arn:")
    return {"AliasName": deed.physical, "TargetKeyId": metadata["Arn" if whole else "KeyId"]}


TYPES = (
    ResourceType(
        name="AWS::KMS::Key",
        create=create_key,
        update=update_key,
        delete=delete_key,
        live=live_key,
        properties=words(
            "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy "
            "KeySpec KeyUsage MultiRegion Origin PendingWindowInDays RotationPeriodInDays Tags"
        ),
        attributes=words("Arn KeyId"),
    ),
    ResourceType(
        name="AWS::KMS::ReplicaKey",
        create=create_replica,
        update=update_key,
        delete=delete_key,
        properties=words("Description Enabled KeyPolicy PendingWindowInDays PrimaryKeyArn Tags"),
        required=words("KeyPolicy PrimaryKeyArn"),
        replaced_by=words("PrimaryKeyArn"),
        attributes=words("Arn KeyId"),
    ),
    ResourceType(
        name="AWS::KMS::Alias",
        create=create_alias,
        update=update_alias,
        delete=delete_alias,
        live=live_alias,
        properties=words("AliasName TargetKeyId"),
        required=words("AliasName TargetKeyId"),
        replaced_by=words("AliasName"),
    ),
)
