"""Sign and Verify with a KMS key, and give out its public half."""

from __future__ import annotations

from typing import TypedDict

from lodekey.crypto import key_pairs, signatures
from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions, specs
from lodekey.services.kms.errors import (
    KMSInvalidSignatureException,
    UnsupportedOperationException,
)
from lodekey.services.kms.finding import key_named, must_not_be_dry
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.keys import Key
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    GetPublicKeyRequest,
    GetPublicKeyResponse,
    SignRequest,
    SignResponse,
    VerifyRequest,
    VerifyResponse,
)
from lodekey.services.kms.usage import note_use


class Message(TypedDict):
    """What Sign and Verify have in common."""

    Message: bytes
    SigningAlgorithm: str


def sign_keys(ctx: Context, request: conditions.Request, on: object) -> Keys:
    """The condition keys of Sign and Verify; the message type has a default."""
    return {"kms:messagetype": "RAW", **conditions.keys(ctx, request, on)}


def must_fit(key: Key, request: SignRequest | VerifyRequest, operation: str, now: float) -> str:
    """Check that *key* may sign what is asked for; the kind of message it is.

    Raises:
        ApiError: It may not, or the message is not of the kind that it is said to be.
    """
    key.must_allow(operation, now)
    key.must_be_for("SIGN_VERIFY", operation)
    algorithm, kind = request["SigningAlgorithm"], request.get("MessageType", "RAW")
    key.must_have(algorithm)
    _must_be_kind(algorithm, kind)
    _must_be_long_as(algorithm, kind, request["Message"])
    return kind


def _must_be_kind(algorithm: str, kind: str) -> None:
    """Check that the algorithm signs messages of this kind.

    "ED25519_SHA_512 signing algorithm requires MessageType:RAW, ED25519_PH_SHA_512 requires
    MessageType:DIGEST"; only ML-DSA knows EXTERNAL_MU, and it knows no DIGEST.
    """
    kinds = {
        "ED25519_SHA_512": ("RAW",),
        "ED25519_PH_SHA_512": ("DIGEST",),
        "ML_DSA_SHAKE_256": ("RAW", "EXTERNAL_MU"),
    }.get(algorithm, ("RAW", "DIGEST"))
    if kind not in kinds:
        raise ValidationException(
            f"The message type {kind} is not supported for the algorithm {algorithm}."
        )


def _must_be_long_as(algorithm: str, kind: str, message: bytes) -> None:
    if kind == "EXTERNAL_MU" and len(message) != signatures.MU:
        raise ValidationException(f"EXTERNAL_MU is invalid length for algorithm {algorithm}.")
    if kind == "DIGEST" and len(message) != signatures.digest_size(algorithm):
        raise ValidationException(f"Digest is invalid length for algorithm {algorithm}.")


@operation("kms:Sign", on=key_named, keys=sign_keys)
def sign(ctx: Context, request: SignRequest, on: NamedKey) -> SignResponse:
    """Sign a message, its digest, or ML-DSA's representative of it."""
    must_know_tokens(ctx, request)
    kind = must_fit(on.key, request, "Sign", ctx.now)
    must_not_be_dry(request)
    _, secret = on.key.sealing()
    made = signatures.sign(secret, request["SigningAlgorithm"], request["Message"], kind)
    note_use(ctx, on.key, "Sign")
    return {"KeyId": on.arn, "Signature": made, "SigningAlgorithm": request["SigningAlgorithm"]}


@operation("kms:Verify", on=key_named, keys=sign_keys)
def verify(ctx: Context, request: VerifyRequest, on: NamedKey) -> VerifyResponse:
    """Check a signature; the answer is success or an error, never ``false``."""
    must_know_tokens(ctx, request)
    kind = must_fit(on.key, request, "Verify", ctx.now)
    algorithm, signature = request["SigningAlgorithm"], request["Signature"]
    _, secret = on.key.sealing()
    try:
        signatures.verify(secret, algorithm, request["Message"], kind, signature)
    except signatures.BadSignature:
        raise KMSInvalidSignatureException from None
    must_not_be_dry(request)
    note_use(ctx, on.key, "Verify")
    return {"KeyId": on.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


@operation("kms:GetPublicKey", on=key_named, keys=conditions.keys)
def get_public_key(
    ctx: Context, request: GetPublicKeyRequest, on: NamedKey
) -> GetPublicKeyResponse:
    """Give out the public half of a key pair."""
    must_know_tokens(ctx, request)
    key = on.key
    if not specs.has_key_pair(key.spec):
        raise UnsupportedOperationException(
            f"{key.arn} key spec is {key.spec} which is not valid for GetPublicKey."
        )
    key.must_allow("GetPublicKey", ctx.now)
    answer: GetPublicKeyResponse = {
        "KeyId": key.arn,
        "PublicKey": key_pairs.public_der(key.sealing()[1]),
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
    }
    # Each usage has a member of its own for the same thing.
    member = specs.ALGORITHMS_MEMBER[key.usage]
    answer[member] = list(key.algorithms)  # type: ignore[literal-required]
    return answer
