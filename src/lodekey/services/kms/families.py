"""Multi-Region keys: one key id and one material in several Regions.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lodekey.services.kms.keys import KEYS, Key, key_arn
from lodekey.services.kms.shapes import MultiRegionConfiguration
from lodekey.store.port import Collection, Transaction


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The Regions of a multi-Region key."""

    primary: str
    replicas: tuple[str, ...] = ()

    def role_of(self, region: str) -> str:
        """``PRIMARY`` or ``REPLICA``."""
        return "PRIMARY" if region == self.primary else "REPLICA"


FAMILIES = Collection("kms/family", Family)


def family_of(tx: Transaction, key: Key) -> Family | None:
    """The family of a multi-Region key; None for others."""
    return FAMILIES.get(tx, key.account, key.id) if key.multi_region else None


def save(tx: Transaction, key: Key, family: Family) -> None:
    """Write the family of *key*."""
    FAMILIES.put(tx, key.account, key.id, record=family)


def relatives(tx: Transaction, key: Key) -> Iterator[Key]:
    """The key in all its other Regions, the primary first."""
    family = family_of(tx, key)
    if family is None:
        return
    for region in (family.primary, *family.replicas):
        relative = KEYS.get(tx, key.account, region, key.id) if region != key.region else None
        if relative is not None:
            yield relative


def configuration(key: Key, family: Family) -> MultiRegionConfiguration:
    """What DescribeKey tells of the family."""
    return {
        "MultiRegionKeyType": family.role_of(key.region),
        "PrimaryKey": {
            "Arn": key_arn(key.account, family.primary, key.id),
            "Region": family.primary,
        },
        "ReplicaKeys": [
            {"Arn": key_arn(key.account, region, key.id), "Region": region}
            for region in family.replicas
        ],
    }
