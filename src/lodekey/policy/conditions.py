"""Conditions: an operator with its modifiers on a key, and what a missing or many-valued key means.

Operators AND, the keys of an operator AND, the values of a key OR; so a negated operator demands
that *none* of its values match. The modifiers are ``…IfExists``,
``ForAllValues:`` and ``ForAnyValue:``. In a table, for key and operator (POLICY §5):

=================== ============== ============= ========= ============= ============
key                 plain          plain negated IfExists  ForAllValues: ForAnyValue:
=================== ============== ============= ========= ============= ============
missing, or empty   false          true          true      true          false
present             some value     no value      as base   every request some request
                    matches        matches                 value passes  value passes
=================== ============== ============= ========= ============= ============

A key with many values needs ``ForAllValues:`` or ``ForAnyValue:``; without, nothing matches. A
comparison that cannot be made (a variable without a value, a number that is none) is not a match,
and its negation is not a match either: errors are not inverted.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lodekey.policy.keys import Keys, Value
from lodekey.policy.operators import OPERATORS, Operator, Test, truth
from lodekey.policy.patterns import has_variables, substitute, variables_in

Among = Literal["", "all", "any"]


NULL = "Null"


def split_operator(name: str) -> tuple[Among, str, bool]:
    """Take ``ForAllValues:StringLikeIfExists`` apart: set modifier, operator, IfExists."""
    among: Among = ""
    for prefix, which in (("ForAllValues:", "all"), ("ForAnyValue:", "any")):
        if name.startswith(prefix):
            among, name = ("all" if which == "all" else "any"), name.removeprefix(prefix)
            break
    base = name.removesuffix("IfExists")
    return among, base, base != name


def is_operator(name: str) -> bool:
    """Whether *name*, with its modifiers, is an operator that policies may use."""
    return name == NULL or split_operator(name)[1] in OPERATORS


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key with its wanted values.

    Args:
        operator: As the policy writes it, with modifiers.
        key: The context key, lower case.
        written: The context key as the policy writes it.
        wanted: The values.
        reads: Context keys that its variables read.
        holds: The test: takes the request's keys, and whether wildcards that arrive through
            variables are literal.
    """

    operator: str
    key: str
    written: str
    wanted: tuple[str, ...]
    reads: frozenset[str]
    holds: Callable[[Keys, bool], bool]


def compile_condition(
    name: str, key: str, wanted: tuple[str, ...], *, variables: bool
) -> Condition:
    """Compile one operator on one key.

    Args:
        name: The operator with its modifiers. One that does not exist never holds.
        key: The context key, in any case.
        wanted: The values.
        variables: Whether the policy's version knows variables.
    """
    folded = key.lower()
    among, base, if_exists = split_operator(name)
    reads: frozenset[str] = frozenset()
    if name == NULL:
        holds = _null(folded, wanted)
    elif base not in OPERATORS:
        holds = _never
    else:
        kind = OPERATORS[base]
        if variables and kind.variables and any(map(has_variables, wanted)):
            reads = frozenset().union(*map(variables_in, wanted))
            holds = _dynamic(kind, folded, wanted, among=among, if_exists=if_exists)
        else:
            test = kind.compile(wanted)
            holds = (
                _holding(kind, folded, lambda *_: test, among=among, if_exists=if_exists)
                if among
                else _plain(kind, folded, test, if_exists=if_exists)
            )
    return Condition(name, folded, key, wanted, reads, holds)


def is_absent(value: Value | None) -> bool:
    """Whether a key counts as missing: it is not there, or is a list of nothing."""
    return not value and not isinstance(value, str)


def _never(_keys: Keys, _literal: bool) -> bool:  # noqa: FBT001 (the shape of Condition.holds)
    return False


def _null(key: str, wanted: tuple[str, ...]) -> Callable[[Keys, bool], bool]:
    answers = frozenset(map(truth, wanted))
    return lambda keys, _literal: is_absent(keys.get(key)) in answers


def _plain(
    kind: Operator, key: str, test: Test, *, if_exists: bool
) -> Callable[[Keys, bool], bool]:
    """The test without a set modifier and without variables: the most common, and the fastest."""
    missing = if_exists or kind.negated
    passing = not kind.negated

    def holds(keys: Keys, _literal: bool) -> bool:  # noqa: FBT001
        value = keys.get(key)
        if isinstance(value, str):
            return test(value) is passing
        return missing and not value

    return holds


def _holding(
    kind: Operator,
    key: str,
    test_for: Callable[[Keys, bool], Test],
    *,
    among: Among,
    if_exists: bool,
) -> Callable[[Keys, bool], bool]:
    """The test in general: `test_for` makes the comparison for a request's keys."""
    missing = if_exists or (among == "all" if among else kind.negated)
    passing = not kind.negated

    def holds(keys: Keys, literal: bool) -> bool:  # noqa: FBT001
        value = keys.get(key)
        if value is None or is_absent(value):
            return missing
        test = test_for(keys, literal)
        if isinstance(value, str):
            return test(value) is passing
        if among == "all":
            return all(test(each) is passing for each in value)
        return among == "any" and any(test(each) is passing for each in value)

    return holds


def _dynamic(
    kind: Operator, key: str, wanted: tuple[str, ...], *, among: Among, if_exists: bool
) -> Callable[[Keys, bool], bool]:
    """The test of values that hold variables: compiled anew for each request's values."""
    compiled = lru_cache(maxsize=256)(kind.compile)

    def test_for(keys: Keys, literal: bool) -> Test:  # noqa: FBT001
        texts = [substitute(text, keys, literal=literal) for text in wanted]
        test = compiled(tuple(text for text in texts if text is not None))
        if None not in texts:
            return test
        return lambda value: test(value) or None

    return _holding(kind, key, test_for, among=among, if_exists=if_exists)
