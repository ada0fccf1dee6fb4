"""Who could become a reader, and by which step; the whole read is checked again after it.

Two sorts of step. *Edits* change what stands in the way: one's own policies, the key policy, a
grant, the secret's policy, the key that future values are sealed with. *Becoming* takes another's
place: assume a role, make a key for a user, put other code into a function. Steps are closed over:
who can become somebody who can take a step can take it.

A step counts where nothing excludes it: what is unknown of its request speaks for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lodekey.policy.ask import Guard
from lodekey.policy.document import parse
from lodekey.services.admin.edits import OPEN, edits, own_edits, strengthened, then
from lodekey.services.admin.estate import Edge, Estate
from lodekey.services.admin.reads import Standing, Subject, possible
from lodekey.services.admin.who_asks import ALL

MOST_PAIRS = 200_000
MOST_WAYS = 25
OPEN_TRUST = OPEN.replace(',"Resource":"*"', "")
_FUNCTION = re.compile(r"arn:aws:lambda:[\w*-]*:[\d*]*:function:([\w*?-]+)")


@dataclass(frozen=True, slots=True)
class Found:
    """All edges, and whether the search was cut off before its end."""

    edges: tuple[Edge, ...]
    cut_off: bool


def escalations(estate: Estate, standings: Sequence[Standing]) -> Found:
    """Every present subject who does not read and could come to."""
    search = Search(estate, standings)
    search.edit()
    whole = search.become()
    return Found(_told(search.edges), cut_off=not whole)


class Search:
    """The closure over all steps, from the readers outward."""

    def __init__(self, estate: Estate, standings: Sequence[Standing]) -> None:
        self.estate = estate
        self.readers = {each.subject.label: each for each in standings if each.reads}
        # a federated user can take no step that who began its session cannot
        self.waiting = [
            each.subject
            for each in standings
            if not each.reads and each.subject.kind != "federated"
        ]
        self.steps: dict[str, Edge] = {}
        self.edges: list[Edge] = []
        self.able = {each.label: tuple(strengthened(estate, each)) for each in self.waiting}
        potential = [each for each in self.waiting if each.role or each.kind == "user"]
        self.potential = {
            each.label: reading
            for each in potential
            if (reading := then(estate.reads, _with_everything(each)))
        }

    def edit(self) -> None:
        """What each can do by changing policies alone."""
        for subject in self.waiting:
            found = list(edits(self.estate, subject, self.able[subject.label]))
            if found:
                self.edges += found
                self.steps[subject.label] = found[0]

    def become(self) -> bool:
        """What each can do in another's place; whether the search came to its end."""
        goals = [each.subject for each in self.readers.values()]
        goals += [each for each in self.waiting if each.label in self.steps]
        goals += [
            each
            for each in self.waiting
            if each.label in self.potential and each.label not in self.steps
        ]
        subjects, pairs = self.waiting, 0
        while goals:
            reached: list[Subject] = []
            for subject in subjects:
                pairs += len(goals)
                if pairs > MOST_PAIRS:
                    return False
                ways = (edge for goal in goals if (edge := self.into(subject, goal)) is not None)
                found = list(islice(ways, MOST_WAYS))
                self.edges += found
                if found and subject.label not in self.steps:
                    reached.append(subject)
                    self.steps[subject.label] = found[0]
            subjects = [each for each in self.waiting if each.label not in self.steps]
            goals = reached
        return True

    def into(self, subject: Subject, goal: Subject) -> Edge | None:
        """How *subject* takes the place of *goal* and reads; None: it cannot."""
        if goal.label == subject.label:
            return None
        for able, before in self.able[subject.label]:
            way = _way(self.estate, able, goal)
            if not way:
                continue
            reader = self.readers.get(goal.label)
            if reader is not None:
                reading = "" if reader.read is None else reader.read.name
                return Edge(subject, (*before, *way), goal.label, reading)
            further = self.steps.get(goal.label)
            if further is not None and further.through != subject.label:
                return Edge(subject, (*before, *way, *further.steps), goal.label, further.reading)
            if goal.label in self.potential and (edit := _edit_of(self.estate, able, goal)):
                return Edge(subject, (*before, edit, *way), goal.label, self.potential[goal.label])
        return None


def _with_everything(subject: Subject) -> Subject:
    everything = parse(ALL, name="a policy of another's making")
    return replace(subject, caller=replace(subject.caller, identity=(everything,), boundary=None))


def _edit_of(estate: Estate, subject: Subject, goal: Subject) -> str:
    """The step by which *subject* gives another principal everything; empty: there is none."""
    for action, arn in own_edits(estate, goal):
        if possible(estate.step(action, arn), subject):
            return f"{action} on {arn}"
    return ""


def _told(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The edges of those who are there now, each once."""
    present = [edge for edge in edges if edge.subject.present]
    return tuple({(edge.subject.label, edge.steps): edge for edge in present}.values())


# Becoming another.


def _way(estate: Estate, subject: Subject, goal: Subject) -> tuple[str, ...]:
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
