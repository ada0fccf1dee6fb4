"""Looking ahead: who may send a long body, and what a request makes before its transaction.

The head of a request is enough to verify its signature (it holds the hash of the body, which is
looked at once the body has come), to find the resource and to ask the policies. Whoever is refused
here would be refused later; whoever is not is asked again when the body has come, by the road that
all requests take, and only that counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lodekey.errors import ApiError, Missing
from lodekey.gate import authorize, door
from lodekey.gate.call import Call
from lodekey.gate.context import Context
from lodekey.gate.operation import Ahead, Intake, Resource, Work
from lodekey.store.port import Transaction
from lodekey.wire.http import HttpRequest, Incoming
from lodekey.wire.routing import NoRoute

if TYPE_CHECKING:
    from lodekey.gate.gate import Gate

log = logging.getLogger("lodekey.gate")


class Opened(NamedTuple):
    """What becomes of a long body.

    Args:
        intake: Where it goes; None: nobody will want it.
    """

    intake: Intake | None


def open_intake(gate: Gate, http: HttpRequest, body: Incoming) -> Opened | None:
    """Ask where the body of *http* may go, of which only the head has come.

    Args:
        gate: The one road.
        http: The head.
        body: What will stand for its body; learns how its chunks are to be read.

    Returns:
        None: The operation takes no long bodies.
    """
    try:
        call = door.open_call(gate, http._replace(body=body))
    except NoRoute:
        return None
    open_ = call.op.intake
    if open_ is None:
        return None
    body.began = gate.settings.wall()
    try:
        with gate.store.transaction(write=False) as tx:
            door.believe_and_fit(gate, tx, call)
            found = _allowed(gate, tx, call)
            return Opened(found and _open(body, lambda: open_(found[0], call.request, found[1])))
    except (ApiError, Missing):
        return Opened(None)
    except Exception:
        log.exception("%s failed before its body came: a fault of ours", call.op.name)
        return Opened(None)


def plan_ahead(gate: Gate, tx: Transaction, call: Call, ahead: Ahead) -> Work | None:
    """What *call*, which is believed and fitted, prepares; None: nothing, or it will be refused."""
    try:
        found = _allowed(gate, tx, call)
        return found and ahead.plan(found[0], call.request, found[1])
    except (ApiError, Missing):
        return None


def _allowed(gate: Gate, tx: Transaction, call: Call) -> tuple[Context, Resource] | None:
    """The surroundings of a call and its resource; None: the caller may not do it."""
    ctx = gate.context(call, tx)
    resource = call.op.on(ctx, call.request)
    refused = authorize.refused(ctx, call.op, call.request, resource)
    return (ctx, resource) if refused is None else None


def _open(body: Incoming, open_: Callable[[], Intake]) -> Intake | None:
    """The intake; what it refuses is answered where the handler asks for the body."""
    try:
        return open_()
    except ApiError as error:
        body.refusal = error
        return None
