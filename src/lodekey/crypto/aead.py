"""AES-256-GCM and HKDF, as the rest of the house uses them.

What fails to open raises; nothing here ever returns False.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class Tampered(Exception):
    """What is sealed is not what was sealed, or not under this key, or not for this use."""


class Aead:
    """AES-256-GCM under one key, with random nonces.

    Random 96-bit nonces are safe for 2**32 messages under one key (NIST SP 800-38D, 8.3): who
    seals more than that derives keys, as `lodekey.crypto.barrier` does.

    Args:
        key: 32 bytes.
    """

    __slots__ = ("_gcm", "encrypt")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._gcm = AESGCM(key)
        self.encrypt = self._gcm.encrypt

    def seal(self, name: bytes, body: bytes) -> bytes:
        """Seal *body* under *name*, its associated data: nonce, ciphertext, tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._gcm.encrypt(nonce, body, name)

    def open(self, name: bytes, sealed: bytes) -> bytes:
        """Open what `seal` made for the same *name*.

        Raises:
            Tampered: It does not open.
        """
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise Tampered("too short to have been sealed")
        try:
            return self._gcm.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name)
        except InvalidTag:
            raise Tampered("does not open: changed, moved, or sealed under another key") from None


@lru_cache(maxsize=2048)
def kept_aead(key: bytes) -> Aead:
    """The `Aead` of a key that opens what is read often: making one costs more than using it."""
    return Aead(key)


def derive_key(secret: bytes, purpose: str, *, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """Derive a key for one *purpose* from *secret* (HKDF-SHA256, RFC 5869).

    Args:
        secret: Input key material of full entropy.
        purpose: Names the use; two purposes never share a key.
        salt: Makes several keys for one purpose.
        length: Bytes wanted.
    """
    hkdf = HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=purpose.encode())
    return hkdf.derive(secret)
