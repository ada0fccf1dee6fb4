"""What the linter's rules are made of: a rule, a finding, and a statement to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lodekey.policy.actions import Action, named_by, services
from lodekey.policy.conditions import Condition
from lodekey.policy.document import Document
from lodekey.policy.statement import Statement, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known of where a policy hangs.

    Args:
        resource: The ARN of the resource; empty: not known.
        account: The account that owns it; empty: not known.
    """

    resource: str = ""
    account: str = ""


NOWHERE = Surroundings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in a policy that its author should look at.

    Args:
        code: The rule's, ``LK004``.
        title: The rule's.
        statement: The statement's place, from 0; -1: the document as a whole.
        sid: Its Sid, or ``#1``.
        message: What was found, in the policy's own words.
    """

    code: str
    title: str
    statement: int
    sid: str
    message: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A statement under the rules' eyes.

    Args:
        statement: Compiled.
        document: The policy that it stands in.
        variables: Whether the policy's version knows variables.
        surroundings: Where the policy hangs.
    """

    statement: Statement
    document: Document
    variables: bool = field(kw_only=True)
    surroundings: Surroundings = field(kw_only=True)

    @property
    def kind(self) -> str:
        """The policy's kind."""
        return self.document.kind

    @property
    def allows(self) -> bool:
        """Whether the statement's effect is Allow."""
        return self.statement.allows

    @property
    def body(self) -> Mapping[str, Any]:
        """The statement as written."""
        return self.statement.body

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its conditions."""
        return self.statement.conditions

    def listed(self, element: str) -> tuple[str, ...]:
        """The texts of an element; empty where the statement has none."""
        return texts(self.body[element]) if element in self.body else ()

    def covers(self, *actions: str) -> list[str]:
        """Which of *actions* the statement is about."""
        return [action for action in actions if self.statement.acts(action.lower())]

    def named_actions(self) -> list[Action]:
        """The known actions that the Action element means, service by service.

        A lone ``*`` means none of them here: whoever writes it names nothing.
        """
        return [
            action
            for pattern in self.listed("Action")
            if pattern != "*" and pattern.partition(":")[0].lower() in services()
            for action in named_by(pattern)
        ]

    def asks(self, *keys: str) -> bool:
        """Whether a condition reads one of *keys*, lower case; ``…/`` means all that begin so."""
        return any(
            condition.key == key or (key.endswith("/") and condition.key.startswith(key))
            for condition in self.conditions
            for key in keys
        )


Check = Callable[[Looked], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the linter.

    Args:
        code: ``LK`` and three digits; permanent.
        title: What is wrong, in a line.
        explanation: Why it matters, with AWS's page.
        example: A statement (or policy) that breaks it.
        check: Yields a message for each place where a statement breaks it.
    """

    code: str
    title: str
    explanation: str
    example: str
    check: Check
