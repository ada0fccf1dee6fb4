"""Run several calls in one transaction: reads share a snapshot, writes a commit.

A batch is a transaction, each request a savepoint in it, and answers leave after the commit; the
audit events ride along. Under load many requests share one disk flush; a lone request is a batch
of one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from lodekey.audit.event import AuditEvent
from lodekey.errors import ApiError, ServiceUnavailable, ValidationException
from lodekey.gate.call import Call
from lodekey.gate.door import believe_and_fit
from lodekey.store.port import BadName, Changed, Transaction

if TYPE_CHECKING:
    from lodekey.gate.gate import Gate

log = logging.getLogger("lodekey.gate")


def run_calls(gate: Gate, calls: Sequence[Call]) -> None:
    """Run *calls*; each ends with a `result` or a `failure`.

    Calls are independent: the failure of one takes back its own writes and no other's.
    """
    reads, writes = parted(calls)
    run_reads(gate, reads)
    if writes:
        batch = Writes(gate, writes)
        batch.run()
        batch.commit()
        batch.settle()


def parted(calls: Sequence[Call]) -> tuple[list[Call], list[Call]]:
    """Those that read, and those that write."""
    return [c for c in calls if not c.op.writes], [c for c in calls if c.op.writes]


def run_reads(gate: Gate, calls: list[Call]) -> None:
    """Run calls that read, in one snapshot; the trail has them when this returns."""
    if not calls:
        return
    with _Guarded(calls):
        with gate.store.transaction(write=False) as tx:
            for call in calls:
                _run(gate, tx, call)
        gate.trail.append([event for call in calls for event in call.events])


class Writes:
    """A batch of calls that write: `run`, then `commit`, then `settle`; none of them raises.

    The commit waits for the disk and nothing else, so it may be made in another thread while reads
    go on in this one. Until it is made, nobody else can write.
    """

    def __init__(self, gate: Gate, calls: list[Call]) -> None:
        self.calls = calls
        self._gate = gate
        self._open = ExitStack()
        self._events: list[AuditEvent] = []

    def run(self) -> None:
        """Run the calls, and put their events into the transaction."""
        with _Guarded(self.calls), ExitStack() as stack:
            tx = stack.enter_context(self._gate.store.transaction(write=True))
            for call in self.calls:
                _run(self._gate, tx, call)
            events = [event for call in self.calls for event in call.events]
            self._gate.trail.stage(tx, events)
            self._open, self._events = stack.pop_all(), events

    def commit(self) -> None:
        """Commit what has run; where running failed, there is nothing to commit."""
        events, self._events = self._events, []
        with _Guarded(self.calls):
            self._open.close()
            self._events = events

    def settle(self) -> None:
        """Bring the events to the trail's segment: answers may leave."""
        with _Guarded(self.calls):
            self._gate.trail.settle(self._events)


class _Guarded:
    """Where the transaction or the trail itself fails, no answer of success may leave.

    A class and not a generator: every batch has one or three.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: list[Call]) -> None:
        self._calls = calls

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        if isinstance(error, ApiError):
            _fail(self._calls, error)
            return True
        log.error("a batch of %d calls failed", len(self._calls), exc_info=error)
        _fail(self._calls, ServiceUnavailable("The service is unavailable; please try again."))
        return True


def _fail(calls: list[Call], error: ApiError) -> None:
    """Nothing of these calls was kept: neither their answers nor what they left to do."""
    for call in calls:
        call.failure = error
        call.after.clear()


def _run(gate: Gate, tx: Transaction, call: Call) -> None:
    """One call, in a savepoint of its own."""
    try:
        try:
            with tx.savepoint():
                _steps(gate, tx, call)
        except Changed:
            # another worker committed in between; from here on the transaction reads one snapshot
            call.events.clear()
            call.after.clear()
            with tx.savepoint():
                _steps(gate, tx, call)
    except ApiError as error:
        call.failure = error
    except BadName:
        call.failure = ValidationException("A name holds the character U+0001, which none may.")
    except Exception as error:
        log.exception("%s failed: a fault of ours", call.op.name)
        call.failure = error
    if call.failure is not None:
        call.after.clear()


def _steps(gate: Gate, tx: Transaction, call: Call) -> None:
    if call.http is not None:
        believe_and_fit(gate, tx, call)
    call.result = gate.run_inside(gate.context(call, tx), call.op, call.request)
    if call.then is not None:
        call.then(tx, call.result)
