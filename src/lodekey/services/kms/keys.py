"""KMS keys as they are kept, and what follows from a record alone."""

from __future__ import annotations

import os
import uuid
from functools import lru_cache

import msgspec

from lodekey.services.kms import specs
from lodekey.services.kms.errors import InvalidKeyUsageException
from lodekey.services.kms.materials import CURRENT, PENDING, Material, generate, material_id
from lodekey.services.kms.states import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    must_allow,
)
from lodekey.store.port import Collection

DAY = 86_400
AWS_ROTATION_DAYS = 365


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """Automatic rotation.

    Args:
        days: The period.
        next: When the key is rotated next, seconds since the epoch.
    """

    days: int
    next: float


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduled deletion.

    Args:
        days: The waiting period.
        at: When the key is deleted; None: the wait begins when the last replica is gone.
    """

    days: int
    at: float | None


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS key in one Region.

    Args:
        id: A UUID; ``mrk-`` and 32 hexadecimal digits for a multi-Region key.
        manager: ``CUSTOMER``, or ``AWS`` for an AWS managed key.
        created: Seconds since the epoch.
        policy: The key policy's text, with principals as they are kept; see `key_policies`.
        materials: Oldest first; a key pair or HMAC key never has more than one.
        on_demand: How many on-demand rotations were made; AWS allows 25.
        deletion: Set while the key awaits its deletion.
    """

    id: str
    account: str
    region: str
    created: float
    policy: str
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    origin: str = "AWS_KMS"
    manager: str = "CUSTOMER"
    description: str = ""
    enabled: bool = True
    multi_region: bool = False
    tags: dict[str, str] = {}
    materials: tuple[Material, ...] = ()
    rotation: Rotation | None = None
    on_demand: int = 0
    deletion: Deletion | None = None

    @property
    def arn(self) -> str:
        """``arn:aws:kms:us-east-1:111122223333:key/…``."""
        return key_arn(self.account, self.region, self.id)

    @property
    def is_symmetric(self) -> bool:
        """Whether it is a symmetric encryption key: the kind that has generations."""
        return self.spec == "SYMMETRIC_DEFAULT"

    @property
    def current(self) -> Material | None:
        """The material that seals; None for a key that awaits its first import."""
        for material in reversed(self.materials):
            if material.state == CURRENT:
                return material
        return None

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that the key has."""
        return specs.USES[self.spec][self.usage]

    def state(self, now: float) -> str:
        """The key state, as DescribeKey shows it."""
        if self.deletion is not None:
            return PENDING_REPLICA_DELETION if self.deletion.at is None else PENDING_DELETION
        if self.origin == "EXTERNAL" and not self.is_whole(now):
            return PENDING_IMPORT
        return ENABLED if self.enabled else DISABLED

    def is_whole(self, now: float) -> bool:
        """Whether all material that belongs to the key for good is there."""
        lasting = [material for material in self.materials if not material.state.startswith("PEND")]
        return bool(lasting) and all(material.is_there(now) for material in lasting)

    def material(self, id: str) -> Material | None:
        """The generation with this id."""
        for material in self.materials:
            if material.id == id:
                return material
        return None

    def must_allow(self, operation: str, now: float) -> None:
        """Check the key's state.

        Raises:
            DisabledException: It is disabled.
            KMSInvalidStateException: It is in another state that *operation* is refused in.
        """
        if self.enabled and self.deletion is None and self.origin != "EXTERNAL":
            return
        must_allow(self.arn, self.state(now), operation)

    def must_be_for(self, usage: str, operation: str) -> None:
        """Raise `InvalidKeyUsageException` unless the key is for *usage*."""
        if self.usage != usage:
            raise InvalidKeyUsageException(
                f"{self.arn} key usage is {self.usage} which is not valid for {operation}."
            )

    def must_have(self, algorithm: str) -> None:
        """Raise `InvalidKeyUsageException` unless the key has the algorithm."""
        specs.must_have_algorithm(self.spec, self.usage, algorithm)

    def sealing(self) -> tuple[str, bytes]:
        """The id and the bytes of the current material, for a key whose state was checked."""
        material = self.current
        if material is None or material.secret is None:
            raise AssertionError("the state of a key without material allowed its use")
        return material.id, material.secret


KEYS = Collection("kms/key", Key)


@lru_cache(maxsize=16_384)
def key_arn(account: str, region: str, id: str) -> str:
    """A key's ARN."""
    return f"arn:aws:kms:{region}:{account}:key/{id}"


def new_id(*, multi_region: bool) -> str:
    """A fresh key id."""
    name = uuid.UUID(bytes=os.urandom(16), version=4)
    return f"mrk-{name.hex}" if multi_region else str(name)


def with_first_material(key: Key, secret: bytes | None = None) -> Key:
    """The key with its first material: *secret*, or new material of its spec."""
    made = generate(key.spec) if secret is None else secret
    first = Material(id=material_id(made, key.id), secret=made, since=key.created)
    return msgspec.structs.replace(key, materials=(first,))


def pending(key: Key) -> Material | None:
    """The imported material that waits for an on-demand rotation."""
    for material in key.materials:
        if material.state == PENDING:
            return material
    return None
