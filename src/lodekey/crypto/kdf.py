"""One key for one message: derived from key material, used once, never stored.

AWS KMS encrypts every message under a key of its own, derived from the KMS key's material by the
counter-mode KDF of NIST SP 800-108 with HMAC-SHA-256; so no message's key can wear out the
material, however many messages there are.

Source: https://docs.aws.amazon.com/kms/latest/cryptographic-details/kms-crypto-primitives.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY, _NONCE = 32, 12
_BLOCK, _HASH = 64, 32
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class BadCiphertext(ValueError):
    """The sealed message is not what was sealed, or not for this key or associated data."""


def derive(material: bytes, *, label: bytes, context: bytes, length: int) -> bytes:
    """Derive *length* bytes from *material* for one purpose (*label*) and one use (*context*).

    SP 800-108r1 §4.1: counter mode, counter and length of 32 bits before and after what is fixed.
    HMAC (RFC 2104) is written out over SHA-256: once for each message, OpenSSL's own KBKDF costs
    ten times as much to be set up as to run.

    Args:
        material: At most 64 bytes, a block of SHA-256.
        label: What it is for.
        context: What makes it unlike any other.
        length: At most 8,160 bytes.
    """
    if len(material) > _BLOCK or not 0 < length <= 255 * _HASH:
        raise ValueError("no such key can be derived")
    key = material.ljust(_BLOCK, b"\x00")
    inner, outer = key.translate(_INNER), key.translate(_OUTER)
    fixed = label + b"\x00" + context + (8 * length).to_bytes(4, "big")
    derived = b""
    for block in range(1, (length + _HASH - 1) // _HASH + 1):
        within = sha256(inner + block.to_bytes(4, "big") + fixed).digest()
        derived += sha256(outer + within).digest()
    return derived[:length]


def seal_once(
    material: bytes, plaintext: bytes, *, label: bytes, context: bytes, associated: bytes
) -> bytes:
    """Seal *plaintext* with AES-256-GCM under the key and nonce derived for *context*.

    Args:
        material: The long-lived key.
        plaintext: What to seal.
        label: What the derived key is for.
        context: What makes this message unlike any other: it must hold fresh random bytes, since
            two messages with one context would share key and nonce.
        associated: What is bound, but not hidden.
    """
    once = derive(material, label=label, context=context, length=_KEY + _NONCE)
    return AESGCM(once[:_KEY]).encrypt(once[_KEY:], plaintext, associated)


def open_once(
    material: bytes, sealed: bytes, *, label: bytes, context: bytes, associated: bytes
) -> bytes:
    """Open what `seal_once` made of the same material, label, context and associated data.

    Raises:
        BadCiphertext: Any of them differs, or *sealed* does.
    """
    decrypt, nonce = _opener(material, label, context)
    try:
        return decrypt(nonce, sealed, associated)
    except InvalidTag:
        raise BadCiphertext from None


@lru_cache(maxsize=2048)
def _opener(
    material: bytes, label: bytes, context: bytes
) -> tuple[Callable[[bytes, bytes, bytes], bytes], bytes]:
    """What opens one message, and its nonce: kept, since what is read once is read again.

    What is kept are keys, never what they open; whoever can read them here can read the material
    that they are derived from.
    """
    once = derive(material, label=label, context=context, length=_KEY + _NONCE)
    return AESGCM(once[:_KEY]).decrypt, once[_KEY:]
