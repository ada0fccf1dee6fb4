"""LastAccessedDate: the day on which a value was last read.

A read must not become a write, so what was read today is noted in memory and written down by a
job. A server that is killed forgets at most the minute since that job last ran.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec

from lodekey.gate.background import Background
from lodekey.gate.context import Context
from lodekey.gate.gate import Gate
from lodekey.services.secretsmanager.secrets import (
    DAY,
    SECRETS,
    Secret,
    Version,
    put_version,
    version_of,
)
from lodekey.store.port import Transaction

FLUSH_SECONDS = 60.0

Place = tuple[str, str, str]
Days = dict[str, int]
"""The day of the last read, by version id."""

_NOTED: WeakKeyDictionary[Gate, dict[Place, Days]] = WeakKeyDictionary()


def today(now: float) -> int:
    """The first second of the day, UTC."""
    return int(now // DAY * DAY)


def note(ctx: Context, secret: Secret, version: Version) -> None:
    """Remember that a version was read, if its record does not say so already."""
    day = today(ctx.now)
    if version.accessed == day and secret.accessed == day:
        return
    noted = _NOTED.setdefault(ctx.gate, {})
    noted.setdefault((secret.account, secret.region, secret.name), {})[version.id] = day


def last_access(ctx: Context, secret: Secret, version: Version | None = None) -> int | None:
    """The day a secret, or one version of it, was last read; None: never."""
    days = _NOTED.get(ctx.gate, {}).get((secret.account, secret.region, secret.name), {})
    if version is not None:
        return days.get(version.id, version.accessed)
    return max(days.values(), default=secret.accessed)


async def flush(background: Background) -> None:
    """Write down what was noted; LastChangedDate stays as it is."""
    noted: dict[Place, Days] = _NOTED.pop(background.gate, {})
    if not noted:
        return
    with background.transaction(write=True) as tx:
        for place, days in noted.items():
            secret = SECRETS.get(tx, *place)
            if secret is not None:
                _write_down(tx, secret, days)


def _write_down(tx: Transaction, secret: Secret, days: Days) -> None:
    for version_id, day in days.items():
        version = version_of(tx, secret, version_id)
        if version is not None and version.accessed != day:
            put_version(tx, secret, msgspec.structs.replace(version, accessed=day))
    latest = max(days.values())
    if secret.accessed != latest:
        accessed = msgspec.structs.replace(secret, accessed=latest)
        SECRETS.put(tx, secret.account, secret.region, secret.name, record=accessed)
