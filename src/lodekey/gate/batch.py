"""Run several calls in one transaction: reads share a snapshot, writes a commit.

A batch is a transaction, each request a savepoint in it, and answers leave after the commit; the
audit events ride along. Under load many requests share one disk flush; a lone request is a batch
of one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lodekey.errors import ApiError, ServiceUnavailable, ValidationException
from lodekey.gate.call import Call
from lodekey.gate.door import believe_and_fit
from lodekey.store.port import BadName, Changed, Transaction

if TYPE_CHECKING:
    from lodekey.gate.gate import Gate

log = logging.getLogger("lodekey.gate")

Run = Callable[["Gate", list[Call]], None]


def run_calls(gate: Gate, calls: Sequence[Call]) -> None:
    """Run *calls*; each ends with a `result` or a `failure`.

    Calls are independent: the failure of one takes back its own writes and no other's.
    """
    reads = [call for call in calls if not call.op.writes]
    writes = [call for call in calls if call.op.writes]
    if reads:
        _guarded(gate, reads, _run_reads)
    if writes:
        _guarded(gate, writes, _run_writes)


def _guarded(gate: Gate, calls: list[Call], run: Run) -> None:
    """Where the transaction or the trail itself fails, no answer of success may leave."""
    try:
        run(gate, calls)
    except ApiError as error:
        _fail(calls, error)
    except Exception:
        log.exception("a batch of %d calls failed", len(calls))
        _fail(calls, ServiceUnavailable("The service is unavailable; please try again."))


def _fail(calls: list[Call], error: ApiError) -> None:
    """Nothing of these calls was kept: neither their answers nor what they left to do."""
    for call in calls:
        call.failure = error
        call.after.clear()


def _run_reads(gate: Gate, calls: list[Call]) -> None:
    with gate.store.transaction(write=False) as tx:
        for call in calls:
            _run(gate, tx, call)
    gate.trail.append([event for call in calls for event in call.events])


def _run_writes(gate: Gate, calls: list[Call]) -> None:
    with gate.store.transaction(write=True) as tx:
        for call in calls:
            _run(gate, tx, call)
        events = [event for call in calls for event in call.events]
        gate.trail.stage(tx, events)
    gate.trail.settle(events)


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
