"""Ed25519ph (RFC 8032, section 5.1): Ed25519 over a SHA-512 of the message.

Neither OpenSSL's Python binding nor Ed25519 itself can be made to do it: the hash is mixed with a
prefix of its own. PyCryptodome can; it is asked for this alone, and only when it is used.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from Cryptodome.Hash import SHA512
from Cryptodome.Signature import eddsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lodekey.crypto import key_pairs


@lru_cache(maxsize=key_pairs.KEPT)
def _private(der: bytes) -> Any:
    key = key_pairs.private(der)
    if not isinstance(key, Ed25519PrivateKey):
        raise key_pairs.BadKey
    return eddsa.import_private_key(key.private_bytes_raw())


def sign_prehashed(der: bytes, message: bytes) -> bytes:
    """Sign *message* with the Ed25519 private key *der*; the hashing is done here."""
    made: bytes = eddsa.new(_private(der), "rfc8032").sign(SHA512.new(message))
    return made


def verify_prehashed(der: bytes, signature: bytes, message: bytes) -> None:
    """Check such a signature.

    Raises:
        ValueError: It is none of this key's on *message*.
    """
    eddsa.new(_private(der).public_key(), "rfc8032").verify(SHA512.new(message), signature)
