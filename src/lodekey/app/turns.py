"""Which of several nodes on one database does the house's work: rotations, events, stacks.

One of them has the turn, and says so anew every ten seconds; when it has not for long enough,
another takes it. Each measures on its own monotonic clock, from when it wrote or saw the last sign,
so that clocks that differ do no harm: who has the turn gives it up before the others take it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from lodekey.app.place import write_private
from lodekey.errors import ServiceUnavailable
from lodekey.gate.background import Background
from lodekey.ids import new_id
from lodekey.store.port import Collection

log = logging.getLogger("lodekey.turns")

EVERY: Final = 10.0
"""Seconds between two signs; each has the other nodes forget what they hold in memory."""

OURS: Final = 25.0
"""Seconds that a node may work after it last began to say so."""

SILENCE: Final = 45.0
"""Seconds without a new sign after which another takes the turn."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Whose turn it is.

    Args:
        node: The data directory of the process that has it: its successor need not wait.
        process: The process.
        beat: Counts the signs.
    """

    node: str
    process: str
    beat: int


def node_of(data: Path) -> str:
    """What tells this data directory from those of other nodes."""
    path = data / "node"
    if not path.exists():
        write_private(path, new_id())
    return path.read_text()


TURNS = Collection("house/turn", Turn)
PLACE: Final = "work"


class Turns:
    """One node's part in it.

    Args:
        background: The house from the inside.
        node: Tells this data directory from others.
        clock: Seconds; never goes back.
    """

    def __init__(
        self, background: Background, node: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._background = background
        self._node = node
        self._clock = clock
        self._process = new_id()
        self._seen: Turn | None = None
        self._seen_at = self._until = clock()
        self._had_it = False

    def is_ours(self) -> bool:
        """Whether this node does the work now."""
        return self._clock() < self._until

    def look(self) -> None:
        """Give a sign if the turn is ours, take it if it is nobody's, or wait.

        Raises:
            ServiceUnavailable: The store does not answer; the turn is lost in a while.
        """
        began = self._clock()
        with self._background.transaction(write=False) as tx:
            turn = TURNS.get(tx, PLACE)
        if turn != self._seen:
            self._seen, self._seen_at = turn, began
        if turn is not None and not self._may_take(turn, began):
            self._until = began
            return
        new = not self.is_ours()
        mine = Turn(node=self._node, process=self._process, beat=turn.beat + 1 if turn else 1)
        with self._background.transaction(write=True) as tx:
            if TURNS.get(tx, PLACE) != turn:
                return  # somebody was faster
            TURNS.put(tx, PLACE, record=mine)
        self._seen, self._seen_at = mine, began
        self._until, self._had_it = began + OURS, True
        if new:
            log.info("this node does the house's work: rotations, events, stacks")

    def _may_take(self, turn: Turn, now: float) -> bool:
        """Whether it is ours, our predecessor's on this data directory, or given no sign of."""
        predecessors = turn.node == self._node and not self._had_it
        return turn.process == self._process or predecessors or now - self._seen_at >= SILENCE

    async def keep(self) -> None:
        """Look again and again; what the store does not answer is looked for at the next turn."""
        while True:
            try:
                self.look()
            except ServiceUnavailable as error:
                log.warning("cannot say whose turn it is: %s", error.message)
            await asyncio.sleep(EVERY)

    def leave(self) -> None:
        """Give the turn up, so that another need not wait."""
        if not self.is_ours():
            return
        self._until = self._clock()
        with self._background.transaction(write=True) as tx:
            turn = TURNS.get(tx, PLACE)
            if turn is not None and turn.process == self._process:
                TURNS.delete(tx, PLACE)
