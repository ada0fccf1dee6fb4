"""GenerateMac and VerifyMac with an HMAC KMS key."""

from __future__ import annotations

from lodekey.crypto import mac
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.kms import conditions
from lodekey.services.kms.errors import KMSInvalidMacException
from lodekey.services.kms.finding import key_named, must_not_be_dry
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.keys import Key
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    GenerateMacRequest,
    GenerateMacResponse,
    VerifyMacRequest,
    VerifyMacResponse,
)
from lodekey.services.kms.usage import note_use


def must_fit(key: Key, algorithm: str, operation: str, now: float) -> None:
    """Check that *key* may make or check codes now, and has the algorithm."""
    key.must_allow(operation, now)
    key.must_be_for("GENERATE_VERIFY_MAC", operation)
    key.must_have(algorithm)


@operation("kms:GenerateMac", on=key_named, keys=conditions.keys)
def generate_mac(ctx: Context, request: GenerateMacRequest, on: NamedKey) -> GenerateMacResponse:
    """Make the HMAC of a message."""
    must_know_tokens(ctx, request)
    algorithm = request["MacAlgorithm"]
    must_fit(on.key, algorithm, "GenerateMac", ctx.now)
    must_not_be_dry(request)
    made = mac.mac(on.key.sealing()[1], algorithm, request["Message"])
    note_use(ctx, on.key, "GenerateMac")
    return {"Mac": made, "MacAlgorithm": algorithm, "KeyId": on.arn}


@operation("kms:VerifyMac", on=key_named, keys=conditions.keys)
def verify_mac(ctx: Context, request: VerifyMacRequest, on: NamedKey) -> VerifyMacResponse:
    """Check the HMAC of a message; the answer is success or an error, never ``false``."""
    must_know_tokens(ctx, request)
    algorithm = request["MacAlgorithm"]
    must_fit(on.key, algorithm, "VerifyMac", ctx.now)
    try:
        mac.check(on.key.sealing()[1], algorithm, request["Message"], request["Mac"])
    except mac.BadMac:
        raise KMSInvalidMacException from None
    must_not_be_dry(request)
    note_use(ctx, on.key, "VerifyMac")
    return {"KeyId": on.arn, "MacValid": True, "MacAlgorithm": algorithm}
