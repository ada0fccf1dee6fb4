"""A value sealed before it leaves the machine: KMS ciphertext in base64, once.

The encryption context binds the ciphertext to the name of its place: put under another name, it
does not open. KMS seals up to 4096 bytes this way.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
"""

from __future__ import annotations

import base64
import binascii

from lodekey.client.connection import Connection
from lodekey.client.failures import Failure, Unusable, translated
from lodekey.client.places import Place

LIMIT = 4096
"""The most bytes that kms:Encrypt takes."""
CONTEXT_KEY = "lodekey:name"
"""The member of the encryption context that holds the place."""


def context_of(place: Place, *, bound: bool = True) -> dict[str, str]:
    """The encryption context of a value at *place*.

    Args:
        place: Where the value is.
        bound: False: no context, for code that decrypts without one.
    """
    return {CONTEXT_KEY: str(place.current)} if bound else {}


def seal(
    connection: Connection, key: str, content: str | bytes, place: Place, *, bound: bool = True
) -> str:
    """Encrypt *content* under a KMS key for one place; returns base64.

    Raises:
        Unusable: The content is longer than KMS takes, or empty.
        Denied: The key refuses.
    """
    plain = content.encode() if isinstance(content, str) else content
    if not 0 < len(plain) <= LIMIT:
        raise Unusable(
            f"an envelope holds 1 to {LIMIT} bytes, not {len(plain)}",
            hint="without `--envelope` the store seals larger values",
        )
    with translated():
        answer = connection.client("kms").encrypt(
            KeyId=key, Plaintext=plain, EncryptionContext=context_of(place, bound=bound)
        )
    return base64.b64encode(answer["CiphertextBlob"]).decode()


def open_(connection: Connection, sealed: str, place: Place, *, bound: bool = True) -> bytes:
    """Decrypt what `seal` made for this place.

    Raises:
        Failure: It is no envelope, or one for another place.
        Denied: The key refuses.
    """
    try:
        blob = base64.b64decode(sealed.strip(), validate=True)
    except binascii.Error:
        raise Failure(f"`{place}` is no envelope: it is not base64") from None
    if _looks_encoded(blob):
        raise Failure(
            f"`{place}` was encoded in base64 twice",
            hint="AWS CLI v1 encodes `--plaintext`, v2 does not; `lodekey lint rule LT005`",
        )
    with translated():
        answer = connection.client("kms").decrypt(
            CiphertextBlob=blob, EncryptionContext=context_of(place, bound=bound)
        )
    plain: bytes = answer["Plaintext"]
    return plain


def _looks_encoded(blob: bytes) -> bool:
    """Whether the decoded bytes are themselves base64 of something long."""
    try:
        return len(blob) > 64 and bool(base64.b64decode(blob, validate=True))
    except binascii.Error:
        return False
