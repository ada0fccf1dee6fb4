"""The smallest request of an operation that its model and its room's finder take."""

from __future__ import annotations

from typing import Any

from lodekey.wire.models import Member, Model, model
from world import ACCOUNT, REGION

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARNS = {
    "kms": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}",
    "iam": f"arn:aws:iam::{ACCOUNT}:policy/nothing",
    "lambda": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nothing",
    "logs": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:nothing",
    "ssm": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/nothing",
    "sts": f"arn:aws:iam::{ACCOUNT}:role/nothing",
    "secretsmanager": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:nothing-AbCdEf",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/nothing"
USER = f"arn:aws:iam::{ACCOUNT}:user/nothing"
PARAMETER = {"ResourceType": "Parameter", "ResourceId": "nothing"}
SETTING = "/ssm/parameter-store/default-parameter-tier"
POLICY = '{"Version":"2012-10-17","Statement":[]}'
# By member name: what no pattern tells.
WORDS: dict[str, Any] = {
    "KeyId": KEY,
    "SourceKeyId": KEY,
    "DestinationKeyId": KEY,
    "TargetKeyId": KEY,
    "AliasName": "alias/nothing",
    "RoleArn": ROLE,
    "Role": ROLE,
    "RoleARN": ROLE,
    "PolicyDocument": POLICY,
    "Policy": POLICY,
    "PolicyName": "default",
    "Password": "a long Password 1!",
    "Url": "https://issuer.example",
    "FunctionUrlAuthType": "AWS_IAM",
    "ReplicaRegion": "eu-west-1",
    "PrimaryRegion": "eu-west-1",
    "Code": {"ZipFile": b"PK\x05\x06" + b"\x00" * 18},
    "Content": {"ZipFile": b"PK\x05\x06" + b"\x00" * 18},
}
# By operation: what depends on it.
SPECIAL: dict[tuple[str, str], dict[str, Any]] = {
    ("kms", "Decrypt"): {"CiphertextBlob": b"x", "KeyId": KEY},
    ("kms", "ReEncrypt"): {"CiphertextBlob": b"x", "SourceKeyId": KEY},
    ("kms", "RetireGrant"): {"KeyId": KEY, "GrantId": "0" * 64},
    ("ssm", "GetParametersByPath"): {"Path": "/nothing"},
    ("ssm", "AddTagsToResource"): {**PARAMETER, "Tags": []},
    ("ssm", "RemoveTagsFromResource"): PARAMETER,
    ("ssm", "ListTagsForResource"): PARAMETER,
    ("ssm", "GetServiceSetting"): {"SettingId": SETTING},
    ("ssm", "UpdateServiceSetting"): {"SettingId": SETTING},
    ("ssm", "ResetServiceSetting"): {"SettingId": SETTING},
    ("iam", "SimulatePrincipalPolicy"): {"PolicySourceArn": USER},
    ("iam", "GetContextKeysForPrincipalPolicy"): {"PolicySourceArn": USER},
    ("lambda", "GetLayerVersionByArn"): {
        "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:nothing:1"
    },
    ("logs", "AssociateKmsKey"): {"logGroupName": "nothing", "kmsKeyId": ARNS["kms"]},
    ("logs", "DisassociateKmsKey"): {"logGroupName": "nothing"},
    ("logs", "DescribeLogStreams"): {"logGroupName": "nothing"},
    ("logs", "GetLogEvents"): {"logGroupName": "nothing"},
    ("logs", "FilterLogEvents"): {"logGroupName": "nothing"},
}


def minimal(service: str, operation: str) -> dict[str, Any]:
    """The required members of *operation*, filled."""
    described = model(service)
    member = described.operations[operation].input
    request = {} if member is None else _structure(described, member, service)
    return {**request, **SPECIAL.get((service, operation), {})}


def _structure(described: Model, member: Member, service: str) -> dict[str, Any]:
    shape = described.shape(member)
    return {name: _value(described, shape.members[name], name, service) for name in shape.required}


def _value(described: Model, member: Member, name: str, service: str) -> Any:
    if name in WORDS:
        return WORDS[name]
    shape = described.shape(member)
    match shape.type:
        case "structure":
            return _structure(described, member, service)
        case "list":
            assert shape.member is not None
            return [_value(described, shape.member, name, service)]
        case "map":
            return {}
        case "blob":
            return b"x" * max(1, int(shape.min or 1))
        case "boolean":
            return False
        case "integer" | "long" | "float" | "double":
            return int(shape.min or 1)
        case "timestamp":
            return 1_700_000_000.0
    return text(shape.enum, int(shape.min or 1), name, service)


def text(enum: tuple[str, ...], least: int, name: str, service: str) -> str:
    if enum:
        return enum[0]
    if name.lower().endswith("arn") or name in {"ResourceId", "Resource"}:
        return ARNS.get(service, ROLE)
    return "nothing".ljust(least, "x")
