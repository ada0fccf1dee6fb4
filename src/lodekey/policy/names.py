"""The Principal element: whom a statement of a resource policy means.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root|(\d{12})", re.ASCII)


Named = Literal[0, 1, 2, 3]
"""How closely a statement means a caller (POLICY §3); the closer, the less else it takes."""

NOT: Named = 0
ACCOUNT: Named = 1
ENTITY: Named = 2
DIRECT: Named = 3


class Asking(Protocol):
    """What this module needs to know of a caller; see `lodekey.policy.ask.Caller`."""

    @property
    def kind(self) -> str:
        """The sort of principal."""

    @property
    def account(self) -> str:
        """Its account."""

    @property
    def direct(self) -> frozenset[str]:
        """The names of exactly this caller."""

    @property
    def entity(self) -> frozenset[str]:
        """The names of what stands behind a session."""

    @property
    def federated(self) -> str:
        """The identity provider of a web-identity call."""

    @property
    def boundary(self) -> object | None:
        """The permissions boundary."""


@dataclass(frozen=True, slots=True)
class Names:
    """A compiled Principal or NotPrincipal element.

    Args:
        everyone: Whether it holds a lone ``*``.
        aws: ARNs and unique ids under ``AWS``.
        accounts: The accounts among them, as 12 digits.
        services: Names under ``Service``.
        providers: Identity providers under ``Federated``.
        excluded: Whether the element is NotPrincipal.
    """

    everyone: bool
    aws: frozenset[str]
    accounts: frozenset[str]
    services: frozenset[str]
    providers: frozenset[str]
    excluded: bool

    def means(self, caller: Asking) -> Named:
        """How closely the names listed mean *caller*, NotPrincipal or not."""
        if self.everyone:
            return DIRECT
        if caller.kind == "service":
            named = "*" in self.services or not self.services.isdisjoint(caller.direct)
            return DIRECT if named else NOT
        if not self.aws.isdisjoint(caller.direct):
            return DIRECT
        if caller.federated and not self.providers.isdisjoint((caller.federated, "*")):
            return DIRECT
        if not self.aws.isdisjoint(caller.entity):
            return ENTITY
        return ACCOUNT if caller.account in self.accounts else NOT

    def denies(self, caller: Asking) -> bool:
        """Whether a Deny with this element reaches *caller*.

        With NotPrincipal, listing only the account does not spare its users, and nothing spares a
        caller with a permissions boundary.
        """
        named = self.means(caller)
        if not self.excluded:
            return named > NOT
        if caller.boundary is not None:
            return True
        spared = named >= ENTITY or (caller.kind == "root" and named > NOT)
        return not spared

    def allows(self, caller: Asking) -> Named:
        """How closely an Allow with this element means *caller*."""
        named = self.means(caller)
        if not self.excluded:
            return named
        return DIRECT if named == NOT else NOT


def compile_names(element: object, *, excluded: bool) -> Names:
    """Compile the value of a Principal or NotPrincipal element."""
    if not isinstance(element, Mapping):
        element = {"AWS": element}
    listed = {kind: frozenset(_texts(names)) for kind, names in element.items()}
    aws = listed.get("AWS", frozenset())
    accounts = (_ROOT.fullmatch(name) for name in aws)
    return Names(
        everyone="*" in aws,
        aws=aws,
        accounts=frozenset(match[1] or match[2] for match in accounts if match),
        services=listed.get("Service", frozenset()),
        providers=listed.get("Federated", frozenset()),
        excluded=excluded,
    )


def _texts(value: object) -> list[str]:
    """One text or a list of texts, as a list."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
