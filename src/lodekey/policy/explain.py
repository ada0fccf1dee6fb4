"""The same decision with its reasons: statement by statement, value by value.

`explain` asks the compiled parts that `decide` asks, but all of them, and keeps every answer. The
decision is then made from the answers, not taken over from `decide`; a property test holds the
two together. It is slow and never on the road of a request.
"""

from __future__ import annotations

from collections.abc import Iterator

from lodekey.policy.ask import Ask, Decision, Guard, PolicyType, Switch, Switches
from lodekey.policy.changes import smallest_changes
from lodekey.policy.conditions import is_absent
from lodekey.policy.document import Document
from lodekey.policy.evaluate import (
    ALWAYS_ALLOWED,
    Allows,
    decide,
    decision,
    granted,
    grantee,
    is_within,
    lacks,
)
from lodekey.policy.explanation import (
    Explanation,
    GrantView,
    How,
    PolicyView,
    StatementView,
)
from lodekey.policy.names import Named
from lodekey.policy.question import Question
from lodekey.policy.statement import Statement, keys_read
from lodekey.policy.switches import DEFAULT, DENY_ATTRIBUTION, turned
from lodekey.policy.views import HOW, listed, policy_view

_RANK: dict[How, Named] = {how: named for named, how in HOW.items()}
_READ = tuple[PolicyType, int, Document]


def explain(ask: Ask, guard: Guard, switches: Switches = DEFAULT) -> Explanation:
    """Decide *ask* on a resource guarded by *guard*, and tell why."""
    question = Question(ask, switches)
    read = tuple(_policies(ask, guard))
    views = tuple(policy_view(question, *each) for each in read)
    made, allows = _decision(question, guard, read, views)
    lacking = () if allows is None else _lacking(question, guard, allows)
    grants = tuple(_grant_view(question, guard))
    step, reason = _step(made, ask)
    return Explanation(
        decision=made,
        step=step,
        reason=reason,
        caller=ask.caller.arn or "anonymous",
        action=ask.action,
        resource=ask.resource,
        keys={key: listed(value) for key, value in sorted(question.keys().items())},
        policies=views,
        grants=grants,
        lacking=lacking,
        changes=() if made.allowed else smallest_changes(ask, guard, views, lacking),
        switches=tuple(_that_mattered(ask, guard, switches)),
        missing_keys=_missing_keys(question, read, views),
    )


def _policies(ask: Ask, guard: Guard) -> Iterator[_READ]:
    """Every policy in the order in which `decide` looks for a Deny, with its type and level."""
    caller = ask.caller
    for level, documents in enumerate(caller.scps):
        yield from (("scp", level, each) for each in documents)
    for level, documents in enumerate(guard.rcps):
        yield from (("rcp", level, each) for each in documents)
    if guard.endpoint is not None:
        yield "endpoint", 0, guard.endpoint
    if guard.policy is not None:
        yield "resource", 0, guard.policy
    yield from (("identity", 0, each) for each in caller.identity)
    if caller.boundary is not None:
        yield "boundary", 0, caller.boundary
    yield from (("session", 0, each) for each in caller.session or ())


# The decision, made from what was found.


def _decision(
    question: Question,
    guard: Guard,
    read: tuple[_READ, ...],
    views: tuple[PolicyView, ...],
) -> tuple[Decision, Allows | None]:
    """Steps 0 to 6 over the views; also what allowed, unless step 0 or 1 decided."""
    if question.action == ALWAYS_ALLOWED:
        return decide(question.ask, guard, question.switches), None
    found = [
        (policy_type, (document, document.statements[statement.index]), statement)
        for (policy_type, _, document), view in zip(read, views, strict=True)
        for statement in view.statements
        if statement.matches
    ]
    denying = [(kind, placed) for kind, placed, view in found if not view.allows]
    allows = _allows(question, guard, views, found)
    otherwise = granted(question, guard, allows)
    if not denying:
        return otherwise, allows
    return decision(*denying[0 if question.switches.on(DENY_ATTRIBUTION) else -1]), allows


def _allows(
    question: Question,
    guard: Guard,
    views: tuple[PolicyView, ...],
    found: list[tuple[PolicyType, tuple[Document, Statement], StatementView]],
) -> Allows:
    allows = Allows()
    for kind, placed, view in found:
        if view.allows and kind == "identity" and allows.identity is None:
            allows.identity = placed
        if view.allows and kind == "resource":
            how = _RANK[view.how]
            if how > allows.closest:
                allows.closest, allows.on_resource = how, placed
    caller = question.caller
    allows.scp = all(_allowed(views, "scp", level) for level in range(len(caller.scps)))
    allows.endpoint = guard.endpoint is None or _allowed(views, "endpoint")
    allows.boundary = caller.boundary is None or _allowed(views, "boundary")
    allows.session = caller.session is None or _allowed(views, "session")
    return allows


def _allowed(views: tuple[PolicyView, ...], policy_type: PolicyType, level: int = 0) -> bool:
    return any(
        statement.matches and statement.allows
        for view in views
        if view.type == policy_type and view.level == level
        for statement in view.statements
    )


def _lacking(question: Question, guard: Guard, allows: Allows) -> tuple[PolicyType, ...]:
    found = list(lacks(question, guard, allows, within=is_within(question.ask)))
    if not allows.scp:
        found.append("scp")
    if not allows.endpoint:
        found.append("endpoint")
    return tuple(found)


def _step(made: Decision, ask: Ask) -> tuple[str, str]:
    """The step that decided, and what it found."""
    if ask.action == ALWAYS_ALLOWED:
        return "0", f"{ALWAYS_ALLOWED} needs no permission"
    if made.explicit:
        return "1", f"statement {made.sid} of {made.policy} denies"
    if not made.allowed:
        step = {"scp": "3", "endpoint": "4"}.get(made.policy_type, "5")
        return step, f"nothing of type {made.policy_type} allows {ask.action}"
    if made.policy_type == "root":
        return "5", "the root user has every permission in its account"
    if made.policy_type == "grant":
        return "5", f"grant {made.policy} allows"
    return "5", f"statement {made.sid} of {made.policy} allows"


# What else is worth knowing.


def _grant_view(question: Question, guard: Guard) -> Iterator[GrantView]:
    action = question.action.lower()
    for grant in guard.grants:
        how = grantee(question.caller, grant)
        yield GrantView(
            name=grant.name,
            how=HOW[how],
            action=action in grant.actions,
            holds=grant.holds(question.keys()),
        )


def _that_mattered(ask: Ask, guard: Guard, switches: Switches) -> Iterator[Switch]:
    """The switches that, turned, would turn the decision."""
    made = decide(ask, guard, switches)
    for switch in switches.table.values():
        if decide(ask, guard, turned(switches, switch.name)) != made:
            yield switch


def _missing_keys(
    question: Question, read: tuple[_READ, ...], views: tuple[PolicyView, ...]
) -> tuple[str, ...]:
    keys = question.keys()
    missing = {
        key
        for (_, _, document), view in zip(read, views, strict=True)
        for statement in view.statements
        if statement.action.matches and (statement.principal is None or statement.principal.matches)
        for key in keys_read(document.statements[statement.index])
        if is_absent(keys.get(key))
    }
    return tuple(sorted(missing))
