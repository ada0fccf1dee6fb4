"""What a resource type is: how a thing of it is made, changed and taken away.

A type says which properties it has and which of them cannot change in place; its three functions
call the service's operations through a `Deed`, and so in the stack's actor's name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lodekey.services.cloudformation.deeds import Deed


class Made(NamedTuple):
    """A thing that is there now.

    Args:
        physical: What ``Ref`` says.
        attributes: What ``Fn::GetAtt`` finds.
        note: What the event should say beside; empty: nothing.
    """

    physical: str
    attributes: dict[str, Any]
    note: str = ""


Create = Callable[[Deed], Awaitable[Made]]
Update = Callable[[Deed], Awaitable[Made | dict[str, Any] | None]]
Delete = Callable[[Deed], Awaitable[None]]
Live = Callable[[Deed], Awaitable[dict[str, Any]]]


async def nothing(deed: Deed) -> None:
    """Of some things there is nothing to take away."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type.

    Args:
        name: ``AWS::KMS::Key``.
        create: Makes one.
        delete: Takes one away; one that is gone already is no failure.
        update: Changes one in place, and returns its attributes if they changed (a `Made`, if even
            its physical id did); None: every change makes a new one.
        properties: Every property it has; None: any (custom resources).
        not_offered: Those that it has on AWS and not here.
        required: Those that must be given.
        replaced_by: Those whose change makes a new one ("Update requires: Replacement").
        attributes: What ``Fn::GetAtt`` knows; None: any.
        live: Reads the properties as they are now, for drift; None: drift is not told.
    """

    name: str
    create: Create
    delete: Delete
    update: Update | None = None
    properties: frozenset[str] | None = None
    not_offered: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    replaced_by: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = field(default_factory=frozenset)
    live: Live | None = None

    def complaint(self, properties: dict[str, Any]) -> str:
        """What is wrong with a set of properties before anything is called; empty: nothing."""
        said = []
        if self.properties is not None:
            said += [
                f"#: {name} is not offered by this server"
                if name in self.not_offered
                else f"#: extraneous key [{name}] is not permitted"
                for name in properties
                if name not in self.properties
            ]
        said += [
            f"#: required key [{name}] not found"
            for name in sorted(self.required)
            if name not in properties
        ]
        return "\n".join(said)

    def must_replace(self, changed: set[str]) -> bool:
        """Whether a change of these properties makes a new thing."""
        return self.update is None or bool(changed & self.replaced_by)


def words(text: str) -> frozenset[str]:
    """The words of *text*."""
    return frozenset(text.split())
