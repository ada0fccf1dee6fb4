"""A SecureString's value, sealed and opened through KMS as the caller.

A standard parameter's value is encrypted by KMS itself; an advanced one's under a data key of its
own, as a message of the AWS Encryption SDK. Both are bound to the parameter's ARN, so a value that
is copied out as ciphertext opens with that encryption context, and only so.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
"""

from __future__ import annotations

import base64

from lodekey.crypto import encryption_sdk
from lodekey.errors import AccessDeniedException, ApiError
from lodekey.gate.context import Context
from lodekey.services.kms import envelope
from lodekey.services.ssm.errors import InvalidKeyId
from lodekey.services.ssm.parameters import DEFAULT_KEY, Version
from lodekey.services.ssm.tiers import ADVANCED

SECURE = "SecureString"
VIA = "ssm"

_NOT_YOURS = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)


def seal(ctx: Context, arn: str, key_id: str, tier: str, value: bytes) -> bytes:
    """Seal *value* for the parameter *arn* under a KMS key, as the caller.

    Raises:
        InvalidKeyId: KMS cannot use the key.
        AccessDeniedException: KMS does not let the caller.
    """
    context = {"PARAMETER_ARN": arn}
    try:
        if key_id == DEFAULT_KEY:
            envelope.default_key(ctx, VIA)
        if tier != ADVANCED:
            return envelope.seal(ctx, key_id, value, context=context, via=VIA)
        data_key, encrypted_key = envelope.data_key(ctx, key_id, context=context, via=VIA)
        key_arn = envelope.key_arn(ctx, key_id)
    except ApiError as error:
        raise _worded(ctx, error, error.message) from error
    return encryption_sdk.seal_message(
        value, data_key, encrypted_key, key_arn=key_arn, context=context
    )


def text_of(ctx: Context, arn: str, version: Version, *, decrypt: bool) -> str:
    """A version's value as a read shows it: opened, or else the ciphertext in base64.

    Raises:
        InvalidKeyId: KMS cannot use the key.
        AccessDeniedException: KMS does not let the caller.
    """
    if version.type != SECURE:
        return version.value.decode()
    if not decrypt:
        return base64.b64encode(version.value).decode()
    context = {"PARAMETER_ARN": arn}
    try:
        if version.tier != ADVANCED:
            return envelope.open_(ctx, version.value, context=context, via=VIA).decode()
        message = encryption_sdk.read_message(version.value)
        data_key = envelope.open_(ctx, message.encrypted_key, context=context, via=VIA)
    except ApiError as error:
        refused = error.code == "AccessDeniedException"
        raise _worded(ctx, error, _NOT_YOURS if refused else error.message) from error
    return encryption_sdk.open_message(message, data_key).decode()


def _worded(ctx: Context, error: ApiError, text: str) -> ApiError:
    """What KMS answered, as Parameter Store says it."""
    message = (
        f"{text} (Service: AWSKMS; Status Code: 400; Error Code: {error.code}; "
        f"Request ID: {ctx.request_id}; Proxy: null)"
    )
    refused = error.code == "AccessDeniedException"
    worded: ApiError = AccessDeniedException(message) if refused else InvalidKeyId(message)
    worded.headers.update(error.headers)
    worded.denial = error.denial
    return worded
