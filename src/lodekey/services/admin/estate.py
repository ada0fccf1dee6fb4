"""What steps towards a value are taken on, and the ways that are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lodekey.policy.ask import Guard
from lodekey.policy.document import Document
from lodekey.services.admin.reads import Call, Read, Subject
from lodekey.services.admin.who_asks import Running


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its ARN and its policies."""

    arn: str
    policies: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What steps are taken on.

    Args:
        reads: Every way to the value.
        target: The ARN asked about.
        advanced: Whether it is a parameter that can be given a resource policy.
        trusts: For each role's ARN, assuming it, with its trust policy.
        functions: Every function with a role.
        facts: The keys that a step on an ARN has whoever takes it.
        guards: The policies on functions, by ARN.
        managed: For each user's or role's ARN, the customer managed policies attached to it.
        groups: For each user's ARN, the groups it is in.
        all_groups: For each account, every group.
    """

    reads: tuple[Read, ...]
    target: str
    advanced: bool
    trusts: dict[str, Call]
    functions: tuple[Running, ...]
    facts: Callable[[str, str], dict[str, str | tuple[str, ...]]]
    guards: dict[str, Guard]
    managed: dict[str, tuple[str, ...]]
    groups: dict[str, tuple[str, ...]]
    all_groups: dict[str, tuple[Group, ...]]

    def step(self, action: str, arn: str, guard: Guard | None = None) -> Call:
        """A step as a call: nothing but the caller's side has a say, unless *guard* is given."""
        account = arn.split(":")[4] if arn.count(":") >= 5 else ""
        return Call(
            action=action,
            resource=arn,
            account=account,
            guard=guard or Guard(shareable=False),
            facts=self.facts(account, arn),
            any_request=True,
        )


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
