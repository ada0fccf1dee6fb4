"""One statement against one request, element by element, for `lodekey.policy.explain`."""

from __future__ import annotations

from lodekey.policy.ask import PolicyType
from lodekey.policy.conditions import Condition, is_absent, is_operator, split_operator
from lodekey.policy.document import Document
from lodekey.policy.explanation import How, Part, PolicyView, StatementView, Test
from lodekey.policy.keys import Keys, Value
from lodekey.policy.names import Named
from lodekey.policy.patterns import spelled, substitute
from lodekey.policy.question import Question
from lodekey.policy.statement import Statement, texts
from lodekey.policy.switches import LITERAL_VARIABLES

HOW: dict[Named, How] = {0: "", 1: "account", 2: "entity", 3: "direct"}
"""How closely a statement means the caller, in words."""


def policy_view(
    question: Question, policy_type: PolicyType, level: int, document: Document
) -> PolicyView:
    """Every statement of *document* against the request."""
    return PolicyView(
        type=policy_type,
        kind=document.kind,
        name=document.name,
        level=level,
        statements=tuple(_statement_view(question, document, each) for each in document.statements),
    )


def _statement_view(question: Question, document: Document, statement: Statement) -> StatementView:
    keys = question.keys_for(document)
    literal = question.switches.on(LITERAL_VARIABLES)
    action = _action_part(question, statement)
    resource = _resource_part(question, document, statement, keys, literal=literal)
    principal, how = _principal_part(question, statement)
    tests = tuple(_test(each, keys, literal=literal) for each in statement.conditions)
    return StatementView(
        index=statement.index,
        sid=statement.sid,
        allows=statement.allows,
        matches=action.matches
        and resource.matches
        and (principal is None or principal.matches)
        and all(test.holds for test in tests),
        action=action,
        resource=resource,
        principal=principal,
        how=how,
        tests=tests,
    )


def _element(statement: Statement, name: str) -> tuple[str, tuple[str, ...]]:
    """The name under which an element stands in the statement, and its values."""
    for each in (f"Not{name}", name):
        if each in statement.body:
            return each, texts(statement.body[each])
    return "", ()


def _action_part(question: Question, statement: Statement) -> Part:
    element, wanted = _element(statement, "Action")
    matches = statement.acts(question.action.lower())
    why = (
        ""
        if matches
        else _why_not(element, "the action", "a statement without Action has no effect")
    )
    return Part(element=element, wanted=wanted, got=question.action, matches=matches, why=why)


def _resource_part(
    question: Question, document: Document, statement: Statement, keys: Keys, *, literal: bool
) -> Part:
    element, wanted = _element(statement, "Resource")
    unresolved = False
    if statement.varying is not None:
        matches = statement.varying(question.resource, keys, literal)
        filled = [substitute(text, keys, literal=literal) for text in wanted]
        unresolved = None in filled
        wanted = tuple(
            text if value is None else spelled(value)
            for text, value in zip(wanted, filled, strict=True)
        )
    else:
        matches = statement.resource is None or statement.resource(question.resource)
    why = (
        ""
        if matches
        else _why_not(element, "the resource", "a statement without Resource has no effect")
    )
    if unresolved and not matches:
        why = "a variable in it has no value"
    return Part(element=element, wanted=wanted, got=question.resource, matches=matches, why=why)


def _why_not(element: str, what: str, without: str) -> str:
    if not element:
        return without
    if element.startswith("Not"):
        return f"{what} is listed"
    return f"{what} is not listed"


def _principal_part(question: Question, statement: Statement) -> tuple[Part | None, How]:
    names, caller = statement.names, question.caller
    if names is None:
        return None, ""
    element = "NotPrincipal" if names.excluded else "Principal"
    if element not in statement.body:
        element = ""
    written = statement.body.get(element, {})
    listed = {"AWS": written} if isinstance(written, str) else written
    wanted = tuple(
        name if kind == "AWS" else f"{kind}:{name}"
        for kind, values in listed.items()
        for name in texts(values)
    )
    how: Named = names.allows(caller)
    matches = how > 0 if statement.allows else names.denies(caller)
    why = (
        ""
        if matches
        else _why_not(element, "the caller", "a statement without Principal means nobody")
    )
    if matches and names.excluded and caller.boundary is not None and not statement.allows:
        why = "a Deny with NotPrincipal always reaches a caller with a boundary"
    got = caller.arn or "anonymous"
    return Part(element=element, wanted=wanted, got=got, matches=matches, why=why), HOW[how]


def _test(condition: Condition, keys: Keys, *, literal: bool) -> Test:
    value = keys.get(condition.key)
    filled = [
        substitute(text, keys, literal=literal) if condition.reads else text
        for text in condition.wanted
    ]
    holds = condition.holds(keys, literal)
    return Test(
        operator=condition.operator,
        key=condition.written,
        wanted=tuple(
            text if got is None else spelled(got)
            for text, got in zip(condition.wanted, filled, strict=True)
        ),
        got=None if value is None else listed(value),
        holds=holds,
        why=_why_test(condition, value, holds=holds, unresolved=None in filled),
    )


def _why_test(condition: Condition, value: Value | None, *, holds: bool, unresolved: bool) -> str:
    among, _, _ = split_operator(condition.operator)
    if not is_operator(condition.operator):
        return "there is no such operator"
    if is_absent(value):
        return "the key is absent" + (", which this operator lets pass" if holds else "")
    if not isinstance(value, str) and not among and condition.operator != "Null":
        return "the key has many values and the operator has no ForAllValues or ForAnyValue"
    if unresolved and not holds:
        return "a variable in a wanted value has no value"
    return "the value fits" if holds else "the value does not fit"


def listed(value: Value) -> tuple[str, ...]:
    """A context key's values, be it one."""
    return (value,) if isinstance(value, str) else tuple(value)
