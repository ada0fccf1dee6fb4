"""CloudTrail's errors, named as its model names them."""

from __future__ import annotations

from lodekey.errors import ApiError


class CloudTrailARNInvalidException(ApiError):
    """The ARN is none of a trail."""


class InvalidTrailNameException(ApiError):
    """The name cannot be a trail's."""


class TrailNotFoundException(ApiError):
    """There is no such trail."""


class TrailAlreadyExistsException(ApiError):
    """There is a trail of that name."""


class UnsupportedOperationException(ApiError):
    """What was asked for is not offered here."""


class OperationNotPermittedException(ApiError):
    """The one trail that there is cannot be turned off."""


class InvalidLookupAttributesException(ApiError):
    """More than one attribute, or one that is none."""


class InvalidTimeRangeException(ApiError):
    """The range ends before it begins."""


class InvalidNextTokenException(ApiError):
    """The token is of another lookup, or was not made here."""
