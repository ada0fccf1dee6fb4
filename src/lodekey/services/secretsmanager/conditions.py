"""Secrets Manager's own context keys, and the words of its refusals.

A key that stands for a request's member is there only if the request has the member: an Allow for
``VersionStage=AWSCURRENT`` does not reach a request that leaves VersionStage out.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.errors import ApiError
from lodekey.gate import authorize
from lodekey.gate.context import Context
from lodekey.gate.operation import Resource
from lodekey.policy.ask import Ask, Decision, Value
from lodekey.services.kms import envelope
from lodekey.services.secretsmanager.secrets import Secret
from lodekey.services.secretsmanager.values import DEFAULT_KEY

_TEXTS = {
    "SecretId": "secretsmanager:secretid",
    "Name": "secretsmanager:name",
    "Description": "secretsmanager:description",
    "KmsKeyId": "secretsmanager:kmskeyid",
    "VersionId": "secretsmanager:versionid",
    "VersionStage": "secretsmanager:versionstage",
    "BlockPublicPolicy": "secretsmanager:blockpublicpolicy",
    "ForceDeleteWithoutRecovery": "secretsmanager:forcedeletewithoutrecovery",
    "RecoveryWindowInDays": "secretsmanager:recoverywindowindays",
    "RotationLambdaARN": "secretsmanager:rotationlambdaarn",
    "RotateImmediately": "secretsmanager:rotateimmediately",
    "ForceOverwriteReplicaSecret": "secretsmanager:forceoverwritereplicasecret",
    "Type": "secretsmanager:type",
    "ExternalSecretRotationRoleArn": "secretsmanager:externalsecretrotationrolearn",
}


def request_keys(ctx: Context, request: Any, resource: Resource) -> dict[str, Value]:
    """The context keys of a request on *resource*, which need not exist yet."""
    keys: dict[str, Value] = {
        name: _text(request[member]) for member, name in _TEXTS.items() if member in request
    }
    if "KmsKeyId" in request:
        arn = _key_arn(ctx, request["KmsKeyId"])
        if arn:
            keys["secretsmanager:kmskeyarn"] = arn
    if "RotationRules" in request:
        keys["secretsmanager:modifyrotationrules"] = "true"
    if "AddReplicaRegions" in request:
        keys["secretsmanager:addreplicaregions"] = tuple(
            replica.get("Region", "") for replica in request["AddReplicaRegions"]
        )
    keys.update(tag_keys(request))
    keys.update(resource_keys(resource))
    return keys


def resource_keys(resource: Resource) -> dict[str, Value]:
    """The context keys that the secret itself brings."""
    keys: dict[str, Value] = {
        f"secretsmanager:resourcetag/{name.lower()}": value for name, value in resource.tags.items()
    }
    if isinstance(resource, Secret):
        if resource.primary:
            keys["secretsmanager:secretprimaryregion"] = resource.primary
        if resource.rotation is not None:
            keys["secretsmanager:resource/allowrotationlambdaarn"] = resource.rotation.lambda_arn
    return keys


def tag_keys(request: Mapping[str, Any]) -> dict[str, Value]:
    """``aws:RequestTag/…`` and ``aws:TagKeys``, where the request brings or takes away tags."""
    tags = request.get("Tags", [])
    names = tuple(tag.get("Key", "") for tag in tags) or tuple(request.get("TagKeys", []))
    if not names:
        return {}
    keys: dict[str, Value] = {
        f"aws:requesttag/{tag.get('Key', '').lower()}": tag.get("Value", "") for tag in tags
    }
    keys["aws:tagkeys"] = names
    return keys


def refuse(ctx: Context, ask: Ask, decision: Decision) -> ApiError:
    """AWS's refusal, which shows the SecretId as it was sent."""
    keys = ask.keys()
    sent = keys.get("secretsmanager:secretid") or keys.get("secretsmanager:name")
    if isinstance(sent, str):
        ask = ask._replace(resource=sent)
    return authorize.refusal("secretsmanager", ask, decision)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key_arn(ctx: Context, key_id: str) -> str:
    """The ARN behind a KmsKeyId; empty where there is no such key."""
    try:
        return envelope.key_arn(ctx, key_id or DEFAULT_KEY)
    except ApiError:
        return ""
