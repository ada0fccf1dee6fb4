"""Where one stack's work happens: reading where it stands, and writing down each step.

Every step is one transaction: what happened, the resource's new state, and the event that tells of
it. So whoever reads the stack after a crash knows what was begun, and what was finished.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from lodekey.errors import ApiError
from lodekey.gate.background import Background
from lodekey.services.cloudformation import references
from lodekey.services.cloudformation.deeds import Deed, Refused, forget_journal
from lodekey.services.cloudformation.resources import type_named
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType
from lodekey.services.cloudformation.stacks import (
    RESOURCES,
    STACKS,
    Actor,
    Stack,
    StackResource,
    Thing,
    move,
    note,
    resources_of,
)
from lodekey.store.port import Transaction
from lodekey.system_tags import SystemTags

_NO_PARAMETER = frozenset({"ParameterNotFound", "ParameterVersionNotFound"})
REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class Site:
    """One stack, and the means to work on it."""

    def __init__(self, background: Background, place: tuple[str, ...]) -> None:
        self.background = background
        self.place = place

    # -- reading and writing down

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self.background.now()

    def stack(self) -> Stack:
        """The stack as it stands."""
        with self.background.transaction(write=False) as tx:
            return self._stack(tx)

    def _stack(self, tx: Transaction) -> Stack:
        found = STACKS.get(tx, *self.place)
        if found is None:
            raise LookupError(self.place)
        return found

    def resources(self) -> dict[str, StackResource]:
        """Its resources."""
        with self.background.transaction(write=False) as tx:
            return resources_of(tx, self._stack(tx))

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that writes."""
        with self.background.transaction(write=True) as tx:
            yield tx

    def move(self, status: str, reason: str = "", **changes: Any) -> Stack:
        """Give the stack another status."""
        with self.writing() as tx:
            return move(tx, self._stack(tx), status, self.now, reason, **changes)

    def mark(
        self, resource: StackResource, status: str, reason: str = "", **changes: Any
    ) -> StackResource:
        """Give a resource another status, with its event."""
        with self.writing() as tx:
            return self.mark_in(tx, resource, status, reason, **changes)

    def mark_in(
        self,
        tx: Transaction,
        resource: StackResource,
        status: str,
        reason: str = "",
        **changes: Any,
    ) -> StackResource:
        """The same in a transaction that is open."""
        stack = self._stack(tx)
        hidden = _hidden(stack, resources_of(tx, stack))
        reason, shown = hidden.masked(reason), ""
        resource = msgspec.structs.replace(
            resource, status=status, reason=reason, changed=self.now, **changes
        )
        RESOURCES.put(tx, *self.place, resource.logical, record=resource)
        if status.startswith(("CREATE", "UPDATE")):
            shown = hidden.masked(resource.thing.properties)
        note(
            tx,
            stack,
            self.now,
            logical=resource.logical,
            physical=resource.thing.physical,
            type=resource.thing.type,
            status=status,
            reason=reason,
            properties=shown,
        )
        return resource

    def forget(self, tx: Transaction, logical: str) -> None:
        """Let a resource leave the stack."""
        RESOURCES.delete(tx, *self.place, logical)

    # -- making, changing, taking away

    async def create(self, resource: StackResource, actor: Actor) -> Made:
        """Make what *resource* asks for.

        Raises:
            Refused: It cannot be made.
        """
        stack = self.stack()
        logical, status = resource.logical, resource.status

        def identified(tx: Transaction, physical: str) -> None:
            known = RESOURCES.get(tx, *self.place, logical)
            if known is not None and known.thing.physical != physical:
                thing = msgspec.structs.replace(known.thing, physical=physical)
                word = "creation" if status.startswith("CREATE") else "update"
                self.mark_in(tx, known, status, f"Resource {word} Initiated", thing=thing)

        deed, kind = await self._deed(
            stack, resource, actor, thing=resource.thing, identified=identified
        )
        made: Made = await _tried(lambda: kind.create(deed))
        return made

    async def update(
        self, resource: StackResource, old: Thing, actor: Actor
    ) -> Made | dict[str, Any] | None:
        """Change in place what is there from *old* to what *resource* asks for.

        Raises:
            Refused: It cannot be changed.
        """
        deed, kind = await self._deed(self.stack(), resource, actor, thing=resource.thing, old=old)
        if kind.update is None:
            raise Refused(f"{kind.name} cannot be changed in place")
        change = kind.update
        told: Made | dict[str, Any] | None = await _tried(lambda: change(deed))
        return told

    async def delete(
        self, resource: StackResource, thing: Thing, actor: Actor, journal: str = ""
    ) -> None:
        """Take *thing* away.

        Raises:
            Refused: It cannot be taken away.
        """
        kind = type_named(thing.type)
        if kind is None:
            return
        deed = Deed(
            self.background,
            self.stack(),
            resource.logical,
            actor=actor,
            thing=thing,
            properties=json.loads(thing.properties),
            seed=resource.seed,
            began=self.now,
            journal=journal or f"{resource.logical}-delete",
        )
        await _tried(lambda: kind.delete(deed))

    def done(self, tx: Transaction, logical: str) -> None:
        """Forget the journals of a resource whose deed is done."""
        stack = self._stack(tx)
        forget_journal(tx, stack, logical)
        forget_journal(tx, stack, f"{logical}-delete")

    async def _deed(
        self,
        stack: Stack,
        resource: StackResource,
        actor: Actor,
        *,
        thing: Thing,
        old: Thing | None = None,
        identified: Callable[[Transaction, str], None] | None = None,
    ) -> tuple[Deed, ResourceType]:
        """What a type's function is given; dynamic references are looked up here."""
        kind = type_named(thing.type)
        if kind is None:
            raise Refused(
                f"Unrecognized resource types: [{thing.type}]: this server has no such type"
            )
        wanted = json.loads(thing.properties)
        complaint = kind.complaint(wanted)
        if complaint:
            raise Refused(
                f"Properties validation failed for resource {resource.logical} with message:\n"
                f"{complaint}"
            )
        secrets = _hidden(stack, self.resources())

        async def looked_up(service: str, operation: str, request: dict[str, Any]) -> Any:
            try:
                return await deed.call(service, operation, request)
            except Refused as refused:
                if refused.code not in _NO_PARAMETER:
                    raise
                kind = "ssm-secure" if request["WithDecryption"] else "ssm"
                raise Refused(
                    f"Parameters: [{kind}:{request['Name']}] cannot be found.", refused.code
                ) from None

        deed = Deed(
            self.background,
            stack,
            resource.logical,
            actor=actor,
            thing=thing,
            properties=wanted,
            was=old,
            seed=resource.seed,
            began=resource.began,
            secrets=secrets,
            identified=identified,
            system_tags=_system_tags(stack, resource.logical, kind),
        )
        try:
            deed.properties = await references.resolved(wanted, thing.type, looked_up, secrets)
        except ApiError as error:
            raise Refused(secrets.masked(error.message), error.code) from None
        if old is not None:
            # what was asked for before is compared as it was written: a reference that still says
            # the same is no change, as on AWS
            deed.old = {
                name: deed.properties[name] if wanted.get(name) == each else each
                for name, each in deed.old.items()
                if name in deed.properties or wanted.get(name) != each
            }
        return deed, kind


def _system_tags(stack: Stack, logical: str, kind: ResourceType) -> SystemTags:
    """What tells of whose a thing is, where its type takes tags.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """
    if "Tags" not in (kind.properties or ()):
        return ()
    return (
        ("aws:cloudformation:stack-name", stack.name),
        ("aws:cloudformation:stack-id", stack.arn),
        ("aws:cloudformation:logical-id", logical),
    )


def _hidden(stack: Stack, resources: dict[str, StackResource]) -> references.SecretText:
    """What no event may show: NoEcho parameters, and secret access keys that were made."""
    secrets = references.SecretText()
    plan = (stack.work.target if stack.work else None) or stack.plan
    for given in plan.parameters.values():
        if given.hidden:
            secrets.add(given.value)
    for resource in resources.values():
        secret = resource.thing.attributes.get("SecretAccessKey")
        if secret:
            secrets.add(secret)
    return secrets


async def _tried(work: Callable[[], Any]) -> Any:
    """Run a type's function; whatever goes wrong is a refusal with a reason."""
    try:
        return await work()
    except KeyError as error:
        raise Refused(
            f"Properties validation failed: required key [{error.args[0]}] not found"
        ) from None
    except (AttributeError, IndexError, TypeError, ValueError):
        raise Refused(
            "Properties validation failed: a value is not of the type it must have"
        ) from None
    except ApiError as error:
        raise Refused(error.message, error.code) from None
