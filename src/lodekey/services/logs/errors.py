"""CloudWatch Logs' errors, named as the model names them."""

from __future__ import annotations

from lodekey.errors import ApiError


class InvalidParameterException(ApiError):
    """A member of the request cannot be."""


class LimitExceededException(ApiError):
    """There are as many as there may be."""


class OperationAbortedException(ApiError):
    """The resource is not as the request says it saw it."""


class ResourceAlreadyExistsException(ApiError):
    """There is one of that name already."""


class ResourceNotFoundException(ApiError):
    """There is none of that name."""


class TooManyTagsException(ApiError):
    """A log group has 50 tags at most."""
