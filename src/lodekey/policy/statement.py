"""One statement of a policy, compiled: each element becomes a test of a request.

Speed decides the form of this file: a decision asks dozens of statements in a few microseconds.
What is compared with a request is therefore prepared here, once, and what cannot match an action
is never looked at (`lodekey.policy.document` keeps statements by action).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lodekey.policy.conditions import Condition, compile_condition
from lodekey.policy.keys import Keys
from lodekey.policy.names import Names, compile_names
from lodekey.policy.patterns import (
    Match,
    any_of,
    everything,
    has_variables,
    nothing,
    resource_pattern,
    substitute,
    text_pattern,
    variables_in,
)

Kind = Literal[
    "identity",
    "resource",
    "key",
    "trust",
    "boundary",
    "session",
    "scp",
    "rcp",
    "endpoint",
]
"""What a policy is: where it hangs, and so which rules it follows."""

ON_RESOURCES: frozenset[str] = frozenset({"resource", "key", "trust", "rcp", "endpoint"})
"""The kinds whose statements name principals."""

COMPLETES_ARNS: frozenset[str] = frozenset({"identity", "boundary", "session"})
"""The kinds in which an ARN of fewer than six parts is completed with ``*``."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A compiled statement; two are equal only if they are one.

    Args:
        index: Its place in the document, from 0.
        sid: Its Sid, or ``#1`` for the first statement without one, by place.
        allows: Whether its effect is Allow.
        body: The statement as written.
        acts: The test of an action, lower case.
        names: Whom it means; None in policies that hang on a principal.
        conditions: In order.
        resource: The test of a resource; None: every resource.
        varying: The same where variables stand in it; None: none do.
        asks_keys: Whether it cannot be judged without the request's context keys.
    """

    index: int
    sid: str
    allows: bool
    body: Mapping[str, Any]
    acts: Match
    names: Names | None
    conditions: tuple[Condition, ...]
    resource: Match | None
    varying: Callable[[str, Keys, bool], bool] | None
    asks_keys: bool


def compile_statement(
    index: int, body: Mapping[str, Any], kind: str, *, variables: bool
) -> Statement:
    """Compile a statement of a *kind* of policy; *variables* if the policy's version has them."""
    if body["Effect"] not in {"Allow", "Deny"}:
        raise TypeError(body["Effect"])
    resource, varying = _resource(body, kind, variables=variables)
    names = None
    if kind in ON_RESOURCES:
        names = (
            compile_names(body["NotPrincipal"], excluded=True)
            if "NotPrincipal" in body
            else compile_names(body.get("Principal", []), excluded=False)
        )
    conditions = _conditions(body.get("Condition") or {}, variables=variables)
    return Statement(
        index=index,
        sid=str(body.get("Sid") or f"#{index + 1}"),
        allows=body["Effect"] == "Allow",
        body=body,
        acts=_action(body),
        names=names,
        conditions=conditions,
        resource=resource,
        varying=varying,
        asks_keys=bool(conditions) or varying is not None,
    )


def texts(value: object) -> tuple[str, ...]:
    """One value or a list of values as texts; JSON's numbers and truths as policies write them."""
    values = value if isinstance(value, list) else [value]
    return tuple(_text(each) for each in values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def action_pattern(pattern: str) -> Match:
    """Match lower-case actions: a literal vendor, a name with wildcards; or a lone ``*``."""
    if pattern == "*":
        return everything
    vendor, colon, name = pattern.lower().partition(":")
    if not colon or "*" in vendor or "?" in vendor:
        return nothing
    return text_pattern(f"{vendor}:{name}")


def _action(body: Mapping[str, Any]) -> Match:
    if "NotAction" in body:
        listed = any_of(map(action_pattern, texts(body["NotAction"])))
        return lambda action: not listed(action)
    if "Action" in body:
        return any_of(map(action_pattern, texts(body["Action"])))
    return nothing


def _resource(
    body: Mapping[str, Any], kind: str, *, variables: bool
) -> tuple[Match | None, Callable[[str, Keys, bool], bool] | None]:
    """Compile Resource or NotResource: a plain test, or one that needs the context keys."""
    excluded = "NotResource" in body
    if not excluded and "Resource" not in body:
        return (None if kind == "trust" else nothing), None
    patterns = texts(body["NotResource" if excluded else "Resource"])
    expand = kind in COMPLETES_ARNS
    if variables and any(map(has_variables, patterns)):
        return None, _varying(patterns, expand=expand, excluded=excluded)
    listed = any_of([resource_pattern(pattern, expand=expand) for pattern in patterns])
    if excluded:
        return (lambda resource: not listed(resource)), None
    return (None if listed is everything else listed), None


def _varying(
    patterns: tuple[str, ...], *, expand: bool, excluded: bool
) -> Callable[[str, Keys, bool], bool]:
    """The resource test where patterns hold variables.

    A pattern whose variable has no value matches nothing; a NotResource with such a pattern
    matches nothing, either: errors are not inverted.
    """

    def test(resource: str, keys: Keys, literal: bool) -> bool:  # noqa: FBT001
        filled = [substitute(pattern, keys, literal=literal) for pattern in patterns]
        named = any(
            resource_pattern(each, expand=expand)(resource) for each in filled if each is not None
        )
        return (not named and None not in filled) if excluded else named

    return test


def _conditions(block: Mapping[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    return tuple(
        compile_condition(name, key, texts(wanted), variables=variables)
        for name, tests in block.items()
        for key, wanted in tests.items()
    )


def keys_of_resource(statement: Statement) -> frozenset[str]:
    """The lower-case context keys that the variables of its resource read."""
    if statement.varying is None:
        return frozenset()
    patterns = texts(statement.body.get("Resource", statement.body.get("NotResource", [])))
    return frozenset().union(*map(variables_in, patterns))


def keys_read(statement: Statement) -> frozenset[str]:
    """The lower-case context keys that *statement* reads, in conditions and in variables."""
    asked = ({condition.key, *condition.reads} for condition in statement.conditions)
    return keys_of_resource(statement).union(*asked)
