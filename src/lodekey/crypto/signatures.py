"""Signatures, by AWS KMS's algorithm names.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from lodekey.crypto import key_pairs
from lodekey.lazily import lazily

if TYPE_CHECKING:
    from lodekey.crypto import ed25519ph
else:
    ed25519ph = lazily("lodekey.crypto.ed25519ph")

MU = 64
"""Bytes of ML-DSA's message representative μ (FIPS 204, section 6.2)."""


class BadSignature(ValueError):
    """The signature is not this key's on this message."""


_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def digest_size(algorithm: str) -> int:
    """Bytes of the digest that *algorithm* signs; 0 where it takes none."""
    if algorithm in {"ML_DSA_SHAKE_256", "ED25519_SHA_512"}:
        return 0
    return _HASHES[algorithm[-3:]].digest_size


def _arguments(algorithm: str, *, digest: bool) -> tuple[Any, ...]:
    """What pyca's sign and verify take after the message."""
    hashed = _HASHES[algorithm[-3:]]
    chosen: hashes.HashAlgorithm | Prehashed = Prehashed(hashed) if digest else hashed
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(chosen),)
    if algorithm.startswith("RSASSA_PSS"):
        # AWS KMS salts with as many bytes as the hash has, and takes no other length.
        return (padding.PSS(padding.MGF1(hashed), padding.PSS.DIGEST_LENGTH), chosen)
    return (padding.PKCS1v15(), chosen)


_ARGUMENTS: dict[tuple[str, bool], tuple[Any, ...]] = {
    (f"{scheme}_SHA_{bits}", digest): _arguments(f"{scheme}_SHA_{bits}", digest=digest)
    for scheme in ("ECDSA", "RSASSA_PSS", "RSASSA_PKCS1_V1_5")
    for bits in _HASHES
    for digest in (False, True)
}


def sign(der: bytes, algorithm: str, message: bytes, kind: str) -> bytes:
    """Sign *message* with the private key *der*.

    Args:
        der: The private key.
        algorithm: One of KMS's ``SigningAlgorithmSpec``, one that the key's spec has.
        message: The message, its digest, or ML-DSA's μ.
        kind: Which of them it is: ``RAW``, ``DIGEST``, ``EXTERNAL_MU``.
    """
    if algorithm == "ED25519_PH_SHA_512":
        return ed25519ph.sign_prehashed(der, message)
    key: Any = key_pairs.private(der)
    made: bytes
    if kind == "EXTERNAL_MU":
        made = key.sign_mu(message)
    else:
        made = key.sign(message, *_ARGUMENTS.get((algorithm, kind == "DIGEST"), ()))
    return made


def verify(der: bytes, algorithm: str, message: bytes, kind: str, signature: bytes) -> None:
    """Check a signature that `sign` may have made.

    Raises:
        BadSignature: It did not, with these arguments.
    """
    try:
        _verifier(der, algorithm, kind)(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature from None


def _verifier(der: bytes, algorithm: str, kind: str) -> Callable[[bytes, bytes], None]:
    if algorithm == "ED25519_PH_SHA_512":
        return lambda signature, message: ed25519ph.verify_prehashed(der, signature, message)
    key: Any = key_pairs.public(der)
    if kind == "EXTERNAL_MU":
        verifier: Callable[[bytes, bytes], None] = key.verify_mu
        return verifier
    arguments = _ARGUMENTS.get((algorithm, kind == "DIGEST"), ())
    return lambda signature, message: key.verify(signature, message, *arguments)
