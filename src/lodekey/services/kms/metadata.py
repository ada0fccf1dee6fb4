"""What DescribeKey tells of a key."""

from __future__ import annotations

from lodekey.services.kms import families, specs
from lodekey.services.kms.families import Family
from lodekey.services.kms.keys import Key
from lodekey.services.kms.shapes import KeyMetadata
from lodekey.services.kms.states import ENABLED, PENDING_REPLICA_DELETION


def metadata(key: Key, family: Family | None, now: float) -> KeyMetadata:
    """The ``KeyMetadata`` of a key; what does not apply to it is left out."""
    state = key.state(now)
    told: KeyMetadata = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created,
        "Enabled": state == ENABLED,
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": state,
        "Origin": key.origin,
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": key.multi_region,
    }
    # Each usage has a member of its own for the same thing.
    told[specs.ALGORITHMS_MEMBER[key.usage]] = list(key.algorithms)  # type: ignore[literal-required]
    if family is not None:
        told["MultiRegionConfiguration"] = families.configuration(key, family)
    if key.deletion is not None and state == PENDING_REPLICA_DELETION:
        told["PendingDeletionWindowInDays"] = key.deletion.days
    elif key.deletion is not None and key.deletion.at is not None:
        told["DeletionDate"] = key.deletion.at
    _add_material(told, key)
    return told


def _add_material(told: KeyMetadata, key: Key) -> None:
    current = key.current
    if current is None:
        return
    if key.is_symmetric:
        told["CurrentKeyMaterialId"] = current.id
    if current.imported and current.secret is not None:
        told["ExpirationModel"] = expiration_model(current.expires)
        if current.expires is not None:
            told["ValidTo"] = current.expires


def expiration_model(expires: float | None) -> str:
    """The model's word for whether material expires."""
    return "KEY_MATERIAL_DOES_NOT_EXPIRE" if expires is None else "KEY_MATERIAL_EXPIRES"
