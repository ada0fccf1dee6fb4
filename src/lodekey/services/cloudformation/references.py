"""Dynamic references: ``{{resolve:ssm:NAME}}`` and its like, looked up when a resource is made.

What they stand for goes to the resource's own service and nowhere else: the stack keeps the
reference, and so do its events, its template and its change sets.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from lodekey.errors import ValidationError

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")
_ANY = re.compile(r"\{\{resolve:([^:}]*)")

SECURE_PLACES = frozenset({("AWS::IAM::User", "LoginProfile", "Password")})
"""Where AWS resolves ``ssm-secure``: nowhere else, so that no value becomes readable."""

Call = Callable[[str, str, dict[str, Any]], Awaitable[Any]]


class SecretText:
    """Texts that must not be shown, and a way to blot them out."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, text: str) -> None:
        """Remember a text, also as JSON writes it; very short ones would blot out everything."""
        if len(text) > 3:
            self._texts |= {text, json.dumps(text)[1:-1]}

    def masked(self, text: str) -> str:
        """*text* without them."""
        for each in sorted(self._texts, key=len, reverse=True):
            text = text.replace(each, "****")
        return text


async def resolved(tree: Any, type: str, call: Call, secrets: SecretText) -> Any:
    """*tree* with every dynamic reference looked up.

    Raises:
        ValidationError: A reference cannot be read, or stands where it may not.
    """
    return await _resolved(tree, (type,), call, secrets)


async def _resolved(tree: Any, where: tuple[str, ...], call: Call, secrets: SecretText) -> Any:
    if isinstance(tree, dict):
        return {
            key: await _resolved(each, (*where, key), call, secrets) for key, each in tree.items()
        }
    if isinstance(tree, list):
        return [await _resolved(each, where, call, secrets) for each in tree]
    if not isinstance(tree, str) or "{{resolve:" not in tree:
        return tree
    text = tree
    for found in reversed(list(_REFERENCE.finditer(tree))):
        value = await _value(found[1], found[2], where, call)
        if found[1] != "ssm":
            secrets.add(value)
        text = text[: found.start()] + value + text[found.end() :]
    return text


def check(tree: Any) -> None:
    """Refuse references to services that have none.

    Raises:
        ValidationError: There is one such.
    """
    if isinstance(tree, dict):
        for each in tree.values():
            check(each)
    elif isinstance(tree, list):
        for each in tree:
            check(each)
    elif isinstance(tree, str):
        for found in _ANY.finditer(tree):
            if found[1] not in {"ssm", "ssm-secure", "secretsmanager"}:
                raise ValidationError(f"Unable to resolve dynamic reference service: {found[1]}")


async def _value(kind: str, named: str, where: tuple[str, ...], call: Call) -> str:
    if kind == "secretsmanager":
        return await _secret(named, call)
    if kind == "ssm-secure" and where not in SECURE_PLACES:
        path = "/".join(where[1:])
        raise ValidationError(
            f"SSM Secure reference is not supported in: [{where[0]}/Properties/{path}]"
        )
    secure = kind == "ssm-secure"
    answer = await call("ssm", "GetParameter", {"Name": named, "WithDecryption": secure})
    parameter = answer["Parameter"]
    if (parameter["Type"] == "SecureString") != secure:
        raise ValidationError(
            f"Non-secure ssm prefix was used for secure parameter: {named}"
            if not secure
            else f"ssm-secure prefix was used for a parameter that is not secure: {named}"
        )
    return str(parameter["Value"])


async def _secret(named: str, call: Call) -> str:
    """``secret-id:SecretString:json-key:version-stage:version-id``; the id may be an ARN."""
    parts = named.split(":")
    if named.startswith("arn:"):
        parts = [":".join(parts[:7]), *parts[7:]]
    secret, _, key, stage, version = (*parts, "", "", "", "", "")[:5]
    request: dict[str, Any] = {"SecretId": secret}
    if stage:
        request["VersionStage"] = stage
    if version:
        request["VersionId"] = version
    value = (await call("secretsmanager", "GetSecretValue", request)).get("SecretString")
    if value is None:
        raise ValidationError(f"Secrets Manager secret {secret} holds no SecretString")
    if not key:
        return str(value)
    try:
        found = json.loads(value)[key]
    except (ValueError, KeyError, TypeError):
        raise ValidationError(
            f"Could not find a value associated with JSONKey in SecretString for secret: {secret}"
        ) from None
    return found if isinstance(found, str) else json.dumps(found)
