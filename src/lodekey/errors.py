"""The errors an API may answer with, and how a finder says that a thing is not there."""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """An answer other than success, as the caller will read it.

    Never raised itself: each error is a subclass whose name *is* the name of the error shape in
    the service's model. The wire looks up that shape for the code and status that the protocol
    shows; `status` counts only for errors that no model declares.

    Args:
        message: What the caller reads, in AWS's words where AWS has them.
        members: Further members of the error's shape (``BucketName=...``).
    """

    status: ClassVar[int] = 400
    sender_fault: ClassVar[bool] = True

    def __init__(self, message: str = "", **members: Any) -> None:
        super().__init__(message)
        self.message = message
        self.members = members
        self.headers: dict[str, str] = {}
        self.denial: Any = None

    @property
    def code(self) -> str:
        """The error's name in the model."""
        return type(self).__name__


class ValidationException(ApiError):
    """The request does not fit its shape, or a rule of the service."""


class ValidationError(ApiError):
    """The same, as the query protocol's services call it."""


class SerializationException(ApiError):
    """The body cannot be parsed, or a member has another type than its shape's."""


class UnknownOperationException(ApiError):
    """No such operation, or none that is offered here."""


class InvalidAction(ApiError):
    """The same, in the query protocol's words."""


class AccessDeniedException(ApiError):
    """The policies do not allow the request."""


class AccessDenied(ApiError):
    """The same, as IAM, STS, CloudFormation and S3 call it."""

    status = 403


class MissingAuthenticationTokenException(ApiError):
    """The request carries no signature."""

    status = 403


class IncompleteSignatureException(ApiError):
    """The signature cannot be read."""


class UnrecognizedClientException(ApiError):
    """There is no such access key, or its session token does not belong to it."""


class InvalidClientTokenId(ApiError):
    """The same, in the query protocol's words."""

    status = 403


class InvalidSignatureException(ApiError):
    """The signature is not the one that the secret key makes, or is too old."""


class SignatureDoesNotMatch(ApiError):
    """The same, in the words of the XML protocols."""

    status = 403


class ExpiredTokenException(ApiError):
    """The session has ended."""


class ExpiredToken(ApiError):
    """The same, in the query protocol's words."""


class RequestEntityTooLarge(ApiError):
    """The body is longer than the server takes."""

    status = 413


class ThrottlingException(ApiError):
    """Too many requests at once; try again."""


class InternalFailure(ApiError):
    """A fault of ours. The answer holds no details, the log does."""

    status = 500
    sender_fault = False


class ServiceUnavailable(ApiError):
    """The server cannot keep its promises now (disk full, trail not writable); try again."""

    status = 503
    sender_fault = False


class Missing(Exception):
    """What a request names is not there.

    Raised by a finder instead of the API's own error, so that the gate can ask the policies about
    the name first: who may not touch a thing may not learn whether it exists.

    Args:
        arn: The name that the policies are asked about.
        error: What an allowed caller reads.
    """

    def __init__(self, arn: str, error: ApiError) -> None:
        super().__init__(arn)
        self.arn = arn
        self.error = error
