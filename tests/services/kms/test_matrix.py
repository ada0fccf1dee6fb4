"""Every key spec with every usage and every algorithm: served, or refused as AWS does."""

from __future__ import annotations

import hashlib
from itertools import product

import botocore.session
import pytest

from lodekey.services.kms.specs import USES

MODEL = botocore.session.get_session().get_service_model("kms")


def enum(name):
    return MODEL.shape_for(name).enum


SPECS = enum("KeySpec")
USAGES = enum("KeyUsageType")
REFUSED = ("SM2", "ML_KEM_512")
PAIRS = [(spec, usage) for spec in USES for usage in USES[spec]]
SLOW = ("RSA_3072", "RSA_4096")

# What AWS's own table says, written down anew; not taken from the code under test.
RSA = {
    "ENCRYPT_DECRYPT": {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"},
    "SIGN_VERIFY": {
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
    },
}
EXPECTED = {
    "SYMMETRIC_DEFAULT": {"ENCRYPT_DECRYPT": {"SYMMETRIC_DEFAULT"}},
    "HMAC_224": {"GENERATE_VERIFY_MAC": {"HMAC_SHA_224"}},
    "HMAC_256": {"GENERATE_VERIFY_MAC": {"HMAC_SHA_256"}},
    "HMAC_384": {"GENERATE_VERIFY_MAC": {"HMAC_SHA_384"}},
    "HMAC_512": {"GENERATE_VERIFY_MAC": {"HMAC_SHA_512"}},
    "RSA_2048": RSA,
    "RSA_3072": RSA,
    "RSA_4096": RSA,
    "ECC_NIST_P256": {"SIGN_VERIFY": {"ECDSA_SHA_256"}, "KEY_AGREEMENT": {"ECDH"}},
    "ECC_NIST_P384": {"SIGN_VERIFY": {"ECDSA_SHA_384"}, "KEY_AGREEMENT": {"ECDH"}},
    "ECC_NIST_P521": {"SIGN_VERIFY": {"ECDSA_SHA_512"}, "KEY_AGREEMENT": {"ECDH"}},
    "ECC_SECG_P256K1": {"SIGN_VERIFY": {"ECDSA_SHA_256"}},
    "ECC_NIST_EDWARDS25519": {"SIGN_VERIFY": {"ED25519_SHA_512", "ED25519_PH_SHA_512"}},
    "ML_DSA_44": {"SIGN_VERIFY": {"ML_DSA_SHAKE_256"}},
    "ML_DSA_65": {"SIGN_VERIFY": {"ML_DSA_SHAKE_256"}},
    "ML_DSA_87": {"SIGN_VERIFY": {"ML_DSA_SHAKE_256"}},
    "ML_KEM_768": {"ENCAPSULATE_DECAPSULATE": {"ML_KEM"}},
    "ML_KEM_1024": {"ENCAPSULATE_DECAPSULATE": {"ML_KEM"}},
}
MEMBER = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
    "SIGN_VERIFY": "SigningAlgorithms",
    "GENERATE_VERIFY_MAC": "MacAlgorithms",
    "KEY_AGREEMENT": "KeyAgreementAlgorithms",
    "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithms",
}


def test_the_tables_agree():
    assert {**EXPECTED, **dict.fromkeys(REFUSED)}.keys() == set(SPECS)
    found = {spec: {use: set(algorithms) for use, algorithms in uses.items()}
             for spec, uses in USES.items()}  # fmt: skip
    assert found == EXPECTED


@pytest.mark.parametrize(("spec", "usage"), list(product(SPECS, USAGES)))
def test_a_key_is_made_or_refused(kms, key_of, refused, spec, usage):
    if spec in REFUSED:
        refused("UnsupportedOperationException", kms.create_key, KeySpec=spec, KeyUsage=usage)
    elif usage not in EXPECTED[spec]:
        message = refused("ValidationException", kms.create_key, KeySpec=spec, KeyUsage=usage)
        assert message == f"KeyUsage {usage} is not compatible with KeySpec {spec}"
    else:
        told = kms.describe_key(KeyId=key_of(spec, usage))["KeyMetadata"]
        assert (told["KeySpec"], told["KeyUsage"]) == (spec, usage)
        assert set(told[MEMBER[usage]]) == EXPECTED[spec][usage]
        assert not set(MEMBER.values()) - {MEMBER[usage]} & set(told)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec != "SYMMETRIC_DEFAULT"])
def test_the_usage_must_be_said(kms, refused, spec):
    code = "UnsupportedOperationException" if spec in REFUSED else "ValidationException"
    refused(code, kms.create_key, KeySpec=spec)


def test_the_old_name_of_the_spec_still_works(kms, refused):
    made = kms.create_key(CustomerMasterKeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    assert made["KeyMetadata"]["KeySpec"] == "ECC_NIST_P256"
    refused(
        "ValidationException",
        kms.create_key,
        CustomerMasterKeySpec="ECC_NIST_P256",
        KeySpec="ECC_NIST_P384",
        KeyUsage="SIGN_VERIFY",
    )


@pytest.mark.parametrize(("spec", "usage"), PAIRS)
def test_encrypt_and_decrypt(kms, key_of, refused, spec, usage):
    key = key_of(spec, usage)
    for algorithm in enum("EncryptionAlgorithmSpec"):
        request = {"KeyId": key, "EncryptionAlgorithm": algorithm}
        if algorithm not in EXPECTED[spec].get("ENCRYPT_DECRYPT", ()) or usage != "ENCRYPT_DECRYPT":
            code = "InvalidKeyUsageException"
            message = refused(code, kms.encrypt, **request, Plaintext=b"x")
            if usage == "ENCRYPT_DECRYPT":
                assert message == f"Algorithm {algorithm} and key spec {spec} are incompatible."
            else:
                assert message.endswith(f"key usage is {usage} which is not valid for Encrypt.")
            refused(code, kms.decrypt, **request, CiphertextBlob=b"x" * 256)
            continue
        blob = kms.encrypt(**request, Plaintext=b"secret")["CiphertextBlob"]
        opened = kms.decrypt(**request, CiphertextBlob=blob)
        assert opened["Plaintext"] == b"secret"
        assert opened["EncryptionAlgorithm"] == algorithm
        assert ("KeyMaterialId" in opened) == (algorithm == "SYMMETRIC_DEFAULT")


@pytest.mark.parametrize(("spec", "usage"), PAIRS)
def test_sign_and_verify(kms, key_of, refused, spec, usage):
    key = key_of(spec, usage)
    for algorithm, kind in product(enum("SigningAlgorithmSpec"), enum("MessageType")):
        request = {"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind}
        message = message_for(algorithm, kind)
        if usage != "SIGN_VERIFY" or algorithm not in EXPECTED[spec]["SIGN_VERIFY"]:
            refused("InvalidKeyUsageException", kms.sign, **request, Message=message)
            refused(
                "InvalidKeyUsageException", kms.verify, **request, Message=message, Signature=b"x"
            )
        elif kind not in kinds(algorithm):
            refused("ValidationException", kms.sign, **request, Message=message)
        else:
            signature = kms.sign(**request, Message=message)["Signature"]
            verified = kms.verify(**request, Message=message, Signature=signature)
            assert verified["SignatureValid"]
            other = bytes((message[0] ^ 1,)) + message[1:]
            refused(
                "KMSInvalidSignatureException",
                kms.verify,
                **request,
                Message=other,
                Signature=signature,
            )


def kinds(algorithm):
    if algorithm.startswith("ML_DSA"):
        return ("RAW", "EXTERNAL_MU")
    return {"ED25519_SHA_512": ("RAW",), "ED25519_PH_SHA_512": ("DIGEST",)}.get(
        algorithm, ("RAW", "DIGEST")
    )


def message_for(algorithm, kind):
    if kind == "EXTERNAL_MU":
        return b"m" * 64
    digest = algorithm[-3:] in {"256", "384", "512"} and "SHAKE" not in algorithm
    return hashlib.new(f"sha{algorithm[-3:]}", b"m").digest() if digest else b"m" * 32


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P384"])
def test_a_message_and_its_digest_are_the_same_message(kms, key_of, spec):
    key = key_of(spec, "SIGN_VERIFY")
    for algorithm in EXPECTED[spec]["SIGN_VERIFY"]:
        same = {"KeyId": key, "SigningAlgorithm": algorithm}
        digest = hashlib.new(f"sha{algorithm[-3:]}", b"hello").digest()
        signature = kms.sign(**same, Message=b"hello")["Signature"]
        kms.verify(**same, Message=digest, MessageType="DIGEST", Signature=signature)
        signature = kms.sign(**same, Message=digest, MessageType="DIGEST")["Signature"]
        kms.verify(**same, Message=b"hello", MessageType="RAW", Signature=signature)


def test_a_digest_must_have_its_length(kms, key_of, refused):
    request = {"Message": b"x" * 31, "MessageType": "DIGEST"}
    for spec in ("ECC_NIST_P256", "RSA_2048"):
        algorithm = min(EXPECTED[spec]["SIGN_VERIFY"])
        key = key_of(spec, "SIGN_VERIFY")
        message = refused(
            "ValidationException", kms.sign, KeyId=key, SigningAlgorithm=algorithm, **request
        )
        assert message == f"Digest is invalid length for algorithm {algorithm}."
    refused(
        "ValidationException",
        kms.sign,
        KeyId=key_of("ML_DSA_44", "SIGN_VERIFY"),
        SigningAlgorithm="ML_DSA_SHAKE_256",
        Message=b"x" * 63,
        MessageType="EXTERNAL_MU",
    )


@pytest.mark.parametrize(("spec", "usage"), PAIRS)
def test_macs(kms, key_of, refused, spec, usage):
    key = key_of(spec, usage)
    for algorithm in enum("MacAlgorithmSpec"):
        request = {"KeyId": key, "Message": b"hello", "MacAlgorithm": algorithm}
        if algorithm not in EXPECTED[spec].get("GENERATE_VERIFY_MAC", ()):
            refused("InvalidKeyUsageException", kms.generate_mac, **request)
            refused("InvalidKeyUsageException", kms.verify_mac, **request, Mac=b"x")
            continue
        made = kms.generate_mac(**request)["Mac"]
        assert len(made) == int(algorithm[-3:]) // 8
        assert kms.verify_mac(**request, Mac=made)["MacValid"]
        for wrong in (made[:-1], made + b"x", bytes((made[0] ^ 1,)) + made[1:]):
            refused("KMSInvalidMacException", kms.verify_mac, **request, Mac=wrong)


@pytest.mark.parametrize(("spec", "usage"), PAIRS)
def test_shared_secrets(kms, key_of, refused, spec, usage):
    key = key_of(spec, usage)
    ecdh = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH"}
    ml_kem = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
    if usage == "KEY_AGREEMENT":
        other = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
        one_side = kms.derive_shared_secret(
            **ecdh, PublicKey=kms.get_public_key(KeyId=other)["PublicKey"]
        )
        other_side = kms.derive_shared_secret(
            KeyId=other,
            KeyAgreementAlgorithm="ECDH",
            PublicKey=kms.get_public_key(KeyId=key)["PublicKey"],
        )
        assert one_side["SharedSecret"] == other_side["SharedSecret"]
        assert one_side["KeyOrigin"] == "AWS_KMS"
        refused("ValidationException", kms.derive_shared_secret, **ecdh, PublicKey=b"x")
    else:
        code = "InvalidKeyUsageException"
        refused(code, kms.derive_shared_secret, **ecdh, PublicKey=b"x")
    if usage == "ENCAPSULATE_DECAPSULATE":
        made = kms.encapsulate(**ml_kem)
        blob = made["SharedSecretCiphertextBlob"]
        assert len(blob) == {"ML_KEM_768": 1088, "ML_KEM_1024": 1568}[spec]
        opened = kms.decapsulate(**ml_kem, SharedSecretCiphertextBlob=blob)
        assert made["SharedSecret"] == opened["SharedSecret"]
        code = "InvalidCiphertextException"
        refused(code, kms.decapsulate, **ml_kem, SharedSecretCiphertextBlob=blob[:-1])
    else:
        refused("InvalidKeyUsageException", kms.encapsulate, **ml_kem)
        code = "InvalidKeyUsageException"
        refused(code, kms.decapsulate, **ml_kem, SharedSecretCiphertextBlob=b"x")


@pytest.mark.parametrize(("spec", "usage"), PAIRS)
def test_public_keys(kms, key_of, refused, spec, usage):
    key = key_of(spec, usage)
    if spec == "SYMMETRIC_DEFAULT" or spec.startswith("HMAC"):
        refused("UnsupportedOperationException", kms.get_public_key, KeyId=key)
        return
    told = kms.get_public_key(KeyId=key)
    assert (told["KeySpec"], told["KeyUsage"]) == (spec, usage)
    assert set(told[MEMBER[usage]]) == EXPECTED[spec][usage]
    assert told["PublicKey"][:1] == b"\x30"


@pytest.mark.parametrize(("spec", "usage"), PAIRS)
def test_only_symmetric_keys_seal_data_keys(kms, key_of, refused, spec, usage):
    key = key_of(spec, usage)
    calls = (
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeySpec": "AES_128"}),
        (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
        (kms.generate_data_key_pair_without_plaintext, {"KeyPairSpec": "ECC_NIST_P256"}),
    )
    for call, members in calls:
        if spec == "SYMMETRIC_DEFAULT":
            assert call(KeyId=key, **members)["KeyMaterialId"]
        else:
            refused("InvalidKeyUsageException", call, KeyId=key, **members)


@pytest.mark.parametrize("spec", enum("DataKeyPairSpec"))
def test_data_key_pairs(kms, key, refused, spec):
    request = {"KeyId": key, "KeyPairSpec": spec, "EncryptionContext": {"a": "b"}}
    if spec in REFUSED:
        refused("UnsupportedOperationException", kms.generate_data_key_pair, **request)
        code = "UnsupportedOperationException"
        refused(code, kms.generate_data_key_pair_without_plaintext, **request)
        return
    made = kms.generate_data_key_pair(**request)
    blob = made["PrivateKeyCiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    assert made["KeyPairSpec"] == spec
    assert_pair(made["PrivateKeyPlaintext"], made["PublicKey"])
    if spec not in SLOW:
        hidden = kms.generate_data_key_pair_without_plaintext(**request)
        assert "PrivateKeyPlaintext" not in hidden
        blob = hidden["PrivateKeyCiphertextBlob"]
        opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
        assert_pair(opened["Plaintext"], hidden["PublicKey"])


def assert_pair(private, public):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_der_private_key(private, None)
    assert public == key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_data_keys_have_the_size_that_is_asked_for(kms, key, refused):
    for request, size in (
        ({"KeySpec": "AES_128"}, 16),
        ({"KeySpec": "AES_256"}, 32),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1024}, 1024),
    ):
        made = kms.generate_data_key(KeyId=key, **request, EncryptionContext={"a": "b"})
        assert len(made["Plaintext"]) == size
        opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
        assert opened["Plaintext"] == made["Plaintext"]
        hidden = kms.generate_data_key_without_plaintext(KeyId=key, **request)
        assert "Plaintext" not in hidden
        assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size
    for request in ({}, {"KeySpec": "AES_256", "NumberOfBytes": 32}):
        message = refused("ValidationException", kms.generate_data_key, KeyId=key, **request)
        assert message == "Please specify either number of bytes or key spec."


@pytest.mark.parametrize(
    ("spec", "algorithm", "longest"),
    [
        ("RSA_2048", "RSAES_OAEP_SHA_1", 214),
        ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
        ("RSA_3072", "RSAES_OAEP_SHA_1", 342),
        ("RSA_3072", "RSAES_OAEP_SHA_256", 318),
        ("RSA_4096", "RSAES_OAEP_SHA_1", 470),
        ("RSA_4096", "RSAES_OAEP_SHA_256", 446),
    ],
)
def test_rsa_encrypts_so_much_and_no_more(kms, key_of, refused, spec, algorithm, longest):
    request = {"KeyId": key_of(spec, "ENCRYPT_DECRYPT"), "EncryptionAlgorithm": algorithm}
    blob = kms.encrypt(**request, Plaintext=b"x" * longest)["CiphertextBlob"]
    assert kms.decrypt(**request, CiphertextBlob=blob)["Plaintext"] == b"x" * longest
    refused("ValidationException", kms.encrypt, **request, Plaintext=b"x" * (longest + 1))
    refused("InvalidCiphertextException", kms.decrypt, **request, CiphertextBlob=blob[::-1])
    context = {"EncryptionContext": {"a": "b"}}
    refused("ValidationException", kms.encrypt, **request, **context, Plaintext=b"x")
    refused("ValidationException", kms.decrypt, **request, **context, CiphertextBlob=blob)
    refused("ValidationException", kms.decrypt, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
