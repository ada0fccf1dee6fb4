"""Whether a resource policy lets anybody in: the check behind every "block public access".

AWS asks an automated reasoner. This is the plain rule that AWS documents for "public": an Allow
for every principal counts as public unless a condition binds it to fixed values of a key that tells
one caller from another. It errs on the side of "public".
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any, Final

# Keys whose fixed values name an account, an organization, a principal, a network or a resource.
BINDING: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpcsourceip",
    }
)
_POSITIVE: Final = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)
_NETWORKS: Final = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_WIDEST_V4, _WIDEST_V6 = 8, 32


def public_statements(text: str, binding: frozenset[str] = BINDING) -> list[str]:
    """The statements of a well-formed policy that let anybody in, by Sid or by number.

    Args:
        text: The policy.
        binding: The condition keys, lower case, whose fixed values leave only known callers.
    """
    statements = json.loads(text).get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    return [
        str(statement.get("Sid") or f"statement {at}")
        for at, statement in enumerate(statements, 1)
        if _lets_anybody_in(statement, binding)
    ]


def _lets_anybody_in(statement: Mapping[str, Any], binding: frozenset[str]) -> bool:
    if str(statement.get("Effect")) != "Allow":
        return False
    if "NotPrincipal" not in statement and not _everybody(statement.get("Principal")):
        return False
    return not _bound(statement.get("Condition") or {}, binding)


def _everybody(principal: Any) -> bool:
    if isinstance(principal, dict):
        return any(_everybody(value) for kind, value in principal.items() if kind == "AWS")
    if isinstance(principal, list):
        return any(_everybody(value) for value in principal)
    return str(principal) == "*"


def _bound(condition: Mapping[str, Mapping[str, Any]], binding: frozenset[str]) -> bool:
    """Whether some condition leaves only callers with fixed values."""
    for operator, tests in condition.items():
        quantifier, _, name = operator.lower().rpartition(":")
        # With IfExists and ForAllValues an absent key passes, which is no bond at all.
        if quantifier == "forallvalues" or name not in _POSITIVE:
            continue
        for key, values in tests.items():
            every = values if isinstance(values, list) else [values]
            if key.lower() in binding and all(_fixed(key.lower(), str(one)) for one in every):
                return True
    return False


def _fixed(key: str, value: str) -> bool:
    if key in _NETWORKS:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= (_WIDEST_V6 if network.version == 6 else _WIDEST_V4)
    if "${" in value:
        return False
    if value.startswith("arn:"):
        # An ARN is fixed enough where it names an account, or a bucket, which has none.
        parts = value.split(":", 5)
        names = parts[4] or parts[-1].partition("/")[0]
        return len(parts) == 6 and "*" not in names and "?" not in names
    return "*" not in value and "?" not in value
