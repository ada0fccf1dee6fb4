"""GetContextKeysForCustomPolicy and …ForPrincipalPolicy: which keys policies read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import Group, Role, User
from lodekey.policy.reading import read
from lodekey.services.iam.finding import everything
from lodekey.services.iam.labeled import given, of_entity
from lodekey.services.iam.policy_sources import source_named
from lodekey.services.iam.shapes import (
    GetContextKeysForCustomPolicyRequest,
    GetContextKeysForPolicyResponse,
    GetContextKeysForPrincipalPolicyRequest,
)

_VARIABLE = re.compile(r"\$\{\s*([A-Za-z][^,}]*?)\s*(?:,[^}]*)?\}")


def keys_read(texts: Iterable[str]) -> list[str]:
    """The context keys in conditions and variables of policies, as first written, in order."""
    found: dict[str, str] = {}
    for text in texts:
        for key in _keys_in(read(text)):
            found.setdefault(key.lower(), key)
    return [found[key] for key in sorted(found)]


def _keys_in(policy: Any) -> Iterator[str]:
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        for tests in (statement.get("Condition") or {}).values():
            yield from tests
            for value in tests.values():
                yield from _variables(value)
        for element in ("Resource", "NotResource"):
            yield from _variables(statement.get(element, []))


def _variables(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield from _VARIABLE.findall(each)


@operation("iam:GetContextKeysForCustomPolicy", on=everything)
def get_context_keys_for_custom_policy(
    ctx: Context, request: GetContextKeysForCustomPolicyRequest, nothing: Bare
) -> GetContextKeysForPolicyResponse:
    """Say which keys the policies given read."""
    policies = given(request["PolicyInputList"], "PolicyInputList")
    return {"ContextKeyNames": keys_read(each.text for each in policies)}


@operation("iam:GetContextKeysForPrincipalPolicy", on=source_named)
def get_context_keys_for_principal_policy(
    ctx: Context,
    request: GetContextKeysForPrincipalPolicyRequest,
    source: User | Group | Role,
) -> GetContextKeysForPolicyResponse:
    """Say which keys an entity's policies read, and those given besides."""
    more = given(request.get("PolicyInputList", []), "PolicyInputList")
    policies = [*of_entity(ctx.tx, source), *more]
    return {"ContextKeyNames": keys_read(each.text for each in policies)}
