"""What is done to one resource: the calls of its type's functions, written down as they happen.

A deed is replayed, never repeated. Every call that changes something leaves its answer in the
journal, in the transaction of the change itself. When a server dies in the middle, the type's
function runs again from its beginning, and reads from the journal the answers to the calls that
were made: a key is not created twice, and none is left without an owner. What is drawn by lot
(names) is drawn from the resource's seed, so it falls out the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import msgspec

from lodekey.errors import ApiError
from lodekey.gate.background import Background
from lodekey.gate.context import Came
from lodekey.identity.restrictions import may_call
from lodekey.services.cloudformation.actors import SERVICE, NobodyActs, principal_of
from lodekey.services.cloudformation.fitting import fitted
from lodekey.services.cloudformation.references import SecretText
from lodekey.services.cloudformation.stacks import Actor, Stack, Thing
from lodekey.store.port import Collection, Transaction
from lodekey.system_tags import SystemTags
from lodekey.wire.models import model

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ONE_REGION = frozenset({"iam"})


class Line(msgspec.Struct, frozen=True):
    """A call that was made, and its answer."""

    call: str
    answer: bytes


JOURNAL = Collection("cloudformation/journal", Line)


class Refused(Exception):
    """A call was refused, or a resource cannot be as it is asked for.

    Args:
        reason: As the event shows it.
        code: The error's name; empty: no call was made.
    """

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Deed:
    """One action on one resource.

    Args:
        background: Where calls are made.
        stack: The stack as it was when the deed began.
        logical: The logical id; the journal's name for it may differ (`journal`).
        actor: In whose name.
        thing: What there is: its physical id, its present properties and attributes.
        properties: What is asked for, every reference resolved.
        was: What there was before; None on creation.
        seed: What names are drawn from.
        began: When the deed began, the first time.
        secrets: Texts that no event may show.
        identified: Called in a call's transaction once the physical id is known.
        system_tags: What CloudFormation puts on what is made.
    """

    def __init__(
        self,
        background: Background,
        stack: Stack,
        logical: str,
        *,
        actor: Actor,
        thing: Thing,
        properties: dict[str, Any],
        was: Thing | None = None,
        seed: str = "",
        began: float = 0.0,
        journal: str = "",
        secrets: SecretText | None = None,
        identified: Callable[[Transaction, str], None] | None = None,
        system_tags: SystemTags = (),
    ) -> None:
        self.background = background
        self.stack = stack
        self.logical = logical
        self.actor = actor
        self.thing = thing
        self.properties = properties
        self.was = was
        self.old: dict[str, Any] = json.loads(was.properties) if was is not None else {}
        self.seed = seed
        self.began = began
        self.secrets = secrets or SecretText()
        self._place = (*stack.place, journal or logical)
        self._identified = identified
        self._system_tags = system_tags
        self._next = 0

    # -- what is asked for

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A property, or *default*."""
        return self.properties.get(name, default)

    def some(self, *names: str) -> dict[str, Any]:
        """Those of the properties that are given."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def changed(self, *names: str) -> bool:
        """Whether one of these properties is another than before."""
        return any(self.properties.get(name) != self.old.get(name) for name in names)

    @property
    def physical(self) -> str:
        """The physical id."""
        return self.thing.physical

    @property
    def account(self) -> str:
        """The stack's account."""
        return self.stack.account

    @property
    def region(self) -> str:
        """The stack's Region."""
        return self.stack.region

    def lot(self, length: int, *, more: str = "") -> str:
        """Letters and digits drawn from the seed: the same each time."""
        digest = hashlib.sha512(f"{self.seed}/{self.logical}/{more}".encode()).digest()
        return "".join(_LETTERS[each % len(_LETTERS)] for each in digest[:length])

    def token(self, more: str = "") -> str:
        """A token of idempotence: the same when the deed runs again, another for the next one.

        A token that comes back later with the same value would be taken for a repetition, and the
        value would not become the current one.
        """
        work = self.stack.work
        parts = (work.id if work else "", self._place[-1], self.thing.properties, more)
        return self.lot(32, more="/".join(parts))

    def name(self, longest: int, *, lower: bool = False) -> str:
        """A generated physical name: ``STACK-LOGICAL-RANDOM``, cut to fit."""
        lot = self.lot(12)
        head = f"{self.stack.name}-{self.logical}"
        room = longest - len(lot) - 1
        if len(head) > room:
            half = (room - 1) // 2
            head = f"{self.stack.name[:half]}-{self.logical[: room - 1 - half]}"
        name = f"{head}-{lot}"
        return name.lower() if lower else name

    def tags(self, own: Any = None) -> dict[str, str]:
        """The resource's tags: the stack's, then its own."""
        return {**self.thing.tags, **_tags_in(own)}

    def tag_list(self, own: Any = None) -> list[dict[str, str]]:
        """The same as a list of Key and Value."""
        return [{"Key": name, "Value": value} for name, value in self.tags(own).items()]

    def former_tags(self, own: Any) -> dict[str, str]:
        """The tags that it had before this deed."""
        return {**(self.was.tags if self.was else {}), **_tags_in(own)}

    # -- calls

    async def call(
        self,
        service: str,
        operation: str,
        request: dict[str, Any],
        *,
        names: Callable[[Any], str] | None = None,
        region: str = "",
    ) -> Any:
        """Call an operation in the actor's name.

        Args:
            service: botocore's name of it.
            operation: The operation's.
            request: Its members, as the template spells values.
            names: Reads the physical id from the answer: from that moment the thing is known to be
                there, whatever happens next.
            region: Another Region than the stack's.

        Raises:
            Refused: With a reason as CloudFormation words one.
        """
        try:
            op = self.background.operation(service, operation)
        except KeyError:
            raise Refused(f"{service}:{operation} is not offered by this server") from None
        name = f"{service}:{operation}"
        number = self._next
        if op.writes:
            self._next += 1
            line = self._told(number, name)
            if line is not None:
                return msgspec.msgpack.decode(line.answer)

        def keep(tx: Transaction, answer: Any) -> None:
            line = Line(name, msgspec.msgpack.encode(answer))
            JOURNAL.put(tx, *self._place, f"{number:04d}", record=line)
            if names is not None and self._identified is not None:
                self._identified(tx, names(answer))

        principal = self._principal()
        if not may_call(principal, service, operation):
            raise Refused("The security token included in the request is invalid", "InvalidToken")
        try:
            return await self.background.run_as(
                principal,
                op,
                fitted(service, operation, request),
                region="us-east-1" if service in _ONE_REGION else region or self.region,
                via="" if self.actor.role else "cloudformation",
                came=Came(source_ip=SERVICE, user_agent=SERVICE),
                then=keep if op.writes else None,
                system_tags=self._system_tags,
            )
        except ApiError as error:
            raise self.refused(service, error) from None

    async def quietly(self, service: str, operation: str, request: dict[str, Any]) -> Any:
        """The same, where it does not matter that the thing is gone: None then.

        Raises:
            Refused: For any other reason.
        """
        try:
            return await self.call(service, operation, request)
        except Refused as refused:
            if means_gone(refused.code):
                return None
            raise

    async def once(self, service: str, operation: str, request: dict[str, Any]) -> None:
        """Call what answers only later (a function): written down when it was accepted.

        If the server dies between, it is called again: with the same request, by which the called
        one can tell.

        Raises:
            Refused: It was not accepted.
        """
        number, name = self._next, f"{service}:{operation}"
        self._next += 1
        if self._told(number, name) is not None:
            return
        try:
            await self.background.run_as(
                self._principal(),
                self.background.operation(service, operation),
                fitted(service, operation, request),
                region=self.region,
                via="" if self.actor.role else "cloudformation",
                came=Came(source_ip=SERVICE, user_agent=SERVICE),
            )
        except ApiError as error:
            raise self.refused(service, error) from None
        with self.background.transaction(write=True) as tx:
            line = Line(name, msgspec.msgpack.encode(True))  # noqa: FBT003
            JOURNAL.put(tx, *self._place, f"{number:04d}", record=line)

    def known(self, tx: Transaction, physical: str) -> None:
        """Say that the thing is there now."""
        if self._identified is not None:
            self._identified(tx, physical)

    def _principal(self) -> Any:
        with self.background.transaction(write=False) as tx:
            try:
                return principal_of(
                    tx,
                    self.actor,
                    self.stack.arn,
                    self.background.now(),
                    dev=self.background.settings.dev,
                )
            except NobodyActs as nobody:
                raise Refused(str(nobody), "ExpiredToken") from None

    def _told(self, number: int, name: str) -> Line | None:
        """What the journal tells of a call; None: it was not made yet."""
        with self.background.transaction(write=False) as tx:
            line = JOURNAL.get(tx, *self._place, f"{number:04d}")
        if line is not None and line.call != name:
            raise AssertionError(f"the journal of {self.logical} tells of {line.call}, not {name}")
        return line

    def refused(self, service: str, error: ApiError) -> Refused:
        """A refusal, worded as a resource handler's."""
        described = model(service)
        shape = described.error(error.code)
        status = shape.error.http_status_code if shape is not None and shape.error else 0
        title = described.metadata.service_id or service.capitalize()
        said = self.secrets.masked(error.message)
        token = self.lot(8).lower() + f"-{self._next:04d}"
        return Refused(
            f'Resource handler returned message: "{said} (Service: {title}, Status Code: '
            f'{status or error.status}, Request ID: {token})" (RequestToken: {token}, '
            f"HandlerErrorCode: {handler_code(error.code)})",
            error.code,
        )


def forget_journal(tx: Transaction, stack: Stack, journal: str) -> None:
    """Forget a deed that is done."""
    place = (*stack.place, journal)
    for parts, _ in list(JOURNAL.scan(tx, *place)):
        JOURNAL.delete(tx, *place, *parts)


def means_gone(code: str) -> bool:
    """Whether an error says that the thing is not there."""
    return "NotFound" in code or "NoSuch" in code or code == "404"


def handler_code(code: str) -> str:
    """The HandlerErrorCode that CloudFormation makes of an error.

    Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
    """
    for word, handler in (
        ("AccessDenied", "AccessDenied"),
        ("NotAuthorized", "AccessDenied"),
        ("AlreadyExists", "AlreadyExists"),
        ("ResourceExists", "AlreadyExists"),
        ("ResourceConflict", "AlreadyExists"),
        ("BucketAlready", "AlreadyExists"),
        ("NotFound", "NotFound"),
        ("NoSuch", "NotFound"),
        ("Limit", "ServiceLimitExceeded"),
        ("Throttl", "Throttling"),
        ("Expired", "InvalidCredentials"),
        ("Internal", "InternalFailure"),
    ):
        if word in code:
            return handler
    return "InvalidRequest"


def _tags_in(own: Any) -> dict[str, str]:
    """Tags as a template writes them, a mapping or a list of Key and Value."""
    if isinstance(own, dict):
        return {name: str(value) for name, value in own.items()}
    return {each["Key"]: str(each["Value"]) for each in own or ()}


def document(value: Any) -> str:
    """A policy document as an operation takes it: a text."""
    return value if isinstance(value, str) else json.dumps(value)
