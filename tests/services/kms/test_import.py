"""Imported key material: every wrap, every kind of key, expiry, deletion, generations."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding

from lodekey.crypto import key_pairs

DAY = 86_400
HASHES = {"SHA_1": hashes.SHA1(), "SHA_256": hashes.SHA256()}
DIRECT = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
TWO_STEPS = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
STAYS = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


def wrap(public, algorithm, secret):
    """Wrap as AWS's guide tells a customer to do with OpenSSL."""
    hashed = next(value for name, value in HASHES.items() if algorithm.endswith(name))
    key = serialization.load_der_public_key(public)
    oaep = padding.OAEP(padding.MGF1(hashed), hashed, None)
    if algorithm in DIRECT:
        return key.encrypt(secret, oaep)
    once = os.urandom(32)
    return key.encrypt(once, oaep) + aes_key_wrap_with_padding(once, secret)


class Importer:
    """Imports material into keys."""

    def __init__(self, kms):
        self.kms = kms
        self.parameters = {}

    def new(self, **made):
        return self.kms.create_key(Origin="EXTERNAL", **made)["KeyMetadata"]["KeyId"]

    def request(self, key, secret, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048", **more):
        if (key, algorithm, spec) not in self.parameters:
            self.parameters[key, algorithm, spec] = self.kms.get_parameters_for_import(
                KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec
            )
        given = self.parameters[key, algorithm, spec]
        return {
            "KeyId": key,
            "ImportToken": given["ImportToken"],
            "EncryptedKeyMaterial": wrap(given["PublicKey"], algorithm, secret),
            **(more if "ValidTo" in more else {**STAYS, **more}),
        }

    def __call__(self, key, secret, *wrapped, **more):
        return self.kms.import_key_material(**self.request(key, secret, *wrapped, **more))


@pytest.fixture
def kms(world):
    return world.client("kms")


@pytest.fixture
def bring(kms):
    return Importer(kms)


def state(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def test_a_key_awaits_its_material(kms, bring, refused):
    key = bring.new()
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (told["KeyState"], told["Enabled"]) == ("PendingImport", False)
    assert (told["Origin"], "CurrentKeyMaterialId" in told) == ("EXTERNAL", False)
    message = refused("KMSInvalidStateException", kms.encrypt, KeyId=key, Plaintext=b"x")
    assert message.endswith("is pending import.")
    refused("KMSInvalidStateException", kms.enable_key, KeyId=key)
    answer = bring(key, os.urandom(32))
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert told["KeyState"] == "Enabled"
    assert told["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
    assert told["CurrentKeyMaterialId"] == answer["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@pytest.mark.parametrize("size", ["RSA_2048", "RSA_3072", "RSA_4096"])
@pytest.mark.parametrize("algorithm", DIRECT + TWO_STEPS)
def test_every_wrap_of_a_symmetric_key(kms, bring, algorithm, size):
    key = bring.new()
    bring(key, os.urandom(32), algorithm, size)
    assert state(kms, key) == "Enabled"


KINDS = [
    *((f"HMAC_{bits}", "GENERATE_VERIFY_MAC") for bits in (224, 256, 384, 512)),
    ("RSA_2048", "SIGN_VERIFY"),
    ("RSA_3072", "ENCRYPT_DECRYPT"),
    ("ECC_NIST_P256", "SIGN_VERIFY"),
    ("ECC_NIST_P384", "KEY_AGREEMENT"),
    ("ECC_NIST_P521", "SIGN_VERIFY"),
    ("ECC_SECG_P256K1", "SIGN_VERIFY"),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
    ("ML_DSA_44", "SIGN_VERIFY"),
    ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
]
SIZES = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}


@pytest.mark.parametrize(("spec", "usage"), KINDS)
def test_every_kind_of_key_can_be_imported(kms, bring, refused, spec, usage):
    secret = os.urandom(SIZES[spec]) if spec in SIZES else key_pairs.generate(spec)
    key = bring.new(KeySpec=spec, KeyUsage=usage)
    answer = bring(key, secret, TWO_STEPS[1])
    assert "KeyMaterialId" not in answer
    assert state(kms, key) == "Enabled"
    if spec not in SIZES:
        assert kms.get_public_key(KeyId=key)["PublicKey"] == key_pairs.public_der(secret)
    else:
        made = kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=f"HMAC_SHA_{spec[-3:]}")
        import hmac

        assert made["Mac"] == hmac.digest(secret, b"m", f"sha{spec[-3:]}")
    other = os.urandom(SIZES[spec]) if spec in SIZES else key_pairs.generate(spec)
    code = "IncorrectKeyMaterialException"
    refused(code, kms.import_key_material, **bring.request(key, other, TWO_STEPS[1]))
    bring(key, secret, TWO_STEPS[1])
    only = {"KeyMaterialDescription": "x"}
    refused(
        "ValidationException",
        kms.import_key_material,
        **bring.request(key, secret, TWO_STEPS[1], **only),
    )


@pytest.mark.parametrize("secret", [b"", b"x" * 31, b"x" * 33, b"x" * 16])
def test_material_of_another_size_is_refused(kms, bring, refused, secret):
    key = bring.new()
    request = bring.request(key, secret or b"\x00", DIRECT[1])
    refused("IncorrectKeyMaterialException", kms.import_key_material, **request)
    assert state(kms, key) == "PendingImport"


def test_another_kind_of_pair_is_refused(kms, bring, refused):
    key = bring.new(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    code = "IncorrectKeyMaterialException"
    for secret in (key_pairs.generate("ECC_NIST_P384"), b"nonsense" * 10, os.urandom(32)):
        request = bring.request(key, secret, TWO_STEPS[1])
        refused(code, kms.import_key_material, **request)


def test_what_cannot_be_wrapped_so(kms, bring, refused):
    rsa = bring.new(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    p521 = bring.new(KeySpec="ECC_NIST_P521", KeyUsage="SIGN_VERIFY")
    call = kms.get_parameters_for_import
    for key, algorithm, spec in (
        (rsa, DIRECT[0], "RSA_4096"),
        (rsa, DIRECT[1], "RSA_4096"),
        (p521, DIRECT[1], "RSA_2048"),
    ):
        request = {"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec}
        refused("ValidationException", call, **request)
    for algorithm, spec in (
        ("RSAES_PKCS1_V1_5", "RSA_2048"),
        ("SM2PKE", "RSA_2048"),
        (DIRECT[1], "SM2"),
    ):
        request = {"KeyId": bring.new(), "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec}
        refused("UnsupportedOperationException", call, **request)


def test_a_key_of_our_own_takes_no_material(kms, refused):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    message = refused(
        "UnsupportedOperationException",
        kms.get_parameters_for_import,
        KeyId=key,
        WrappingAlgorithm=DIRECT[1],
        WrappingKeySpec="RSA_2048",
    )
    assert message == f"{key} origin is AWS_KMS which is not valid for this operation."
    code = "UnsupportedOperationException"
    request = {"KeyId": key, "ImportToken": b"x", "EncryptedKeyMaterial": b"x"}
    refused(code, kms.import_key_material, **request)
    refused(code, kms.delete_imported_key_material, KeyId=key)


def test_tokens_belong_to_their_keys_and_their_day(world, kms, bring, refused):
    one, two = bring.new(), bring.new()
    secret = os.urandom(32)
    request, other = bring.request(one, secret), bring.request(two, secret)
    call = kms.import_key_material
    false = {**request, "ImportToken": other["ImportToken"]}
    refused("InvalidImportTokenException", call, **false)
    for token in (b"x", request["ImportToken"] + b"x", request["ImportToken"][:-1]):
        refused("InvalidImportTokenException", call, **{**request, "ImportToken": token})
    mixed = {**request, "EncryptedKeyMaterial": other["EncryptedKeyMaterial"]}
    refused("InvalidCiphertextException", call, **mixed)
    refused("InvalidCiphertextException", call, **{**request, "EncryptedKeyMaterial": b"x"})
    call(**request)
    call(**request)
    world.clock.advance(DAY + 1)
    refused("ExpiredImportTokenException", call, **request)


def test_material_expires(world, kms, bring, refused):
    key, secret = bring.new(), os.urandom(32)
    ends = datetime.fromtimestamp(int(world.clock()) + 10 * DAY, UTC)
    bring(key, secret, ValidTo=ends)
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (told["ExpirationModel"], told["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", ends)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    world.clock.advance(10 * DAY + 1)
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob)
    assert state(kms, key) == "PendingImport"
    world.run_jobs()
    assert state(kms, key) == "PendingImport"
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert "ValidTo" not in told
    names = [event["eventName"] for event in world.events()]
    assert names.count("DeleteExpiredKeyMaterial") == 1
    code = "IncorrectKeyMaterialException"
    bring.parameters.clear()
    refused(code, kms.import_key_material, **bring.request(key, os.urandom(32)))
    bring(key, secret)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_when_material_may_expire(world, kms, bring, refused):
    key = bring.new()
    request = bring.request(key, os.urandom(32))
    soon = datetime.fromtimestamp(world.clock() + DAY, UTC)
    past = datetime.fromtimestamp(world.clock() - 1, UTC)
    late = datetime.fromtimestamp(world.clock() + 366 * DAY, UTC)
    call, code = kms.import_key_material, "ValidationException"
    refused(code, call, **request, ValidTo=soon)
    del request["ExpirationModel"]
    refused(code, call, **request)
    refused(code, call, **request, ValidTo=past)
    refused(code, call, **request, ValidTo=late)
    call(**request, ValidTo=soon)


def test_deleted_material_can_come_back(kms, bring, refused):
    key, secret = bring.new(), os.urandom(32)
    assert "KeyMaterialId" not in kms.delete_imported_key_material(KeyId=key)
    given = bring(key, secret, KeyMaterialDescription="first")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    gone = kms.delete_imported_key_material(KeyId=key)
    assert gone["KeyMaterialId"] == given["KeyMaterialId"]
    assert state(kms, key) == "PendingImport"
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob)
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert listed[0]["ImportState"] == "PENDING_IMPORT"
    assert listed[0]["KeyMaterialDescription"] == "first"
    bring(key, secret, KeyMaterialId=given["KeyMaterialId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    refused(
        "ValidationException",
        kms.delete_imported_key_material,
        KeyId=key,
        KeyMaterialId="0" * 64,
    )


def test_a_symmetric_key_takes_more_material_and_rotates(kms, bring, refused):
    key, first, second = bring.new(), os.urandom(32), os.urandom(32)
    one = bring(key, first)["KeyMaterialId"]
    refused("KMSInvalidStateException", kms.rotate_key_on_demand, KeyId=key)
    call = kms.import_key_material
    refused("IncorrectKeyMaterialException", call, **bring.request(key, second))
    new = {"ImportType": "NEW_KEY_MATERIAL"}
    refused("IncorrectKeyMaterialException", call, **bring.request(key, first, **new))
    both = {**new, "KeyMaterialId": one}
    refused("ValidationException", call, **bring.request(key, second, **both))
    two = bring(key, second, **new)["KeyMaterialId"]
    refused("KMSInvalidStateException", call, **bring.request(key, os.urandom(32), **new))
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == one
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    states = {each["KeyMaterialId"]: each["KeyMaterialState"] for each in listed}
    assert states == {one: "CURRENT", two: "PENDING_ROTATION"}
    kms.rotate_key_on_demand(KeyId=key)
    listed = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [(each["KeyMaterialId"], each["RotationType"]) for each in listed] == [
        (two, "ON_DEMAND")
    ]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    newer = kms.encrypt(KeyId=key, Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=newer)["KeyMaterialId"] == two
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=one)
    assert state(kms, key) == "PendingImport"
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=newer)
    bring(key, first)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    refused("UnsupportedOperationException", kms.enable_key_rotation, KeyId=key)


def test_waiting_material_can_be_exchanged(kms, bring):
    key = bring.new()
    bring(key, os.urandom(32))
    new = {"ImportType": "NEW_KEY_MATERIAL"}
    two = bring(key, os.urandom(32), **new)["KeyMaterialId"]
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=two)
    assert state(kms, key) == "Enabled"
    three = bring(key, os.urandom(32), **new)["KeyMaterialId"]
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == three


def test_a_key_that_awaits_deletion_takes_no_material(kms, bring, refused):
    key = bring.new()
    request = bring.request(key, os.urandom(32))
    kms.schedule_key_deletion(KeyId=key)
    refused("KMSInvalidStateException", kms.import_key_material, **request)
    refused(
        "KMSInvalidStateException",
        kms.get_parameters_for_import,
        KeyId=key,
        WrappingAlgorithm=DIRECT[1],
        WrappingKeySpec="RSA_2048",
    )
