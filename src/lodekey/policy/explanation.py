"""Why a request was decided as it was: what `lodekey.policy.explain` finds, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from lodekey.policy.ask import Decision, PolicyType, Switch

How = Literal["", "account", "entity", "direct"]
"""How closely a Principal element means the caller; empty: not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One element of a statement against the request.

    Args:
        element: Its name in the document (``NotAction``); empty where the statement has none.
        wanted: Its values, variables filled in.
        got: What the request has.
        matches: Whether the element lets the request through.
        why: What stood in the way, in words; empty where it matches.
    """

    element: str
    wanted: tuple[str, ...]
    got: str
    matches: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One condition against the request.

    Args:
        operator: With its modifiers.
        key: The context key as the policy writes it.
        wanted: The values as the policy writes them, variables filled in where they have a value.
        got: The request's values; None where the key is absent.
        holds: Whether the condition holds.
        why: What the outcome rests on, in words.
    """

    operator: str
    key: str
    wanted: tuple[str, ...]
    got: tuple[str, ...] | None
    holds: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """One statement against the request.

    Args:
        index: Its place in the policy, from 0.
        sid: Its Sid, or ``#1`` for the first without one.
        allows: Whether its effect is Allow.
        matches: Whether all of it matches.
        action: Its Action or NotAction.
        resource: Its Resource or NotResource.
        principal: Its Principal or NotPrincipal; None in policies that hang on a principal.
        how: How closely the principal means the caller.
        tests: Its conditions. They are looked at even where something else does not match.
    """

    index: int
    sid: str
    allows: bool
    matches: bool
    action: Part
    resource: Part
    principal: Part | None
    how: How
    tests: tuple[Test, ...]

    @property
    def misses(self) -> int:
        """How many of its elements and conditions do not match."""
        parts = (self.action, self.resource, self.principal)
        elements = sum(1 for part in parts if part is not None and not part.matches)
        return elements + sum(1 for test in self.tests if not test.holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """One policy against the request.

    Args:
        type: The type under which it was read.
        kind: What it is: ``key`` and ``trust`` are of type ``resource``.
        name: Its name.
        level: For control policies, which level from the root down, from 0.
        statements: All of them, in order.
    """

    type: PolicyType
    kind: str
    name: str
    level: int
    statements: tuple[StatementView, ...]

    @property
    def verdict(self) -> str:
        """``denies``, ``allows``, or ``says nothing``."""
        matching = [each.allows for each in self.statements if each.matches]
        if not matching:
            return "says nothing"
        return "allows" if all(matching) else "denies"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """One KMS grant against the request."""

    name: str
    how: How
    action: bool
    holds: bool

    @property
    def matches(self) -> bool:
        """Whether it allows the request."""
        return self.how != "" and self.action and self.holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An edit that would bring the request closer to being allowed.

    Args:
        type: The type of policy to edit.
        policy: The policy to edit; empty where there is none yet.
        sid: The statement to edit; empty where one is to be added.
        element: The element to edit.
        value: What to add to it or, of a Not… element, to take out; of a condition, its key.
        text: The edit, in words.
    """

    type: PolicyType
    policy: str
    sid: str
    element: str
    value: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision with its reasons.

    Args:
        decision: The same that `decide` gives.
        step: The step of the procedure that decided; see `lodekey.policy.evaluate`.
        reason: What that step found, in words.
        caller: The caller's ARN.
        action: The action asked for.
        resource: The resource asked for.
        keys: The request's context keys.
        policies: Every policy that was read, in order.
        grants: Every KMS grant.
        lacking: The types of policy that lack an Allow, worst first.
        changes: The smallest edits that together would allow it; empty where it is allowed.
        switches: The open points without which the decision would be another.
        missing_keys: Context keys that a statement reads, the rest of which matches, and that the
            request does not carry.
    """

    decision: Decision
    step: str
    reason: str
    caller: str
    action: str
    resource: str
    keys: dict[str, tuple[str, ...]]
    policies: tuple[PolicyView, ...]
    grants: tuple[GrantView, ...]
    lacking: tuple[PolicyType, ...]
    changes: tuple[Change, ...]
    switches: tuple[Switch, ...]
    missing_keys: tuple[str, ...]

    @property
    def deciding(self) -> tuple[tuple[PolicyView, StatementView], ...]:
        """The statements that made the decision; none for an implicit deny.

        Where it is denied, the matching Denies; where it is allowed, the matching Allows.
        """
        if not self.decision.allowed and not self.decision.explicit:
            return ()
        return tuple(
            (policy, statement)
            for policy in self.policies
            for statement in policy.statements
            if statement.matches and statement.allows is self.decision.allowed
        )

    def to_json(self) -> dict[str, Any]:
        """The explanation as JSON's values, for ``--json``."""
        found = asdict(self)
        found["decision"] = self.decision._asdict()
        for view, policy in zip(found["policies"], self.policies, strict=True):
            view["verdict"] = policy.verdict
        return found
