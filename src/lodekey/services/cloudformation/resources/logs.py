"""CloudWatch Logs: groups, streams, resource policies.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html
"""

from __future__ import annotations

from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused, document
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words
from lodekey.services.cloudformation.resources.tagging import retag


def _arn(deed: Deed, name: str) -> str:
    return f"arn:aws:logs:{deed.region}:{deed.account}:log-group:{name}"


async def create_group(deed: Deed) -> Made:
    """CreateLogGroup, then its retention."""
    name = str(deed.get("LogGroupName") or deed.name(512))
    request: dict[str, Any] = {"logGroupName": name}
    if "KmsKeyId" in deed.properties:
        request["kmsKeyId"] = deed["KmsKeyId"]
    if "LogGroupClass" in deed.properties:
        request["logGroupClass"] = deed["LogGroupClass"]
    tags = deed.tags(deed.get("Tags"))
    if tags:
        request["tags"] = tags
    await deed.call("logs", "CreateLogGroup", request, names=lambda _: name)
    if "RetentionInDays" in deed.properties:
        await _retain(deed, name)
    return Made(name, {"Arn": f"{_arn(deed, name)}:*"})


async def _retain(deed: Deed, name: str) -> None:
    days = {"retentionInDays": deed["RetentionInDays"]}
    await deed.call("logs", "PutRetentionPolicy", {"logGroupName": name, **days})


async def update_group(deed: Deed) -> dict[str, Any] | None:
    """Retention, key and tags."""
    named = {"logGroupName": deed.physical}
    if deed.changed("LogGroupClass"):
        await _must_keep_class(deed)
    if deed.changed("RetentionInDays"):
        if "RetentionInDays" in deed.properties:
            await _retain(deed, deed.physical)
        else:
            await deed.call("logs", "DeleteRetentionPolicy", named)
    if deed.changed("KmsKeyId"):
        if "KmsKeyId" in deed.properties:
            request = {**named, "kmsKeyId": deed["KmsKeyId"]}
            await deed.call("logs", "AssociateKmsKey", request)
        else:
            await deed.call("logs", "DisassociateKmsKey", named)
    put, gone = retag(deed)
    arn = {"resourceArn": _arn(deed, deed.physical)}
    if gone:
        await deed.call("logs", "UntagResource", {**arn, "tagKeys": gone})
    if put:
        await deed.call("logs", "TagResource", {**arn, "tags": put})
    return None


async def _must_keep_class(deed: Deed) -> None:
    found = await _described(deed)
    if found["logGroupClass"] != deed.get("LogGroupClass", "STANDARD"):
        raise Refused("LogGroupClass can't be changed after a log group is created")


async def delete_group(deed: Deed) -> None:
    """DeleteLogGroup."""
    await deed.quietly("logs", "DeleteLogGroup", {"logGroupName": deed.physical})


async def _described(deed: Deed) -> Any:
    request = {"logGroupNamePrefix": deed.physical}
    answer = await deed.call("logs", "DescribeLogGroups", request)
    there = [each for each in answer["logGroups"] if each["logGroupName"] == deed.physical]
    if not there:
        raise Refused("The specified log group does not exist.", "ResourceNotFoundException")
    return there[0]


async def live_group(deed: Deed) -> dict[str, Any]:
    """Retention and key."""
    found = await _described(deed)
    shown = {"LogGroupName": found["logGroupName"]}
    if "retentionInDays" in found:
        shown["RetentionInDays"] = found["retentionInDays"]
    if "kmsKeyId" in found:
        shown["KmsKeyId"] = found["kmsKeyId"]
    return shown


async def create_stream(deed: Deed) -> Made:
    """CreateLogStream."""
    name = str(deed.get("LogStreamName") or deed.name(512))
    request = {"logGroupName": deed["LogGroupName"], "logStreamName": name}
    await deed.call("logs", "CreateLogStream", request, names=lambda _: name)
    return Made(name, {})


async def delete_stream(deed: Deed) -> None:
    """DeleteLogStream."""
    request = {"logGroupName": deed["LogGroupName"], "logStreamName": deed.physical}
    await deed.quietly("logs", "DeleteLogStream", request)


async def put_policy(deed: Deed) -> Made:
    """PutResourcePolicy."""
    name = str(deed["PolicyName"])
    request = {"policyName": name, "policyDocument": document(deed["PolicyDocument"])}
    await deed.call("logs", "PutResourcePolicy", request, names=lambda _: name)
    return Made(name, {})


async def update_policy(deed: Deed) -> dict[str, Any] | None:
    """The same again."""
    await put_policy(deed)
    return None


async def delete_policy(deed: Deed) -> None:
    """DeleteResourcePolicy."""
    await deed.quietly("logs", "DeleteResourcePolicy", {"policyName": deed.physical})


TYPES = (
    ResourceType(
        name="AWS::Logs::LogGroup",
        create=create_group,
        update=update_group,
        delete=delete_group,
        live=live_group,
        properties=words("KmsKeyId LogGroupClass LogGroupName RetentionInDays Tags"),
        not_offered=words(
            "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled "
            "FieldIndexPolicies ResourcePolicyDocument"
        ),
        replaced_by=words("LogGroupName"),
        attributes=words("Arn"),
    ),
    ResourceType(
        name="AWS::Logs::LogStream",
        create=create_stream,
        delete=delete_stream,
        properties=words("LogGroupName LogStreamName"),
        required=words("LogGroupName"),
    ),
    ResourceType(
        name="AWS::Logs::ResourcePolicy",
        create=put_policy,
        update=update_policy,
        delete=delete_policy,
        properties=words("PolicyDocument PolicyName"),
        required=words("PolicyDocument PolicyName"),
        replaced_by=words("PolicyName"),
    ),
)
