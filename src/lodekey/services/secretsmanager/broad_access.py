"""Whether a resource policy lets anybody in: the check behind BlockPublicPolicy.

AWS asks an automated reasoner. This is the plain rule that AWS documents for "public": an Allow
for every principal counts as broad unless a condition binds it to fixed values of a key that tells
one caller from another. It errs on the side of refusing.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# Keys whose fixed values name an account, an organization, a principal, a network or a resource.
_BINDING = frozenset(
    {
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpcsourceip",
    }
)
_POSITIVE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)
_WIDEST_V4, _WIDEST_V6 = 8, 32


def broad_statements(text: str) -> list[str]:
    """The statements of a well-formed policy that let anybody in, by Sid or by number."""
    statements = json.loads(text).get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    return [
        str(statement.get("Sid") or f"statement {at}")
        for at, statement in enumerate(statements, 1)
        if _lets_anybody_in(statement)
    ]


def _lets_anybody_in(statement: Mapping[str, Any]) -> bool:
    if str(statement.get("Effect")) != "Allow":
        return False
    if "NotPrincipal" not in statement and not _everybody(statement.get("Principal")):
        return False
    return not _bound(statement.get("Condition") or {})


def _everybody(principal: Any) -> bool:
    if isinstance(principal, dict):
        return any(_everybody(value) for kind, value in principal.items() if kind == "AWS")
    if isinstance(principal, list):
        return any(_everybody(value) for value in principal)
    return str(principal) == "*"


def _bound(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether some condition leaves only callers with fixed values."""
    for operator, tests in condition.items():
        quantifier, _, name = operator.lower().rpartition(":")
        # With IfExists and ForAllValues an absent key passes, which is no bond at all.
        if quantifier == "forallvalues" or name not in _POSITIVE:
            continue
        for key, values in tests.items():
            every = values if isinstance(values, list) else [values]
            if key.lower() in _BINDING and all(_fixed(key.lower(), str(one)) for one in every):
                return True
    return False


def _fixed(key: str, value: str) -> bool:
    if key in {"aws:sourceip", "aws:vpcsourceip"}:
        address, _, bits = value.partition("/")
        return not bits or int(bits) >= (_WIDEST_V6 if ":" in address else _WIDEST_V4)
    if "${" in value:
        return False
    if value.startswith("arn:"):
        # An ARN is fixed enough when it names an account.
        parts = value.split(":", 5)
        return len(parts) == 6 and "*" not in parts[4] and "?" not in parts[4] and bool(parts[4])
    return "*" not in value and "?" not in value
