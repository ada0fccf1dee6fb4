"""Data types: what a value must look like when the parameter says what it holds.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from lodekey.errors import ValidationException
from lodekey.services.ssm.errors import UnsupportedParameterType

TEXT = "text"
IMAGE = "aws:ec2:image"
INTEGRATION = "aws:ssm:integration"

_HOSTNAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    re.IGNORECASE | re.ASCII,
)
_EMAIL = re.compile(r"[^\s@]{1,64}@(?P<host>[^\s@]+)")
# Outside strings, a comment of either kind; strings are kept as they are.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def _pattern(text: str) -> Callable[[str], bool]:
    compiled = re.compile(text, re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def holds(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, RecursionError):
            return False
        return True

    return holds


def _no_constants(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _json(value: str) -> object:
    return json.loads(value, parse_constant=_no_constants)


def _jsonc(value: str) -> object:
    bare = _COMMENT.sub(lambda found: found[1] or " ", value)
    return _json(_LAST_COMMA.sub(lambda found: found[1] or "", bare))


def _is_email(value: str) -> bool:
    found = _EMAIL.fullmatch(value)
    return found is not None and _HOSTNAME.fullmatch(found["host"]) is not None


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(parts.scheme and parts.netloc and parts.hostname) and " " not in value
    except ValueError:
        return False


_HOLDS: dict[str, Callable[[str], bool]] = {
    IMAGE: _pattern(r"ami-[0-9a-f]{8}(?:[0-9a-f]{9})?"),
    INTEGRATION: _parses(_json),
    "aws:region": _pattern(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}"),
    "aws:account:id": _pattern(r"\d{12}"),
    "boolean": _pattern(r"true|false"),
    "integer": _pattern(r"[+-]?\d+"),
    "float": _pattern(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"),
    "binary": _parses(lambda value: base64.b64decode(value, validate=True)),
    "hostname": lambda value: _HOSTNAME.fullmatch(value) is not None,
    "email": _is_email,
    "ipv4-address": _parses(ipaddress.IPv4Address),
    "ipv6-address": _parses(ipaddress.IPv6Address),
    "url": _is_url,
    "json": _parses(_json),
    "jsonc": _parses(_jsonc),
}
_TYPES: dict[str, frozenset[str]] = {
    IMAGE: frozenset({"String"}),
    INTEGRATION: frozenset({"SecureString"}),
    **dict.fromkeys(("binary", "url", "json", "jsonc"), frozenset({"String", "SecureString"})),
}


def must_hold(data_type: str, type_: str, value: str) -> None:
    """Check a value, or each item of a StringList, against its data type.

    Raises:
        ValidationException: There is no such data type, or the value is not one.
        UnsupportedParameterType: The parameter's type does not go with the data type.
    """
    if data_type == TEXT:
        return
    holds = _HOLDS.get(data_type)
    if holds is None:
        raise ValidationException(
            f"The following data type is not supported: {data_type} (Data type names are all "
            "lowercase.)"
        )
    if type_ not in _TYPES.get(data_type, {type_}):
        raise UnsupportedParameterType(
            f"The parameter type {type_} isn't supported for the data type {data_type}."
        )
    items = value.split(",") if type_ == "StringList" else [value]
    if not all(map(holds, items)):
        raise ValidationException(f"The parameter value isn't valid for the data type {data_type}.")


def must_change(old: str, new: str) -> None:
    """Refuse to change a parameter to or from a data type that AWS fixes for life.

    Raises:
        ValidationException: One of the two is such a type.
    """
    if old != new and {old, new} & {IMAGE, INTEGRATION}:
        raise ValidationException(
            f"The data type of a parameter can't be changed from {old} to {new}."
        )
