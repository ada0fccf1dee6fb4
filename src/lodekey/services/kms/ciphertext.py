"""The ciphertext blob of a symmetric encryption key.

    version (1) | flags (1) | account (5) | region (1 + n) | key id (16) | material id (32)
    | salt (32) | AES-256-GCM with its tag (n + 16)

All but the last is the header, in the clear: where to look for the key. Each message has a key and
a nonce of its own, derived from the material and the whole header, whose salt is fresh. Header and
encryption context are the associated data. So a blob opens only under the very material, key,
account, Region and context that sealed it, and only whole.

A multi-Region key's blob opens in each of its Regions: its region is left empty.

The version is the first byte for ever; another format gets another number.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from lodekey.crypto.kdf import BadCiphertext, open_once, seal_once
from lodekey.ids import hyphenated
from lodekey.services.kms.errors import InvalidCiphertextException

VERSION = 1
MULTI_REGION = 1
SALT = 32
_TAG = 16
_UTF = ("utf-8", "surrogatepass")
_FIXED = 1 + 1 + 5 + 1 + 16 + 32 + SALT
_LABEL = b"lodekey kms SYMMETRIC_DEFAULT v1"


class Header(NamedTuple):
    """What a blob says of itself in the clear, not yet believed."""

    account: str
    region: str
    key_id: str
    material_id: str


def seal(header: Header, material: bytes, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """Seal *plaintext* with *material*, bound to *context*.

    Args:
        header: The key's account, region (empty: multi-Region) and id, and the material's id.
        material: 32 bytes.
        plaintext: At most 4,096 bytes.
        context: The encryption context.
    """
    written = _write(header) + os.urandom(SALT)
    associated = written + canonical(context)
    return written + seal_once(
        material, plaintext, label=_LABEL, context=written, associated=associated
    )


@lru_cache(maxsize=512)  # one request asks three times
def read_header(blob: bytes) -> Header:
    """Read which key sealed *blob*.

    Raises:
        InvalidCiphertextException: It is no blob of ours.
    """
    if len(blob) < _FIXED + _TAG + 1 or blob[0] != VERSION or blob[1] not in (0, MULTI_REGION):
        raise InvalidCiphertextException
    end = 8 + blob[7]
    if len(blob) < _FIXED + blob[7] + _TAG or (blob[7] == 0) != (blob[1] == MULTI_REGION):
        raise InvalidCiphertextException
    return Header(
        account=f"{int.from_bytes(blob[2:7], 'big'):012d}",
        region=blob[8:end].decode("ascii", "replace"),
        key_id=_key_id(blob[1], blob[end : end + 16]),
        material_id=blob[end + 16 : end + 48].hex(),
    )


def open_(blob: bytes, material: bytes, context: Mapping[str, str]) -> bytes:
    """Open *blob*, of which `read_header` could read the header.

    Args:
        blob: What `seal` made.
        material: The material whose id the header names.
        context: The encryption context that it was sealed with.

    Raises:
        InvalidCiphertextException: Anything of it is not as it was.
    """
    size = _FIXED + blob[7]
    written = blob[:size]
    try:
        return open_once(
            material,
            blob[size:],
            label=_LABEL,
            context=written,
            associated=written + canonical(context),
        )
    except BadCiphertext:
        raise InvalidCiphertextException from None


def canonical(context: Mapping[str, str]) -> bytes:
    """The one encoding of an encryption context: pairs in order of their names, lengths first."""
    encoded = b""
    pairs = [(name.encode(*_UTF), value.encode(*_UTF)) for name, value in context.items()]
    pairs.sort()
    for name, value in pairs:
        encoded += len(name).to_bytes(4, "big") + name + len(value).to_bytes(4, "big") + value
    return encoded


@lru_cache(maxsize=4096)
def _write(header: Header) -> bytes:
    region = header.region.encode("ascii")
    return b"".join(
        (
            bytes((VERSION, 0 if region else MULTI_REGION)),
            int(header.account).to_bytes(5, "big"),
            bytes((len(region),)),
            region,
            UUID(header.key_id.removeprefix("mrk-")).bytes,
            bytes.fromhex(header.material_id),
        )
    )


def _key_id(flags: int, raw: bytes) -> str:
    return f"mrk-{raw.hex()}" if flags & MULTI_REGION else hyphenated(raw)
