"""AWS managed keys: one for each service that wants one, made at its first need."""

from __future__ import annotations

from lodekey.services.kms import aliases
from lodekey.services.kms.aliases import ALIASES, Alias
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.key_policies import MANAGED_FOR, managed_policy
from lodekey.services.kms.keys import (
    AWS_ROTATION_DAYS,
    DAY,
    KEYS,
    Key,
    Rotation,
    new_id,
    with_first_material,
)
from lodekey.store.port import Transaction


def alias_for(service: str) -> str:
    """``alias/aws/ssm``."""
    return f"{aliases.RESERVED}{service}"


def managed_key(tx: Transaction, account: str, region: str, service: str, now: float) -> Key:
    """The AWS managed key of *service*, made if it is not there.

    Raises:
        ReadOnly: It has to be made, and the transaction only reads.
    """
    name = alias_for(service)
    alias = ALIASES.get(tx, account, region, name)
    key = KEYS.get(tx, account, region, alias.target) if alias is not None else None
    return key or _make(tx, account, region, service, now)


def _make(tx: Transaction, account: str, region: str, service: str, now: float) -> Key:
    key = with_first_material(
        Key(
            id=new_id(multi_region=False),
            account=account,
            region=region,
            created=now,
            policy=managed_policy(service, account, region),
            manager="AWS",
            description=MANAGED_FOR[service][1],
            rotation=Rotation(days=AWS_ROTATION_DAYS, next=now + AWS_ROTATION_DAYS * DAY),
        )
    )
    keep(tx, key)
    alias = Alias(
        account=account,
        region=region,
        name=alias_for(service),
        target=key.id,
        created=now,
        updated=now,
    )
    aliases.save(tx, alias)
    return key
