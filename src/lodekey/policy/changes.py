"""The smallest edits that would allow a denied request.

For each type of policy that lacks an Allow, the statement is sought that misses by one thing, and
that thing is the edit; where every statement misses by more, a new one is proposed. A Deny that
matches must first stop to.
"""

from __future__ import annotations

from collections.abc import Iterator

from lodekey.policy.ask import Ask, Caller, Guard, PolicyType
from lodekey.policy.evaluate import is_within
from lodekey.policy.explanation import Change, Part, PolicyView, StatementView, Test

_CALLED: dict[str, str] = {
    "identity": "identity policy",
    "resource": "resource policy",
    "key": "key policy",
    "trust": "trust policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "endpoint": "VPC endpoint policy",
}


def called(kind: str) -> str:
    """A kind of policy in words."""
    return _CALLED.get(kind, kind)


def smallest_changes(
    ask: Ask, guard: Guard, views: tuple[PolicyView, ...], lacking: tuple[PolicyType, ...]
) -> tuple[Change, ...]:
    """The edits that together would allow *ask*.

    Args:
        ask: What was asked.
        guard: The resource's side.
        views: Every policy against the request.
        lacking: The types of policy that lack an Allow.
    """
    wanted = list(lacking)
    if "resource" in wanted and guard.style != "ordinary" and is_within(ask):
        # A key or trust policy that names the caller needs no identity policy beside it.
        wanted = [each for each in wanted if each != "identity"]
    changes = [*_denials(views)]
    for policy_type in wanted:
        if policy_type == "scp":
            changes += _control_policies(ask, views)
        else:
            own = [view for view in views if view.type == policy_type]
            changes.append(_nearest(ask, guard, policy_type, own))
    return tuple(changes)


def principal_to_name(caller: Caller) -> str:
    """The name to put into a Principal element so that it means the caller lastingly."""
    arns = sorted(name for name in caller.entity if name.startswith("arn:"))
    return arns[0] if arns else caller.arn or "*"


def _denials(views: tuple[PolicyView, ...]) -> Iterator[Change]:
    for view in views:
        for statement in view.statements:
            if statement.matches and not statement.allows:
                yield _undo(view, statement)


def _undo(view: PolicyView, statement: StatementView) -> Change:
    """What would keep a Deny from matching."""
    where = f"statement {statement.sid} of {called(view.kind)} {view.name}"
    if statement.tests:
        test = statement.tests[0]
        text = f"{where} denies while {_told(test)}: change the condition or the request"
        return _change(view, statement, "Condition", test.key, text)
    principal = statement.principal
    if principal is not None and principal.element == "NotPrincipal" and not principal.why:
        text = f"add {principal.got} to the NotPrincipal of {where}, which denies everybody else"
        return _change(view, statement, "NotPrincipal", principal.got, text)
    action = statement.action
    verb = "add" if action.element == "NotAction" else "except"
    text = (
        f"add {action.got} to the NotAction of {where}"
        if verb == "add"
        else f"take {action.got} out of what {where} denies"
    )
    return _change(view, statement, action.element, action.got, text)


def _control_policies(ask: Ask, views: tuple[PolicyView, ...]) -> Iterator[Change]:
    """One edit for each level of service control policies that does not allow."""
    for level in range(len(ask.caller.scps)):
        own = [view for view in views if view.type == "scp" and view.level == level]
        allowed = any(each.matches and each.allows for view in own for each in view.statements)
        if not allowed:
            yield _nearest(ask, Guard(), "scp", own)


def _nearest(ask: Ask, guard: Guard, policy_type: PolicyType, views: list[PolicyView]) -> Change:
    """The edit of the statement that misses by one thing, or a new statement."""
    if policy_type == "resource" and not guard.shareable and not is_within(ask):
        text = f"{ask.resource} cannot be shared: use a principal of account {ask.account}"
        return Change(type="resource", policy="", sid="", element="", value="", text=text)
    for view in views:
        for statement in view.statements:
            if statement.allows and statement.misses == 1:
                return _edit(ask, view, statement)
    return _added(ask, guard, policy_type, views)


def _edit(ask: Ask, view: PolicyView, statement: StatementView) -> Change:
    """Mend the one thing by which a statement misses."""
    where = f"statement {statement.sid} of {called(view.kind)} {view.name}"
    for part in (statement.action, statement.resource, statement.principal):
        if part is not None and not part.matches:
            value = part.got if part is not statement.principal else principal_to_name(ask.caller)
            return _change(view, statement, part.element, value, _listing(part, value, where))
    test = next(test for test in statement.tests if not test.holds)
    return _change(view, statement, "Condition", test.key, f"{where} wants that {_wanted(test)}")


def _listing(part: Part, value: str, where: str) -> str:
    if part.element.startswith("Not"):
        return f"take {value} out of the {part.element} of {where}"
    return f"add {value} to the {part.element or 'elements'} of {where}"


def _told(test: Test) -> str:
    return f"{test.key} is {_values(test.got)} ({test.operator} {_values(test.wanted)})"


def _wanted(test: Test) -> str:
    return f"{test.key} be {test.operator} {_values(test.wanted)}, got {_values(test.got)}"


def _values(values: tuple[str, ...] | None) -> str:
    if values is None:
        return "absent"
    return " or ".join(values) if values else "empty"


def _added(ask: Ask, guard: Guard, policy_type: PolicyType, views: list[PolicyView]) -> Change:
    """A new statement, in the policy that is there or in a new one."""
    what = f"a statement that allows {ask.action} on {ask.resource}"
    name = views[0].name if views else ""
    if policy_type == "resource":
        kind = {"key": "key", "trust": "trust"}.get(guard.style, "resource")
        what = f"a statement that allows {principal_to_name(ask.caller)} {ask.action}"
    else:
        kind = policy_type
    target = f"{called(kind)} {name}".strip() if name else f"a {called(kind)}"
    text = f"add to {target} {what}"
    if policy_type == "identity":
        text = f"add to an identity policy of {principal_to_name(ask.caller)} {what}"
    return Change(
        type=policy_type, policy=name, sid="", element="Statement", value=ask.action, text=text
    )


def _change(
    view: PolicyView, statement: StatementView, element: str, value: str, text: str
) -> Change:
    return Change(
        type=view.type,
        policy=view.name,
        sid=statement.sid,
        element=element,
        value=value,
        text=text,
    )
