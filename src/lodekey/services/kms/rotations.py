"""What rotation makes of a key: a new material seals, the former ones go on opening.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from __future__ import annotations

import os
from typing import Final

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.services.kms import families, service_events
from lodekey.services.kms.errors import UnsupportedOperationException
from lodekey.services.kms.families import Family
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import DAY, Key, pending
from lodekey.services.kms.materials import (
    CURRENT,
    NON_CURRENT,
    SYMMETRIC_BYTES,
    Material,
    material_id,
)
from lodekey.services.kms.service_events import service_event
from lodekey.store.port import Transaction

AUTOMATIC, ON_DEMAND = "AUTOMATIC", "ON_DEMAND"

# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
ON_DEMAND_LIMIT: Final = 25
# "scheduled to begin within the next 20 minutes": ConflictException
TOO_CLOSE: Final = 20 * 60
DEFAULT_DAYS: Final = 365


def must_have_generations(key: Key) -> None:
    """Raise `UnsupportedOperationException` unless keys of this kind can be rotated at all."""
    if not key.is_symmetric:
        raise UnsupportedOperationException(
            f"{key.arn} key spec is {key.spec} which is not valid for this operation."
        )


def must_rotate_itself(key: Key) -> None:
    """Raise `UnsupportedOperationException` unless the key can be rotated automatically."""
    must_have_generations(key)
    if key.origin != "AWS_KMS":
        raise UnsupportedOperationException(
            f"{key.arn} origin is {key.origin} which is not valid for this operation."
        )


def must_lead(key: Key, family: Family | None) -> None:
    """Raise `UnsupportedOperationException` for a replica: rotation is its primary's matter."""
    if family is not None and family.primary != key.region:
        raise UnsupportedOperationException(
            f"{key.arn} is a multi-Region replica key, which is not valid for this operation."
        )


def rotated(key: Key, now: float, kind: str, fresh: bytes | None) -> Key:
    """The key after a rotation.

    Args:
        key: A symmetric encryption key.
        now: When.
        kind: `AUTOMATIC` or `ON_DEMAND`.
        fresh: The new material; None: the imported material that waits becomes current.
    """
    retired = tuple(
        msgspec.structs.replace(material, state=NON_CURRENT)
        if material.state == CURRENT
        else material
        for material in key.materials
    )
    if fresh is None:
        waiting = pending(key)
        if waiting is None:
            raise AssertionError("a key without waiting material was let rotate")
        now_current = msgspec.structs.replace(waiting, state=CURRENT, rotated=now, rotation=kind)
        rest = tuple(material for material in retired if material.id != waiting.id)
        return msgspec.structs.replace(key, materials=(*rest, now_current))
    made = Material(
        id=material_id(fresh, key.id), secret=fresh, since=now, rotated=now, rotation=kind
    )
    return msgspec.structs.replace(key, materials=(*retired, made))


def rotate(tx: Transaction, key: Key, now: float, kind: str) -> list[AuditEvent]:
    """Rotate a key and its relatives in other Regions: one material for all.

    Returns:
        What the trail says of it.
    """
    fresh = os.urandom(SYMMETRIC_BYTES) if key.origin == "AWS_KMS" else None
    after = rotated(key, now, kind, fresh)
    if kind == ON_DEMAND:
        after = msgspec.structs.replace(after, on_demand=key.on_demand + 1)
    keep(tx, after)
    events = [service_events.rotated(key, after, now)]
    for relative in families.relatives(tx, key):
        same = rotated(relative, now, kind, fresh)
        keep(tx, msgspec.structs.replace(same, on_demand=after.on_demand))
        events.append(service_event("SynchronizeMultiRegionKey", relative, now))
    return events


def next_rotation(key: Key, now: float) -> float:
    """When a key that is rotated *now* is rotated again."""
    if key.rotation is None:
        raise AssertionError("a key without a schedule was let rotate by itself")
    due = key.rotation.next + key.rotation.days * DAY
    return due if due > now else now + key.rotation.days * DAY
