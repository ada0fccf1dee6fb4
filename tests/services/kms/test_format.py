"""The ciphertext format of today opens for ever: blobs as they were, and a reader of their own.

The reader is written from the format's description alone; it shares nothing with the code that it
judges but AES-GCM.
"""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lodekey.services.kms import ciphertext
from lodekey.services.kms.materials import material_id

MATERIAL = bytes(range(32, 64))
CONTEXT = {"b": "2", "a": "1", "Z": ""}
BLOBS = {
    "eu-west-1": (
        "010019df6690e50965752d776573742d311234abcd12ab34cd56ef1234567890ab0381b2f2851a9501a38a"
        "77b762412ac6df855b02e4545ac0dbf413a18912d7ec000102030405060708090a0b0c0d0e0f1011121314"
        "15161718191a1b1c1d1e1f10a45dfa75bbe73ae0abe63f60fa0978d6fa4ec3159d6a4e35cb2587afb2"
    ),
    "": (
        "010119df6690e5001234abcd12ab34cd56ef1234567890ab356791c0554a4f2e4305c40db7146232c29c10"
        "f081f2b6233973a711eb2ac5d3000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
        "1e1ff3cdb5a0d63512ebbc5be546f18ff2a0fdbae3d8d82a28f5ac810610eb9f"
    ),
}
KEYS = {
    "eu-west-1": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "": "mrk-1234abcd12ab34cd56ef1234567890ab",
}


def read(blob, material, context):
    """Open a blob of version 1."""
    assert blob[0] == 1
    head = blob[: 8 + blob[7] + 16 + 32 + 32]
    fixed = b"lodekey kms SYMMETRIC_DEFAULT v1" + b"\0" + head + (44 * 8).to_bytes(4, "big")
    once = b"".join(
        hmac.digest(material, n.to_bytes(4, "big") + fixed, hashlib.sha256) for n in (1, 2)
    )
    bound = b""
    for name in sorted(context):
        for text in (name.encode(), context[name].encode()):
            bound += len(text).to_bytes(4, "big") + text
    return AESGCM(once[:32]).decrypt(once[32:44], blob[len(head) :], head + bound)


@pytest.mark.parametrize("region", BLOBS)
def test_a_blob_of_old_opens(region):
    blob = bytes.fromhex(BLOBS[region])
    header = ciphertext.read_header(blob)
    assert header == (
        "111122223333",
        region,
        KEYS[region],
        material_id(MATERIAL, KEYS[region]),
    )
    assert ciphertext.open_(blob, MATERIAL, CONTEXT) == b"attack at dawn"
    assert read(blob, MATERIAL, CONTEXT) == b"attack at dawn"


@pytest.mark.parametrize("region", BLOBS)
def test_a_blob_of_today_is_of_that_format(region):
    header = ciphertext.Header(
        account="111122223333",
        region=region,
        key_id=KEYS[region],
        material_id=material_id(MATERIAL, KEYS[region]),
    )
    blob = ciphertext.seal(header, MATERIAL, b"attack at dawn", CONTEXT)
    assert read(blob, MATERIAL, CONTEXT) == b"attack at dawn"
