"""An operation: what one API call does, and what it takes to be allowed.

The policy action, the resource and the handler are declared in one place, so a handler cannot
exist without a permission, and receives its resource only after the caller was allowed to touch it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from lodekey.errors import ApiError
from lodekey.policy.ask import UNGUARDED, Guard, Keys

if TYPE_CHECKING:
    from lodekey.gate.context import Context

In = TypeVar("In")
On = TypeVar("On")
Out = TypeVar("Out")


class Resource(Protocol):
    """What a policy can speak about."""

    @property
    def arn(self) -> str:
        """The name that policies match."""

    @property
    def account(self) -> str:
        """The account that owns it."""

    @property
    def guard(self) -> Guard:
        """The policies that hang on it."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags, for ``aws:ResourceTag/…``."""


class Bare(msgspec.Struct, frozen=True):
    """A resource of which nothing counts but its name: ``*``, a path, a thing to be created."""

    arn: str
    account: str
    guard: Guard = UNGUARDED
    tags: Mapping[str, str] = {}


class Deferred(msgspec.Struct, Generic[Out], frozen=True):
    """An answer that is finished after the commit, outside any transaction.

    Invoking a function is one: the function calls back while it runs. `finish` is awaited on the
    server's loop; it may begin transactions of its own through `Gate.background`.
    """

    finish: Callable[[], Awaitable[Out]]


class Intake(Protocol):
    """Where a long body goes while it comes. Called in a thread, one call at a time."""

    def write(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            ApiError: No more is taken.
            OSError: It cannot be kept.
        """

    def finish(self) -> None:
        """All has come: keep it durably.

        Raises:
            OSError: It cannot be kept.
        """

    def discard(self) -> None:
        """Forget it, unless a record that is committed names it; may be called again."""


class Work(Protocol):
    """Slow work between two transactions."""

    def run(self) -> None:
        """Do it, in a thread; end soon once it is discarded."""

    def discard(self) -> None:
        """Forget what it made, unless a record that is committed names it. On the loop."""


class Ahead(msgspec.Struct, frozen=True):
    """What an operation prepares that has to look at the store first.

    `plan` is called like the handler, once the caller is believed and allowed, in a transaction
    that only reads. Its work is then done in a thread, and the handler finds it in
    `Context.prepared`, in a transaction of its own, in which everything is looked at again. Calls
    from within are not prepared.
    """

    plan: Callable[[Context, Any, Any], Work | None]

    def __call__(self, request: Any) -> None:
        """Prepare nothing for a call from within."""


class Operation(msgspec.Struct, Generic[In, On, Out], frozen=True):
    """One API operation. See `operation` for the meaning of the fields."""

    action: str
    name: str
    run: Callable[[Context, In, On], Out | Deferred[Out]]
    on: Callable[[Context, In], On]
    keys: Callable[[Context, In, On], Keys] | None
    writes: bool
    reveals: bool
    also: tuple[str, ...]
    prepare: Callable[[In], Any] | None
    unsigned: bool
    open_to_all: bool
    ignores: tuple[str, ...]
    intake: Callable[[Context, In, On], Intake] | None = None

    @property
    def service(self) -> str:
        """The IAM prefix, ``kms``."""
        return self.action.partition(":")[0]


AnyOperation = Operation[Any, Any, Any]


def operation(
    action: str,
    *,
    on: Callable[[Context, In], On],
    name: str = "",
    keys: Callable[[Context, In, On], Keys] | None = None,
    writes: bool = False,
    reveals: bool = False,
    also: tuple[str, ...] = (),
    prepare: Callable[[In], Any] | None = None,
    unsigned: bool = False,
    open_to_all: bool = False,
    ignores: tuple[str, ...] = (),
    intake: Callable[[Context, In, On], Intake] | None = None,
) -> Callable[[Callable[[Context, In, On], Out | Deferred[Out]]], Operation[In, On, Out]]:
    """Make a handler an operation.

    Args:
        action: The IAM action that a caller needs, ``kms:Decrypt``.
        on: Finds the resource that the request names: a `Resource`, or a tuple of them, each of
            which must be allowed. The handler receives what it returns. Raises `Missing` where
            there is none.
        name: The API operation where it is not the action's name (``HeadObject``/``s3:GetObject``).
        keys: The service's own context keys for this request, lower-case names; asked for only
            where a policy has a condition. With several resources it is called with each.
        writes: Whether the operation changes anything. A read's transaction refuses to write.
        reveals: Whether the answer holds a secret value: what "who can read this?" looks at.
        also: Further actions that the handler asks for through `Context.require`.
        prepare: Slow work that needs neither the store nor the caller (making an RSA key), done in
            a thread after the signature is believed and before the transaction; the handler finds
            the result in `Context.prepared`. An `Ahead` may look at the store and the caller.
        unsigned: Whether a request without a signature is let in, as the anonymous principal.
        open_to_all: Whether no policy is asked (GetCallerIdentity, AssumeRoleWithWebIdentity's
            own trust check in the handler). Only what AWS documents so.
        ignores: Members of the request that are accepted and not honoured. Each is listed in
            docs/compatibility/ignored.md; a test compares.
        intake: Says where the body of a request goes that is too long for memory, once the caller
            is believed and allowed by what stands in the head; the handler then finds it in an
            `Incoming` and is asked all over again. None: bodies are held in memory.
    """

    def declare(
        run: Callable[[Context, In, On], Out | Deferred[Out]],
    ) -> Operation[In, On, Out]:
        return Operation(
            action=action,
            name=name or action.partition(":")[2],
            run=run,
            on=on,
            keys=keys,
            writes=writes,
            reveals=reveals,
            also=also,
            prepare=prepare,
            unsigned=unsigned,
            open_to_all=open_to_all,
            ignores=ignores,
            intake=intake,
        )

    return declare


class Job(msgspec.Struct, frozen=True):
    """Work done by the clock: deletions that fall due, rotations, retention.

    `run` gets a `Background` and is called about every `every` seconds on the first worker; on each
    worker where it is `everywhere`, since what it works on is in memory.
    """

    name: str
    every: float
    run: Callable[[Any], Awaitable[None]]
    everywhere: bool = False


class Service(msgspec.Struct, frozen=True):
    """A service room: its name in the models, what it implements, and how it words a refusal.

    Args:
        name: botocore's service name (``secretsmanager``).
        operations: All that it offers.
        jobs: What it does by the clock.
        refuse: Words a denial its own way (KMS does); None: AWS's common text with the error that
            the protocol uses.
        begin: Awaited once on a server that runs: what had better be known before it is needed.
    """

    name: str
    operations: tuple[AnyOperation, ...]
    jobs: tuple[Job, ...] = ()
    refuse: Callable[[Any, Any, Any], ApiError] | None = None
    begin: Callable[[Any], Coroutine[Any, Any, None]] | None = None


def operations_in(*modules: Any) -> tuple[AnyOperation, ...]:
    """Every operation that the verb modules of a room define, in order of definition."""
    found: dict[int, AnyOperation] = {}
    for module in modules:
        for value in vars(module).values():
            if type(value) is Operation:  # isinstance would load a module that is to load lazily
                found[id(value)] = value
    return tuple(found.values())
