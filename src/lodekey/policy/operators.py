"""The condition operators: what each compares, and how its values are read.

`OPERATORS` is the whole list; a new one is a row. What a missing or many-valued key means, and the
modifiers ``…IfExists``, ``ForAllValues:`` and ``ForAnyValue:``, are `lodekey.policy.conditions`'.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lodekey.policy.patterns import any_of, arn_pattern, spelled, text_pattern

Test = Callable[[str], bool | None]
"""One request value against all wanted values: some match, none match, or (None) no telling."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator without its modifiers.

    Args:
        name: As policies write it.
        negated: Whether it demands that no value match.
        variables: Whether its values may hold policy variables.
        compile: Makes the test of the wanted values.
    """

    name: str
    negated: bool
    variables: bool
    compile: Callable[[tuple[str, ...]], Test]


# Strings and ARNs: nothing in them can fail to parse.


def _equals(wanted: tuple[str, ...]) -> Test:
    return frozenset(map(spelled, wanted)).__contains__


def _equals_ignoring_case(wanted: tuple[str, ...]) -> Test:
    folded = frozenset(spelled(text).lower() for text in wanted)
    return lambda text: text.lower() in folded


def _like(wanted: tuple[str, ...]) -> Test:
    return any_of(map(text_pattern, wanted))


def _arn_like(wanted: tuple[str, ...]) -> Test:
    return any_of(map(arn_pattern, wanted))


# What must be parsed first.


def _compared(
    parse: Callable[[str], Any], holds: Callable[[Any, Any], bool]
) -> Callable[[tuple[str, ...]], Test]:
    """An operator that parses both sides; what does not parse gives no telling."""

    def compile_values(wanted: tuple[str, ...]) -> Test:
        parsed = [parse(spelled(text)) for text in wanted]
        values = [value for value in parsed if value is not None]
        otherwise = False if len(values) == len(parsed) else None

        def test(text: str) -> bool | None:
            got = parse(text)
            if got is None:
                return None
            return any(holds(got, value) for value in values) or otherwise

        return test

    return compile_values


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def number(text: str) -> Decimal | None:
    """A decimal number; None: *text* is none."""
    return Decimal(text) if len(text) <= 64 and _NUMBER.fullmatch(text) else None


_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})"
    r"(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{5,15}(\.\d{1,9})?", re.ASCII)
_MILLISECONDS_FROM = 10**11


@lru_cache(maxsize=1024)
def moment(text: str) -> Decimal | None:
    """Seconds since the epoch of a W3C ISO 8601 date or of epoch seconds; None: neither.

    Twelve digits and more are milliseconds. A time without a zone is UTC.
    """
    if _EPOCH.fullmatch(text):
        seconds = Decimal(text)
        return seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = "+00:00" if zone in {None, "Z"} else f"{zone[:3]}:{zone[-2:]}"
    written = f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}"
    try:
        at = datetime.fromisoformat(f"{written}:{second or '00'}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Decimal(int(at.timestamp())) + Decimal(f"0.{fraction or 0}")


def truth(text: str) -> bool | None:
    """``true`` or ``false`` in any case; None: neither."""
    return {"true": True, "false": False}.get(text.lower())


def octets(text: str) -> bytes | None:
    """The bytes that base64 *text* writes; None: it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """An address range; without a prefix, the one address. None: *text* is none."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _within(address: Network, range_: Network) -> bool:
    return address.version == range_.version and address.subnet_of(range_)  # type: ignore[arg-type]


def _pair(
    name: str, opposite: str, compile_values: Callable[[tuple[str, ...]], Test], *, variables: bool
) -> list[Operator]:
    """An operator and its negation."""
    return [
        Operator(name, negated=False, variables=variables, compile=compile_values),
        Operator(opposite, negated=True, variables=variables, compile=compile_values),
    ]


def _ordered(prefix: str, parse: Callable[[str], Any]) -> list[Operator]:
    """The six comparisons of numbers or dates."""
    orders = {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    equal = _compared(parse, operator.eq)
    return [
        *_pair(f"{prefix}Equals", f"{prefix}NotEquals", equal, variables=False),
        *(
            Operator(prefix + name, negated=False, variables=False, compile=_compared(parse, order))
            for name, order in orders.items()
        ),
    ]


_ALL = [
    *_pair("StringEquals", "StringNotEquals", _equals, variables=True),
    *_pair(
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        _equals_ignoring_case,
        variables=True,
    ),
    *_pair("StringLike", "StringNotLike", _like, variables=True),
    *_pair("ArnEquals", "ArnNotEquals", _arn_like, variables=True),
    *_pair("ArnLike", "ArnNotLike", _arn_like, variables=True),
    *_ordered("Numeric", number),
    *_ordered("Date", moment),
    Operator("Bool", negated=False, variables=True, compile=_compared(truth, operator.eq)),
    Operator(
        "BinaryEquals", negated=False, variables=False, compile=_compared(octets, operator.eq)
    ),
    *_pair("IpAddress", "NotIpAddress", _compared(network, _within), variables=False),
]

OPERATORS: Mapping[str, Operator] = {each.name: each for each in _ALL}
"""Every operator but ``Null``, which asks for presence, not for a value."""
