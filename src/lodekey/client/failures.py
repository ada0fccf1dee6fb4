"""What can go wrong for a client, each with its exit code; botocore's errors are put into these.

No failure carries a value: botocore's parameter errors quote what was sent, so their text is
dropped, and chained tracebacks are cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as botocore_errors

from lodekey.client import exit_codes


class Failure(Exception):
    """Something failed.

    Args:
        message: What, in a line.
        hint: What to do about it; may be empty.
    """

    exit_code = exit_codes.FAILURE
    word = "failure"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Unusable(Failure):
    """The request makes no sense as it stands."""

    exit_code = exit_codes.USAGE
    word = "usage"


class NotFound(Failure):
    """There is no such value, version, key or role."""

    exit_code = exit_codes.NOT_FOUND
    word = "not-found"


class Denied(Failure):
    """The endpoint refuses the caller."""

    exit_code = exit_codes.DENIED
    word = "denied"


class Changed(Failure):
    """Somebody changed the value since it was looked at."""

    exit_code = exit_codes.CHANGED
    word = "changed"


class Unreachable(Failure):
    """The endpoint does not answer."""

    exit_code = exit_codes.NETWORK
    word = "network"


NOT_FOUND_CODES = frozenset(
    {
        "ParameterNotFound",
        "ParameterVersionNotFound",
        "ResourceNotFoundException",
        "NotFoundException",
        "NoSuchEntity",
        "NoSuchEntityException",
    }
)
DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
    }
)
CHANGED_CODES = frozenset(
    {"ParameterAlreadyExists", "ResourceExistsException", "AlreadyExistsException"}
)


def code_of(error: botocore_errors.ClientError) -> str:
    """The error's code as AWS names it."""
    details: Any = error.response.get("Error", {})
    return str(details.get("Code", ""))


def _answered(error: botocore_errors.ClientError) -> Failure:
    code = code_of(error)
    details: Any = error.response.get("Error", {})
    message = f"{code}: {details.get('Message') or details.get('message') or 'no message'}"
    if code in NOT_FOUND_CODES:
        return NotFound(message)
    if code in DENIED_CODES or "Access to KMS is not allowed" in message:
        request = str(error.response.get("ResponseMetadata", {}).get("RequestId", ""))
        hint = f"`lodekey explain {request}` on a lodekey server says why" if request else ""
        return Denied(message, hint=hint)
    if code == "InvalidKeyId" and "not allowed to access" in message:
        return Denied(message, hint="the store asked the key as you; the key's policy refused")
    if code in CHANGED_CODES:
        return Changed(message)
    return Failure(message)


def told(error: Exception) -> Failure:
    """The failure that one of botocore's errors is."""
    match error:
        case botocore_errors.ClientError():
            return _answered(error)
        case botocore_errors.NoCredentialsError() | botocore_errors.PartialCredentialsError():
            return Denied(
                "there are no credentials",
                hint='`aws configure`, `aws sso login`, or `eval "$(lodekey env)"`',
            )
        case botocore_errors.NoRegionError():
            return Unusable("no region is set", hint="give `--region`, or set AWS_DEFAULT_REGION")
        case botocore_errors.ProfileNotFound():
            return Unusable(str(error))
        case botocore_errors.ParamValidationError():
            return Unusable("a name or a value does not have the form that the service takes")
        case botocore_errors.HTTPClientError() | botocore_errors.ConnectionError():
            where = error.kwargs.get("endpoint_url", "the endpoint")
            return Unreachable(f"`{where}` does not answer", hint="`lodekey doctor` looks closer")
        case botocore_errors.BotoCoreError():
            return Failure(str(error))
        case _:
            return Failure(f"{type(error).__name__}")


@contextmanager
def translated(hiding: str = "") -> Iterator[None]:
    """Turn botocore's errors into failures, without their chain.

    Args:
        hiding: A value that no message may show.

    Raises:
        Failure: Whatever botocore raised.
    """
    try:
        yield
    except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as error:
        failure = told(error)
        if hiding and hiding in failure.message:
            failure = type(failure)(failure.message.replace(hiding, "***"), hint=failure.hint)
        raise failure from None
