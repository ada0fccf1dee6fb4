"""Key pairs by AWS's key spec: made, read, checked, and what a public key looks like outside.

A private key travels as DER PKCS #8 (RFC 5958), a public key as DER SubjectPublicKeyInfo
(RFC 5280), as AWS KMS hands them out. Loaded keys are kept, up to a number: loading an RSA key
costs more than using it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

KEPT = 512
"""How many loaded keys stay in memory."""

RSA_BITS = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
CURVES: dict[str, type[ec.EllipticCurve]] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
_MAKERS: dict[str, Callable[[], PrivateKeyTypes]] = {
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey.generate,
    "ML_DSA_44": mldsa.MLDSA44PrivateKey.generate,
    "ML_DSA_65": mldsa.MLDSA65PrivateKey.generate,
    "ML_DSA_87": mldsa.MLDSA87PrivateKey.generate,
    "ML_KEM_768": mlkem.MLKEM768PrivateKey.generate,
    "ML_KEM_1024": mlkem.MLKEM1024PrivateKey.generate,
}
_TYPES: dict[str, type[object]] = {
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey,
    "ML_DSA_44": mldsa.MLDSA44PrivateKey,
    "ML_DSA_65": mldsa.MLDSA65PrivateKey,
    "ML_DSA_87": mldsa.MLDSA87PrivateKey,
    "ML_KEM_768": mlkem.MLKEM768PrivateKey,
    "ML_KEM_1024": mlkem.MLKEM1024PrivateKey,
}
SPECS = frozenset({*RSA_BITS, *CURVES, *_MAKERS})
"""The key specs that can be made and used here."""


class BadKey(ValueError):
    """The bytes are no key of the spec that was asked for."""


def generate(spec: str) -> bytes:
    """Make a key pair; slow for RSA (tenths of a second to seconds)."""
    return _encode(_make(spec))


def _make(spec: str) -> PrivateKeyTypes:
    if spec in RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS[spec])
    if spec in CURVES:
        return ec.generate_private_key(CURVES[spec]())
    return _MAKERS[spec]()


def _encode(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@lru_cache(maxsize=KEPT)
def private(der: bytes) -> PrivateKeyTypes:
    """Load a private key that `generate` made or `checked` has let in: it is not checked again."""
    return load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)


@lru_cache(maxsize=KEPT)
def public(der: bytes) -> PublicKeyTypes:
    """The public half of the private key *der*, loaded."""
    return private(der).public_key()


@lru_cache(maxsize=KEPT)
def public_der(der: bytes) -> bytes:
    """The public half of the private key *der*, as SubjectPublicKeyInfo."""
    return public(der).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def forget_loaded() -> None:
    """Let go of every loaded key: some of them have been deleted."""
    for kept in (private, public, public_der):
        kept.cache_clear()


def checked(der: bytes, spec: str) -> bytes:
    """Check a private key from outside, and return it in our own encoding.

    Raises:
        BadKey: It is not a sound PKCS #8 key of *spec*.
    """
    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey from None
    if not _fits(key, spec):
        raise BadKey
    return _encode(key)


def _fits(key: PrivateKeyTypes, spec: str) -> bool:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.key_size == RSA_BITS.get(spec)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return spec in CURVES and isinstance(key.curve, CURVES[spec])
    return spec in _TYPES and isinstance(key, _TYPES[spec])


def load_public(der: bytes) -> PublicKeyTypes:
    """Load a public key from outside.

    Raises:
        BadKey: It is no sound SubjectPublicKeyInfo.
    """
    try:
        return load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey from None
