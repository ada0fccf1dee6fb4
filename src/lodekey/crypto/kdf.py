"""One key for one message: derived from key material, used once, never stored.

AWS KMS encrypts every message under a key of its own, derived from the KMS key's material by the
counter-mode KDF of NIST SP 800-108 with HMAC-SHA-256; so no message's key can wear out the
material, however many messages there are.

Source: https://docs.aws.amazon.com/kms/latest/cryptographic-details/kms-crypto-primitives.html
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode

_KEY, _NONCE = 32, 12


class BadCiphertext(ValueError):
    """The sealed message is not what was sealed, or not for this key or associated data."""


def derive(material: bytes, *, label: bytes, context: bytes, length: int) -> bytes:
    """Derive *length* bytes from *material* for one purpose (*label*) and one use (*context*)."""
    return KBKDFHMAC(
        algorithm=SHA256(),
        mode=Mode.CounterMode,
        length=length,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=label,
        context=context,
        fixed=None,
    ).derive(material)


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
    once = derive(material, label=label, context=context, length=_KEY + _NONCE)
    try:
        return AESGCM(once[:_KEY]).decrypt(once[_KEY:], sealed, associated)
    except InvalidTag:
        raise BadCiphertext from None
