"""What becomes of keys by the clock: deletions, the end of imported material, rotations."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.crypto import key_pairs
from lodekey.gate.background import Background
from lodekey.services.kms import families, imports
from lodekey.services.kms.keeping import DUE, due, forget, keep
from lodekey.services.kms.keys import KEYS, Key
from lodekey.services.kms.rotations import AUTOMATIC, next_rotation, rotate
from lodekey.services.kms.service_events import service_event
from lodekey.services.kms.states import ENABLED
from lodekey.store.port import Transaction

_AT_ONCE = 100
"""How many keys one transaction looks at."""


async def do_what_is_due(background: Background) -> None:
    """Look at the keys whose time has come. A job."""
    more = True
    while more:
        now = background.now()
        with background.transaction(write=False) as tx:
            more = any(due(tx, now, limit=1))
        if more:
            with background.recorded() as (tx, events):
                events.extend(_work(tx, now))
            key_pairs.forget_loaded()


def _work(tx: Transaction, now: float) -> Iterator[AuditEvent]:
    for parts, note in list(due(tx, now, limit=_AT_ONCE)):
        DUE.delete(tx, *parts)
        key = KEYS.get(tx, note.account, note.region, note.key_id)
        if key is not None:
            yield from look_at(tx, key, now)


def look_at(tx: Transaction, key: Key, now: float) -> Iterator[AuditEvent]:
    """Do with a key what is due; what the trail says of it."""
    if key.deletion is not None and key.deletion.at is not None and key.deletion.at <= now:
        imports.forget_wrapping_keys(tx, key)
        forget(tx, key, now)
        yield service_event("DeleteKey", key, now)
        return
    for material in imports.expired(key, now):
        yield service_event("DeleteExpiredKeyMaterial", key, now, keyMaterialId=material.id)
    lasting = imports.without_expired(key, now)
    if lasting != key:
        keep(tx, lasting)
    if rotates_now(tx, lasting, now):
        yield from _rotate(tx, lasting, now)


def rotates_now(tx: Transaction, key: Key, now: float) -> bool:
    """Whether an automatic rotation is due. A replica's is its primary's; a disabled key waits."""
    if key.rotation is None or key.rotation.next > now or key.state(now) != ENABLED:
        return False
    family = families.family_of(tx, key)
    return family is None or family.primary == key.region


def _rotate(tx: Transaction, key: Key, now: float) -> list[AuditEvent]:
    events = rotate(tx, key, now, AUTOMATIC)
    family = families.family_of(tx, key)
    regions = (key.region,) if family is None else (family.primary, *family.replicas)
    for region in regions:
        each = KEYS.get(tx, key.account, region, key.id)
        if each is not None and each.rotation is not None:
            schedule = msgspec.structs.replace(each.rotation, next=next_rotation(key, now))
            keep(tx, msgspec.structs.replace(each, rotation=schedule))
    return events
