"""Whether a caller can make several calls that together are one deed, and on what it depends.

Reading a secret takes two: ``secretsmanager:GetSecretValue`` and the ``kms:Decrypt`` that is
forwarded. Each has its own resource and its own known keys; what is unknown of the caller is the
same in both. As in `lodekey.policy.reach`, the bounds are safe: NEVER and ALWAYS hold whatever the
unknown keys are, and a witness is replayed through the real `decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lodekey.policy.ask import Ask, Caller, Decision, Grant, Guard, Keys, Switches
from lodekey.policy.document import Document
from lodekey.policy.evaluate import answer, decide
from lodekey.policy.reach import MOST_TRIED, Doubting, Verdict
from lodekey.policy.statement import keys_read
from lodekey.policy.switches import DEFAULT, GRANT_ACROSS_NEEDS_IDENTITY, turned
from lodekey.policy.witness import assignments


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One call of a deed.

    Args:
        ask: The question; its keys are the known ones.
        guard: The policies on its resource.
        may_carry: Whether such a call may carry a key that is not known.
        grants_known: Whether the known keys are all that a grant's constraints ask for.
    """

    ask: Ask
    guard: Guard
    may_carry: Callable[[str], bool]
    grants_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Whether the calls can be made.

    Args:
        verdict: Whether.
        decisions: Of each call: what allows it. For NEVER the one refusal; for UNKNOWN none.
        refused: For NEVER, which call is refused, from 0.
        keys: For CONDITIONAL and UNKNOWN, the unknown keys that it depends on.
        witness: For CONDITIONAL, values of those keys with which every call is allowed.
    """

    verdict: Verdict
    decisions: tuple[Decision, ...] = ()
    refused: int = -1
    keys: tuple[str, ...] = ()
    witness: Mapping[str, str | tuple[str, ...]] | None = None


def together(parts: Sequence[Part], switches: Switches = DEFAULT) -> Together:
    """Whether all *parts* can be allowed at once, with the same unknown keys."""
    generous = switches
    if switches.on(GRANT_ACROSS_NEEDS_IDENTITY):  # an open point is taken against us (POLICY 7)
        generous = turned(switches, GRANT_ACROSS_NEEDS_IDENTITY)
    hopes = [_Part(part, generous, in_favor=True) for part in parts]
    for index, (hope, part) in enumerate(zip(hopes, parts, strict=True)):
        found = answer(hope, part.guard)
        if not found.allowed:
            return Together(verdict=Verdict.NEVER, decisions=(found,), refused=index)
    sure = [answer(_Part(part, switches, in_favor=False), part.guard) for part in parts]
    if all(found.allowed for found in sure):
        return Together(verdict=Verdict.ALWAYS, decisions=tuple(sure))
    return _witnessed(parts, hopes, generous)


def _witnessed(parts: Sequence[Part], hopes: Sequence[_Part], switches: Switches) -> Together:
    statements = []
    unknown: set[str] = set()
    for hope, part in zip(hopes, parts, strict=True):
        doubtful = list(hope.doubtful(part.guard))
        statements += doubtful
        read = {key for each in doubtful for key in keys_read(each)}
        unknown |= {key for key in read - part.ask.keys().keys() if part.may_carry(key)}
    keys = tuple(sorted(unknown))
    resources = " ".join(part.ask.resource for part in parts)
    for assigned in assignments(statements, keys, resources, MOST_TRIED):
        decisions = tuple(_replayed(part, assigned, switches) for part in parts)
        if all(found.allowed for found in decisions):
            return Together(
                verdict=Verdict.CONDITIONAL, decisions=decisions, keys=keys, witness=assigned
            )
    return Together(verdict=Verdict.UNKNOWN, keys=keys)


def _replayed(part: Part, assigned: Keys, switches: Switches) -> Decision:
    carried = {key: value for key, value in assigned.items() if part.may_carry(key)}
    keys = {**carried, **part.ask.keys()}
    return decide(part.ask._replace(keys=lambda: keys), part.guard, switches)


class _Part(Doubting):
    """A part under doubt."""

    __slots__ = ("grants_known",)

    def __init__(self, part: Part, switches: Switches, *, in_favor: bool) -> None:
        read = frozenset().union(*map(keys_in, documents(part.ask.caller, part.guard)))
        absent = frozenset(key for key in read if not part.may_carry(key))
        super().__init__(part.ask, switches, absent, in_favor=in_favor)
        self.grants_known = part.grants_known

    def holds(self, grant: Grant) -> bool:
        """Whether a grant's constraints hold, exactly where all that they ask for is known."""
        return grant.holds(self.keys()) if self.grants_known else super().holds(grant)


def documents(caller: Caller, guard: Guard) -> tuple[Document, ...]:
    """Every policy on both sides."""
    single = (guard.endpoint, guard.policy, caller.boundary)
    return (
        *(each for level in (*caller.scps, *guard.rcps) for each in level),
        *(each for each in single if each is not None),
        *caller.identity,
        *(caller.session or ()),
    )


@lru_cache(maxsize=4096)
def keys_in(document: Document) -> frozenset[str]:
    """The context keys that any statement of a document reads."""
    return frozenset().union(*map(keys_read, document.statements))
