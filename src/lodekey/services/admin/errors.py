"""The errors of the server's own service."""

from lodekey.errors import ApiError


class AccountExistsException(ApiError):
    """There is an account with this id."""


class NotInDevelopmentException(ApiError):
    """Only a server started with ``--dev`` does this."""


class NoSuchDecisionException(ApiError):
    """The trail holds no denial with this id."""


class NoSuchPrincipalException(ApiError):
    """There is no such principal."""


class NoSuchIssuerException(ApiError):
    """The account has no such OpenID Connect provider."""


class NoSuchResourceException(ApiError):
    """There is no such secret, parameter or key."""
