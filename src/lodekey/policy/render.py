"""An explanation as text: what was asked, what each policy said, what would change it."""

from __future__ import annotations

from collections.abc import Iterator

from lodekey.policy.changes import called
from lodekey.policy.explanation import Explanation, GrantView, Part, PolicyView, StatementView, Test


def render(explanation: Explanation) -> str:
    """Write *explanation* out, a fact a line."""
    return "\n".join(_lines(explanation)) + "\n"


def _lines(found: Explanation) -> Iterator[str]:
    verdict = "allowed" if found.decision.allowed else "denied"
    if found.decision.explicit:
        verdict += " explicitly"
    yield f"{verdict} (step {found.step}): {found.reason}"
    yield f"  caller    {found.caller}"
    yield f"  action    {found.action}"
    yield f"  resource  {found.resource}"
    for policy in found.policies:
        yield ""
        yield from _policy(policy)
    for grant in found.grants:
        yield ""
        yield from _grant(grant)
    if found.changes:
        yield ""
        yield "smallest change"
        yield from (f"  {change.text}" for change in found.changes)
    if found.switches:
        yield ""
        yield "open points that this decision depends on"
        for switch in found.switches:
            yield f"  {switch.name} is {'on' if switch.on else 'off'}: {switch.meaning}"


def _policy(policy: PolicyView) -> Iterator[str]:
    level = f" (level {policy.level})" if policy.type in {"scp", "rcp"} else ""
    yield f"{called(policy.kind)} {policy.name}{level}: {policy.verdict}"
    for statement in policy.statements:
        yield from _statement(statement)


def _statement(statement: StatementView) -> Iterator[str]:
    effect = "Allow" if statement.allows else "Deny"
    outcome = "matches" if statement.matches else "does not match"
    yield f"  statement {statement.sid} ({effect}) {outcome}"
    if not statement.action.matches:
        # The rest of a statement about other actions tells nobody anything.
        yield _part(statement.action)
        return
    yield _part(statement.action)
    if statement.resource.element or not statement.resource.matches:
        yield _part(statement.resource)
    if statement.principal is not None:
        how = f" ({statement.how})" if statement.how else ""
        yield _part(statement.principal) + how
    for test in statement.tests:
        yield _test(test)


def _part(part: Part) -> str:
    mark = "+" if part.matches else "-"
    wanted = ", ".join(part.wanted) or "nothing"
    if part.matches:
        return f"    {mark} {part.element} {wanted}"
    return f"    {mark} {part.element or 'element missing'} {wanted}: {part.why}, got {part.got}"


def _test(test: Test) -> str:
    mark = "+" if test.holds else "-"
    wanted = ", ".join(test.wanted) or "nothing"
    got = "absent" if test.got is None else ", ".join(test.got) or "empty"
    return f"    {mark} {test.operator} {test.key}: wants {wanted}; got {got} ({test.why})"


def _grant(grant: GrantView) -> Iterator[str]:
    yield f"grant {grant.name}: {'allows' if grant.matches else 'says nothing'}"
    yield f"    {'+' if grant.how else '-'} grantee" + (f" ({grant.how})" if grant.how else "")
    yield f"    {'+' if grant.action else '-'} operation"
    yield f"    {'+' if grant.holds else '-'} constraints"
