"""What can be hidden or agreed with a public key: RSA-OAEP, ECDH and ML-KEM."""

from __future__ import annotations

from typing import Any, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, padding, rsa

from lodekey.crypto import key_pairs
from lodekey.crypto.kdf import BadCiphertext


def _oaep(hashed: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(mgf=padding.MGF1(hashed), algorithm=hashed, label=None)


# SHA-1 is AWS's choice, and safe here: OAEP does not lean on the hash's collisions.
_PADDINGS: dict[str, tuple[padding.OAEP, int]] = {
    "RSAES_OAEP_SHA_1": (_oaep(hashes.SHA1()), 20),  # noqa: S303
    "RSAES_OAEP_SHA_256": (_oaep(hashes.SHA256()), 32),
}


def longest(der: bytes, algorithm: str) -> int:
    """Bytes of the longest message that *algorithm* can hide with this key (RFC 8017, 7.1.1)."""
    key = cast("rsa.RSAPrivateKey", key_pairs.private(der))
    return key.key_size // 8 - 2 * _PADDINGS[algorithm][1] - 2


def encrypt(der: bytes, algorithm: str, plaintext: bytes) -> bytes:
    """Hide *plaintext* with the public half of the RSA key *der*."""
    key = cast("rsa.RSAPublicKey", key_pairs.public(der))
    return key.encrypt(plaintext, _PADDINGS[algorithm][0])


def decrypt(der: bytes, algorithm: str, ciphertext: bytes) -> bytes:
    """Open what was hidden with the public half of the RSA key *der*.

    Raises:
        BadCiphertext: It was hidden otherwise, or not at all.
    """
    key = cast("rsa.RSAPrivateKey", key_pairs.private(der))
    try:
        return key.decrypt(ciphertext, _PADDINGS[algorithm][0])
    except ValueError:
        raise BadCiphertext from None


def agree(der: bytes, peer: bytes) -> bytes:
    """Agree on a secret with the owner of the public key *peer* (ECDH, the x-coordinate alone).

    Raises:
        BadKey: *peer* is no sound public key on the same curve.
    """
    key = cast("ec.EllipticCurvePrivateKey", key_pairs.private(der))
    other = key_pairs.load_public(peer)
    if not isinstance(other, ec.EllipticCurvePublicKey) or other.curve.name != key.curve.name:
        raise key_pairs.BadKey
    return key.exchange(ec.ECDH(), other)


def encapsulate(der: bytes) -> tuple[bytes, bytes]:
    """Make a shared secret, and its form for the owner of the ML-KEM key (FIPS 203)."""
    key = cast("mlkem.MLKEM768PublicKey", key_pairs.public(der))
    secret, encapsulated = key.encapsulate()
    return secret, encapsulated


def decapsulate(der: bytes, encapsulated: bytes) -> bytes:
    """Recover a shared secret. A forged form of the right length gives another secret, no error.

    Raises:
        BadCiphertext: *encapsulated* has not the key's length.
    """
    key: Any = key_pairs.private(der)
    try:
        secret: bytes = key.decapsulate(encapsulated)
    except ValueError:
        raise BadCiphertext from None
    return secret
