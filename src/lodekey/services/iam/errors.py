"""IAM's errors, named as its model names them; what each means is the model's to say."""

from __future__ import annotations

from lodekey.errors import ApiError


class NoSuchEntityException(ApiError):
    """What the request names is not there."""


class EntityAlreadyExistsException(ApiError):
    """There is one of that name already."""


class DeleteConflictException(ApiError):
    """Something still hangs on what is to be deleted."""


class LimitExceededException(ApiError):
    """A quota of the account, or of the entity."""


class InvalidInputException(ApiError):
    """A value that the model lets through and IAM does not."""


class MalformedPolicyDocumentException(ApiError):
    """The text is not a policy of its kind, or names a principal that is not."""


class PolicyNotAttachableException(ApiError):
    """A policy of AWS's that only service-linked roles may have."""


class UnmodifiableEntityException(ApiError):
    """A service-linked role: only its service may change it."""


class EntityTemporarilyUnmodifiableException(ApiError):
    """A login profile just changed."""


class PasswordPolicyViolationException(ApiError):
    """The password is not what the account's password policy asks for."""


class InvalidUserTypeException(ApiError):
    """Only an IAM user may ask this."""


class InvalidAuthenticationCodeException(ApiError):
    """The codes are not what the MFA device shows."""


class CredentialReportNotPresentException(ApiError):
    """No credential report was asked for yet."""


class CredentialReportExpiredException(ApiError):
    """The credential report is older than four hours."""


class ServiceNotSupportedException(ApiError):
    """The service does not do that."""
