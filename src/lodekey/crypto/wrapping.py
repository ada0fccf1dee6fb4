"""Key material on its way in: wrapped under an RSA key that was made for one import.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html
"""

from __future__ import annotations

from typing import cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

from lodekey.crypto import key_pairs, public_key_ciphers
from lodekey.crypto.kdf import BadCiphertext

ALGORITHMS = {
    "RSAES_OAEP_SHA_1": "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256": "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1": "RSAES_OAEP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256": "RSAES_OAEP_SHA_256",
}
"""The wrapping algorithms, and which RSA padding each stands on."""

_AES_SIZES = (16, 24, 32)


def unwrap(der: bytes, algorithm: str, wrapped: bytes) -> bytes:
    """Open key material that was wrapped with the public half of *der*.

    The ``RSA_AES`` algorithms carry an AES key hidden with RSA-OAEP, then the material wrapped
    with that key (AES-KWP, RFC 5649); they are PKCS #11's CKM_RSA_AES_KEY_WRAP.

    Raises:
        BadCiphertext: It was wrapped otherwise, or not at all.
    """
    padding = ALGORITHMS[algorithm]
    if algorithm == padding:
        return public_key_ciphers.decrypt(der, padding, wrapped)
    size = cast("rsa.RSAPrivateKey", key_pairs.private(der)).key_size // 8
    key = public_key_ciphers.decrypt(der, padding, wrapped[:size])
    if len(key) not in _AES_SIZES:
        raise BadCiphertext
    try:
        return aes_key_unwrap_with_padding(key, wrapped[size:])
    except (InvalidUnwrap, ValueError):
        raise BadCiphertext from None
