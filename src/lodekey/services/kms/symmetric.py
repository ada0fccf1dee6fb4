"""A symmetric encryption key at work: its newest material seals, every material opens."""

from __future__ import annotations

from collections.abc import Mapping

from lodekey.errors import ValidationException
from lodekey.services.kms import ciphertext
from lodekey.services.kms.errors import InvalidCiphertextException
from lodekey.services.kms.keys import Key


def must_be_clear(context: Mapping[str, str]) -> None:
    """Raise `ValidationException` where names of the context differ in case alone.

    To the ciphertext they are two, to a policy's ``kms:EncryptionContext:NAME`` one: whoever sends
    both could show the policies one value and use the other.
    """
    if len(context) > 1 and len({name.lower() for name in context}) != len(context):
        raise ValidationException(
            "The names in an encryption context must differ by more than their case."
        )


def seal(key: Key, plaintext: bytes, context: Mapping[str, str]) -> tuple[bytes, str]:
    """Seal *plaintext*; the blob, and the id of the material that sealed it."""
    must_be_clear(context)
    material_id, secret = key.sealing()
    header = ciphertext.Header(
        account=key.account,
        region="" if key.multi_region else key.region,
        key_id=key.id,
        material_id=material_id,
    )
    return ciphertext.seal(header, secret, plaintext, context), material_id


def open_(key: Key, blob: bytes, context: Mapping[str, str]) -> tuple[bytes, str]:
    """Open *blob*; the plaintext, and the id of the material that sealed it.

    Raises:
        InvalidCiphertextException: The key did not seal it, or not in this context.
        ValidationException: No policy could judge the context.
    """
    must_be_clear(context)
    header = ciphertext.read_header(blob)
    material = key.material(header.material_id)
    if (
        material is None
        or material.secret is None
        or (header.key_id, header.account) != (key.id, key.account)
        or header.region not in ("", key.region)
    ):
        raise InvalidCiphertextException
    return ciphertext.open_(blob, material.secret, context), material.id
