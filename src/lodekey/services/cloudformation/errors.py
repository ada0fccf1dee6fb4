"""CloudFormation's errors, named as its model names them."""

from __future__ import annotations

from lodekey.errors import ApiError


class AlreadyExistsException(ApiError):
    """There is a stack or change set of that name."""


class ChangeSetNotFoundException(ApiError):
    """There is no such change set."""


class InsufficientCapabilitiesException(ApiError):
    """The template makes IAM entities or uses macros, and the request does not acknowledge it."""


class InvalidChangeSetStatusException(ApiError):
    """The change set is not in a state that allows this."""


class InvalidOperationException(ApiError):
    """The operation is not valid here."""


class TokenAlreadyExistsException(ApiError):
    """The client's token was used for another request."""
