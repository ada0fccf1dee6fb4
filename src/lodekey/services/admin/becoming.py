"""Taking another's place: as a user, a federated user, a role's session, a function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lodekey.policy.ask import Guard
from lodekey.policy.document import parse
from lodekey.services.admin.estate import OPEN_TRUST, Estate
from lodekey.services.admin.reads import Subject, possible

_FUNCTION = re.compile(r"arn:aws:lambda:[\w*-]*:[\d*]*:function:([\w*?-]+)")


def way_into(estate: Estate, subject: Subject, goal: Subject) -> tuple[str, ...]:
    """The steps by which *subject* takes the place of *goal*; none: it cannot."""
    if goal.kind == "user":
        if possible(estate.step("iam:CreateAccessKey", goal.name), subject):
            return (f"iam:CreateAccessKey on {goal.name}",)
    elif goal.kind == "federated":
        arn = goal.name
        if goal.user == subject.name and possible(
            estate.step("sts:GetFederationToken", arn), subject
        ):
            return (f"sts:GetFederationToken on {arn}",)
    elif goal.kind == "role":
        return _into_role(estate, subject, goal)
    elif goal.kind == "function":
        return _into_function(estate, subject, goal)
    return ()


def _into_role(estate: Estate, subject: Subject, goal: Subject) -> tuple[str, ...]:
    assume = estate.trusts.get(goal.role)
    if assume is None:
        return ()
    step = f"sts:AssumeRole on {goal.role}"
    if subject.kind == "root":  # the root itself assumes no role
        step += " as a user of the account"
    if possible(assume, subject):
        return (step,)
    edit = "iam:UpdateAssumeRolePolicy"
    if possible(estate.step(edit, goal.role), subject):
        trust = parse(OPEN_TRUST, name="the trust policy of one's own making", kind="trust")
        after = replace(assume, guard=replace(assume.guard, policy=trust))
        if possible(after, subject):
            return (f"{edit} on {goal.role}", step)
    return ()


def _into_function(estate: Estate, subject: Subject, goal: Subject) -> tuple[str, ...]:
    """Other code in a function that is, or a function of one's own with the role."""
    if goal.function in estate.guards:
        guard = estate.guards[goal.function]
        for action in ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"):
            if possible(estate.step(action, goal.function, guard), subject):
                return (f"{action} on {goal.function}",)
        return ()
    passing = estate.step("iam:PassRole", goal.role)
    if not possible(passing, subject):
        return ()
    pass_role = f"iam:PassRole on {goal.role}"
    for arn in _creatable(estate, subject, goal):
        if possible(estate.step("lambda:CreateFunction", arn), subject):
            return (pass_role, f"lambda:CreateFunction on {arn}")
    for arn in {each.arn for each in estate.functions}:
        guard = estate.guards.get(arn, Guard())
        if possible(estate.step("lambda:UpdateFunctionConfiguration", arn, guard), subject):
            return (pass_role, f"lambda:UpdateFunctionConfiguration on {arn}")
    return ()


def _creatable(estate: Estate, subject: Subject, goal: Subject) -> Iterator[str]:
    """Names of functions that the subject's policies speak of, with wildcards filled in."""
    yield goal.function
    prefix = goal.function.rpartition(":")[0]
    taken = {each.arn for each in estate.functions}
    texts = "\n".join(document.text for document in subject.caller.identity)
    for name in sorted(set(_FUNCTION.findall(texts))):
        arn = f"{prefix}:{name.replace('*', 'x').replace('?', 'x')}"
        if arn not in taken:
            yield arn
