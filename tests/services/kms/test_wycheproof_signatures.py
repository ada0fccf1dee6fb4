"""Wycheproof's signatures through Verify: every one that KMS's algorithms reach.

Not reached, and why:

- messages and signatures of no bytes: the model asks for one at least (a digest stands in where the
  algorithm takes digests);
- curves, hashes and salt lengths that no key spec of KMS has.
"""

from __future__ import annotations

import hashlib

import pytest

from lodekey.crypto import key_pairs
from services.kms.vectors import Vector, attempt, plant, wycheproof

ECDSA = [
    ("ECC_NIST_P256", "ECDSA_SHA_256", "Signature/ecdsa_secp256r1_sha256_test.json"),
    ("ECC_NIST_P384", "ECDSA_SHA_384", "Signature/ecdsa_secp384r1_sha384_test.json"),
    ("ECC_NIST_P521", "ECDSA_SHA_512", "Signature/ecdsa_secp521r1_sha512_test.json"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256", "Signature/ecdsa_secp256k1_sha256_test.json"),
]
PKCS1 = [
    (
        f"RSA_{size}",
        f"RSASSA_PKCS1_V1_5_SHA_{bits}",
        f"Signature/rsa_signature_{size}_sha{bits}_test.json",
    )
    for size in (2048, 3072, 4096)
    for bits in (256, 384, 512)
]
PSS = [
    (
        f"RSA_{size}",
        f"RSASSA_PSS_SHA_{bits}",
        f"Signature/rsa_pss_{size}_sha{bits}_mgf1_{salt}_test.json",
    )
    for size, bits, salt in ((2048, 256, 32), (2048, 384, 48), (3072, 256, 32), (4096, 256, 32))
] + [("RSA_4096", "RSASSA_PSS_SHA_384", "Signature/rsa_pss_4096_sha384_mgf1_48_test.json")]
# AWS salts with as many bytes as the hash has, and takes nothing else: all of these are refused.
OTHER_SALTS = [
    ("RSA_2048", "RSASSA_PSS_SHA_256", "Signature/rsa_pss_2048_sha256_mgf1_0_test.json"),
    ("RSA_4096", "RSASSA_PSS_SHA_512", "Signature/rsa_pss_4096_sha512_mgf1_32_test.json"),
]
WHOLE = [
    ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "Signature/ed25519_test.json"),
    ("ML_DSA_44", "ML_DSA_SHAKE_256", "Signature/mldsa_44_verify_test.json"),
    ("ML_DSA_65", "ML_DSA_SHAKE_256", "Signature/mldsa_65_verify_test.json"),
    ("ML_DSA_87", "ML_DSA_SHAKE_256", "Signature/mldsa_87_verify_test.json"),
]


@pytest.fixture
def public_only(monkeypatch):
    """Let a key's material be a public key: the vectors have no more."""
    monkeypatch.setattr(key_pairs, "public", key_pairs.load_public)


class Tally:
    """Runs vectors through Verify and counts what became of them."""

    def __init__(self, world, spec, algorithm):
        self.world, self.spec, self.algorithm = world, spec, algorithm
        self.kms = world.client("kms")
        self.keys = {}
        self.ran = self.unreached = 0
        self.wrong = []

    def run(self, vector: Vector, *, digest: str = ""):
        message, signature = vector.bytes("msg"), vector.bytes("sig")
        kind = "DIGEST" if digest else "RAW"
        message = hashlib.new(digest, message).digest() if digest else message
        if not message or not signature or vector.test.get("ctx"):
            self.unreached += 1
            return
        accepted = self.accepts(self.key(vector.group), message, kind, signature)
        self.ran += 1
        if accepted != vector.is_valid and not vector.may_be_either:
            self.wrong.append((vector.test["tcId"], vector.test["comment"]))

    def key(self, group):
        der = bytes.fromhex(group["publicKeyDer"])
        if der not in self.keys:
            self.keys[der] = plant(self.world, self.spec, "SIGN_VERIFY", der)
        return self.keys[der]

    def accepts(self, key, message, kind, signature):
        answer = attempt(
            self.kms.verify,
            "KMSInvalidSignatureException",
            KeyId=key,
            Message=message,
            MessageType=kind,
            Signature=signature,
            SigningAlgorithm=self.algorithm,
        )
        return answer is not None and answer["SignatureValid"]


def settle(tally, at_least):
    assert tally.wrong == []
    assert tally.ran >= at_least


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(("spec", "algorithm", "path"), ECDSA + PKCS1 + PSS)
def test_with_digests(shared_world, spec, algorithm, path):
    tally = Tally(shared_world, spec, algorithm)
    try:
        vectors = list(wycheproof(path))
    except FileNotFoundError:
        pytest.skip("Wycheproof has no such file")
    for vector in vectors:
        tally.run(vector, digest=f"sha{algorithm[-3:]}")
    settle(tally, 0.9 * len(vectors))


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(("spec", "algorithm", "path"), ECDSA[:1] + PKCS1[:1] + PSS[:1])
def test_with_raw_messages(shared_world, spec, algorithm, path):
    tally = Tally(shared_world, spec, algorithm)
    for vector in wycheproof(path):
        tally.run(vector)
    settle(tally, 90)


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(("spec", "algorithm", "path"), OTHER_SALTS)
def test_other_salt_lengths_are_refused(shared_world, spec, algorithm, path):
    tally = Tally(shared_world, spec, algorithm)
    ours = f"s_len changed to {int(algorithm[-3:]) // 8}"
    for vector in wycheproof(path):
        result = "valid" if vector.test["comment"] == ours else "invalid"
        tally.run(Vector(vector.group, {**vector.test, "result": result}))
    settle(tally, 80)


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(("spec", "algorithm", "path"), WHOLE)
def test_whole_messages(shared_world, spec, algorithm, path):
    tally = Tally(shared_world, spec, algorithm)
    for vector in wycheproof(path):
        if "publicKeyDer" not in vector.group:
            tally.unreached += 1
            continue
        tally.run(vector)
    settle(tally, 50)
