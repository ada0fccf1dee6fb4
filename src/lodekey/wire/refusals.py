"""Why a signature is not believed, and AWS's words for it in each protocol."""

from __future__ import annotations

from typing import Literal

from lodekey.errors import (
    AccessDenied,
    ApiError,
    ExpiredToken,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
from lodekey.wire.error_codes import REST_XML

Kind = Literal[
    "missing",  # no signature where one is needed
    "incomplete",  # a signature that cannot be read
    "algorithm",  # an algorithm that is not offered
    "unknown key",  # no such access key, or an inactive one
    "bad token",  # the session token is not this key's
    "expired token",  # the session has ended
    "mismatch",  # another signature than the secret key makes
    "scope",  # a credential scope for another day or service
    "unsigned",  # a header that must be signed is not
    "body hash",  # x-amz-content-sha256 is not the body's
    "no body hash",  # S3 without x-amz-content-sha256
    "too old",  # signed more than 15 minutes ago
    "too early",  # signed more than 15 minutes from now
    "presign ended",  # a presigned URL after its X-Amz-Expires
    "presign early",  # a presigned URL from the future
    "presign",  # parameters of a presigned URL that cannot be
    "two mechanisms",  # signed in the query and in the header
]

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key "
    "and signing method."
)

_S3_ALGORITHM = (
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
)
_S3_MECHANISMS = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
    "string parameter or the Authorization header should be specified"
)


class AuthError(Exception):
    """A signature that is not believed, in no protocol's words yet.

    Args:
        kind: What is wrong.
        detail: AWS's sentence where it depends on the request; empty: the kind's own.
        members: What S3 shows beside the message (``ServerTime``).
    """

    def __init__(self, kind: Kind, detail: str = "", **members: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail
        self.members = members


class AuthorizationHeaderMalformed(ApiError):
    """S3 cannot read the Authorization header, or its scope is for something else."""


class AuthorizationQueryParametersError(ApiError):
    """S3 cannot take a presigned URL's parameters."""


class InvalidAccessKeyId(ApiError):
    """S3 knows no such access key."""


class InvalidToken(ApiError):
    """S3 finds the session token not to belong to the access key."""


class InvalidArgument(ApiError):
    """S3 cannot take an argument."""


class InvalidRequest(ApiError):
    """S3 misses something in the request."""


class RequestTimeTooSkewed(ApiError):
    """S3 finds the clocks to differ by more than 15 minutes."""


class XAmzContentSHA256Mismatch(ApiError):
    """S3 computed another hash of the body than the header says."""


_COMMON: dict[str, tuple[type[ApiError], str]] = {
    "missing": (MissingAuthenticationTokenException, "Missing Authentication Token"),
    "incomplete": (
        IncompleteSignatureException,
        "Request must contain either a valid (registered) AWS access key ID or X.509 certificate.",
    ),
    "algorithm": (IncompleteSignatureException, "Unsupported AWS 'algorithm'"),
    "unknown key": (
        UnrecognizedClientException,
        "The security token included in the request is invalid.",
    ),
    "bad token": (
        UnrecognizedClientException,
        "The security token included in the request is invalid.",
    ),
    "expired token": (
        ExpiredToken,
        "The security token included in the request is expired",
    ),
    "body hash": (InvalidSignatureException, MISMATCH),
    "two mechanisms": (
        IncompleteSignatureException,
        "Only one auth mechanism allowed; found both an Authorization header and query parameters",
    ),
}
_S3: dict[str, tuple[type[ApiError], str]] = {
    "missing": (AccessDenied, "Access Denied"),
    "incomplete": (AuthorizationHeaderMalformed, "The authorization header is malformed"),
    "algorithm": (InvalidRequest, _S3_ALGORITHM),
    "unknown key": (
        InvalidAccessKeyId,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "bad token": (InvalidToken, "The provided token is malformed or otherwise invalid."),
    "expired token": (ExpiredToken, "The provided token has expired."),
    "mismatch": (InvalidSignatureException, _S3_MISMATCH),
    "scope": (AuthorizationHeaderMalformed, ""),
    "unsigned": (AccessDenied, "There were headers present in the request which were not signed"),
    "body hash": (
        XAmzContentSHA256Mismatch,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
    "no body hash": (
        InvalidRequest,
        "Missing required header for this request: x-amz-content-sha256",
    ),
    "too old": (
        RequestTimeTooSkewed,
        "The difference between the request time and the current time is too large.",
    ),
    "too early": (
        RequestTimeTooSkewed,
        "The difference between the request time and the current time is too large.",
    ),
    "presign ended": (AccessDenied, "Request has expired"),
    "presign early": (AccessDenied, "Request is not valid yet"),
    "presign": (AuthorizationQueryParametersError, ""),
    "two mechanisms": (
        InvalidArgument,
        _S3_MECHANISMS,
    ),
}
_OWN_WORDS_IN_S3 = {"incomplete", "scope", "presign", "algorithm"}


def word(error: AuthError, protocol: str) -> ApiError:
    """*error* as the protocol's services say it.

    The code and status follow from the protocol where the answer is written; S3 has errors and
    sentences of its own.
    """
    if protocol == REST_XML:
        kind, text = _S3[error.kind]
        detail = error.detail if error.kind in _OWN_WORDS_IN_S3 else ""
        return kind(detail or text, **error.members)
    kind, text = _COMMON.get(error.kind, (InvalidSignatureException, MISMATCH))
    return kind(error.detail or text)
