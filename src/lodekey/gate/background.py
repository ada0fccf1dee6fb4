"""The house from the inside: transactions and calls that no request began.

Jobs, rotations, stacks and deferred answers work through here. A call made here passes the same
checks as one from the wire; only the signature is missing, since nobody signed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from lodekey.audit.event import AuditEvent
from lodekey.gate.batch import run_calls
from lodekey.gate.call import Call
from lodekey.gate.context import Came
from lodekey.gate.operation import AnyOperation
from lodekey.identity.principals import Principal
from lodekey.ids import new_id
from lodekey.store.port import Transaction
from lodekey.system_tags import SystemTags

if TYPE_CHECKING:
    from lodekey.gate.gate import Gate

V = TypeVar("V")


class Background:
    """What work outside a request may use."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._tasks: set[asyncio.Task[Any]] = set()
        self._endings: list[Callable[[], Awaitable[None]]] = []
        self.has_turn: Callable[[], bool] = lambda: True
        """Whether it is this node's turn, where several share a database."""

    @property
    def settings(self) -> Any:
        """The server's settings."""
        return self.gate.settings

    @property
    def first(self) -> bool:
        """Whether this worker carries long work now: rotations, events, stacks.

        What is to be done stands in the store, so that the first finds it whoever wrote it down.
        """
        return not self.gate.settings.worker and self.has_turn()

    def now(self) -> float:
        """Seconds since the epoch, by the server's clock."""
        return self.gate.settings.clock()

    def operation(self, service: str, name: str) -> AnyOperation:
        """An operation by name; see `Gate.operation`."""
        return self.gate.operation(service, name)

    def transaction(self, *, write: bool) -> AbstractContextManager[Transaction]:
        """A transaction of its own, for records that no policy guards (a job's bookkeeping)."""
        return self.gate.store.transaction(write=write)

    @contextmanager
    def recorded(self) -> Iterator[tuple[Transaction, list[AuditEvent]]]:
        """A writing transaction, and the events that are to be part of its commit.

        Raises:
            ServiceUnavailable: The trail cannot be written; nothing is committed.
        """
        trail = self.gate.trail
        events: list[AuditEvent] = []
        with self.transaction(write=True) as tx:
            yield tx, events
            trail.stage(tx, events)
        trail.settle(events)

    async def run_as(
        self,
        principal: Principal,
        op: AnyOperation,
        request: Any,
        *,
        region: str,
        via: str = "",
        came: Came | None = None,
        keys: dict[str, Any] | None = None,
        then: Callable[[Transaction, Any], None] | None = None,
        system_tags: SystemTags = (),
    ) -> Any:
        """Run *op* as *principal*: authorised, audited, in a transaction of its own.

        *then* is called with that transaction and the answer, before the commit: what it writes is
        kept if and only if the operation's effect is. For operations that write, and answer at
        once. *system_tags* are put on what the operation makes.

        Raises:
            ApiError: What the operation answered.
        """
        call = Call(
            op=op,
            request_id=new_id(),
            region=region,
            came=came or Came(),
            principal=principal,
            request=request,
            via=via,
            keys=keys or {},
            then=then,
            system_tags=system_tags,
        )
        if op.prepare is not None:
            call.prepared = await self.in_thread(lambda: op.prepare and op.prepare(request))
            call.is_prepared = True
        run_calls(self.gate, [call])
        if call.failure is not None:
            raise call.failure
        for work in call.after:
            work()
        if call.deferred is not None:
            return await call.deferred.finish()
        return call.result

    async def in_thread(self, work: Callable[[], V]) -> V:
        """Run blocking *work* (no store, no gate) in a thread."""
        return await asyncio.get_running_loop().run_in_executor(None, work)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run *work* beside everything else; it is cancelled when the server stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def at_stop(self, end: Callable[[], Awaitable[None]]) -> None:
        """Await *end* when the server stops, before what still runs is cancelled."""
        self._endings.append(end)

    async def stop(self) -> None:
        """End what asked to be ended, cancel what still runs, and wait for it."""
        for end in self._endings:
            await end()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
