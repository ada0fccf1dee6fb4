"""Writing keys down, and what is to become of them later.

A key's record says when its deletion, its next rotation and the end of its imported material are
due. So that nobody has to look at every key, each write also leaves a note of the next such moment,
in order of time; a job reads the notes that are past. A note only says *look at this key then*: one
too many does no harm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from lodekey.services.kms import aliases, families, grants
from lodekey.services.kms.aliases import ALIASES
from lodekey.services.kms.families import FAMILIES
from lodekey.services.kms.keys import DAY, KEYS, Deletion, Key
from lodekey.services.kms.usage import LAST_USES
from lodekey.store.port import Collection, Transaction


class Note(msgspec.Struct, frozen=True):
    """That there is something to do with a key."""

    account: str
    region: str
    key_id: str


DUE = Collection("kms/due", Note)


def keep(tx: Transaction, key: Key) -> None:
    """Write a key, and a note of when to look at it."""
    KEYS.put(tx, key.account, key.region, key.id, record=key)
    moment = next_moment(key)
    if moment is not None:
        note = Note(key.account, key.region, key.id)
        DUE.put(tx, _stamp(moment), key.account, key.region, key.id, record=note)


def _stamp(seconds: float) -> str:
    return f"{math.ceil(seconds):012d}"


def next_moment(key: Key) -> float | None:
    """When something is due with the key, seconds since the epoch."""
    moments = [material.expires for material in key.materials if material.secret is not None]
    moments.append(key.deletion.at if key.deletion else None)
    moments.append(key.rotation.next if key.rotation else None)
    return min((moment for moment in moments if moment is not None), default=None)


def due(tx: Transaction, now: float, *, limit: int) -> Iterator[tuple[tuple[str, ...], Note]]:
    """The notes whose time has come, oldest first."""
    for parts, note in DUE.scan(tx, limit=limit):
        if int(parts[0]) > now:
            return
        yield parts, note


def forget(tx: Transaction, key: Key, now: float) -> None:
    """Delete a key, its material, its aliases and its grants for good."""
    place = (key.account, key.region, key.id)
    for name in list(aliases.names_of(tx, *place)):
        alias = ALIASES.get(tx, key.account, key.region, name)
        if alias is not None:
            aliases.delete(tx, alias)
    for grant in list(grants.grants_on(tx, *place)):
        grants.delete(tx, grant)
    KEYS.delete(tx, *place)
    LAST_USES.delete(tx, *place)
    if key.multi_region:
        _leave_family(tx, key, now)


def _leave_family(tx: Transaction, key: Key, now: float) -> None:
    """Take a replica out of its family; a primary that waited for the last one begins to wait."""
    family = families.family_of(tx, key)
    if family is None:
        return
    left = tuple(region for region in family.replicas if region != key.region)
    if key.region == family.primary:
        FAMILIES.delete(tx, key.account, key.id)
        return
    families.save(tx, key, msgspec.structs.replace(family, replicas=left))
    primary = KEYS.get(tx, key.account, family.primary, key.id)
    if not left and primary is not None and primary.deletion is not None:
        wait = Deletion(days=primary.deletion.days, at=now + primary.deletion.days * DAY)
        keep(tx, msgspec.structs.replace(primary, deletion=wait))
