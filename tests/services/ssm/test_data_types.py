"""Data types, each with what it takes and what it does not."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodekey.errors import ApiError, ValidationException
from lodekey.services.ssm import data_types, names
from lodekey.services.ssm.allowed_patterns import must_match
from lodekey.services.ssm.errors import (
    InvalidAllowedPatternException,
    ParameterPatternMismatchException,
    UnsupportedParameterType,
)

CASES = {
    "text": (["anything", " "], []),
    "aws:ec2:image": (["ami-12345678", "ami-0123456789abcdef0"], ["ami-xyz", "ami-1234567"]),
    "aws:region": (["us-east-1", "us-gov-west-1", "ap-southeast-2"], ["useast1", "us-east"]),
    "aws:account:id": (["111122223333"], ["11112222333", "1111-2222-3333"]),
    "boolean": (["true", "false"], ["True", "1", "yes"]),
    "integer": (["0", "-12", "443"], ["1.5", "x", "1 "]),
    "float": (["0", "-1.5", ".5", "1e-3", "7."], ["1,5", "NaN", "e3"]),
    "binary": (["aGVsbG8=", "AA=="], ["aGVsbG8", "!!"]),
    "hostname": (["localhost", "a.example.com", "x-1"], ["-a", "a..b", "a_b", "x" * 64]),
    "email": (["a@example.com", "a.b+c@x.org"], ["a", "a@", "a@b@c", "a@-x"]),
    "ipv4-address": (["127.0.0.1"], ["127.0.0.256", "::1", "1.2.3"]),
    "ipv6-address": (["::1", "2001:db8::1"], ["127.0.0.1", ":::"]),
    "url": (
        ["https://example.com/a?b=c", "postgres://db:5432/x"],
        ["example.com", "http://", "x:"],
    ),
    "json": (['{"a": [1, null]}', "1"], ["{a: 1}", '{"a": 1,}', "NaN", "[" * 8000]),
    "jsonc": (['{"a": 1, /* c */ "b": "// no", } // end'], ["{a: 1}", "/* open"]),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    good, bad = CASES[name]
    for value in good:
        data_types.must_hold(name, "String", value)
    for value in bad:
        with pytest.raises(ValidationException, match=f"isn't valid for the data type {name}"):
            data_types.must_hold(name, "String", value)


def test_lists_are_checked_item_by_item() -> None:
    data_types.must_hold("integer", "StringList", "1,2,3")
    with pytest.raises(ValidationException):
        data_types.must_hold("integer", "StringList", "1,x,3")


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("json", "StringList"),
        ("aws:ec2:image", "SecureString"),
        ("aws:ssm:integration", "String"),
    ],
)
def test_types_that_do_not_go_together(name: str, type_: str) -> None:
    with pytest.raises(UnsupportedParameterType):
        data_types.must_hold(name, type_, "x")


@pytest.mark.parametrize(
    ("old", "new"),
    [("text", "aws:ec2:image"), ("aws:ec2:image", "text"), ("aws:ssm:integration", "json")],
)
def test_types_for_life(old: str, new: str) -> None:
    with pytest.raises(ValidationException):
        data_types.must_change(old, new)
    data_types.must_change(old, old)
    data_types.must_change("text", "integer")


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"^\d+$", "12"),
        (r"\d", "a1b"),
        (r"^(?=.*[A-Z])(?=.*\d).{8,}$", "Abcdefg1"),
        (r"^[\p{L}]+$", "ä"),
        (r"^\{id\}=.$", "{id}=x"),
        (r"^a{1,3}$", "aaa"),
    ],
)
def test_patterns(pattern: str, value: str) -> None:
    must_match(pattern, value)
    with pytest.raises(ParameterPatternMismatchException):
        must_match(pattern, "-")


@given(st.text(max_size=40), st.text(max_size=200))
def test_any_pattern_is_answered(pattern: str, value: str) -> None:
    with contextlib.suppress(InvalidAllowedPatternException, ParameterPatternMismatchException):
        must_match(pattern, value)


@given(st.text(max_size=60) | st.from_regex(r"(/[a-z.:]{0,4}){0,18}", fullmatch=True))
def test_any_name_is_answered(text: str) -> None:
    for read in (names.named, names.path, lambda name: names.writable(name, 45)):
        with contextlib.suppress(ApiError):
            read(text)


@given(st.text(max_size=60), st.sampled_from(sorted(CASES)))
def test_any_value_is_answered(value: str, name: str) -> None:
    with contextlib.suppress(ApiError):
        data_types.must_hold(name, "String", value)
