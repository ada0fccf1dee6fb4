"""Symmetric encryption keys: what is sealed opens, and nothing else does."""

from __future__ import annotations

import os
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodekey.errors import ApiError
from lodekey.services.kms import ciphertext, symmetric
from lodekey.services.kms.errors import InvalidCiphertextException
from lodekey.services.kms.keys import Key, new_id, with_first_material

CONTEXT = {"purpose": "test", "Stage": "prod"}


def a_key(**changed):
    given = {
        "id": new_id(multi_region=bool(changed.get("multi_region"))),
        "account": "111122223333",
        "region": "us-east-1",
        "created": 1.0,
        "policy": "",
    }
    return with_first_material(Key(**{**given, **changed}))


def test_what_is_encrypted_decrypts(kms, key, shared_world):
    secret = shared_world.sentinel.encode()
    sealed = kms.encrypt(KeyId=key, Plaintext=secret, EncryptionContext=CONTEXT)
    assert secret not in sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=CONTEXT)
    arn = f"arn:aws:kms:us-east-1:111122223333:key/{key}"
    assert (secret, arn) == (opened["Plaintext"], opened["KeyId"])
    assert sealed["KeyId"] == arn
    assert opened["EncryptionAlgorithm"] == sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert described["CurrentKeyMaterialId"] == opened["KeyMaterialId"]


def test_the_plaintext_may_have_4096_bytes_and_no_more(kms, key, refused):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x" * 4096
    assert len(blob) <= 6144
    refused("ValidationException", kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"purpose": "test"},
        {**CONTEXT, "more": ""},
        {"purpose": "test", "stage": "prod"},
        {"purpose": "prod", "Stage": "test"},
        {"purposetest": "", "Stage": "prod"},
    ],
)
def test_another_context_does_not_open(kms, key, refused, context):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    refused(
        "InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=context
    )
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == b"x"


def test_the_contexts_order_does_not_matter(kms, key):
    pairs = [("a", "1"), ("b", "2"), ("c", "3")]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=dict(pairs))["CiphertextBlob"]
    for order in permutations(pairs):
        opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=dict(order))
        assert opened["Plaintext"] == b"x"


def test_names_that_no_policy_can_tell_apart_are_refused(kms, key, refused):
    context = {"team": "red", "Team": "blue"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"team": "red"})
    for call, members in (
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob["CiphertextBlob"]}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
    ):
        refused("ValidationException", call, KeyId=key, EncryptionContext=context, **members)


def test_a_named_key_must_be_the_one_that_sealed(kms, key, refused):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"x"
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, KeyId=other)


def test_what_is_no_ciphertext_is_refused(kms, key, refused):
    for blob in (b"x", os.urandom(200), b"\x01" + os.urandom(300)):
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob)
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, KeyId=key)


def test_another_regions_ciphertext_is_refused(kms, key, shared_world, refused):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    west = shared_world.client("kms", region="us-west-2")
    message = refused("AccessDeniedException", west.decrypt, CiphertextBlob=blob)
    assert "The ciphertext refers to a customer master key that does not exist" in message


# -- the blob itself


def opens(key, blob, context=None):
    """Open a blob as Decrypt does: with the key that its header names, if it is this one."""
    return symmetric.open_(key, blob, context or {})[0]


@pytest.mark.parametrize("multi_region", [False, True])
def test_a_blob_with_any_bit_flipped_never_opens(multi_region):
    key = a_key(multi_region=multi_region)
    blob, _ = symmetric.seal(key, b"secret", CONTEXT)
    assert opens(key, blob, CONTEXT) == b"secret"
    for at in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(InvalidCiphertextException):
            opens(key, bytes(flipped), CONTEXT)


def test_a_blob_cut_or_extended_never_opens():
    key = a_key()
    blob, _ = symmetric.seal(key, b"secret", {})
    assert opens(key, blob) == b"secret"
    for length in range(len(blob)):
        with pytest.raises(InvalidCiphertextException):
            opens(key, blob[:length])
        with pytest.raises(InvalidCiphertextException):
            opens(key, blob[length + 1 :])
    for more in (b"\x00", b"\xff", blob[-16:], blob):
        with pytest.raises(InvalidCiphertextException):
            opens(key, blob + more)
        with pytest.raises(InvalidCiphertextException):
            opens(key, more + blob)


@pytest.mark.parametrize(
    "changed",
    [{"account": "444455556666"}, {"region": "eu-west-1"}, {"id": new_id(multi_region=False)}],
)
def test_the_same_material_elsewhere_does_not_open(changed):
    key = a_key()
    blob, _ = symmetric.seal(key, b"secret", {})
    moved = a_key(**{"id": key.id, **changed})
    stolen = type(key)(
        **{
            **{name: getattr(moved, name) for name in key.__struct_fields__},
            "materials": key.materials,
        }
    )
    assert opens(key, blob) == b"secret"
    with pytest.raises(InvalidCiphertextException):
        opens(stolen, blob)


texts = st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=4)


@given(texts, texts)
def test_contexts_bind_canonically(one, other):
    assert (one == other) == (ciphertext.canonical(one) == ciphertext.canonical(other))
    shuffled = dict(sorted(one.items(), reverse=True))
    assert ciphertext.canonical(one) == ciphertext.canonical(shuffled)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_header(blob):
    try:
        header = ciphertext.read_header(b"\x01" + blob)
    except InvalidCiphertextException:
        return
    with pytest.raises(ApiError):
        opens(a_key(id=header.key_id, account=header.account, region=header.region), b"\x01" + blob)


def unlike_ones(many, monkeypatch):
    """Seal *many* messages, and count how many pairs of key and nonce were used."""
    from lodekey.crypto import kdf

    key, used = a_key(), set()
    derive = kdf.derive

    def note(*args, **more):
        made = derive(*args, **more)
        used.add(made)
        return made

    monkeypatch.setattr(kdf, "derive", note)
    for _ in range(many):
        symmetric.seal(key, b"x", {})
    return len(used)


def test_no_key_and_nonce_are_used_twice(monkeypatch):
    assert unlike_ones(10_000, monkeypatch) == 10_000


@pytest.mark.torture
def test_no_key_and_nonce_are_used_twice_in_a_million(monkeypatch):
    assert unlike_ones(1_000_000, monkeypatch) == 1_000_000
