"""Steps that change what stands in the way of a read, and what they make possible.

One's own policies, a key policy, a grant, a secret's policy, the key of values to come: each step
is taken where nothing excludes it, and the whole read is decided again under what it leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from lodekey.policy.ask import Caller, Grant
from lodekey.policy.document import Document, parse
from lodekey.services.admin.estate import Edge, Estate
from lodekey.services.admin.reads import Call, Read, Subject, possible, standing
from lodekey.services.admin.who_asks import ALL

OPEN = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"after","Effect":"Allow","Principal":"*",'
    '"Action":"*","Resource":"*"}]}'
)
READING = frozenset({"kms:decrypt", "kms:reencryptfrom"})

Able = tuple[Subject, tuple[str, ...]]
"""A subject after edits of its own policies, and those edits; none: as it is."""


def edits(estate: Estate, subject: Subject, stages: Iterable[Able]) -> Iterator[Edge]:
    """The ways that *subject* has by changing policies alone."""
    for able, before in stages:
        options = list(_obstacles(estate, able))
        found = False
        if before and (reading := then(estate.reads, able)):
            yield Edge(subject, before, "", reading)
            found = True
        for label, change in options:
            if reading := then(map(change, estate.reads), able):
                yield Edge(subject, (*before, label), "", reading)
                found = True
        if not found and len(options) > 1:
            reads: Iterable[Read] = estate.reads
            for _, change in options:
                reads = [change(read) for read in reads]
            if reading := then(reads, able):
                labels = tuple(label for label, _ in options)
                yield Edge(subject, (*before, *labels), "", reading)
                found = True
        if found:
            return


def then(reads: Iterable[Read], subject: Subject) -> str:
    """How the value is read after a step; empty: it is not."""
    after = standing(subject, reads)
    return after.read.name if after.read is not None else ""


def strengthened(estate: Estate, subject: Subject) -> Iterator[Able]:
    """The subject as it is, after edits of its own policies, and as a user of its making."""
    yield subject, ()
    caller = subject.caller
    labels: list[str] = []
    identity = caller.identity
    for action, arn in own_edits(estate, subject):
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


def own_edits(estate: Estate, subject: Subject) -> Iterator[tuple[str, str]]:
    """Every action, with what it is asked on, that would give *subject* another policy."""
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
