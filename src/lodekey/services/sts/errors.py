"""STS's errors, named as its model names them."""

from __future__ import annotations

from lodekey.errors import ApiError


class MalformedPolicyDocumentException(ApiError):
    """A session policy is none, or is not there."""


class PackedPolicyTooLargeException(ApiError):
    """Session policies and tags together are more than a session token holds."""


class InvalidIdentityTokenException(ApiError):
    """The web identity token cannot be believed."""


class ExpiredTokenException(ApiError):
    """The web identity token has expired."""


class IDPRejectedClaimException(ApiError):
    """The web identity token says something that cannot be taken."""


class InvalidAuthorizationMessageException(ApiError):
    """The encoded message was not made here, or is for somebody else."""


class InvalidParameterValue(ApiError):
    """Tags that contradict each other, or those of the calling session."""


class OutboundWebIdentityFederationDisabledException(ApiError):
    """The account does not issue tokens for elsewhere."""
