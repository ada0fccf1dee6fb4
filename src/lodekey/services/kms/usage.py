"""When a key was last used: noted in memory at each use, written down now and then.

A use must not cost a write. What has not been written down when the process dies is lost, so the
record may be a few seconds behind; AWS's own is "not the sole indicator" either.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from lodekey.gate.background import Background
from lodekey.gate.context import Context
from lodekey.services.kms.keys import DAY, KEYS, Key
from lodekey.store.port import Collection


class LastUse(msgspec.Struct, frozen=True, kw_only=True):
    """A key's last successful cryptographic operation."""

    operation: str
    at: float
    request_id: str


LAST_USES = Collection("kms/last-use", LastUse)

_Place = tuple[str, str, str]
_noted: WeakKeyDictionary[Any, dict[_Place, LastUse]] = WeakKeyDictionary()


def note_use(ctx: Context, key: Key, operation: str) -> None:
    """Note that the request uses *key*, once the request has succeeded."""
    use = LastUse(operation=operation, at=ctx.now, request_id=ctx.request_id)
    noted = _noted.setdefault(ctx.gate, {})
    place = (key.account, key.region, key.id)
    ctx.later(lambda: noted.__setitem__(place, use))


def last_use(ctx: Context, key: Key) -> LastUse | None:
    """The last use of *key*: the one in memory where there is one."""
    place = (key.account, key.region, key.id)
    noted = _noted.get(ctx.gate, {}).get(place)
    return noted or LAST_USES.get(ctx.tx, *place)


def days_unused(ctx: Context, key: Key) -> int:
    """Whole days since the key's last use or, where it was never used, since it was made."""
    use = last_use(ctx, key)
    return int((ctx.now - (use.at if use else key.created)) // DAY)


async def write_uses_down(background: Background) -> None:
    """Write down what was noted. A job."""
    noted = _noted.get(background.gate)
    if not noted:
        return
    uses = dict(noted)
    with background.transaction(write=True) as tx:
        for place, use in uses.items():
            written = LAST_USES.get(tx, *place)
            is_newer = written is None or written.at < use.at
            if is_newer and KEYS.get(tx, *place) is not None:
                LAST_USES.put(tx, *place, record=use)
    for place, use in uses.items():
        if noted.get(place) is use:
            del noted[place]
