"""A plan as a template: CloudFormation, Serverless Framework, Terraform, or plain JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from lodekey.client.formats import tf_quoted
from lodekey.client.plan import Plan, key_policy, role_policy, secret_policy

_WORD = re.compile(r"[A-Za-z_][\w/.-]*", re.ASCII)
_AMBIGUOUS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def as_json(plan: Plan) -> str:
    """The three documents."""
    documents = {
        "Alias": plan.alias,
        "KeyPolicy": key_policy(plan),
        "RolePolicy": {"RoleName": plan.role_name, "PolicyDocument": role_policy(plan)},
        "SecretPolicy": secret_policy(plan) if plan.of("sm") else None,
    }
    return json.dumps(documents, indent=2) + "\n"


def resources(plan: Plan) -> dict[str, Any]:
    """The plan as CloudFormation resources."""
    made: dict[str, Any] = {
        "Key": {
            "Type": "AWS::KMS::Key",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Description": f"Seals {', '.join(map(str, plan.places))}",
                "EnableKeyRotation": True,
                "KeyPolicy": key_policy(plan),
            },
        },
        "KeyAlias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": plan.alias, "TargetKeyId": {"Ref": "Key"}},
        },
        "ReaderPolicy": {
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {
                "RoleName": plan.role_name,
                "PolicyName": plan.policy_name,
                "PolicyDocument": role_policy(plan),
            },
        },
    }
    exact = [place for place in plan.of("sm") if not place.name.endswith("*")]
    for number, place in enumerate(exact, 1):
        made[f"Secret{number}"] = {
            "Type": "AWS::SecretsManager::Secret",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"Name": place.name, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
        }
        made[f"Secret{number}Policy"] = {
            "Type": "AWS::SecretsManager::ResourcePolicy",
            "Properties": {
                "SecretId": {"Ref": f"Secret{number}"},
                "ResourcePolicy": secret_policy(plan),
            },
        }
    return made


def as_cloudformation(plan: Plan) -> str:
    """A CloudFormation template."""
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"A key for {', '.join(map(str, plan.places))}, opened by {plan.role_name}",
        "Resources": resources(plan),
        "Outputs": {"KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}},
    }
    return yaml_text(template)


def as_serverless(plan: Plan) -> str:
    """The `resources` part of a serverless.yml."""
    outputs = {"KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}}
    return yaml_text({"resources": {"Resources": resources(plan), "Outputs": outputs}})


def as_terraform(plan: Plan) -> str:
    """Terraform resources of the AWS provider."""
    blocks = [
        _block(
            "aws_kms_key",
            "key",
            description=tf_quoted(f"Seals {', '.join(map(str, plan.places))}"),
            enable_key_rotation="true",
            policy=_encoded(key_policy(plan)),
        ),
        _block(
            "aws_kms_alias",
            "key",
            name=tf_quoted(plan.alias),
            target_key_id="aws_kms_key.key.key_id",
        ),
        _block(
            "aws_iam_role_policy",
            "reader",
            name=tf_quoted(plan.policy_name),
            role=tf_quoted(plan.role_name),
            policy=_encoded(role_policy(plan)),
        ),
    ]
    exact = [place for place in plan.of("sm") if not place.name.endswith("*")]
    for number, place in enumerate(exact, 1):
        blocks += [
            _block(
                "aws_secretsmanager_secret",
                f"secret{number}",
                name=tf_quoted(place.name),
                kms_key_id="aws_kms_key.key.arn",
            ),
            _block(
                "aws_secretsmanager_secret_policy",
                f"secret{number}",
                secret_arn=f"aws_secretsmanager_secret.secret{number}.arn",
                policy=_encoded(secret_policy(plan)),
            ),
        ]
    return "\n".join(blocks)


def _block(kind: str, called: str, /, **members: str) -> str:
    """A block as `terraform fmt` writes it: members of one line stand under each other."""
    width = max((len(name) for name, value in members.items() if "\n" not in value), default=0)
    lines = "".join(
        f"  {name if chr(10) in value else name.ljust(width)} = {value}\n"
        for name, value in members.items()
    )
    return f'resource "{kind}" "{called}" {{\n{lines}}}\n'


def _encoded(document: dict[str, Any]) -> str:
    """A document in `jsonencode`; JSON is HCL once ``${`` is escaped."""
    text = json.dumps(document, indent=2, separators=(",", " : "))
    text = text.replace("${", "$${").replace("%{", "%%{")
    return "jsonencode(" + text.replace("\n", "\n  ") + ")"


def yaml_text(data: dict[str, Any]) -> str:
    """Block YAML of texts, truths, lists and mappings; what might be misread is quoted."""
    return "\n".join(_yaml_lines(data)) + "\n"


def _yaml_lines(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for name, member in data.items():
            yield from _yaml_member(f"{_scalar(name)}:", member)
    else:
        for member in data:
            lines = (
                list(_yaml_lines(member)) if isinstance(member, dict | list) else [_scalar(member)]
            )
            yield f"- {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])


def _yaml_member(head: str, member: Any) -> Iterator[str]:
    if isinstance(member, dict | list) and member:
        yield head
        yield from (f"  {line}" for line in _yaml_lines(member))
    else:
        yield f"{head} {_scalar(member)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _WORD.fullmatch(value) and value.lower() not in _AMBIGUOUS:
        return value
    return json.dumps(value, ensure_ascii=False)


RENDERERS: dict[str, Callable[[Plan], str]] = {
    "cloudformation": as_cloudformation,
    "terraform": as_terraform,
    "serverless": as_serverless,
    "json": as_json,
}
