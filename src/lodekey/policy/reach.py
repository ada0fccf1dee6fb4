"""The question turned round: who can do this, and on what does it depend?

Of a request that has not been made some context keys are known (who asks), some are known to be
absent, and the others may be anything. A condition on such a key neither holds nor fails. Reading
the policies twice, once with every such doubt in the caller's favor and once against, gives bounds
that are safe: what is denied in favor is never allowed, what is allowed against always is.

Between the two lies CONDITIONAL, with a witness: values of the unknown keys with which the real
`decide` allows. Where none is found in the values that the policies themselves name, the verdict is
UNKNOWN, which whoever asks "who can read this?" must count as a reader.

One open point is taken the other way than in `decide`: a KMS grant across accounts counts without
an identity policy (POLICY §7: enforce as denied, prove as allowed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lodekey.policy.ask import Ask, Caller, Grant, Guard, Switches
from lodekey.policy.document import SOURCE_FUNCTION, Document, among
from lodekey.policy.evaluate import ALWAYS_ALLOWED, answer, decide
from lodekey.policy.keys import Keys
from lodekey.policy.names import NOT
from lodekey.policy.question import Question
from lodekey.policy.statement import Statement, keys_of_resource, keys_read
from lodekey.policy.switches import DEFAULT, GRANT_ACROSS_NEEDS_IDENTITY, LITERAL_VARIABLES, turned
from lodekey.policy.witness import assignments

MOST_TRIED = 4096


class Verdict(StrEnum):
    """Whether a caller can do a thing."""

    ALWAYS = "always"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Subject:
    """A caller, and what is known of any request of theirs.

    Args:
        caller: Who asks.
        known: Context keys with their values, lower-case names (``aws:principalarn``).
        absent: Keys that no such request carries.
    """

    caller: Caller
    known: Keys = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether a subject can do a thing.

    Args:
        subject: Who.
        verdict: Whether.
        keys: The unknown context keys that it depends on; empty for ALWAYS and NEVER.
        witness: For CONDITIONAL, all context keys of a request that is allowed.
    """

    subject: Subject
    verdict: Verdict
    keys: tuple[str, ...] = ()
    witness: Mapping[str, str | tuple[str, ...]] | None = None


def who_can(
    subjects: Iterable[Subject],
    action: str,
    resource: str,
    account: str,
    guard: Guard,
    switches: Switches = DEFAULT,
) -> list[Reach]:
    """Whether each of *subjects* can do *action* to *resource*, which *account* owns."""
    return [reach(each, action, resource, account, guard, switches) for each in subjects]


def reach(
    subject: Subject,
    action: str,
    resource: str,
    account: str,
    guard: Guard,
    switches: Switches = DEFAULT,
) -> Reach:
    """Whether *subject* can do *action* to *resource*, which *account* owns."""
    ask = Ask(subject.caller, action, resource, account, lambda: subject.known)
    if action == ALWAYS_ALLOWED:
        return Reach(subject=subject, verdict=Verdict.ALWAYS)
    generous = switches
    if switches.on(GRANT_ACROSS_NEEDS_IDENTITY):
        generous = turned(switches, GRANT_ACROSS_NEEDS_IDENTITY)
    hoping = Doubting(ask, generous, subject.absent, in_favor=True)
    if not answer(hoping, guard).allowed:
        return Reach(subject=subject, verdict=Verdict.NEVER)
    if answer(Doubting(ask, switches, subject.absent, in_favor=False), guard).allowed:
        return Reach(subject=subject, verdict=Verdict.ALWAYS)
    statements = list(hoping.doubtful(guard))
    unknown = {key for each in statements for key in keys_read(each)}
    keys = tuple(sorted(unknown - subject.known.keys() - subject.absent))
    for assigned in assignments(statements, keys, resource, MOST_TRIED):
        found = {**subject.known, **assigned}
        if decide(_with_keys(ask, found), guard, generous).allowed:
            return Reach(subject=subject, verdict=Verdict.CONDITIONAL, keys=keys, witness=found)
    return Reach(subject=subject, verdict=Verdict.UNKNOWN, keys=keys)


def _with_keys(ask: Ask, keys: Keys) -> Ask:
    return ask._replace(keys=lambda: keys)


class Doubting(Question):
    """A question whose unknown keys all speak for the caller, or all against."""

    __slots__ = ("absent", "in_favor")

    def __init__(
        self, ask: Ask, switches: Switches, absent: frozenset[str], *, in_favor: bool
    ) -> None:
        super().__init__(ask, switches)
        self.absent = absent
        self.in_favor = in_favor

    def fits(self, document: Document, statement: Statement) -> bool:
        """Whether a statement matches, in doubt as `in_favor` says."""
        found = self.judge(document, statement)
        return found if found is not None else statement.allows is self.in_favor

    def holds(self, grant: Grant) -> bool:
        """Whether a grant's constraints hold; they are opaque, so any that bites is a doubt."""
        return self.in_favor or grant.holds({})

    def judge(self, document: Document, statement: Statement) -> bool | None:
        """Whether resource and conditions match; None: it depends on unknown keys."""
        if statement.resource is not None and not statement.resource(self.resource):
            return False
        keys = self.keys_for(document)
        absent = self.absent | {SOURCE_FUNCTION} if self.hides_function(document) else self.absent
        literal = self.switches.on(LITERAL_VARIABLES)
        doubt = False
        if statement.varying is not None:
            if _open(keys_of_resource(statement), keys, absent):
                doubt = True
            elif not statement.varying(self.resource, keys, literal):
                return False
        for condition in statement.conditions:
            if _open({condition.key, *condition.reads}, keys, absent):
                doubt = True
            elif not condition.holds(keys, literal):
                return False
        return None if doubt else True

    def doubtful(self, guard: Guard) -> Iterator[Statement]:
        """The statements that would reach the caller and depend on unknown keys."""
        caller = self.caller
        single = (guard.endpoint, guard.policy, caller.boundary)
        documents = (
            *(each for level in (*caller.scps, *guard.rcps) for each in level),
            *(each for each in single if each is not None),
            *caller.identity,
            *(caller.session or ()),
        )
        for statements in among(documents, self.action):
            for document, statement in statements:
                names = statement.names
                reaches = names is None or (
                    names.allows(caller) > NOT if statement.allows else names.denies(caller)
                )
                if reaches and self.judge(document, statement) is None:
                    yield statement


def _open(names: Iterable[str], keys: Keys, absent: frozenset[str]) -> bool:
    """Whether one of the keys is neither known nor known to be absent."""
    return any(name not in keys and name not in absent for name in names)
