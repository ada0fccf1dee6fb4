"""Lambda's errors, by the names of the model."""

from __future__ import annotations

from lodekey.errors import ApiError


class InvalidParameterValueException(ApiError):
    """One of the parameters is not valid."""


class ResourceNotFoundException(ApiError):
    """The function, version, alias, layer, or configuration is not there."""

    status = 404


class ResourceConflictException(ApiError):
    """It exists already, or another operation is in progress."""

    status = 409


class PreconditionFailedException(ApiError):
    """The revision id given is not the latest."""

    status = 412


class PolicyLengthExceededException(ApiError):
    """The resource policy would be longer than 20 KB."""


class PublicPolicyException(ApiError):
    """The policy would be open to everybody, which the account forbids."""


class RequestTooLargeException(ApiError):
    """The payload is longer than an invocation takes."""

    status = 413


class InvalidRequestContentException(ApiError):
    """The payload is not JSON."""


class UnsupportedMediaTypeException(ApiError):
    """The content type is not JSON."""

    status = 415


class TooManyRequestsException(ApiError):
    """The concurrency limit is reached."""

    status = 429


class CodeStorageExceededException(ApiError):
    """The code of all functions would be more than the account may keep."""


class CodeSigningConfigNotFoundException(ApiError):
    """There is no such code signing configuration: none is offered."""

    status = 404


class InvalidRuntimeException(ApiError):
    """This machine cannot run the function's runtime."""

    status = 502
    sender_fault = False


class ServiceException(ApiError):
    """The function could not be run, by no fault of its own."""

    status = 500
    sender_fault = False


class KMSAccessDeniedException(ApiError):
    """The environment cannot be opened: the key refuses the function's role."""

    status = 502
    sender_fault = False


class KMSDisabledException(ApiError):
    """The environment cannot be opened: its key is disabled."""

    status = 502
    sender_fault = False


class KMSInvalidStateException(ApiError):
    """The environment cannot be opened: its key is being deleted."""

    status = 502
    sender_fault = False


class KMSNotFoundException(ApiError):
    """The environment cannot be opened: its key is gone."""

    status = 502
    sender_fault = False


class RecursiveInvocationException(ApiError):
    """The function has called itself too often."""
