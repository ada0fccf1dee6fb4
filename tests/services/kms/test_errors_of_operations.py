"""Errors that an operation's model declares and that no other test provokes in that operation.

`tests/services/test_declared_errors.py` compares all that the suite provokes with the models.
"""

from __future__ import annotations

import pytest

from lodekey.services.kms import manage_grants

ROOT = "arn:aws:iam::111122223333:root"
MAC = {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
AGREED = {"KeyAgreementAlgorithm": "ECDH", "PublicKey": b"x"}
SPECS = [
    ("generate_mac", "HMAC_256", "GENERATE_VERIFY_MAC", MAC),
    ("verify_mac", "HMAC_256", "GENERATE_VERIFY_MAC", MAC | {"Mac": b"x"}),
    ("derive_shared_secret", "ECC_NIST_P256", "KEY_AGREEMENT", AGREED),
    ("encapsulate", "ML_KEM_768", "ENCAPSULATE_DECAPSULATE", {"EncapsulationAlgorithm": "ML_KEM"}),
    (
        "decapsulate",
        "ML_KEM_768",
        "ENCAPSULATE_DECAPSULATE",
        {"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": b"x"},
    ),
]


@pytest.mark.parametrize(("operation", "spec", "usage", "members"), SPECS, ids=lambda each: each)
def test_keys_that_are_off_or_end(kms, refused, operation, spec, usage, members):
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    call = getattr(kms, operation)
    kms.disable_key(KeyId=key)
    refused("DisabledException", call, KeyId=key, **members)
    kms.schedule_key_deletion(KeyId=key)
    refused("KMSInvalidStateException", call, KeyId=key, **members)


def test_a_key_that_signs_seals_nothing(kms, key, key_of, refused):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    other = key_of("ECC_NIST_P256", "SIGN_VERIFY")
    refused("InvalidKeyUsageException", kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=other)


def test_a_replica_has_the_rules_of_a_key(kms, refused):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "ReplicaRegion": "us-west-2"}
    refused("MalformedPolicyDocumentException", kms.replicate_key, **asked, Policy="{}")
    reserved = [{"TagKey": "aws:x", "TagValue": "v"}]
    refused("TagException", kms.replicate_key, **asked, Tags=reserved)
    kms.schedule_key_deletion(KeyId=key)
    refused("KMSInvalidStateException", kms.replicate_key, **asked)


def test_the_primary_moves_between_keys_that_are_enabled(shared_world, kms, refused):
    """Both must be Enabled: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-update.html"""
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion="us-west-2")
    asked = {"KeyId": key, "PrimaryRegion": "us-west-2"}
    there = shared_world.client("kms", region="us-west-2")
    kms.disable_key(KeyId=key)
    refused("DisabledException", kms.update_primary_region, **asked)
    kms.enable_key(KeyId=key)
    there.disable_key(KeyId=key)
    refused("DisabledException", kms.update_primary_region, **asked)
    there.schedule_key_deletion(KeyId=key)
    refused("KMSInvalidStateException", kms.update_primary_region, **asked)
    there.cancel_key_deletion(KeyId=key)
    there.enable_key(KeyId=key)
    kms.update_primary_region(**asked)


def test_a_grant_id_that_is_none_lists_nothing(kms, key, refused):
    refused("InvalidGrantIdException", kms.list_grants, KeyId=key, GrantId="nonsense")


def test_a_key_has_only_so_many_grants(kms, refused, monkeypatch):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    monkeypatch.setattr(manage_grants, "PER_KEY", 1)
    given = {"KeyId": key, "GranteePrincipal": ROOT, "Operations": ["Encrypt"]}
    kms.create_grant(**given)
    refused("LimitExceededException", kms.create_grant, **given)
