"""Who carries a stack's work: a task on the loop, and the clock where a task was lost.

Work that was begun before a crash is found in the store at the next start and goes on from the step
that was written down last.
"""

from __future__ import annotations

import logging
from weakref import WeakKeyDictionary

from lodekey.gate.background import Background
from lodekey.gate.context import Context
from lodekey.services.cloudformation.build_up import build_up
from lodekey.services.cloudformation.site import Site
from lodekey.services.cloudformation.stacks import BUSY, STACKS, Stack
from lodekey.services.cloudformation.take_away import clean, delete_stack
from lodekey.services.cloudformation.take_back import roll_back_creation, roll_back_update

log = logging.getLogger("lodekey.cloudformation")

TICK_SECONDS = 1.0

PHASES = {
    "CREATE_IN_PROGRESS": build_up,
    "UPDATE_IN_PROGRESS": build_up,
    "ROLLBACK_IN_PROGRESS": roll_back_creation,
    "UPDATE_ROLLBACK_IN_PROGRESS": roll_back_update,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": clean,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": clean,
    "DELETE_IN_PROGRESS": delete_stack,
}

_carried: WeakKeyDictionary[Background, set[tuple[str, ...]]] = WeakKeyDictionary()


def soon(ctx: Context, stack: Stack) -> None:
    """Begin the stack's work as soon as the request is committed."""
    background = ctx.gate.background
    ctx.later(lambda: take_up(background, stack.place))


def take_up(background: Background, place: tuple[str, ...]) -> None:
    """Carry the work of a stack, unless somebody does already; the first worker finds it."""
    if not background.first:
        return
    carried = _carried.setdefault(background, set())
    if place not in carried:
        carried.add(place)
        background.spawn(_carry(background, place, carried))


async def _carry(
    background: Background, place: tuple[str, ...], carried: set[tuple[str, ...]]
) -> None:
    site = Site(background, place)
    try:
        while True:
            stack = site.stack()
            phase = PHASES.get(stack.status)
            if stack.work is None or phase is None:
                return
            await phase(site)
    except Exception:
        log.exception("the work of stack %s broke off; it is taken up again", place[-1])
    finally:
        carried.discard(place)


async def pick_up(background: Background) -> None:
    """Take up what nobody carries: after a start, or after a fault of ours."""
    with background.transaction(write=False) as tx:
        places = [parts for parts, _ in BUSY.scan(tx)]
        stacks = [STACKS.get(tx, *place) for place in places]
    for stack in stacks:
        if stack is not None and stack.work is not None and stack.status in PHASES:
            take_up(background, stack.place)
