"""The KDF against another implementation of it, and what one-message keys promise."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode

from lodekey.crypto.kdf import BadCiphertext, derive, open_once, seal_once

RANDOM = random.Random(8)


def reference(material: bytes, label: bytes, context: bytes, length: int) -> bytes:
    return KBKDFHMAC(
        algorithm=SHA256(),
        mode=Mode.CounterMode,
        length=length,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=label,
        context=context,
        fixed=None,
    ).derive(material)


@pytest.mark.parametrize("length", [1, 16, 31, 32, 33, 44, 64, 65, 500])
@pytest.mark.parametrize("size", [16, 32, 64])
def test_it_is_sp_800_108_as_openssl_has_it(length: int, size: int) -> None:
    for _ in range(20):
        material = RANDOM.randbytes(size)
        label, context = RANDOM.randbytes(9), RANDOM.randbytes(RANDOM.randrange(200))
        assert reference(material, label, context, length) == derive(
            material, label=label, context=context, length=length
        )


def test_a_known_value() -> None:
    derived = derive(bytes(range(32)), label=b"label", context=b"context", length=44)
    assert reference(bytes(range(32)), b"label", b"context", 44) == derived
    assert (
        "9aaa0ff5ad0ad66c7649f42028e84d2baf0f70d77925b7544e9bedbb52a4d83e08d7423339c9114a5f23cc8b"
        == derived.hex()
    )


@pytest.mark.parametrize(("size", "length"), [(65, 32), (32, 0), (32, 8161)])
def test_what_it_cannot_do_it_refuses(size: int, length: int) -> None:
    with pytest.raises(ValueError, match="no such key"):
        derive(bytes(size), label=b"", context=b"", length=length)


@pytest.mark.parametrize("other", ["label", "context", "associated", "material"])
def test_a_sealed_message_opens_with_all_that_it_was_sealed_with(other: str) -> None:
    given = {"material": bytes(32), "label": b"l", "context": b"c", "associated": b"a"}
    material = given.pop("material")
    sealed = seal_once(material, b"message", **given)
    assert open_once(material, sealed, **given) == b"message"
    if other == "material":
        material = b"\x01" + bytes(31)
    else:
        given[other] += b"!"
    with pytest.raises(BadCiphertext):
        open_once(material, sealed, **given)
