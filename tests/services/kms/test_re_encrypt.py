"""ReEncrypt: both keys, both permissions, both contexts; and what a dry run tells."""

from __future__ import annotations

import json

import pytest

from world import allow


@pytest.fixture
def kms(world):
    return world.client("kms")


@pytest.fixture
def keys(kms):
    return [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]


def test_a_ciphertext_changes_keys_and_contexts(kms, keys, refused):
    one, two = keys
    blob = kms.encrypt(KeyId=one, Plaintext=b"secret", EncryptionContext={"a": "1"})
    moved = kms.re_encrypt(
        CiphertextBlob=blob["CiphertextBlob"],
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=two,
        DestinationEncryptionContext={"b": "2"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (one, two)
    assert moved["SourceEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert moved["SourceKeyMaterialId"] != moved["DestinationKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"b": "2"})
    assert (opened["KeyId"], opened["Plaintext"]) == (two, b"secret")
    refused(
        "InvalidCiphertextException",
        kms.re_encrypt,
        CiphertextBlob=blob["CiphertextBlob"],
        SourceEncryptionContext={"b": "2"},
        DestinationKeyId=two,
    )
    refused(
        "IncorrectKeyException",
        kms.re_encrypt,
        CiphertextBlob=blob["CiphertextBlob"],
        SourceKeyId=two,
        DestinationKeyId=two,
    )
    refused("InvalidCiphertextException", kms.re_encrypt, CiphertextBlob=b"x", DestinationKeyId=two)
    gone = "11111111-2222-3333-4444-555555555555"
    refused(
        "NotFoundException",
        kms.re_encrypt,
        CiphertextBlob=blob["CiphertextBlob"],
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=gone,
    )


def test_from_and_to_an_asymmetric_key(kms, keys):
    algorithm = "RSAES_OAEP_SHA_256"
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    pair = made["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=keys[0], Plaintext=b"secret")["CiphertextBlob"]
    there = kms.re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=pair, DestinationEncryptionAlgorithm=algorithm
    )
    assert "DestinationKeyMaterialId" not in there
    back = kms.re_encrypt(
        CiphertextBlob=there["CiphertextBlob"],
        SourceKeyId=pair,
        SourceEncryptionAlgorithm=algorithm,
        DestinationKeyId=keys[1],
    )
    assert "SourceKeyMaterialId" not in back
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"secret"


def test_both_permissions_are_needed(world, kms, keys, refused):
    one, two = keys
    blob = kms.encrypt(KeyId=one, Plaintext=b"x")["CiphertextBlob"]
    both = [
        allow("kms:ReEncryptFrom", resource=one),
        allow("kms:ReEncryptTo", resource=two),
    ]
    request = {"CiphertextBlob": blob, "DestinationKeyId": two}
    for missing in both:
        name = missing["Action"][0].partition(":")[2]
        rest = [each for each in both if each is not missing]
        call = world.client("kms", as_=world.user(f"without-{name}", rest)).re_encrypt
        message = refused("AccessDeniedException", call, **request)
        assert f"kms:{name} " in message
    world.client("kms", as_=world.user("both", both)).re_encrypt(**request)


def test_the_second_refusal_is_in_kmss_words_too(world, kms, keys, refused):
    one, two = keys
    blob = kms.encrypt(KeyId=one, Plaintext=b"x")["CiphertextBlob"]
    policy = json.loads(kms.get_key_policy(KeyId=two)["Policy"])
    policy["Statement"][0]["Action"] = "kms:PutKeyPolicy"
    kms.put_key_policy(KeyId=two, Policy=json.dumps(policy))
    message = refused(
        "AccessDeniedException", kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=two
    )
    assert message == (
        f"User: {world.root.arn} is not authorized to perform: kms:ReEncryptTo on this resource"
        " because the resource does not exist in this Region, no resource-based policies allow"
        " access, or a resource-based policy explicitly denies access"
    )


def test_each_side_has_its_own_condition_keys(world, kms, keys, refused):
    one, two = keys
    blob = kms.encrypt(KeyId=one, Plaintext=b"x", EncryptionContext={"side": "from"})
    statements = [
        allow("kms:ReEncryptFrom",
              Condition={"StringEquals": {"kms:EncryptionContext:side": "from"}}),
        allow("kms:ReEncryptTo", Condition={
            "StringEquals": {"kms:EncryptionContext:side": "to"},
            "Bool": {"kms:ReEncryptOnSameKey": "false"},
        }),
    ]  # fmt: skip
    call = world.client("kms", as_=world.user("u", statements)).re_encrypt
    request = {
        "CiphertextBlob": blob["CiphertextBlob"],
        "SourceEncryptionContext": {"side": "from"},
    }
    to = {"DestinationEncryptionContext": {"side": "to"}}
    call(**request, **to, DestinationKeyId=two)
    refused("AccessDeniedException", call, **request, **to, DestinationKeyId=one)
    refused("AccessDeniedException", call, **request, DestinationKeyId=two)


DRY = [
    ("encrypt", {"Plaintext": b"x"}),
    ("generate_data_key", {"KeySpec": "AES_256"}),
    ("generate_data_key_without_plaintext", {"KeySpec": "AES_256"}),
    ("generate_data_key_pair", {"KeyPairSpec": "ECC_NIST_P256"}),
    ("generate_data_key_pair_without_plaintext", {"KeyPairSpec": "ECC_NIST_P256"}),
]


@pytest.mark.parametrize(("call", "members"), DRY)
def test_a_dry_run_says_whether_it_would_have_gone_well(world, kms, keys, refused, call, members):
    request = {"KeyId": keys[0], "DryRun": True, **members}
    message = refused("DryRunOperationException", getattr(kms, call), **request)
    assert message == "The request would have succeeded, but the DryRun option is set."
    nobody = world.client("kms", as_=world.user("nobody"))
    refused("AccessDeniedException", getattr(nobody, call), **request)
    kms.disable_key(KeyId=keys[0])
    refused("DisabledException", getattr(kms, call), **request)


def test_a_dry_run_may_leave_the_ciphertext_out(world, kms, keys, refused):
    dry = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    code = "DryRunOperationException"
    refused(code, kms.decrypt, KeyId=keys[0], **dry)
    refused(code, kms.re_encrypt, SourceKeyId=keys[0], DestinationKeyId=keys[1], **dry)
    blob = kms.encrypt(KeyId=keys[0], Plaintext=b"x")["CiphertextBlob"]
    refused(code, kms.decrypt, CiphertextBlob=blob, DryRun=True)
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=b"x" * 200, DryRun=True)
    for request in ({"KeyId": keys[0]}, {"KeyId": keys[0], "DryRun": True}, dry):
        refused("ValidationException", kms.decrypt, **request)
    nobody = world.client("kms", as_=world.user("nobody"))
    refused("AccessDeniedException", nobody.decrypt, KeyId=keys[0], **dry)


DRY_PAIRS = [
    ("ECC_NIST_P256", "SIGN_VERIFY", "sign", {"SigningAlgorithm": "ECDSA_SHA_256"}),
    ("HMAC_256", "GENERATE_VERIFY_MAC", "generate_mac", {"MacAlgorithm": "HMAC_SHA_256"}),
]


@pytest.mark.parametrize(("spec", "usage", "call", "members"), DRY_PAIRS)
def test_dry_runs_of_other_keys(kms, refused, spec, usage, call, members):
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    request = {"KeyId": key, "Message": b"m", **members}
    made = getattr(kms, call)(**request)
    refused("DryRunOperationException", getattr(kms, call), **request, DryRun=True)
    if call == "sign":
        check = {"Signature": made["Signature"]}
        refused("DryRunOperationException", kms.verify, **request, **check, DryRun=True)
    else:
        check = {"Mac": made["Mac"]}
        refused("DryRunOperationException", kms.verify_mac, **request, **check, DryRun=True)


def test_dry_runs_of_agreements(kms, refused):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    ecdh = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public, "DryRun": True}
    refused("DryRunOperationException", kms.derive_shared_secret, **ecdh)
    made = kms.create_key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")
    request = {"KeyId": made["KeyMetadata"]["KeyId"], "EncapsulationAlgorithm": "ML_KEM"}
    blob = kms.encapsulate(**request)["SharedSecretCiphertextBlob"]
    refused("DryRunOperationException", kms.encapsulate, **request, DryRun=True)
    opened = {"SharedSecretCiphertextBlob": blob, "DryRun": True}
    refused("DryRunOperationException", kms.decapsulate, **request, **opened)


def test_attested_recipients_are_refused(kms, keys, refused):
    recipient = {
        "Recipient": {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
    }
    blob = kms.encrypt(KeyId=keys[0], Plaintext=b"x")["CiphertextBlob"]
    code = "ValidationException"
    refused(code, kms.decrypt, CiphertextBlob=blob, **recipient)
    refused(code, kms.generate_data_key, KeyId=keys[0], KeySpec="AES_256", **recipient)
    refused(code, kms.generate_random, NumberOfBytes=8, **recipient)
    request = {"KeyId": keys[0], "KeyPairSpec": "ECC_NIST_P256"}
    refused(code, kms.generate_data_key_pair, **request, **recipient)
