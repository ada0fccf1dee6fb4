"""A function's environment variables: checked, sealed by KMS, opened for those who may.

Sealed as the caller who sets them, under the function's key or ``aws/lambda``, with the function's
ARN as context. Opened as the reader who asks for the configuration, and as the function's role when
it runs; with a customer's key the role gets a grant for that, as on AWS.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from lodekey.errors import ApiError
from lodekey.gate.context import Context
from lodekey.services.kms import envelope
from lodekey.services.lambda_ import errors
from lodekey.services.lambda_.functions import Version
from lodekey.services.lambda_.names import FunctionName

MOST_BYTES = 4096

RESERVED = frozenset({
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
})  # fmt: skip

_REFUSED = "Lambda was unable to configure your environment variables because"


class Sealed(NamedTuple):
    """Variables as kept.

    Args:
        blob: Sealed by KMS; empty: there are none.
        key: The ARN of the key that sealed them.
    """

    blob: bytes = b""
    key: str = ""


def check(variables: Mapping[str, str]) -> bytes:
    """The variables as JSON.

    Raises:
        InvalidParameterValueException: A name is reserved, or they are too long together.
    """
    reserved = sorted(name for name in variables if name in RESERVED or name.startswith("_LAMBDA"))
    if reserved:
        raise errors.InvalidParameterValueException(
            f"{_REFUSED} the environment variables you have provided contains reserved keys that "
            "are currently not supported for modification. Reserved keys used in this request: "
            + ", ".join(reserved),
            Type="User",
        )
    text = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False).encode()
    if len(text) > MOST_BYTES:
        raise errors.InvalidParameterValueException(
            f"{_REFUSED} the environment variables you have provided exceeded the 4KB limit.",
            Type="User",
        )
    return text


def context_of(function: FunctionName) -> dict[str, str]:
    """The encryption context of a function's variables."""
    return {"aws:lambda:FunctionArn": function.unqualified_arn}


def seal(
    ctx: Context, function: FunctionName, variables: Mapping[str, str], key: str, role: str
) -> Sealed:
    """Seal *variables* as the caller.

    Args:
        ctx: The request's.
        function: Whose they are.
        variables: By name.
        key: The customer's key; empty: ``aws/lambda``.
        role: The function's role, which gets a grant on the customer's key.

    Raises:
        InvalidParameterValueException: They may not be set, or KMS refuses the caller.
    """
    if not variables:
        return Sealed()
    text = check(variables)
    used = key or envelope.default_key(ctx, "lambda")
    try:
        blob = envelope.seal(ctx, used, text, context=context_of(function), via="lambda")
        if key:
            grant(ctx, function, used, role)
        return Sealed(blob, envelope.key_arn(ctx, used))
    except ApiError as error:
        raise unusable(error) from error


def grant(ctx: Context, function: FunctionName, key: str, role: str) -> None:
    """Let the function's role open the variables: a grant on the key, made as the caller."""
    request = {
        "KeyId": key,
        "GranteePrincipal": role,
        "Operations": ["Decrypt", "RetireGrant"],
        "Constraints": {"EncryptionContextEquals": context_of(function)},
        "Name": f"lambda-{function.name}",
    }
    ctx.call(ctx.gate.operation("kms", "CreateGrant"), request, via="lambda")


def unusable(error: ApiError) -> errors.InvalidParameterValueException:
    """What a caller reads whom KMS refuses the key."""
    return errors.InvalidParameterValueException(
        f"{_REFUSED} KMS access was denied. Please check your KMS permissions. "
        f"KMS Exception: {error.code} KMS Message: {error.message}",
        Type="User",
    )


def open_for_reader(ctx: Context, version: Version) -> tuple[dict[str, str] | None, str]:
    """The variables as the caller may see them, or why not."""
    if not version.environment:
        return None, ""
    try:
        text = envelope.open_(
            ctx, version.environment, context=context_of(version.named), via="lambda"
        )
    except ApiError as error:
        return None, (
            "Lambda was unable to decrypt your environment variables because the KMS access was "
            "denied. Please check your KMS permissions. "
            f"KMS Exception: {error.code} KMS Message: {error.message}"
        )
    return json.loads(text), ""


def refused_to_role(error: ApiError) -> ApiError:
    """What an invoker reads where KMS refuses the function's role."""
    head = "Lambda was unable to decrypt the environment variables because"
    if error.code == "DisabledException":
        return errors.KMSDisabledException(
            f"{head} the KMS key used is disabled. Please check the function's KMS key settings.",
            Type="User",
        )
    if error.code in {"KMSInvalidStateException", "InvalidStateException"}:
        return errors.KMSInvalidStateException(
            f"{head} the state of the KMS key used is not valid for Decrypt. "
            "Please check the function's KMS key settings.",
            Type="User",
        )
    if error.code == "NotFoundException":
        return errors.KMSNotFoundException(
            f"{head} the KMS key was not found. Please check the function's KMS key settings.",
            Type="User",
        )
    return errors.KMSAccessDeniedException(
        f"{head} KMS access was denied. Please check the function's KMS key settings. "
        f"KMS Exception: {error.code} KMS Message: {error.message}",
        Type="User",
    )
