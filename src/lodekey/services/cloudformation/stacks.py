"""Stacks as they are kept: the stack, its resources, its events, its change sets, its exports.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

from lodekey.identity.credentials import SessionClaims
from lodekey.policy.ask import UNGUARDED, Guard
from lodekey.services.cloudformation.parameters import Given
from lodekey.store.port import Collection, Transaction

_ARN = re.compile(r"^arn:aws:cloudformation:([^:]*):(\d*):stack/([^/]+)/(.+)$")
STACK_NAME = re.compile(r"^[A-Za-z][-A-Za-z0-9]{0,127}$")
REVIEW = "REVIEW_IN_PROGRESS"
GONE = "DELETE_COMPLETE"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name a stack's work is done; never a secret.

    Args:
        account: The account.
        user: The user's name; empty: the root, or a session.
        user_id: The user's unique id: a user made anew under the name is another.
        access_key: The key that signed.
        claims: Of temporary credentials.
        role: The stack's role; then CloudFormation takes that, and nothing else counts.
    """

    account: str
    user: str = ""
    user_id: str = ""
    access_key: str = ""
    claims: SessionClaims | None = None
    role: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a stack is, or is to become: the answer to "what was deployed?".

    Args:
        original: The template's text as it came.
        body: The template after its transforms, as JSON.
        parameters: The parameters' values.
        tags: The stack's tags.
        capabilities: What the caller acknowledged.
        notifications: Topics, kept and shown.
        description: The template's description.
    """

    original: str
    body: str
    parameters: dict[str, Given] = {}
    tags: dict[str, str] = {}
    capabilities: list[str] = []
    notifications: list[str] = []
    description: str = ""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """An output's value."""

    value: str
    description: str = ""
    export: str = ""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is being done to a stack; kept until it is done, so that it survives a crash.

    Args:
        id: Tells operations apart.
        kind: ``create``, ``update``, ``delete``.
        actor: In whose name.
        began: When.
        token: ClientRequestToken.
        target: What an update brings; None: nothing (a deletion).
        on_failure: ``ROLLBACK``, ``DELETE``, ``DO_NOTHING``.
        timeout: When a creation has taken too long; None: never.
        retain: Logical ids that a deletion leaves alone.
        failure: Why it is rolled back.
        cancelled: CancelUpdateStack was called.
        skip: Logical ids that a continued rollback leaves alone.
        retain_except_on_create: New resources go in a rollback, whatever their policy.
        force: A deletion goes on past failures (FORCE_DELETE_STACK).
    """

    id: str
    kind: str
    actor: Actor
    began: float
    token: str = ""
    target: Plan | None = None
    on_failure: str = "ROLLBACK"
    timeout: float | None = None
    retain: list[str] = []
    failure: str = ""
    cancelled: bool = False
    skip: list[str] = []
    retain_except_on_create: bool = False
    force: bool = False


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A stack. It wears `Resource`: policies speak of its ARN and its tags."""

    account: str
    region: str
    name: str
    id: str
    created: float
    status: str
    plan: Plan
    reason: str = ""
    updated: float | None = None
    deleted: float | None = None
    outputs: dict[str, Output] = {}
    imports: list[str] = []
    role: str = ""
    on_failure: str = "ROLLBACK"
    disable_rollback: bool = False
    timeout_minutes: int | None = None
    protected: bool = False
    parent: str = ""
    root: str = ""
    change_set: str = ""
    work: Work | None = None
    events: int = 0
    drift: str = "NOT_CHECKED"
    drift_checked: float | None = None
    rollback_configuration: dict[str, Any] = {}

    @property
    def arn(self) -> str:
        """The stack's id, as the API calls it."""
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/{self.id}"

    @property
    def guard(self) -> Guard:
        """Stacks have no policies that others could be let in by."""
        return UNGUARDED

    @property
    def tags(self) -> dict[str, str]:
        """The stack's tags."""
        return self.plan.tags

    @property
    def place(self) -> tuple[str, str, str]:
        """The leading parts of the names of all that belongs to it."""
        return (self.account, self.region, self.id)

    @property
    def is_busy(self) -> bool:
        """Whether something is being done to it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != REVIEW


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What a logical resource is in the world.

    Args:
        type: The resource type.
        physical: The physical id; empty: there is nothing yet.
        properties: As asked for, with dynamic references unresolved, as JSON.
        attributes: What ``Fn::GetAtt`` finds.
        deletion_policy: What happens when it leaves the stack.
        needs: What it depends on: it is deleted before them.
        metadata: As JSON; empty: none.
        creation_policy: As JSON; empty: none.
        tags: The stack's tags, which go on to the resource.
    """

    type: str
    physical: str = ""
    properties: str = "{}"
    attributes: dict[str, Any] = {}
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    needs: list[str] = []
    metadata: str = ""
    creation_policy: str = ""
    tags: dict[str, str] = {}


class StackResource(msgspec.Struct, frozen=True, kw_only=True):
    """A logical resource of a stack.

    Args:
        logical: Its logical id.
        thing: What it is now.
        status: ``CREATE_COMPLETE`` and its like.
        changed: When the status last changed.
        reason: The status reason.
        work: The operation that last touched it.
        done: The phase of that operation that it has finished (``do``, ``undo``, ``clean``).
        before: What it was before the operation that touched it; None: there was nothing.
        leftover: Things replaced or dropped, still to be deleted.
        drift: IN_SYNC, MODIFIED, DELETED, NOT_CHECKED.
        seed: What generated names and passwords are drawn from.
        began: When the deed under way began.
    """

    logical: str
    thing: Thing
    status: str
    changed: float
    reason: str = ""
    work: str = ""
    done: str = ""
    before: Thing | None = None
    leftover: list[Thing] = []
    drift: str = "NOT_CHECKED"
    drift_checked: float | None = None
    seed: str = ""
    began: float = 0.0


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a stack or a resource of it."""

    id: str
    logical: str
    physical: str
    type: str
    at: float
    status: str
    reason: str = ""
    properties: str = ""
    token: str = ""


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """A change set; `Stack` holds what it belongs to."""

    id: str
    name: str
    stack: str
    stack_name: str
    created: float
    kind: str
    status: str
    execution: str
    plan: Plan
    reason: str = ""
    description: str = ""
    changes: list[dict[str, Any]] = []
    role: str = ""
    actor: Actor | None = None
    on_failure: str = ""
    nested: bool = False
    rollback_configuration: dict[str, Any] = {}


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An exported output."""

    stack: str
    value: str


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that a wait condition or a creation policy waits for."""

    status: str
    reason: str = ""
    data: str = ""


class Named(msgspec.Struct, frozen=True):
    """The stack that has a name now."""

    id: str


STACKS = Collection("cloudformation/stack", Stack)
NAMES = Collection("cloudformation/name", Named)
RESOURCES = Collection("cloudformation/resource", StackResource)
EVENTS = Collection("cloudformation/event", Event)
CHANGE_SETS = Collection("cloudformation/change-set", ChangeSet)
EXPORTS = Collection("cloudformation/export", Export)
SIGNALS = Collection("cloudformation/signal", Signal)
BUSY = Collection("cloudformation/busy", Named)
"""Stacks with work to do, so that a start need not read them all: (account, region, id)."""


def find(tx: Transaction, account: str, region: str, named: str) -> Stack | None:
    """The stack called *named*, or with that ARN; a deleted one only by ARN."""
    parts = _ARN.match(named)
    if parts is not None:
        if (parts[1], parts[2]) != (region, account):
            return None
        found = STACKS.get(tx, account, region, parts[4])
        return found if found is not None and found.name == parts[3] else None
    entry = NAMES.get(tx, account, region, named)
    return None if entry is None else STACKS.get(tx, account, region, entry.id)


def save(tx: Transaction, stack: Stack) -> Stack:
    """Keep a stack, its name while it is there, and whether there is work to do."""
    STACKS.put(tx, *stack.place, record=stack)
    if stack.status == GONE:
        entry = NAMES.get(tx, stack.account, stack.region, stack.name)
        if entry is not None and entry.id == stack.id:
            NAMES.delete(tx, stack.account, stack.region, stack.name)
    else:
        NAMES.put(tx, stack.account, stack.region, stack.name, record=Named(stack.id))
    if stack.work is not None:
        BUSY.put(tx, *stack.place, record=Named(stack.id))
    else:
        BUSY.delete(tx, *stack.place)
    return stack


def resources_of(tx: Transaction, stack: Stack) -> dict[str, StackResource]:
    """The stack's resources by logical id."""
    return {parts[0]: each for parts, each in RESOURCES.scan(tx, *stack.place)}


def note(
    tx: Transaction,
    stack: Stack,
    now: float,
    *,
    logical: str = "",
    physical: str = "",
    type: str = "AWS::CloudFormation::Stack",
    status: str,
    reason: str = "",
    properties: str = "",
) -> Stack:
    """Add an event, in the order of happening; returns the stack with its counter moved."""
    event_id = str(uuid.uuid4())
    if logical:
        event_id = f"{logical}-{status}-{now_text(now)}"
        event_id += f"-{stack.events:04d}"
    event = Event(
        id=event_id,
        logical=logical or stack.name,
        physical=physical if logical else stack.arn,
        type=type,
        at=now,
        status=status,
        reason=reason,
        properties=properties,
        token=stack.work.token if stack.work else "",
    )
    EVENTS.put(tx, *stack.place, f"{stack.events:08d}", record=event)
    return save(tx, msgspec.structs.replace(stack, events=stack.events + 1))


def now_text(now: float) -> str:
    """A time as event ids write it."""
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def move(
    tx: Transaction, stack: Stack, status: str, now: float, reason: str = "", **changes: Any
) -> Stack:
    """Give the stack another status, with an event of its own."""
    stack = msgspec.structs.replace(stack, status=status, reason=reason, **changes)
    return note(tx, stack, now, status=status, reason=reason)


def all_stacks(tx: Transaction, account: str, region: str) -> Iterator[Stack]:
    """Every stack of a Region, deleted ones too."""
    for _, stack in STACKS.scan(tx, account, region):
        yield stack
