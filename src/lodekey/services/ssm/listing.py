"""Walking through many parameters, a bounded stretch at a time.

AWS: "If the service reaches an internal limit while processing the results, it stops the operation
and returns the matching values up to that point and a NextToken." Here the limit is `EXAMINED`
records a call, so a listing over a million parameters never holds a worker for long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lodekey.gate.context import Context
from lodekey.services.ssm.parameters import PARAMETERS, Parameter
from lodekey.store.port import Transaction

EXAMINED = 5_000
_STEP = 8
"""Records that a step over a whole hierarchy costs."""

_LAST = "\U0010ffff"

Walk = Iterator[tuple[str, Parameter | None]]
"""Places in order, and what stands there; None: a hierarchy that was stepped over."""


class Below(NamedTuple):
    """What stands below a prefix of places, in order.

    Args:
        account: Whose.
        region: Where.
        prefix: ``/a/`` for what is below ``/a``; any beginning of places where `deep`.
        deep: All levels, or the next alone.
    """

    account: str
    region: str
    prefix: str
    deep: bool

    def walk(self, tx: Transaction, after: str | None) -> Walk:
        """Each parameter whose place sorts after *after*."""
        while True:
            for (place,), parameter in PARAMETERS.scan(
                tx, self.account, self.region, beginning=self.prefix, after=after
            ):
                level_end = -1 if self.deep else place.find("/", len(self.prefix))
                if level_end >= 0:
                    after = place[: level_end + 1] + _LAST
                    break
                yield place, parameter
            else:
                return
            yield after, None


class Page(NamedTuple):
    """A page of a listing, and the place after which the next begins; None: it was the last."""

    found: list[Parameter]
    after: str | None


def page_of(ctx: Context, walk: Walk, holds: Callable[[Parameter], bool], size: int) -> Page:
    """Take a page from a walk."""
    found: list[Parameter] = []
    last = None
    examined = 0
    for place, parameter in walk:
        fits = parameter is not None and not 0 < parameter.expires <= ctx.now and holds(parameter)
        if examined >= EXAMINED or (fits and len(found) == size):
            return Page(found, last)
        examined += 1 if parameter is not None else _STEP
        if fits and parameter is not None:
            found.append(parameter)
        last = place
    return Page(found, None)
