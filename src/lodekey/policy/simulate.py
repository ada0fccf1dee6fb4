"""A decision as IAM's policy simulator answers it: the verdict, the statements, what was missing.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lodekey.policy.ask import Ask, Guard, Switches
from lodekey.policy.document import Document
from lodekey.policy.explain import explain
from lodekey.policy.explanation import Explanation
from lodekey.policy.patterns import variables_written
from lodekey.policy.positions import Span, statement_spans
from lodekey.policy.statement import Statement, texts
from lodekey.policy.switches import DEFAULT

Outcome = Literal["allowed", "explicitDeny", "implicitDeny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A statement that made the decision.

    Args:
        policy: The document's name.
        kind: What the document is.
        sid: The statement's Sid, or ``#1``.
        span: Where it stands in the document's text.
    """

    policy: str
    kind: str
    sid: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The simulator's answer to one question.

    Args:
        outcome: ``EvalDecision``.
        matched: ``MatchedStatements``; none for an implicit deny.
        missing_keys: ``MissingContextValues``, lower-case names.
        allowed_by_boundary: ``PermissionsBoundaryDecisionDetail``; None: there is no boundary.
        allowed_by_organization: ``OrganizationsDecisionDetail``; None: no SCP applies.
        explanation: All the rest.
    """

    outcome: Outcome
    matched: tuple[Matched, ...]
    missing_keys: tuple[str, ...]
    allowed_by_boundary: bool | None
    allowed_by_organization: bool | None
    explanation: Explanation


def simulate(ask: Ask, guard: Guard, switches: Switches = DEFAULT) -> Simulation:
    """Decide *ask* and tell of it as the simulator does."""
    found = explain(ask, guard, switches)
    outcome: Outcome = "allowed" if found.decision.allowed else "implicitDeny"
    if found.decision.explicit:
        outcome = "explicitDeny"
    caller = ask.caller
    return Simulation(
        outcome=outcome,
        matched=_matched(found, _texts_of(ask, guard)),
        missing_keys=found.missing_keys,
        allowed_by_boundary=None if caller.boundary is None else _allows(found, "boundary"),
        allowed_by_organization=_allows(found, "scp") if caller.scps else None,
        explanation=found,
    )


def context_keys_in(documents: Iterable[Document]) -> tuple[str, ...]:
    """The context keys that *documents* read, as they spell them, each once.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
    """
    names: dict[str, str] = {}
    for document in documents:
        for statement in document.statements:
            for name in _names_in(statement):
                names.setdefault(name.lower(), name)
    return tuple(names.values())


def _names_in(statement: Statement) -> Iterator[str]:
    if statement.varying is not None:
        for text in texts(statement.body.get("Resource", statement.body.get("NotResource", []))):
            yield from variables_written(text)
    for condition in statement.conditions:
        yield condition.written
        if condition.reads:
            for text in condition.wanted:
                yield from variables_written(text)


def _texts_of(ask: Ask, guard: Guard) -> dict[tuple[str, str], str]:
    """The text of every document, by kind and name."""
    caller = ask.caller
    documents: list[Document | None] = [
        *(each for level in (*caller.scps, *guard.rcps) for each in level),
        guard.endpoint,
        guard.policy,
        *caller.identity,
        caller.boundary,
        *(caller.session or ()),
    ]
    return {(each.kind, each.name): each.text for each in documents if each is not None}


def _matched(found: Explanation, written: dict[tuple[str, str], str]) -> tuple[Matched, ...]:
    return tuple(
        Matched(
            policy=policy.name,
            kind=policy.kind,
            sid=statement.sid,
            span=statement_spans(written[policy.kind, policy.name])[statement.index],
        )
        for policy, statement in found.deciding
    )


def _allows(found: Explanation, policy_type: str) -> bool:
    """Whether the policies of a type allow: none denies, and none that must allow is silent."""
    denied = any(
        policy.type == policy_type and policy.verdict == "denies" for policy in found.policies
    )
    return not denied and policy_type not in found.lacking
