"""What other people's clients do with KMS: the Encryption SDK's envelopes, and sops's."""

from __future__ import annotations

import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SDK = pytest.importorskip("aws_encryption_sdk")


@pytest.fixture
def session(shared_world, monkeypatch):
    """A botocore session whose KMS clients go straight into the server."""
    import botocore.session

    made = botocore.session.Session()
    client = shared_world.client("kms")
    monkeypatch.setattr(made, "create_client", lambda *_, **__: client)
    return made


def test_the_encryption_sdk(kms, session, monkeypatch, shared_world):
    from aws_encryption_sdk.key_providers import kms as provider

    monkeypatch.setattr(
        provider.boto3.session, "Session", lambda **_: Session(shared_world.client("kms"))
    )
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    keys = SDK.StrictAwsKmsMasterKeyProvider(key_ids=[arn], botocore_session=session)
    client = SDK.EncryptionSDKClient(
        commitment_policy=SDK.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    text = shared_world.sentinel.encode() * 100
    sealed, header = client.encrypt(
        source=text, key_provider=keys, encryption_context={"purpose": "test"}
    )
    assert text not in sealed
    opened, header = client.decrypt(source=sealed, key_provider=keys)
    assert opened == text
    assert header.encryption_context["purpose"] == "test"
    broken = bytearray(sealed)
    broken[-1] ^= 1
    with pytest.raises(InvalidSignature):
        client.decrypt(source=bytes(broken), key_provider=keys)


class Session:
    """As much of boto3's session as the SDK uses."""

    def __init__(self, client):
        self._client = client

    def client(self, *_, **__):
        return self._client


def test_an_envelope_as_sops_makes_it(kms, key, shared_world):
    """Sops asks KMS to encrypt its data key under a context, and seals values with AES-GCM."""
    context = {"Environment": "prod", "Role": "app"}
    data_key = os.urandom(32)
    wrapped = kms.encrypt(KeyId=key, Plaintext=data_key, EncryptionContext=context)
    nonce = os.urandom(32)
    value = AESGCM(data_key).encrypt(nonce, shared_world.sentinel.encode(), b"path:to:value")
    opened = kms.decrypt(CiphertextBlob=wrapped["CiphertextBlob"], EncryptionContext=context)
    plain = AESGCM(opened["Plaintext"]).decrypt(nonce, value, b"path:to:value")
    assert plain == shared_world.sentinel.encode()


def test_an_envelope_with_generated_data_keys(kms, key):
    context = {"aws:s3:arn": "arn:aws:s3:::bucket/object"}
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    nonce = os.urandom(12)
    body = AESGCM(made["Plaintext"]).encrypt(nonce, b"x" * 100_000, None)
    again = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)
    assert AESGCM(again["Plaintext"]).decrypt(nonce, body, None) == b"x" * 100_000
