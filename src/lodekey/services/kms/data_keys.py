"""Data keys and data key pairs, for use outside of KMS; and plain random bytes."""

from __future__ import annotations

import os
from typing import TypedDict, TypeVar

from lodekey.crypto import key_pairs
from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.kms import conditions, specs, symmetric
from lodekey.services.kms.errors import CustomKeyStoreNotFoundException, InvalidKeyUsageException
from lodekey.services.kms.finding import (
    key_named,
    must_have_no_recipient,
    must_not_be_dry,
    no_key,
)
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.keys import Key
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    GenerateDataKeyPairRequest,
    GenerateDataKeyPairResponse,
    GenerateDataKeyPairWithoutPlaintextRequest,
    GenerateDataKeyPairWithoutPlaintextResponse,
    GenerateDataKeyRequest,
    GenerateDataKeyResponse,
    GenerateDataKeyWithoutPlaintextRequest,
    GenerateDataKeyWithoutPlaintextResponse,
    GenerateRandomRequest,
    GenerateRandomResponse,
)
from lodekey.services.kms.usage import note_use

_BYTES = {"AES_128": 16, "AES_256": 32}


def must_seal_data_keys(key: Key, operation: str, now: float) -> None:
    """Check that *key* may seal data keys now.

    Raises:
        InvalidKeyUsageException: It is no symmetric encryption key.
    """
    key.must_allow(operation, now)
    key.must_be_for("ENCRYPT_DECRYPT", operation)
    if not key.is_symmetric:
        raise InvalidKeyUsageException(
            f"{key.arn} key spec is {key.spec} which is not valid for {operation}."
        )


def size_of(request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest) -> int:
    """Bytes of the data key that is asked for."""
    if ("KeySpec" in request) == ("NumberOfBytes" in request):
        raise ValidationException("Please specify either number of bytes or key spec.")
    if "KeySpec" in request:
        return _BYTES[request["KeySpec"]]
    return request["NumberOfBytes"]


def _data_key(
    ctx: Context,
    request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest,
    on: NamedKey,
    operation: str,
) -> tuple[bytes, bytes, str]:
    must_know_tokens(ctx, request)
    must_seal_data_keys(on.key, operation, ctx.now)
    plaintext = os.urandom(size_of(request))
    blob, material_id = symmetric.seal(on.key, plaintext, request.get("EncryptionContext", {}))
    must_not_be_dry(request)
    note_use(ctx, on.key, operation)
    return plaintext, blob, material_id


@operation("kms:GenerateDataKey", on=key_named, keys=conditions.with_context, reveals=True)
def generate_data_key(
    ctx: Context, request: GenerateDataKeyRequest, on: NamedKey
) -> GenerateDataKeyResponse:
    """Make random bytes, and the same sealed under the key."""
    must_have_no_recipient(request)
    plaintext, blob, material_id = _data_key(ctx, request, on, "GenerateDataKey")
    return {
        "CiphertextBlob": blob,
        "Plaintext": plaintext,
        "KeyId": on.arn,
        "KeyMaterialId": material_id,
    }


@operation("kms:GenerateDataKeyWithoutPlaintext", on=key_named, keys=conditions.with_context)
def generate_data_key_without_plaintext(
    ctx: Context, request: GenerateDataKeyWithoutPlaintextRequest, on: NamedKey
) -> GenerateDataKeyWithoutPlaintextResponse:
    """Make random bytes, and give them out only sealed under the key."""
    _, blob, material_id = _data_key(ctx, request, on, "GenerateDataKeyWithoutPlaintext")
    return {"CiphertextBlob": blob, "KeyId": on.arn, "KeyMaterialId": material_id}


class NamesPair(TypedDict):
    """A request for a key pair."""

    KeyPairSpec: str


Pairs = TypeVar("Pairs", bound=NamesPair)


def make_pair(request: Pairs) -> bytes:
    """Make the key pair before the transaction: RSA takes its time."""
    spec = request["KeyPairSpec"]
    return key_pairs.generate(spec) if spec in key_pairs.SPECS else b""


def _data_key_pair(
    ctx: Context,
    request: GenerateDataKeyPairRequest | GenerateDataKeyPairWithoutPlaintextRequest,
    on: NamedKey,
    operation: str,
) -> tuple[bytes, bytes, str]:
    must_know_tokens(ctx, request)
    must_seal_data_keys(on.key, operation, ctx.now)
    specs.must_be_served(request["KeyPairSpec"])
    pair = ctx.prepared or make_pair(request)
    blob, material_id = symmetric.seal(on.key, pair, request.get("EncryptionContext", {}))
    must_not_be_dry(request)
    note_use(ctx, on.key, operation)
    return pair, blob, material_id


@operation(
    "kms:GenerateDataKeyPair",
    on=key_named,
    keys=conditions.with_context,
    reveals=True,
    prepare=make_pair,
)
def generate_data_key_pair(
    ctx: Context, request: GenerateDataKeyPairRequest, on: NamedKey
) -> GenerateDataKeyPairResponse:
    """Make a key pair, its private half in the clear and sealed under the key."""
    must_have_no_recipient(request)
    pair, blob, material_id = _data_key_pair(ctx, request, on, "GenerateDataKeyPair")
    return {
        "PrivateKeyCiphertextBlob": blob,
        "PrivateKeyPlaintext": pair,
        "PublicKey": key_pairs.public_der(pair),
        "KeyId": on.arn,
        "KeyPairSpec": request["KeyPairSpec"],
        "KeyMaterialId": material_id,
    }


@operation(
    "kms:GenerateDataKeyPairWithoutPlaintext",
    on=key_named,
    keys=conditions.with_context,
    prepare=make_pair,
)
def generate_data_key_pair_without_plaintext(
    ctx: Context, request: GenerateDataKeyPairWithoutPlaintextRequest, on: NamedKey
) -> GenerateDataKeyPairWithoutPlaintextResponse:
    """Make a key pair, and give its private half out only sealed under the key."""
    operation = "GenerateDataKeyPairWithoutPlaintext"
    pair, blob, material_id = _data_key_pair(ctx, request, on, operation)
    return {
        "PrivateKeyCiphertextBlob": blob,
        "PublicKey": key_pairs.public_der(pair),
        "KeyId": on.arn,
        "KeyPairSpec": request["KeyPairSpec"],
        "KeyMaterialId": material_id,
    }


@operation("kms:GenerateRandom", on=no_key, reveals=True)
def generate_random(
    ctx: Context, request: GenerateRandomRequest, on: Bare
) -> GenerateRandomResponse:
    """Random bytes from the operating system's generator."""
    must_have_no_recipient(request)
    if "CustomKeyStoreId" in request:
        raise CustomKeyStoreNotFoundException
    if "NumberOfBytes" not in request:
        raise ValidationException("NumberOfBytes is required.")
    return {"Plaintext": os.urandom(request["NumberOfBytes"])}
