"""Every operator, with every modifier, on a key that is missing, empty, single, or many-valued.

`TABLE` is the table of the norm (section 5), cell by cell; `VALUES` gives each operator a wanted
value, a request value that matches it, and one that does not.
"""

import itertools

import pytest

from lodekey.policy.conditions import compile_condition, is_operator, split_operator
from lodekey.policy.operators import OPERATORS, moment, number

ROLE = "arn:aws:iam::111122223333:role/fn"
VALUES = {
    "String": ("alice", "alice", "bob"),
    "StringLike": ("al*", "alice", "bob"),
    "StringNotLike": ("al*", "alice", "bob"),
    "StringEqualsIgnoreCase": ("ALICE", "alice", "bob"),
    "StringNotEqualsIgnoreCase": ("ALICE", "alice", "bob"),
    "Arn": ("arn:aws:iam::*:role/*", ROLE, "arn:aws:iam::111122223333:user/alice"),
    "NumericEquals": ("5", "5.0", "6"),
    "NumericNotEquals": ("5", "5.0", "6"),
    "NumericLessThan": ("5", "4", "5"),
    "NumericLessThanEquals": ("5", "5", "6"),
    "NumericGreaterThan": ("5", "6", "5"),
    "NumericGreaterThanEquals": ("5", "5", "4"),
    "DateEquals": ("2026-09-01T00:00:00Z", "1788220800", "2026-09-02"),
    "DateNotEquals": ("2026-09-01T00:00:00Z", "1788220800", "2026-09-02"),
    "DateLessThan": ("2026-09-01", "2026-08-31T23:59:59Z", "2026-09-01"),
    "DateLessThanEquals": ("2026-09-01", "2026-09-01", "2026-09-02"),
    "DateGreaterThan": ("2026-09-01", "2026-09-02", "2026-09-01"),
    "DateGreaterThanEquals": ("2026-09-01", "2026-09-01", "2026-08-31"),
    "Bool": ("true", "TRUE", "false"),
    "BinaryEquals": ("AAEC", "AAEC", "AAED"),
    "IpAddress": ("10.0.0.0/8", "10.1.2.3", "192.0.2.1"),
    "NotIpAddress": ("10.0.0.0/8", "10.1.2.3", "192.0.2.1"),
}
NEGATED = {name for name in OPERATORS if "Not" in name}
MODIFIERS = ["", "IfExists", "ForAllValues:", "ForAnyValue:", "all IfExists", "any IfExists"]
# Cells by state of the key: for a positive and for a negated operator. `hit` is a value that the
# wanted value matches, `miss` one that it does not.
TABLE = {
    "": {
        "missing": (False, True),
        "empty": (False, True),
        "hit": (True, False),
        "miss": (False, True),
        "hit hit": (False, False),
        "hit miss": (False, False),
        "miss miss": (False, False),
    },
    "IfExists": {
        "missing": (True, True),
        "empty": (True, True),
        "hit": (True, False),
        "miss": (False, True),
        "hit hit": (False, False),
        "hit miss": (False, False),
        "miss miss": (False, False),
    },
    "ForAllValues:": {
        "missing": (True, True),
        "empty": (True, True),
        "hit": (True, False),
        "miss": (False, True),
        "hit hit": (True, False),
        "hit miss": (False, False),
        "miss miss": (False, True),
    },
    "ForAnyValue:": {
        "missing": (False, False),
        "empty": (False, False),
        "hit": (True, False),
        "miss": (False, True),
        "hit hit": (True, False),
        "hit miss": (True, True),
        "miss miss": (False, True),
    },
}
TABLE["all IfExists"] = TABLE["ForAllValues:"]
TABLE["any IfExists"] = TABLE["ForAnyValue:"] | {
    "missing": (True, True),
    "empty": (True, True),
}


def values_of(operator):
    family = next(
        (each for each in ("Arn", "String") if operator.startswith(each)),
        operator,
    )
    return VALUES.get(operator, VALUES.get(family))


def spelled(operator, modifier):
    if modifier == "IfExists":
        return operator + modifier
    if modifier.endswith(" IfExists"):
        among = {"all": "ForAllValues:", "any": "ForAnyValue:"}[modifier.split()[0]]
        return among + operator + "IfExists"
    return modifier + operator


def keys_in(state, hit, miss):
    if state == "missing":
        return {}
    if state == "empty":
        return {"test:key": ()}
    values = tuple({"hit": hit, "miss": miss}[each] for each in state.split())
    return {"test:key": values[0] if len(values) == 1 else values}


CELLS = [
    (operator, modifier, state)
    for operator, modifier in itertools.product(OPERATORS, MODIFIERS)
    for state in TABLE[modifier]
]


@pytest.mark.parametrize(("operator", "modifier", "state"), CELLS)
def test_every_cell(operator, modifier, state):
    wanted, hit, miss = values_of(operator)
    condition = compile_condition(
        spelled(operator, modifier), "Test:Key", (wanted,), variables=True
    )
    expected = TABLE[modifier][state][operator in NEGATED]
    assert expected is condition.holds(keys_in(state, hit, miss), True)


def test_the_table_of_operators_is_whole():
    assert len(OPERATORS) == 26
    assert len(NEGATED) == 8
    assert {name for name, each in OPERATORS.items() if each.negated} == NEGATED


@pytest.mark.parametrize(
    ("wanted", "keys", "expected"),
    [
        ("true", {}, True),
        ("true", {"test:key": ()}, True),
        ("true", {"test:key": ""}, False),
        ("true", {"test:key": ("a", "b")}, False),
        ("false", {}, False),
        ("false", {"test:key": "x"}, True),
        ("FALSE", {"test:key": ("x",)}, True),
        ("maybe", {}, False),
        ("maybe", {"test:key": "x"}, False),
    ],
)
def test_null(wanted, keys, expected):
    condition = compile_condition("Null", "test:KEY", (wanted,), variables=True)
    assert expected is condition.holds(keys, True)


@pytest.mark.parametrize(
    "operator",
    ["StringIs", "stringEquals", "NullIfExists", "ForAllValues:Null", "ForSome:StringEquals", ""],
)
def test_unknown_operators_never_hold(operator):
    assert not is_operator(operator)
    condition = compile_condition(operator, "test:key", ("x",), variables=True)
    assert not condition.holds({"test:key": "x"}, True)
    assert not condition.holds({}, True)


@pytest.mark.parametrize(
    ("operator", "got"),
    [
        ("NumericEquals", "five"),
        ("NumericNotEquals", "five"),
        ("NumericNotEquals", "1e3"),
        ("NumericNotEquals", "NaN"),
        ("DateNotEquals", "soon"),
        ("DateNotEquals", "2026-02-30"),
        ("NotIpAddress", "nowhere"),
        ("IpAddress", "10.0.0.256"),
        ("Bool", "yes"),
        ("BinaryEquals", "%"),
    ],
)
def test_what_cannot_be_read_matches_neither_way(operator, got):
    wanted = values_of(operator)[0]
    assert not compile_condition(operator, "k:k", (wanted,), variables=True).holds(
        {"k:k": got}, True
    )
    backwards = compile_condition(operator, "k:k", (got,), variables=True)
    assert not backwards.holds({"k:k": wanted}, True)


def test_an_unreadable_value_beside_a_readable_one():
    either = compile_condition("NumericEquals", "k:k", ("x", "5"), variables=True)
    assert either.holds({"k:k": "5"}, True)
    neither = compile_condition("NumericNotEquals", "k:k", ("x", "5"), variables=True)
    assert not neither.holds({"k:k": "6"}, True)


@pytest.mark.parametrize(
    ("operator", "keys", "expected"),
    [
        ("StringEquals", {"k:k": "alice", "aws:username": "alice"}, True),
        ("StringEquals", {"k:k": "alice"}, False),
        ("StringNotEquals", {"k:k": "bob", "aws:username": "alice"}, True),
        ("StringNotEquals", {"k:k": "bob"}, False),
        ("StringNotEquals", {"k:k": "bob", "aws:username": ("a", "b")}, False),
        ("StringNotEquals", {}, True),
        ("StringNotLike", {"k:k": "bob"}, False),
        ("ForAllValues:StringNotEquals", {"k:k": ("bob",)}, False),
        ("ForAllValues:StringEquals", {"k:k": ("alice",), "aws:username": "alice"}, True),
        ("NumericEquals", {"k:k": "5", "aws:username": "5"}, False),
    ],
)
def test_variables(operator, keys, expected):
    condition = compile_condition(operator, "k:k", ("${aws:username}",), variables=True)
    assert {"aws:username"} == condition.reads or operator == "NumericEquals"
    assert expected is condition.holds(keys, True)


def test_variables_are_text_in_older_policies():
    condition = compile_condition("StringEquals", "k:k", ("${aws:username}",), variables=False)
    assert condition.holds({"k:k": "${aws:username}"}, True)
    assert condition.reads == frozenset()


def test_values_are_ored_and_negated_values_anded():
    positive = compile_condition("StringEquals", "k:k", ("a", "b"), variables=True)
    negated = compile_condition("StringNotEquals", "k:k", ("a", "b"), variables=True)
    assert [positive.holds({"k:k": each}, True) for each in "abc"] == [True, True, False]
    assert [negated.holds({"k:k": each}, True) for each in "abc"] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01", 0),
        ("1970", 0),
        ("1970-01", 0),
        ("1970-01-01T01:00+01:00", 0),
        ("1970-01-01T00:00:00.5Z", 0.5),
        ("1788264000", 1788264000),
        ("1788264000000", 1788264000),
        ("1970-13-01", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("", None),
    ],
)
def test_moments(text, expected):
    assert expected == moment(text)


def test_numbers_are_short():
    assert number("9" * 64) is not None
    assert number("9" * 65) is None


def test_address_families_never_match_each_other():
    for operator, expected in (("IpAddress", False), ("NotIpAddress", True)):
        condition = compile_condition(operator, "k:k", ("0.0.0.0/0",), variables=True)
        assert expected is condition.holds({"k:k": "2001:db8::1"}, True)


def test_operators_are_taken_apart():
    assert split_operator("ForAllValues:StringLikeIfExists") == ("all", "StringLike", True)
    assert split_operator("ForAnyValue:ArnLike") == ("any", "ArnLike", False)
    assert split_operator("Bool") == ("", "Bool", False)
