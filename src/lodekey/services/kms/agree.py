"""Shared secrets: ECDH with a peer's public key, and ML-KEM."""

from __future__ import annotations

from lodekey.crypto import key_pairs, public_key_ciphers
from lodekey.crypto.kdf import BadCiphertext
from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.kms import conditions
from lodekey.services.kms.errors import InvalidCiphertextException
from lodekey.services.kms.finding import key_named, must_have_no_recipient, must_not_be_dry
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.keys import Key
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    DecapsulateRequest,
    DecapsulateResponse,
    DeriveSharedSecretRequest,
    DeriveSharedSecretResponse,
    EncapsulateRequest,
    EncapsulateResponse,
)
from lodekey.services.kms.usage import note_use


def must_fit(key: Key, usage: str, algorithm: str, operation: str, now: float) -> None:
    """Check that *key* may agree on secrets now, and has the algorithm."""
    key.must_allow(operation, now)
    key.must_be_for(usage, operation)
    key.must_have(algorithm)


@operation("kms:DeriveSharedSecret", on=key_named, keys=conditions.keys, reveals=True)
def derive_shared_secret(
    ctx: Context, request: DeriveSharedSecretRequest, on: NamedKey
) -> DeriveSharedSecretResponse:
    """Agree on a raw secret with the owner of a public key on the same curve (SP 800-56A)."""
    must_have_no_recipient(request)
    must_know_tokens(ctx, request)
    algorithm = request["KeyAgreementAlgorithm"]
    must_fit(on.key, "KEY_AGREEMENT", algorithm, "DeriveSharedSecret", ctx.now)
    try:
        secret = public_key_ciphers.agree(on.key.sealing()[1], request["PublicKey"])
    except key_pairs.BadKey:
        raise ValidationException(
            f"The public key is not a valid public key of key spec {on.key.spec}."
        ) from None
    must_not_be_dry(request)
    note_use(ctx, on.key, "DeriveSharedSecret")
    return {
        "KeyId": on.arn,
        "SharedSecret": secret,
        "KeyAgreementAlgorithm": algorithm,
        "KeyOrigin": on.key.origin,
    }


@operation("kms:Encapsulate", on=key_named, keys=conditions.keys, reveals=True)
def encapsulate(ctx: Context, request: EncapsulateRequest, on: NamedKey) -> EncapsulateResponse:
    """Make a shared secret, and its form for the owner of the key."""
    must_know_tokens(ctx, request)
    algorithm = request["EncapsulationAlgorithm"]
    must_fit(on.key, "ENCAPSULATE_DECAPSULATE", algorithm, "Encapsulate", ctx.now)
    must_not_be_dry(request)
    secret, encapsulated = public_key_ciphers.encapsulate(on.key.sealing()[1])
    note_use(ctx, on.key, "Encapsulate")
    return {
        "KeyId": on.arn,
        "SharedSecret": secret,
        "SharedSecretCiphertextBlob": encapsulated,
        "EncapsulationAlgorithm": algorithm,
    }


@operation("kms:Decapsulate", on=key_named, keys=conditions.keys, reveals=True)
def decapsulate(ctx: Context, request: DecapsulateRequest, on: NamedKey) -> DecapsulateResponse:
    """Recover a shared secret.

    ML-KEM rejects implicitly (FIPS 203): a forged form of the right length gives a secret that
    nobody shares, and no error.
    """
    must_know_tokens(ctx, request)
    algorithm = request["EncapsulationAlgorithm"]
    must_fit(on.key, "ENCAPSULATE_DECAPSULATE", algorithm, "Decapsulate", ctx.now)
    blob = request["SharedSecretCiphertextBlob"]
    try:
        secret = public_key_ciphers.decapsulate(on.key.sealing()[1], blob)
    except BadCiphertext:
        raise InvalidCiphertextException from None
    must_not_be_dry(request)
    note_use(ctx, on.key, "Decapsulate")
    return {"KeyId": on.arn, "SharedSecret": secret, "EncapsulationAlgorithm": algorithm}
