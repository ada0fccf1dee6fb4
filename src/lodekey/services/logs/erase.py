"""Events cleared away: of deleted groups and streams, and of those whose retention is over."""

from __future__ import annotations

import msgspec

from lodekey.gate.background import Background
from lodekey.gate.operation import Job
from lodekey.services.logs import groups
from lodekey.services.logs.chunks import CHUNKS, WHERE
from lodekey.services.logs.groups import GROUPS, RECENT, STREAMS, Group, moment
from lodekey.store.port import Collection, Transaction

EVERY = 60.0
AT_ONCE = 500
DAY = 86_400_000


class Dead(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group that was deleted, or a stream of a group that is still there."""

    account: str
    group: str
    stream: str = ""


DEAD = Collection("logs/dead", Dead)


async def erase(background: Background) -> None:
    """Clear away what is deleted, then what is too old, some at a time."""
    now = int(background.now() * 1000)
    with background.transaction(write=False) as tx:
        more = any(True for _ in DEAD.scan(tx, limit=1))
        keeping = [group for _, group in GROUPS.scan(tx) if group.retention]
        old = [group for group in keeping if _first_chunk(tx, group) < moment(_since(group, now))]
    while more:
        with background.transaction(write=True) as tx:
            more = erase_dead(tx, AT_ONCE)
    for group in old:
        more = True
        while more:
            with background.transaction(write=True) as tx:
                more = erase_old(tx, group, _since(group, now), AT_ONCE)


def _since(group: Group, now: int) -> int:
    """The time from which on events stay."""
    return now - group.retention * DAY


def _first_chunk(tx: Transaction, group: Group) -> str:
    """When the first chunk of a group begins."""
    return next((name[0] for name, _ in WHERE.scan(tx, group.account, group.id, limit=1)), "~")


def erase_dead(tx: Transaction, limit: int) -> bool:
    """Clear away at most *limit* records of what is deleted; answers whether there is more."""
    for name, dead in DEAD.scan(tx, limit=1):
        gone = _erase_stream(tx, dead, limit) if dead.stream else _erase_group(tx, dead, limit)
        if gone < limit:
            DEAD.delete(tx, *name)
        return True
    return False


def _erase_group(tx: Transaction, dead: Dead, limit: int) -> int:
    """A group's chunks, then its streams and their index."""
    gone = 0
    for name, where in list(WHERE.scan(tx, dead.account, dead.group, limit=limit)):
        CHUNKS.delete(tx, dead.account, where.stream, name[0], name[2])
        WHERE.delete(tx, dead.account, dead.group, *name)
        gone += 1
    for collection in (STREAMS, RECENT):
        for name, _ in list(collection.scan(tx, dead.account, dead.group, limit=limit - gone)):
            collection.delete(tx, dead.account, dead.group, *name)
            gone += 1
    return gone


def _erase_stream(tx: Transaction, dead: Dead, limit: int) -> int:
    """A stream's chunks, and their places in the group's index."""
    gone = 0
    for (first, chunk), _ in list(CHUNKS.scan(tx, dead.account, dead.stream, limit=limit)):
        CHUNKS.delete(tx, dead.account, dead.stream, first, chunk)
        WHERE.delete(tx, dead.account, dead.group, first, dead.stream, chunk)
        gone += 1
    return gone


def erase_old(tx: Transaction, group: Group, before: int, limit: int) -> bool:
    """Clear away chunks that end before a time; answers whether there may be more.

    AWS deletes up to 72 hours late; here a chunk goes when its last event is too old.
    """
    freed = gone = 0
    for name, where in list(WHERE.scan(tx, group.account, group.id, limit=limit)):
        if name[0] >= moment(before) or where.last >= before:
            break
        chunk = CHUNKS.get(tx, group.account, where.stream, name[0], name[2])
        if chunk is not None:
            freed += chunk.stored
        CHUNKS.delete(tx, group.account, where.stream, name[0], name[2])
        WHERE.delete(tx, group.account, group.id, *name)
        gone += 1
    if gone:
        groups.resize(tx, group, -freed)
    return gone == limit


JOB = Job("logs.retention", EVERY, erase)
