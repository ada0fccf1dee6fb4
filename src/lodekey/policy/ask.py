"""What is asked of the policies, and what they answer: the words of the decision.

A question has two sides. The caller's side (`Caller`) holds every policy that hangs on who asks;
the resource's side (`Guard`) every policy that hangs on what is asked for. Neither knows a service.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from lodekey.policy.document import Document
from lodekey.policy.keys import Keys, Value

__all__ = [
    "UNGUARDED",
    "Ask",
    "Caller",
    "CallerKind",
    "Decision",
    "Grant",
    "Guard",
    "GuardStyle",
    "Keys",
    "PolicyType",
    "Switch",
    "Switches",
    "Value",
]

CallerKind = Literal["root", "user", "role", "federated", "service", "anonymous"]
GuardStyle = Literal["ordinary", "key", "trust"]
PolicyType = Literal[
    "",
    "identity",
    "resource",
    "boundary",
    "session",
    "scp",
    "rcp",
    "endpoint",
    "grant",
    "root",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and every policy that hangs on them (POLICY §1, §3).

    Args:
        kind: What sort of principal.
        arn: As denial texts name it; a role session's is its assumed-role ARN.
        account: The principal's account, 12 digits; empty for services and the anonymous.
        direct: Every name by which a resource policy means exactly this caller: own ARN and, for a
            user, the unique id (AIDA…). A service principal's is its name.
        entity: Every name of what stands behind a session: the role's ARN and unique id (AROA…),
            the user's ARN and id for that user's federated session.
        identity: The identity policies: inline, managed, and those of the groups.
        boundary: The permissions boundary; None where there is none.
        session: Session policies; None where none were passed (an empty tuple allows nothing).
        scps: Service control policies, one tuple a level from the root down; empty: none apply.
        federated: The identity provider of a web-identity call, as ``Principal.Federated`` names it
    """

    kind: CallerKind
    arn: str
    account: str
    direct: frozenset[str]
    entity: frozenset[str] = frozenset()
    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] | None = None
    scps: tuple[tuple[Document, ...], ...] = ()
    federated: str = ""

    @property
    def account_names(self) -> tuple[str, str]:
        """The names by which a resource policy means this caller's whole account."""
        return (self.account, f"arn:aws:iam::{self.account}:root")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An allow beside the resource policy: a KMS grant (POLICY §7).

    Args:
        name: Its id, for explanations.
        grantees: The names it was given to, as `Caller.direct` and `Caller.entity` spell them.
        actions: Full action names, lower case (``kms:decrypt``).
        holds: Whether its constraints hold for these context keys.
    """

    name: str
    grantees: frozenset[str]
    actions: frozenset[str]
    holds: Callable[[Keys], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Every policy that hangs on a resource.

    Args:
        policy: The resource policy, key policy or trust policy.
        style: How it combines with the caller's identity policies (POLICY §3): ``ordinary``;
            ``key``, where identity policies count only as far as the key policy trusts the account;
            ``trust``, the same for a role's trust policy.
        grants: KMS grants on the resource.
        rcps: Resource control policies of the resource's account, one tuple a level.
        endpoint: The policy of the VPC endpoint that the request came through.
        managed: Whether the policy is that of an AWS managed key, which nobody can edit.
        shareable: Whether the service has resource policies at all; where not, another account's
            principal is never allowed.
    """

    policy: Document | None = None
    style: GuardStyle = "ordinary"
    grants: tuple[Grant, ...] = ()
    rcps: tuple[tuple[Document, ...], ...] = ()
    endpoint: Document | None = None
    managed: bool = False
    shareable: bool = True


UNGUARDED = Guard()


class Ask(NamedTuple):
    """May *caller* do *action* to *resource*? `keys` is called only if a condition asks.

    `account` owns the resource. ``aws`` says that Amazon does (public parameters, AWS managed
    policies): then the caller's own side decides, as within one account.
    """

    caller: Caller
    action: str
    resource: str
    account: str
    keys: Callable[[], Keys]


class Decision(NamedTuple):
    """The answer, and what gave it.

    ``explicit`` tells a matching Deny from the lack of an Allow. For an implicit deny
    `policy_type` is the type that AWS's message blames (POLICY §10), and `policy`/`sid` are empty.
    """

    allowed: bool
    explicit: bool
    policy_type: PolicyType
    policy: str = ""
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A point that AWS's documentation leaves open ([U] in POLICY), and how it is taken here."""

    name: str
    on: bool
    meaning: str


@dataclass(slots=True)
class Switches:
    """The open points by name; see `lodekey.policy.switches`."""

    table: dict[str, Switch] = field(default_factory=dict)

    def on(self, name: str) -> bool:
        """Whether the switch is on."""
        return self.table[name].on
