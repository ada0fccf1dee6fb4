"""Secrets Manager's errors, named as its model names them."""

from __future__ import annotations

from lodekey.errors import ApiError


class ResourceNotFoundException(ApiError):
    """There is no such secret, version or policy."""


class ResourceExistsException(ApiError):
    """The name or the version id is taken by something else."""


class InvalidParameterException(ApiError):
    """A parameter's value is wrong whatever the secret's state."""


class InvalidRequestException(ApiError):
    """The request does not go with the secret's present state."""


class InvalidNextTokenException(ApiError):
    """The page token is not one of ours, or belongs to another request."""


class LimitExceededException(ApiError):
    """A quota would be exceeded."""


class DecryptionFailure(ApiError):
    """KMS cannot open the value: the key is disabled, waits for deletion, or is gone."""


class EncryptionFailure(ApiError):
    """KMS cannot seal the value: the key is disabled, waits for deletion, or is gone."""


class MalformedPolicyDocumentException(ApiError):
    """The resource policy cannot be read."""


class PublicPolicyException(ApiError):
    """BlockPublicPolicy was asked for, and the policy lets anybody in."""


class PreconditionNotMetException(ApiError):
    """Something must be done first."""
