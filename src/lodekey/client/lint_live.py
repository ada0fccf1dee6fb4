"""Look over what an account has: key policies, role policies, secret policies, plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from lodekey.client.connection import Connection
from lodekey.client.failures import Denied, NotFound, translated
from lodekey.client.findings import Finding, found, in_policy
from lodekey.client.lint_templates import SECRET_NAME, is_plain_secret


def look(connection: Connection, say: Callable[[str], None]) -> list[Finding]:
    """Look the account over in one Region; what the caller may not see is told and left out."""
    findings: list[Finding] = []
    for part in (_keys, _roles, _secrets, _parameters, _functions):
        try:
            findings += part(connection)
        except Denied as denied:
            say(f"not looked at: {denied.message}")
    return findings


def _pages(client: Any, operation: str, member: str, **request: Any) -> Iterator[Any]:
    with translated():
        for page in client.get_paginator(operation).paginate(**request):
            yield from page[member]


def _keys(connection: Connection) -> Iterator[Finding]:
    kms = connection.client("kms")
    for each in _pages(kms, "list_keys", "Keys"):
        with translated():
            metadata = kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]
            if metadata["KeyManager"] == "AWS" or metadata["KeyState"] == "PendingDeletion":
                continue
            policy = kms.get_key_policy(KeyId=each["KeyId"], PolicyName="default")["Policy"]
        yield from in_policy(each["KeyArn"], "policy", policy, "key", each["KeyArn"])


def _roles(connection: Connection) -> Iterator[Finding]:
    iam = connection.client("iam")
    for role in _pages(iam, "list_roles", "Roles"):
        name, arn = role["RoleName"], role["Arn"]
        if role["Path"].startswith("/aws-service-role/"):
            continue
        trust = json.dumps(role["AssumeRolePolicyDocument"])
        yield from in_policy(arn, "trust policy", trust, "trust", arn)
        for policy in _pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
            with translated():
                answer = iam.get_role_policy(RoleName=name, PolicyName=policy)
            document = json.dumps(answer["PolicyDocument"])
            yield from in_policy(arn, policy, document, "identity")


def _secrets(connection: Connection) -> Iterator[Finding]:
    sm = connection.client("secretsmanager")
    for secret in _pages(sm, "list_secrets", "SecretList"):
        try:
            with translated():
                policy = sm.get_resource_policy(SecretId=secret["ARN"]).get("ResourcePolicy")
        except NotFound:
            continue
        if policy:
            yield from in_policy(secret["ARN"], "policy", policy, "resource", secret["ARN"])


def _parameters(connection: Connection) -> Iterator[Finding]:
    ssm = connection.client("ssm")
    for each in _pages(ssm, "describe_parameters", "Parameters"):
        name = each["Name"]
        if each["Type"] != "SecureString" and SECRET_NAME.search(name.rpartition("/")[2]):
            yield found(f"ssm:{name}", "", "LT001", f"it is a {each['Type']}, which no key seals")
        if each["Type"] == "SecureString" and each.get("KeyId") == "alias/aws/ssm":
            yield found(f"ssm:{name}", "", "LT006", "it is under alias/aws/ssm")


def _functions(connection: Connection) -> Iterator[Finding]:
    for each in _pages(connection.client("lambda"), "list_functions", "Functions"):
        variables = each.get("Environment", {}).get("Variables", {})
        for name, value in variables.items():
            if is_plain_secret(name, value):
                yield found(each["FunctionArn"], f"Environment.{name}", "LT001", "it is plain text")
