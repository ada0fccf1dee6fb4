"""Findings in templates: their policies, and values where none should be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lodekey.client import template_text
from lodekey.client.findings import Finding, found, in_policy
from lodekey.client.places import REFERENCE
from lodekey.policy.statement import Kind

SECRET_NAME = re.compile(
    r"(?i)passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential|(^|_)pwd($|_)"
)
"""Names that people give to what should be sealed."""
_NOT_A_VALUE = re.compile(
    r"(?i)_?(arn|name|id|path|url|uri|prefix|parameter|param|ref|alias|file)$"
)
_POLICIES: Mapping[str, tuple[tuple[str, Kind], ...]] = {
    "AWS::KMS::Key": (("KeyPolicy", "key"),),
    "AWS::KMS::ReplicaKey": (("KeyPolicy", "key"),),
    "AWS::IAM::Role": (("AssumeRolePolicyDocument", "trust"),),
    "AWS::IAM::Policy": (("PolicyDocument", "identity"),),
    "AWS::IAM::RolePolicy": (("PolicyDocument", "identity"),),
    "AWS::IAM::UserPolicy": (("PolicyDocument", "identity"),),
    "AWS::IAM::ManagedPolicy": (("PolicyDocument", "identity"),),
    "AWS::SecretsManager::ResourcePolicy": (("ResourcePolicy", "resource"),),
    "AWS::S3::BucketPolicy": (("PolicyDocument", "resource"),),
}
_FUNCTIONS = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})


def look(file: str, text: str) -> list[Finding]:
    """Look a template, or a lone policy document, over."""
    try:
        template = template_text.read(text)
    except template_text.Malformed as malformed:
        return [found(file, "", "LT000", str(malformed))]
    if not isinstance(template, Mapping):
        return []
    if "Statement" in template:
        return in_policy(file, "", template_text.plain(template, {}), kind_of(template))
    resources = template_text.resources_of(template)
    return [
        *_levels(file, template),
        *_parameters(file, template),
        *_provider(file, template, resources),
        *(
            each
            for name, resource in resources.items()
            for each in _resource(file, str(name), resource, resources)
        ),
    ]


def kind_of(policy: Mapping[str, Any]) -> Kind:
    """What a lone policy document is for, by what its statements say."""
    statements = policy.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    bodies = [each for each in listed if isinstance(each, Mapping)]
    if not any("Principal" in each or "NotPrincipal" in each for each in bodies):
        return "identity"
    text = str([each.get("Action") for each in bodies])
    if "sts:AssumeRole" in text:
        return "trust"
    return "key" if "kms:" in text else "resource"


def _levels(file: str, template: Mapping[str, Any]) -> Iterator[Finding]:
    part = template.get("resources")
    if isinstance(part, Mapping):
        for name, each in part.items():
            if isinstance(each, Mapping) and str(each.get("Type", "")).startswith("AWS::"):
                yield found(file, f"resources.{name}", "LT009", f"`{name}` belongs into Resources")


def _parameters(file: str, template: Mapping[str, Any]) -> Iterator[Finding]:
    parameters = template.get("Parameters")
    for name, each in parameters.items() if isinstance(parameters, Mapping) else ():
        if not isinstance(each, Mapping) or not _is_secret(str(name)):
            continue
        if str(each.get("NoEcho", "")).lower() != "true":
            yield found(file, f"Parameters.{name}", "LT012", f"`{name}` has no NoEcho")
        if each.get("Default"):
            yield found(file, f"Parameters.{name}", "LT001", f"`{name}` has a default")


def _provider(
    file: str, template: Mapping[str, Any], resources: Mapping[str, Any]
) -> Iterator[Finding]:
    """What serverless.yml says outside its resources."""
    provider = template.get("provider")
    if isinstance(provider, Mapping):
        role = provider.get("iam", {})
        role = role.get("role", {}) if isinstance(role, Mapping) else {}
        listed = role.get("statements") if isinstance(role, Mapping) else None
        listed = listed or provider.get("iamRoleStatements")
        if isinstance(listed, list):
            policy = {"Version": "2012-10-17", "Statement": template_text.plain(listed, resources)}
            yield from in_policy(file, "provider.iam.role.statements", policy, "identity")
        yield from _variables(file, "provider.environment", provider.get("environment"))
    functions = template.get("functions")
    for name, each in functions.items() if isinstance(functions, Mapping) else ():
        if isinstance(each, Mapping):
            yield from _variables(file, f"functions.{name}.environment", each.get("environment"))


def _resource(
    file: str, name: str, resource: Mapping[str, Any], resources: Mapping[str, Any]
) -> Iterator[Finding]:
    kind, properties = str(resource["Type"]), resource.get("Properties")
    if not isinstance(properties, Mapping):
        properties = {}
    for member, policy_kind in _POLICIES.get(kind, ()):
        if isinstance(properties.get(member), Mapping):
            policy = template_text.plain(properties[member], resources)
            yield from in_policy(file, f"{name}.{member}", policy, policy_kind)
    inline = properties.get("Policies")
    for number, each in enumerate(inline if isinstance(inline, list) else []):
        document = each.get("PolicyDocument", each) if isinstance(each, Mapping) else None
        if isinstance(document, Mapping) and "Statement" in document:
            policy = template_text.plain(document, resources)
            yield from in_policy(file, f"{name}.Policies[{number}]", policy, "identity")
    yield from _values(file, name, kind, properties)
    if kind == "AWS::KMS::Key" and resource.get("DeletionPolicy") != "Retain":
        yield found(file, name, "LT013", f"`{name}` has no DeletionPolicy: Retain")


def _values(file: str, name: str, kind: str, properties: Mapping[str, Any]) -> Iterator[Finding]:
    if kind in _FUNCTIONS:
        environment = properties.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, Mapping) else None
        yield from _variables(file, f"{name}.Environment", variables)
    if kind == "AWS::SecretsManager::Secret" and isinstance(properties.get("SecretString"), str):
        yield found(file, f"{name}.SecretString", "LT001", "SecretString is written out")
    if kind == "AWS::SSM::Parameter" and isinstance(properties.get("Value"), str):
        called = str(properties.get("Name", name))
        if _is_secret(called.rpartition("/")[2]) or _is_secret(name):
            yield found(file, f"{name}.Value", "LT001", f"`{called}` is a String, written out")


def _variables(file: str, where: str, variables: Any) -> Iterator[Finding]:
    for name, value in variables.items() if isinstance(variables, Mapping) else ():
        if not isinstance(value, str | int):
            continue
        text = str(value)
        if re.search(r"\{\{resolve:(secretsmanager|ssm-secure):", text):
            yield found(file, f"{where}.{name}", "LT011", f"`{name}` is resolved at deployment")
        elif is_plain_secret(str(name), text):
            yield found(file, f"{where}.{name}", "LT001", f"`{name}` is written out")


def is_plain_secret(name: str, text: str) -> bool:
    """Whether a variable's name says secret, and its text is the value itself."""
    is_pointer = text.startswith(("${", "{{", "arn:", "/", "alias/")) or REFERENCE.fullmatch(text)
    return bool(text) and _is_secret(name) and not is_pointer


def _is_secret(name: str) -> bool:
    return bool(SECRET_NAME.search(name)) and not _NOT_A_VALUE.search(name)
