"""The work of `WhoCanRead`: the records are gathered, and from what is gathered it is proved.

The records are gathered in the request's one transaction; what is gathered is plain and immutable,
and the proving, which may take seconds, is done from it in a thread, after the transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, Deferred
from lodekey.identity.policies_of import document_named
from lodekey.identity.principals_of import root_principal
from lodekey.identity.records import GROUPS, ROLES, USERS
from lodekey.policy.ask import Guard, Switch
from lodekey.policy.document import parse
from lodekey.policy.reach import Verdict
from lodekey.policy.switches import ALL as SWITCHES
from lodekey.policy.switches import (
    DEFAULT,
    DENY_ATTRIBUTION,
    DENY_BLAME,
    FUNCTION_KEY_FORWARDED,
    FUNCTION_KEY_HIDDEN,
    GRANT_ACROSS_NEEDS_IDENTITY,
    GRANT_TO_ROLE_IS_CUT,
    LITERAL_VARIABLES,
    MANAGED_KEY_NEEDS_IDENTITY,
    turned,
)
from lodekey.services.admin.errors import NoSuchPrincipalException
from lodekey.services.admin.escalations import Found, escalations
from lodekey.services.admin.estate import Edge, Estate, Group
from lodekey.services.admin.find_reads import Target, facts_of, find_target
from lodekey.services.admin.reads import Call, Standing, Subject, every_document, standing
from lodekey.services.admin.shapes import Escalation, Reader, WhoCanReadResponse
from lodekey.services.admin.who_asks import Running, everybody, running
from lodekey.services.lambda_.names import FunctionName
from lodekey.services.lambda_.permissions import POLICIES, guard_of, place

MOST_SUBJECTS = 5_000


def readers(ctx: Context, arn: str, wanted: str) -> Deferred[WhoCanReadResponse]:
    """Who can read *arn*, and who could come to; with *wanted*, a name or an ARN, that one alone.

    Raises:
        NoSuchPrincipalException: There is no principal *wanted*.
        ApiError: What is asked about is not there, or has no readers.
    """
    found = find_target(ctx, arn)
    functions = running(ctx)
    calls = [call for read in found.reads for call in read.calls]
    guards = every_document((), calls)
    subjects = list(everybody(ctx, guards, functions))
    if wanted and not any(wanted in {each.name, each.caller.arn} for each in subjects):
        raise NoSuchPrincipalException(f"There is no principal `{wanted}`.")
    estate = gathered(ctx, found, functions)
    background = ctx.gate.background

    async def finish() -> WhoCanReadResponse:
        return await background.in_thread(lambda: proved(found, subjects, estate, wanted))

    return Deferred(finish)


def gathered(ctx: Context, target: Target, functions: Sequence[Running]) -> Estate:
    """Everything that steps are taken on, out of the records."""
    facts: dict[str, dict[str, Any]] = {}
    tags: dict[str, dict[str, str]] = {}
    managed: dict[str, tuple[str, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    all_groups: dict[str, list[Group]] = {}
    for _, user in USERS.scan(ctx.tx):
        tags[user.arn], managed[user.arn] = user.tags, _own(user.attached)
        of_user = [GROUPS.get(ctx.tx, user.account, name.lower()) for name in user.groups]
        groups[user.arn] = tuple(each.arn for each in of_user if each is not None)
        for mine in of_user:
            if mine is not None:
                managed[user.arn] += _own(mine.attached)
    for _, group in GROUPS.scan(ctx.tx):
        policies = (
            *(parse(text, name=f"a policy of {group.arn}") for text in group.inline.values()),
            *(document_named(ctx.tx, arn) for arn in group.attached),
        )
        all_groups.setdefault(group.account, []).append(Group(group.arn, policies))
    trusts: dict[str, Call] = {}
    for _, role in ROLES.scan(ctx.tx):
        tags[role.arn], managed[role.arn] = role.tags, _own(role.attached)
        guard = Guard(policy=parse(role.trust, name=role.arn, kind="trust"), style="trust")
        trusts[role.arn] = Call(
            action="sts:AssumeRole",
            resource=role.arn,
            account=role.account,
            guard=guard,
            facts=_facts(ctx, target, role.account, role.arn, role.tags),
            free=("sts:",),
            any_request=True,
        )
    guards = {}
    for each in functions:
        name = FunctionName(each.account, each.region, each.name, "")
        guards[each.arn] = guard_of(ctx.tx, POLICIES, place(name))
        facts[each.arn] = _facts(ctx, target, each.account, each.arn, {})
    by_account = {
        account: _facts(ctx, target, account, f"arn:aws:iam::{account}:x", {})
        for account in {arn.split(":")[4] for arn in (*tags, *facts)}
    }
    for arn, own in tags.items():
        facts[arn] = _facts(ctx, target, arn.split(":")[4], arn, own)
    return Estate(
        reads=target.reads,
        target=target.arn,
        advanced=target.advanced,
        trusts=trusts,
        functions=tuple(functions),
        facts=lambda account, arn: facts.get(arn, by_account.get(account, {})),
        guards=guards,
        managed=managed,
        groups=groups,
        all_groups={account: tuple(each) for account, each in all_groups.items()},
    )


def _own(attached: Sequence[str]) -> tuple[str, ...]:
    """The policies among those attached that the account can change."""
    return tuple(arn for arn in attached if not arn.startswith("arn:aws:iam::aws:"))


def _facts(
    ctx: Context, target: Target, account: str, arn: str, tags: dict[str, str]
) -> dict[str, Any]:
    inside = replace(ctx, principal=root_principal(ctx.tx, account), region=target.region, via="")
    return dict(facts_of(inside, "iam:GetUser", Bare(arn, account, tags=tags)))


# The proof, from plain values alone.


def proved(
    target: Target, subjects: Sequence[Subject], estate: Estate, wanted: str
) -> WhoCanReadResponse:
    """Prove it."""
    examined = list(subjects[:MOST_SUBJECTS])
    standings = [standing(each, target.reads) for each in examined]
    found = escalations(estate, standings)
    present = [each for each in standings if each.subject.present]
    shown = [each for each in present if not wanted or _is(each.subject, wanted)]
    edges = [each for each in found.edges if not wanted or _is(each.subject, wanted)]
    readers = [each for each in shown if each.reads]
    others = [each for each in shown if not each.reads]
    able = {each.subject.label for each in edges}
    switches = list(mattered(target, present))
    answer: WhoCanReadResponse = {
        "Resource": target.arn,
        "Readers": [reader_shown(each) for each in readers],
        "Escalations": [escalation_shown(each) for each in edges],
        "NonReaders": len(others),
        "Unable": sum(1 for each in others if each.subject.label not in able),
        "Unknowns": [each.subject.label for each in readers if each.verdict is Verdict.UNKNOWN],
        "Switches": [f"{each.name}: {each.meaning}" for each in switches],
        "Notes": [*target.notes, *showing(readers)],
        "CutOff": found.cut_off or len(examined) < len(subjects),
        "Certificate": "",
    }
    answer["Certificate"] = certificate(target, answer, others, found)
    return answer


def _is(subject: Subject, wanted: str) -> bool:
    return wanted in {subject.name, subject.caller.arn}


def mattered(target: Target, standings: Sequence[Standing]) -> list[Switch]:
    """The open points of AWS's documentation that, taken otherwise, would make other readers."""
    found = []
    for switch in SWITCHES:
        if not could_matter(switch.name, target, standings):
            continue
        other = turned(DEFAULT, switch.name)
        if any(
            standing(each.subject, target.reads, other).reads != each.reads for each in standings
        ):
            found.append(switch)
    return found


def could_matter(name: str, target: Target, standings: Sequence[Standing]) -> bool:
    """Whether anything is there that an open point is about; asked first, as it is quick."""
    calls = [call for read in target.reads for call in read.calls]
    found = every_document([each.subject for each in standings], calls)
    if name in {GRANT_TO_ROLE_IS_CUT, GRANT_ACROSS_NEEDS_IDENTITY}:
        return any(call.guard.grants for call in calls)
    if name == MANAGED_KEY_NEEDS_IDENTITY:
        return any(call.guard.managed for call in calls)
    if name in {FUNCTION_KEY_HIDDEN, FUNCTION_KEY_FORWARDED}:
        return any(each.reads_function for each in found)
    if name == LITERAL_VARIABLES:
        return any("${" in each.text for each in found)
    return name not in {DENY_ATTRIBUTION, DENY_BLAME}


def showing(readers: Sequence[Standing]) -> list[str]:
    """What has to be said where code reads the value: it may show it."""
    if not any(each.subject.kind == "function" for each in readers):
        return []
    return [
        "Functions read it. Whether they show it in their answers or logs was not looked at; who "
        "may invoke them, or read their logs, may then see it."
    ]


def reader_shown(found: Standing) -> Reader:
    """A reader as the answer has it."""
    witness = {} if found.found is None else dict(found.found.witness or {})
    keys = () if found.found is None else found.found.keys
    shown: Reader = {
        "Principal": found.subject.name,
        "Kind": found.subject.kind,
        "Verdict": found.verdict.value,
        "Read": "" if found.read is None else found.read.name,
        "Because": list(found.reasons),
        "DependsOn": list(keys),
        "Witness": {
            key: [value] if isinstance(value, str) else list(value)
            for key, value in witness.items()
        },
    }
    if found.subject.function:
        shown["Function"] = found.subject.function
    return shown


def escalation_shown(edge: Edge) -> Escalation:
    """A way to become a reader as the answer has it."""
    shown: Escalation = {
        "Principal": edge.subject.name,
        "Kind": edge.subject.kind,
        "Steps": list(edge.steps),
        "Read": edge.reading,
    }
    if edge.through:
        shown["Through"] = edge.through
    if edge.subject.function:
        shown["Function"] = edge.subject.function
    return shown


def certificate(
    target: Target, answer: WhoCanReadResponse, others: Sequence[Standing], found: Found
) -> str:
    """What was proved and from what, as JSON: each refusal with the statement that makes it."""
    ways = dict.fromkeys(read.name for read in target.reads)
    return json.dumps(
        {
            "resource": target.arn,
            "ways": list(ways),
            "readers": [[each["Principal"], each["Verdict"]] for each in answer["Readers"]],
            "refusals": {each.subject.label: list(each.refusals) for each in others},
            "escalations": len(found.edges),
            "complete": not answer["CutOff"],
            "switches": {each.name: each.on for each in SWITCHES},
        },
        ensure_ascii=False,
    )
