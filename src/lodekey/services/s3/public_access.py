"""Whether a bucket policy lets everybody in: the check behind the public access block.

The rule is AWS's: an Allow for every principal is public unless a condition binds it to fixed
values of a key that tells one caller from another. It errs on the side of "public".
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any, Final

_BINDING: Final = frozenset(
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
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_POSITIVE: Final = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)
_WIDEST_V4, _WIDEST_V6 = 8, 32


def is_public(text: str) -> bool:
    """Whether a valid policy lets everybody in."""
    statements = json.loads(text)["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    return any(_lets_anybody_in(statement) for statement in statements)


def _lets_anybody_in(statement: Mapping[str, Any]) -> bool:
    if statement["Effect"] != "Allow":
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
        # With IfExists and ForAllValues an absent key passes, which binds nobody.
        if quantifier == "forallvalues" or name not in _POSITIVE:
            continue
        for key, values in tests.items():
            every = values if isinstance(values, list) else [values]
            if key.lower() in _BINDING and all(_fixed(key.lower(), str(one)) for one in every):
                return True
    return False


def _fixed(key: str, value: str) -> bool:
    if key == "aws:sourceip":
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
        if len(parts) != 6 or "*" in parts[4] or "?" in parts[4]:
            return False
        return bool(parts[4]) or not parts[5].startswith(("*", "?"))
    return "*" not in value and "?" not in value
