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


def service_of(alias: str) -> str:
    """The service that a predefined alias is for; empty: it is for none."""
    service = alias.removeprefix(aliases.RESERVED)
    return service if service in MANAGED_FOR and alias == alias_for(service) else ""


def managed_key(tx: Transaction, account: str, region: str, service: str, now: float) -> Key:
    """The AWS managed key of *service*, made if it is not there.

    Raises:
        ReadOnly: It has to be made, and the transaction only reads.
    """
    alias = ALIASES.get(tx, account, region, alias_for(service))
    key = KEYS.get(tx, account, region, alias.target) if alias is not None else None
    if key is None:
        key = new_managed_key(account, region, service, now)
        _keep(tx, key, alias_for(service))
    return key


def new_managed_key(account: str, region: str, service: str, now: float) -> Key:
    """An AWS managed key for *service*, not kept yet."""
    return with_first_material(
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


def _keep(tx: Transaction, key: Key, name: str) -> None:
    keep(tx, key)
    alias = Alias(
        account=key.account,
        region=key.region,
        name=name,
        target=key.id,
        created=key.created,
        updated=key.created,
    )
    aliases.save(tx, alias)
