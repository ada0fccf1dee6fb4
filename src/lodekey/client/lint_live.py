"""Look over what an account has: key policies, role policies, secret policies, plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from lodekey.client import exit_codes, lint_templates
from lodekey.client.connection import Connection
from lodekey.client.failures import Denied, Failure, NotFound, translated
from lodekey.client.findings import Finding, found, in_policy
from lodekey.client.lint_templates import SECRET_NAME, is_plain_secret

Say = Callable[[str], None]


def look(connection: Connection, say: Say) -> list[Finding]:
    """Look the account over in one Region; what the caller may not see is told and left out."""
    findings: list[Finding] = []
    for part in (_keys, _identities, _secrets, _parameters, _functions, _stacks, _buckets):
        try:
            findings += part(connection, say)
        except Failure as failure:
            if failure.exit_code == exit_codes.NETWORK:
                raise
            say(f"not looked at: {failure.message}")
    return findings


def _pages(client: Any, operation: str, member: str, **request: Any) -> Iterator[Any]:
    with translated():
        for page in client.get_paginator(operation).paginate(**request):
            yield from page[member]


def _keys(connection: Connection, say: Say) -> Iterator[Finding]:
    kms = connection.client("kms")
    for each in _pages(kms, "list_keys", "Keys"):
        try:
            with translated():
                metadata = kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]
                if metadata["KeyManager"] == "AWS" or metadata["KeyState"] == "PendingDeletion":
                    continue
                policy = kms.get_key_policy(KeyId=each["KeyId"], PolicyName="default")["Policy"]
        except Denied as denied:
            say(f"not looked at: {each['KeyArn']}: {denied.message}")
            continue
        yield from in_policy(each["KeyArn"], "policy", policy, "key", each["KeyArn"])


def _identities(connection: Connection, say: Say) -> Iterator[Finding]:
    """Users, groups, roles and the account's own managed policies, in one listing."""
    iam = connection.client("iam")
    wanted = ["User", "Group", "Role", "LocalManagedPolicy"]
    with translated():
        pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=wanted)
        for page in pages:
            for each in page["RoleDetailList"]:
                yield from _trust(each)
            for kind in ("User", "Group", "Role"):
                for each in page[f"{kind}DetailList"]:
                    yield from _inline(each, each.get(f"{kind}PolicyList", []))
            for each in page["Policies"]:
                yield from _managed(each)


def _trust(role: Any) -> Iterator[Finding]:
    if not role["Path"].startswith("/aws-service-role/"):
        trust = json.dumps(role["AssumeRolePolicyDocument"])
        yield from in_policy(role["Arn"], "trust policy", trust, "trust", role["Arn"])


def _inline(entity: Any, policies: list[Any]) -> Iterator[Finding]:
    for policy in policies if not entity["Path"].startswith("/aws-service-role/") else ():
        document = json.dumps(policy["PolicyDocument"])
        yield from in_policy(entity["Arn"], policy["PolicyName"], document, "identity")


def _managed(policy: Any) -> Iterator[Finding]:
    for version in policy["PolicyVersionList"]:
        if version["IsDefaultVersion"]:
            yield from in_policy(policy["Arn"], "", json.dumps(version["Document"]), "identity")


def _stacks(connection: Connection, say: Say) -> Iterator[Finding]:
    """The templates that are deployed: GetTemplate shows them to whoever may ask."""
    cloudformation = connection.client("cloudformation")
    for stack in _pages(cloudformation, "describe_stacks", "Stacks"):
        with translated():
            body = cloudformation.get_template(StackName=stack["StackId"])["TemplateBody"]
        text = body if isinstance(body, str) else json.dumps(body)
        for each in lint_templates.look(stack["StackId"], text):
            if not each.code.startswith("LK"):  # the policies are looked at where they stand
                yield each


def _buckets(connection: Connection, say: Say) -> Iterator[Finding]:
    s3 = connection.client("s3")
    with translated():
        buckets = s3.list_buckets()["Buckets"]
    for bucket in buckets:
        arn = f"arn:aws:s3:::{bucket['Name']}"
        try:
            with translated():
                policy = s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]
        except Failure:
            continue  # it has none, or is another Region's
        yield from in_policy(arn, "policy", policy, "resource", arn)


def _secrets(connection: Connection, say: Say) -> Iterator[Finding]:
    sm = connection.client("secretsmanager")
    for secret in _pages(sm, "list_secrets", "SecretList"):
        try:
            with translated():
                policy = sm.get_resource_policy(SecretId=secret["ARN"]).get("ResourcePolicy")
        except NotFound:
            continue
        except Denied as denied:
            say(f"not looked at: {secret['ARN']}: {denied.message}")
            continue
        if policy:
            yield from in_policy(secret["ARN"], "policy", policy, "resource", secret["ARN"])


def _parameters(connection: Connection, say: Say) -> Iterator[Finding]:
    ssm = connection.client("ssm")
    for each in _pages(ssm, "describe_parameters", "Parameters"):
        name = each["Name"]
        if each["Type"] != "SecureString" and SECRET_NAME.search(name.rpartition("/")[2]):
            yield found(f"ssm:{name}", "", "LT001", f"it is a {each['Type']}, which no key seals")
        if each["Type"] == "SecureString" and each.get("KeyId") == "alias/aws/ssm":
            yield found(f"ssm:{name}", "", "LT006", "it is under alias/aws/ssm")


def _functions(connection: Connection, say: Say) -> Iterator[Finding]:
    for each in _pages(connection.client("lambda"), "list_functions", "Functions"):
        variables = each.get("Environment", {}).get("Variables", {})
        for name, value in variables.items():
            if is_plain_secret(name, value):
                yield found(each["FunctionArn"], f"Environment.{name}", "LT001", "it is plain text")
