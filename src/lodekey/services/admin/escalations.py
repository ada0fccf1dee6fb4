"""Who could become a reader, and by which step; the whole read is checked again after it.

Two sorts of step. *Edits* change what stands in the way: one's own policies, the key policy, a
grant, the secret's policy, the key that future values are sealed with. *Becoming* takes another's
place: assume a role, make a key for a user, put other code into a function. Steps are closed over:
who can become somebody who can take a step can take it.

A step counts where nothing excludes it: what is unknown of its request speaks for the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lodekey.policy.ask import Caller, Grant
from lodekey.policy.document import Document, parse
from lodekey.services.admin.becoming import way_into
from lodekey.services.admin.estate import OPEN, Estate
from lodekey.services.admin.reads import Call, Read, Standing, Subject, possible, standing
from lodekey.services.admin.who_asks import ALL

MOST_PAIRS = 200_000
READING = frozenset({"kms:decrypt", "kms:reencryptfrom"})


@dataclass(frozen=True, slots=True)
class Edge:
    """A way to become a reader.

    Args:
        subject: Whose.
        steps: In order, in words.
        through: Who they become on the way, if anybody.
        reading: How the value is then read.
    """

    subject: Subject
    steps: tuple[str, ...]
    through: str
    reading: str


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
        self.waiting = [each.subject for each in standings if not each.reads]
        self.steps: dict[str, Edge] = {}
        self.edges: list[Edge] = []
        self.able = {each.label: tuple(strengthened(estate, each)) for each in self.waiting}
        potential = [each for each in self.waiting if each.role or each.kind == "user"]
        self.potential = {
            each.label: reading
            for each in potential
            if (reading := _then(estate.reads, _with_everything(each)))
        }

    def edit(self) -> None:
        """What each can do by changing policies alone."""
        for subject in self.waiting:
            found = list(_edits(self.estate, subject, self.able[subject.label]))
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
                found = [edge for goal in goals if (edge := self.into(subject, goal)) is not None]
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
            way = way_into(self.estate, able, goal)
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
    for action, arn in _own_edits(estate, goal):
        if possible(estate.step(action, arn), subject):
            return f"{action} on {arn}"
    return ""


def _told(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The edges of those who are there now, each once."""
    present = [edge for edge in edges if edge.subject.present]
    return tuple({(edge.subject.label, edge.steps): edge for edge in present}.values())


# Edits.


Able = tuple[Subject, tuple[str, ...]]
"""A subject after edits of its own policies, and those edits; none: as it is."""


def _edits(estate: Estate, subject: Subject, stages: Iterable[Able]) -> Iterator[Edge]:
    for able, before in stages:
        options = list(_obstacles(estate, able))
        found = False
        if before and (reading := _then(estate.reads, able)):
            yield Edge(subject, before, "", reading)
            found = True
        for label, change in options:
            if reading := _then(map(change, estate.reads), able):
                yield Edge(subject, (*before, label), "", reading)
                found = True
        if not found and len(options) > 1:
            reads: Iterable[Read] = estate.reads
            for _, change in options:
                reads = [change(read) for read in reads]
            if reading := _then(reads, able):
                labels = tuple(label for label, _ in options)
                yield Edge(subject, (*before, *labels), "", reading)
                found = True
        if found:
            return


def _then(reads: Iterable[Read], subject: Subject) -> str:
    """How the value is read after a step; empty: it is not."""
    after = standing(subject, reads)
    return after.read.name if after.read is not None else ""


def strengthened(estate: Estate, subject: Subject) -> Iterator[Able]:
    """The subject as it is, after edits of its own policies, and as a user of its making."""
    yield subject, ()
    caller = subject.caller
    labels: list[str] = []
    identity = caller.identity
    for action, arn in _own_edits(estate, subject):
        if possible(estate.step(action, arn), subject):
            labels.append(f"{action} on {arn}")
            identity = (*caller.identity, parse(ALL, name="a policy of one's own making"))
            break
    if not labels and subject.kind == "user":
        for group in estate.all_groups.get(caller.account, ()):
            if possible(estate.step("iam:AddUserToGroup", group.arn), subject):
                labels.append(f"iam:AddUserToGroup on {group.arn}")
                identity = (*identity, *group.policies)
    boundary = caller.boundary
    if boundary is not None and (step := _without_boundary(estate, subject, identity)):
        labels.append(step)
        boundary = None
    if labels:
        changed = replace(caller, identity=identity, boundary=boundary)
        yield replace(subject, caller=changed), tuple(labels)
    yield from _new_user(estate, subject)


def _new_user(estate: Estate, subject: Subject) -> Iterator[Able]:
    """A user with every permission, where the subject can make one."""
    account = subject.caller.account
    if subject.kind in {"outsider", "service"}:
        return
    arn = f"arn:aws:iam::{account}:user/a-new-user"
    making = ("iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey")
    if not all(possible(estate.step(action, arn), subject) for action in making):
        return
    caller = Caller(
        kind="user",
        arn=arn,
        account=account,
        direct=frozenset({arn}),
        identity=(parse(ALL, name="a policy of one's own making"),),
        scps=subject.caller.scps,
    )
    own = {
        "aws:principalarn": arn,
        "aws:principalaccount": account,
        "aws:principaltype": "User",
        "aws:principalisawsservice": "false",
        "aws:username": "a-new-user",
    }
    organization = {k: v for k, v in subject.known.items() if k.startswith("aws:principalorg")}
    yield (
        Subject(name=arn, caller=caller, known={**organization, **own}, free=("aws:",)),
        (f"{', '.join(making)} on {arn}",),
    )


def _own_edits(estate: Estate, subject: Subject) -> Iterator[tuple[str, str]]:
    arn = subject.role or subject.name
    if subject.kind in {"root", "outsider", "service", "federated"}:
        return
    kind = "User" if subject.kind == "user" else "Role"
    yield f"iam:Put{kind}Policy", arn
    yield f"iam:Attach{kind}Policy", arn
    for policy in estate.managed.get(arn, ()):
        yield "iam:CreatePolicyVersion", policy
        yield "iam:SetDefaultPolicyVersion", policy
    for group in estate.groups.get(arn, ()):
        yield "iam:PutGroupPolicy", group
        yield "iam:AttachGroupPolicy", group


def _without_boundary(estate: Estate, subject: Subject, identity: tuple[Document, ...]) -> str:
    """The step that takes the permissions boundary away; empty: there is none."""
    kind = "User" if subject.kind == "user" else "Role"
    stronger = replace(subject, caller=replace(subject.caller, identity=identity))
    for verb in ("Delete", "Put"):
        action, arn = f"iam:{verb}{kind}PermissionsBoundary", subject.role or subject.name
        if possible(estate.step(action, arn), stronger):
            return f"{action} on {arn}"
    return ""


Change = Callable[[Read], Read]


def _obstacles(estate: Estate, subject: Subject) -> Iterator[tuple[str, Change]]:
    """Every edit of what stands on the resources that the subject can make."""
    for call in _distinct(estate.reads):
        service, arn = call.action.partition(":")[0], call.resource
        for action, change in _EDITS.get(service, ()):
            if action == "ssm:PutResourcePolicy" and not (estate.advanced and arn == estate.target):
                continue
            if service == "kms" and call.guard.managed and action != "kms:CreateGrant":
                continue
            if action == "kms:ReplicateKey" and ":key/mrk-" not in arn:
                continue
            if possible(replace(call, action=action, any_request=True, via=""), subject):
                yield f"{action} on {arn}", _changing(arn, change, subject.caller)
        if service == "secretsmanager":
            update = replace(call, action="secretsmanager:UpdateSecret", any_request=True, via="")
            if possible(update, subject):
                label = f"{update.action} on {arn} (what is written under another key)"
                yield label, _without_key


def _distinct(reads: Iterable[Read]) -> Iterator[Call]:
    """One call for each resource that has a policy of its own."""
    seen: set[str] = set()
    for read in reads:
        for call in read.calls:
            if call.resource not in seen and not call.resource.startswith("*"):
                seen.add(call.resource)
                facts = {key: value for key, value in call.facts.items() if not _of_a_read(key)}
                yield replace(call, facts=facts)


def _of_a_read(key: str) -> bool:
    return key.startswith(("kms:viaservice", "kms:encryption", "ssm:recursive"))


def _changing(arn: str, change: Callable[[Call, Caller], Call | None], caller: Caller) -> Change:
    def changed(read: Read) -> Read:
        calls = (change(call, caller) if call.resource == arn else call for call in read.calls)
        return replace(read, calls=tuple(call for call in calls if call is not None))

    return changed


def _without_key(read: Read) -> Read:
    return replace(
        read, calls=tuple(call for call in read.calls if not call.action.startswith("kms:"))
    )


def _opened(call: Call, caller: Caller) -> Call:
    kind = "key" if call.guard.style == "key" else "resource"
    policy = parse(OPEN, name="the policy of one's own making", kind=kind)
    return replace(call, guard=replace(call.guard, policy=policy, shareable=True))


def _granted(call: Call, caller: Caller) -> Call:
    grant = Grant(
        name="of one's own making",
        grantees=caller.direct | caller.entity,
        actions=READING,
        holds=lambda _: True,
    )
    return replace(call, guard=replace(call.guard, grants=(*call.guard.grants, grant)))


def _replicated(call: Call, caller: Caller) -> Call:
    return call if call.via else _opened(call, caller)


_EDITS: dict[str, tuple[tuple[str, Callable[[Call, Caller], Call | None]], ...]] = {
    "kms": (
        ("kms:PutKeyPolicy", _opened),
        ("kms:CreateGrant", _granted),
        ("kms:ReplicateKey", _replicated),
    ),
    "secretsmanager": (("secretsmanager:PutResourcePolicy", _opened),),
    "ssm": (("ssm:PutResourcePolicy", _opened),),
}
