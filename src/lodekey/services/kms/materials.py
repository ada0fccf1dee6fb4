"""Key material: what a KMS key is made of, and what becomes of it when the key is rotated.

A key pair's material is its private key, DER PKCS #8; all other material is plain bytes.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
"""

from __future__ import annotations

import hmac
import os

import msgspec

from lodekey.crypto import key_pairs
from lodekey.services.kms import specs
from lodekey.services.kms.errors import IncorrectKeyMaterialException

SYMMETRIC_BYTES = 32

CURRENT, NON_CURRENT, PENDING = "CURRENT", "NON_CURRENT", "PENDING_ROTATION"


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of a key's material.

    Args:
        id: 64 hexadecimal digits, made of the material and the key's id; see `material_id`.
        secret: The material; None where it was imported and is deleted.
        state: ``CURRENT`` seals and opens, ``NON_CURRENT`` opens, ``PENDING_ROTATION`` waits.
        since: When it became a part of the key, seconds since the epoch.
        rotated: When a rotation made it current; None for a key's first.
        rotation: ``AUTOMATIC`` or ``ON_DEMAND``; empty for a key's first.
        imported: Whether it came from outside.
        expires: When imported material is forgotten; None: never.
        description: The importer's words.
    """

    id: str
    secret: bytes | None
    since: float
    state: str = CURRENT
    rotated: float | None = None
    rotation: str = ""
    imported: bool = False
    expires: float | None = None
    description: str | None = None

    def is_there(self, now: float) -> bool:
        """Whether the material can be used: imported material may be deleted or expired."""
        return self.secret is not None and (self.expires is None or now < self.expires)


def material_id(secret: bytes, key_id: str) -> str:
    """The id of *secret* as material of the key: the same whenever the same is imported again.

    It is a MAC keyed with the material, so it tells nothing of it.
    """
    return hmac.digest(secret, b"lodekey kms key material id\x00" + key_id.encode(), "sha256").hex()


def generate(spec: str) -> bytes:
    """Make new material; slow for RSA."""
    if spec == "SYMMETRIC_DEFAULT":
        return os.urandom(SYMMETRIC_BYTES)
    if spec in specs.HMAC_BYTES:
        return os.urandom(specs.HMAC_BYTES[spec])
    return key_pairs.generate(spec)


def checked(secret: bytes, spec: str) -> bytes:
    """Check material from outside, and return it as it is kept.

    Raises:
        IncorrectKeyMaterialException: It is not material of *spec*.
    """
    if specs.has_key_pair(spec):
        try:
            return key_pairs.checked(secret, spec)
        except key_pairs.BadKey:
            raise IncorrectKeyMaterialException from None
    if len(secret) != specs.HMAC_BYTES.get(spec, SYMMETRIC_BYTES):
        raise IncorrectKeyMaterialException
    return secret
