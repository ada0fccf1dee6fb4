"""Secrets Manager: secrets, their policies, rotation.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SecretsManager.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused, document
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words
from lodekey.services.cloudformation.resources.tagging import retag

DEFAULT_LENGTH = 32


def _arn_of(answer: Any) -> str:
    return str(answer["ARN"])


async def _generated(deed: Deed) -> str:
    """A value made by GetRandomPassword, alone or inside a template."""
    asked = dict(deed["GenerateSecretString"])
    template, key = asked.pop("SecretStringTemplate", None), asked.pop("GenerateStringKey", None)
    asked.setdefault("PasswordLength", DEFAULT_LENGTH)
    password = (await deed.call("secretsmanager", "GetRandomPassword", asked))["RandomPassword"]
    if template is None and key is None:
        return str(password)
    if template is None or key is None:
        raise Refused(
            "You must specify both SecretStringTemplate and GenerateStringKey, or neither"
        )
    try:
        value = json.loads(template)
        value[key] = password
    except (ValueError, TypeError):
        raise Refused("Could not parse SecretStringTemplate JSON") from None
    return json.dumps(value)


async def create_secret(deed: Deed) -> Made:
    """CreateSecret."""
    if "SecretString" in deed.properties and "GenerateSecretString" in deed.properties:
        raise Refused("You can't specify both SecretString and GenerateSecretString")
    name = str(deed.get("Name") or f"{deed.logical}-{deed.lot(12)}")
    request = {"Name": name, **deed.some("Description", "KmsKeyId", "SecretString")}
    request["ClientRequestToken"] = deed.lot(32)
    if "ReplicaRegions" in deed.properties:
        request["AddReplicaRegions"] = deed["ReplicaRegions"]
    if "GenerateSecretString" in deed.properties:
        request["SecretString"] = await _generated(deed)
    tags = deed.tag_list(deed.get("Tags"))
    if tags:
        request["Tags"] = tags
    made = await deed.call("secretsmanager", "CreateSecret", request, names=_arn_of)
    return Made(made["ARN"], {"Id": made["ARN"]})


async def update_secret(deed: Deed) -> dict[str, Any] | None:
    """UpdateSecret; a generator that changed makes a new value."""
    named = {"SecretId": deed.physical}
    request = {**named, "ClientRequestToken": deed.token()}
    if deed.changed("Description"):
        request["Description"] = deed.get("Description", "")
    if deed.changed("KmsKeyId"):
        request["KmsKeyId"] = deed.get("KmsKeyId", "alias/aws/secretsmanager")
    if deed.changed("SecretString") and "SecretString" in deed.properties:
        request["SecretString"] = deed["SecretString"]
    elif deed.changed("GenerateSecretString") and "GenerateSecretString" in deed.properties:
        request["SecretString"] = await _generated(deed)
    if len(request) > 2:
        await deed.call("secretsmanager", "UpdateSecret", request)
    if deed.changed("ReplicaRegions"):
        await _replicate(deed)
    put, gone = retag(deed)
    if gone:
        await deed.call("secretsmanager", "UntagResource", {**named, "TagKeys": gone})
    if put:
        tags = [{"Key": key, "Value": value} for key, value in put.items()]
        await deed.call("secretsmanager", "TagResource", {**named, "Tags": tags})
    return None


async def _replicate(deed: Deed) -> None:
    named = {"SecretId": deed.physical}
    new = {each["Region"]: each for each in deed.get("ReplicaRegions", [])}
    old = {each["Region"]: each for each in deed.old.get("ReplicaRegions", [])}
    gone = [region for region, each in old.items() if new.get(region) != each]
    more = [each for region, each in new.items() if old.get(region) != each]
    if gone:
        request = {**named, "RemoveReplicaRegions": gone}
        await deed.call("secretsmanager", "RemoveRegionsFromReplication", request)
    if more:
        request = {**named, "AddReplicaRegions": more}
        await deed.call("secretsmanager", "ReplicateSecretToRegions", request)


async def delete_secret(deed: Deed) -> None:
    """DeleteSecret without a recovery window, as CloudFormation does."""
    named = {"SecretId": deed.physical}
    found = await deed.quietly("secretsmanager", "DescribeSecret", named)
    if found is None:
        return
    regions = [each["Region"] for each in found.get("ReplicationStatus", [])]
    if regions:
        request = {**named, "RemoveReplicaRegions": regions}
        await deed.call("secretsmanager", "RemoveRegionsFromReplication", request)
    forced = {**named, "ForceDeleteWithoutRecovery": True}
    await deed.quietly("secretsmanager", "DeleteSecret", forced)


async def live_secret(deed: Deed) -> dict[str, Any]:
    """What is not secret of it."""
    found = await deed.call("secretsmanager", "DescribeSecret", {"SecretId": deed.physical})
    return {"Description": found.get("Description", ""), "Name": found["Name"]}


async def put_policy(deed: Deed) -> Made:
    """PutResourcePolicy."""
    secret = str(deed["SecretId"])
    request = {
        "SecretId": secret,
        "ResourcePolicy": document(deed["ResourcePolicy"]),
        **deed.some("BlockPublicPolicy"),
    }
    made = await deed.call("secretsmanager", "PutResourcePolicy", request, names=_arn_of)
    return Made(made["ARN"], {"Id": made["ARN"]})


async def update_policy(deed: Deed) -> dict[str, Any] | None:
    """The same again."""
    await put_policy(deed)
    return None


async def delete_policy(deed: Deed) -> None:
    """DeleteResourcePolicy."""
    await deed.quietly("secretsmanager", "DeleteResourcePolicy", {"SecretId": deed.physical})


async def live_policy(deed: Deed) -> dict[str, Any]:
    """The policy."""
    found = await deed.call("secretsmanager", "GetResourcePolicy", {"SecretId": deed.physical})
    return {"ResourcePolicy": json.loads(found.get("ResourcePolicy", "{}"))}


def _rules(deed: Deed) -> dict[str, Any]:
    rules = dict(deed.get("RotationRules") or {})
    return {"RotationRules": rules} if rules else {}


async def put_rotation(deed: Deed) -> Made:
    """RotateSecret with a schedule."""
    if "HostedRotationLambda" in deed.properties:
        raise Refused(
            "HostedRotationLambda is not offered by this server: give RotationLambdaARN instead"
        )
    request = {
        "SecretId": deed["SecretId"],
        "ClientRequestToken": deed.token(),
        "RotateImmediately": deed.get("RotateImmediatelyOnUpdate", True),
        **_rules(deed),
        **deed.some("RotationLambdaARN"),
    }
    made = await deed.call("secretsmanager", "RotateSecret", request, names=_arn_of)
    return Made(made["ARN"], {"Id": made["ARN"]})


async def update_rotation(deed: Deed) -> dict[str, Any] | None:
    """The same again."""
    await put_rotation(deed)
    return None


async def delete_rotation(deed: Deed) -> None:
    """CancelRotateSecret."""
    try:
        await deed.quietly("secretsmanager", "CancelRotateSecret", {"SecretId": deed.physical})
    except Refused as refused:
        if refused.code != "InvalidRequestException":
            raise


TYPES = (
    ResourceType(
        name="AWS::SecretsManager::Secret",
        create=create_secret,
        update=update_secret,
        delete=delete_secret,
        live=live_secret,
        properties=words(
            "Description GenerateSecretString KmsKeyId Name ReplicaRegions SecretString Tags"
        ),
        not_offered=words("Type"),
        replaced_by=words("Name"),
        attributes=words("Id"),
    ),
    ResourceType(
        name="AWS::SecretsManager::ResourcePolicy",
        create=put_policy,
        update=update_policy,
        delete=delete_policy,
        live=live_policy,
        properties=words("BlockPublicPolicy ResourcePolicy SecretId"),
        required=words("ResourcePolicy SecretId"),
        replaced_by=words("SecretId"),
        attributes=words("Id"),
    ),
    ResourceType(
        name="AWS::SecretsManager::RotationSchedule",
        create=put_rotation,
        update=update_rotation,
        delete=delete_rotation,
        properties=words(
            "HostedRotationLambda RotateImmediatelyOnUpdate RotationLambdaARN RotationRules "
            "SecretId"
        ),
        not_offered=words("ExternalSecretRotationMetadata ExternalSecretRotationRoleArn"),
        required=words("SecretId"),
        replaced_by=words("SecretId"),
        attributes=words("Id"),
    ),
)
