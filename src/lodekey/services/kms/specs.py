"""What a key can be: key specs, what each may be used for, and with which algorithms.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from typing import Final

from lodekey.errors import ValidationException
from lodekey.services.kms.errors import InvalidKeyUsageException, UnsupportedOperationException

Uses = dict[str, tuple[str, ...]]
"""The algorithms for each key usage."""

_RSA: Final[Uses] = {
    "ENCRYPT_DECRYPT": ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
    "SIGN_VERIFY": tuple(
        f"RSASSA_{scheme}_SHA_{bits}"
        for scheme in ("PKCS1_V1_5", "PSS")
        for bits in (256, 384, 512)
    ),
}
_ML_DSA: Final[Uses] = {"SIGN_VERIFY": ("ML_DSA_SHAKE_256",)}
_ML_KEM: Final[Uses] = {"ENCAPSULATE_DECAPSULATE": ("ML_KEM",)}


def _nist(bits: int) -> Uses:
    return {"SIGN_VERIFY": (f"ECDSA_SHA_{bits}",), "KEY_AGREEMENT": ("ECDH",)}


USES: Final[dict[str, Uses]] = {
    "SYMMETRIC_DEFAULT": {"ENCRYPT_DECRYPT": ("SYMMETRIC_DEFAULT",)},
    **{f"HMAC_{n}": {"GENERATE_VERIFY_MAC": (f"HMAC_SHA_{n}",)} for n in (224, 256, 384, 512)},
    **{f"RSA_{bits}": _RSA for bits in (2048, 3072, 4096)},
    "ECC_NIST_P256": _nist(256),
    "ECC_NIST_P384": _nist(384),
    "ECC_NIST_P521": _nist(512),
    "ECC_SECG_P256K1": {"SIGN_VERIFY": ("ECDSA_SHA_256",)},
    "ECC_NIST_EDWARDS25519": {"SIGN_VERIFY": ("ED25519_SHA_512", "ED25519_PH_SHA_512")},
    **{f"ML_DSA_{n}": _ML_DSA for n in (44, 65, 87)},
    **{f"ML_KEM_{n}": _ML_KEM for n in (768, 1024)},
}
"""Every key spec that is served, in the model's words."""

NOT_SERVED: Final = frozenset({"SM2", "ML_KEM_512"})
"""In the model, and refused: SM2 is for AWS's China Regions; ML-KEM-512 no library here has."""

HMAC_BYTES: Final = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}

# Where DescribeKey and GetPublicKey list a key's algorithms, by its usage.
ALGORITHMS_MEMBER: Final = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
    "SIGN_VERIFY": "SigningAlgorithms",
    "GENERATE_VERIFY_MAC": "MacAlgorithms",
    "KEY_AGREEMENT": "KeyAgreementAlgorithms",
    "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithms",
}

_SYMMETRIC_TYPES: Final = {"SYMMETRIC_DEFAULT": "symmetric", **dict.fromkeys(HMAC_BYTES, "hmac")}


def key_type(spec: str) -> str:
    """``symmetric``, ``hmac`` or ``asymmetric``: what UpdateAlias compares."""
    return _SYMMETRIC_TYPES.get(spec, "asymmetric")


def has_key_pair(spec: str) -> bool:
    """Whether keys of *spec* are key pairs."""
    return spec not in _SYMMETRIC_TYPES


def chosen_usage(spec: str, usage: str | None) -> str:
    """The key usage of a key to be made of *spec*.

    Raises:
        UnsupportedOperationException: The spec is not served.
        ValidationException: The usage is missing, or not the spec's.
    """
    must_be_served(spec)
    if usage is None:
        if spec == "SYMMETRIC_DEFAULT":
            return "ENCRYPT_DECRYPT"
        raise ValidationException(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption"
            " keys."
        )
    if usage not in USES[spec]:
        raise ValidationException(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    return usage


def must_be_served(spec: str) -> None:
    """Raise `UnsupportedOperationException` where the spec is known and not offered."""
    if spec in NOT_SERVED:
        raise UnsupportedOperationException(f"KeySpec {spec} is not supported in this Region")


def must_have_algorithm(spec: str, usage: str, algorithm: str) -> None:
    """Raise `InvalidKeyUsageException` unless keys of this spec and usage have the algorithm."""
    if algorithm not in USES[spec][usage]:
        raise InvalidKeyUsageException(
            f"Algorithm {algorithm} and key spec {spec} are incompatible."
        )
