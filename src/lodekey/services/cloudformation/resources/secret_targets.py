"""Secrets Manager: what a secret is attached to.

AWS asks the database's service for engine, host and port, and writes them into the secret. There is
no such service here, so the secret must hold them already; what the attachment itself says, the
target's identifier, is written into it. No value is made up.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secrettargetattachment.html
and https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words

IDENTIFIERS = {
    "AWS::DocDB::DBCluster": "dbClusterIdentifier",
    "AWS::DocDB::DBInstance": "dbInstanceIdentifier",
    "AWS::RDS::DBCluster": "dbClusterIdentifier",
    "AWS::RDS::DBInstance": "dbInstanceIdentifier",
    "AWS::Redshift::Cluster": "dbClusterIdentifier",
    "AWS::RedshiftServerless::Namespace": "namespaceName",
}
"""The member of the secret that names the target, by the target's type."""

CREDENTIALS = ("username", "password")
CONNECTION = ("engine", "host", "port")


def _member(target: dict[str, Any]) -> tuple[str, str]:
    """The member that names a target, and its value: the last part of an ARN, or the id itself.

    Raises:
        Refused: Secrets are not attached to things of that type.
    """
    name = IDENTIFIERS.get(str(target["TargetType"]))
    if name is None:
        raise Refused(
            f"Unsupported TargetType {target['TargetType']}: it must be one of "
            f"{', '.join(IDENTIFIERS)}"
        )
    return name, str(target["TargetId"]).rpartition(":")[2]


async def _value(deed: Deed, secret: str) -> dict[str, Any]:
    """What the secret holds now; no event may show it.

    Raises:
        Refused: It is no JSON object.
    """
    found = await deed.call("secretsmanager", "GetSecretValue", {"SecretId": secret})
    text = str(found.get("SecretString", ""))
    deed.secrets.add(text)
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(
            f"The secret {secret} must hold a JSON object with {_and(CREDENTIALS)} to be attached"
        )
    return value


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _must_be_whole(deed: Deed, value: dict[str, Any]) -> None:
    """Check that nothing is missing that only a database's service could tell.

    Raises:
        Refused: With the names of what is missing.
    """
    missing = [name for name in CREDENTIALS if name not in value]
    if missing:
        raise Refused(f"The secret to be attached lacks: {', '.join(missing)}")
    missing = [name for name in CONNECTION if name not in value]
    if missing:
        raise Refused(
            f"This server has no database services, so {', '.join(missing)} of "
            f"{deed['TargetType']} {deed['TargetId']} cannot be looked up: the secret must hold "
            f"{_and(CONNECTION)} already, for instance by its SecretStringTemplate"
        )


async def attach(deed: Deed) -> Made:
    """PutSecretValue with the target's identifier beside what the secret holds."""
    secret = str(deed["SecretId"])
    name, identifier = _member(deed.properties)
    value = await _value(deed, secret)
    _must_be_whole(deed, value)
    others = {each for each in IDENTIFIERS.values() if each in value and value[each] != identifier}
    if deed.old:
        others.discard(_member(deed.old)[0])
    if others:
        raise Refused(
            f"The secret {secret} is attached already ({', '.join(sorted(others))}): a secret can "
            "have only one target"
        )
    kept = {key: each for key, each in value.items() if key not in IDENTIFIERS.values()}
    await _put(deed, secret, value, {**kept, name: identifier})
    arn = (await deed.call("secretsmanager", "DescribeSecret", {"SecretId": secret}))["ARN"]
    return Made(arn, {"Id": arn})


async def _put(deed: Deed, secret: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    if new == old:
        return
    text = json.dumps(new)
    deed.secrets.add(text)
    request = {
        "SecretId": secret,
        "SecretString": text,
        "ClientRequestToken": deed.token(text),
    }
    await deed.call(
        "secretsmanager", "PutSecretValue", request, names=lambda answer: str(answer["ARN"])
    )


async def detach(deed: Deed) -> None:
    """PutSecretValue without the target's identifier; what the secret held before stays."""
    named = {"SecretId": str(deed["SecretId"])}
    found = await deed.quietly("secretsmanager", "GetSecretValue", named)
    if found is None:
        return
    name, identifier = _member(deed.properties)
    value = await _value(deed, named["SecretId"])
    if value.get(name) == identifier:
        kept = {key: each for key, each in value.items() if key != name}
        await _put(deed, named["SecretId"], value, kept)


TYPES = (
    ResourceType(
        name="AWS::SecretsManager::SecretTargetAttachment",
        create=attach,
        update=attach,
        delete=detach,
        properties=words("SecretId TargetId TargetType"),
        required=words("SecretId TargetId TargetType"),
        replaced_by=words("SecretId"),
        attributes=words("Id"),
    ),
)
