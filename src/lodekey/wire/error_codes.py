"""What an error is called and which status it has, by protocol.

A service's own errors are found in its model by name. The errors that every service shares are in
no model; each protocol has its own words for them, and this table holds all four. S3 declares few
of its codes; its documented ones stand in a table of their own.

Sources:
https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from typing import NamedTuple

from lodekey.errors import ApiError
from lodekey.wire.models import Model

JSON, REST_JSON, QUERY, REST_XML = "json", "rest-json", "query", "rest-xml"


class Shown(NamedTuple):
    """An error as the caller sees it."""

    code: str
    status: int
    sender: bool = True


def _row(
    json: str, json_status: int, rest: int, query: str, query_status: int, s3: str, s3_status: int
) -> dict[str, Shown]:
    return {
        JSON: Shown(json, json_status, json_status < 500),
        REST_JSON: Shown(json, rest, rest < 500),
        QUERY: Shown(query, query_status, query_status < 500),
        REST_XML: Shown(s3, s3_status, s3_status < 500),
    }


_DENIED = _row("AccessDeniedException", 400, 403, "AccessDenied", 403, "AccessDenied", 403)
_UNSIGNED = _row(
    "MissingAuthenticationTokenException",
    400,
    403,
    "MissingAuthenticationToken",
    403,
    "AccessDenied",
    403,
)
_INCOMPLETE = _row(
    "IncompleteSignatureException",
    400,
    403,
    "IncompleteSignature",
    400,
    "AuthorizationHeaderMalformed",
    400,
)
_STRANGER = _row(
    "UnrecognizedClientException",
    400,
    403,
    "InvalidClientTokenId",
    403,
    "InvalidAccessKeyId",
    403,
)
_MISMATCH = _row(
    "InvalidSignatureException",
    400,
    403,
    "SignatureDoesNotMatch",
    403,
    "SignatureDoesNotMatch",
    403,
)
_ENDED = _row("ExpiredTokenException", 400, 403, "ExpiredToken", 403, "ExpiredToken", 400)
_INVALID = _row("ValidationException", 400, 400, "ValidationError", 400, "InvalidArgument", 400)
_UNREADABLE = _row("SerializationException", 400, 400, "MalformedInput", 400, "MalformedXML", 400)
_UNKNOWN = _row("UnknownOperationException", 400, 404, "InvalidAction", 400, "NotImplemented", 501)
_LARGE = _row(
    "RequestEntityTooLargeException", 413, 413, "RequestEntityTooLarge", 413, "EntityTooLarge", 400
)
_BUSY = _row("ThrottlingException", 400, 429, "Throttling", 400, "SlowDown", 503)
_BROKEN = _row("InternalFailure", 500, 500, "InternalFailure", 500, "InternalError", 500)
_CLOSED = _row(
    "ServiceUnavailableException", 503, 503, "ServiceUnavailable", 503, "ServiceUnavailable", 503
)

COMMON = {
    "AccessDeniedException": _DENIED,
    "AccessDenied": _DENIED,
    "MissingAuthenticationTokenException": _UNSIGNED,
    "IncompleteSignatureException": _INCOMPLETE,
    "UnrecognizedClientException": _STRANGER,
    "InvalidClientTokenId": _STRANGER,
    "InvalidSignatureException": _MISMATCH,
    "SignatureDoesNotMatch": _MISMATCH,
    "ExpiredTokenException": _ENDED,
    "ExpiredToken": _ENDED,
    "ValidationException": _INVALID,
    "ValidationError": _INVALID,
    "SerializationException": _UNREADABLE,
    "UnknownOperationException": _UNKNOWN,
    "InvalidAction": _UNKNOWN,
    "RequestEntityTooLarge": _LARGE,
    "ThrottlingException": _BUSY,
    "InternalFailure": _BROKEN,
    "ServiceUnavailable": _CLOSED,
}

S3 = {
    "AccessDenied": 403,
    "AccountProblem": 403,
    "AllAccessDisabled": 403,
    "AuthorizationHeaderMalformed": 400,
    "AuthorizationQueryParametersError": 400,
    "BadDigest": 400,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "EntityTooLarge": 400,
    "EntityTooSmall": 400,
    "ExpiredToken": 400,
    "IllegalLocationConstraintException": 400,
    "IncompleteBody": 400,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "InvalidBucketState": 409,
    "InvalidDigest": 400,
    "InvalidLocationConstraint": 400,
    "InvalidObjectState": 403,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidTag": 400,
    "InvalidToken": 400,
    "InvalidURI": 400,
    "KeyTooLongError": 400,
    "MalformedPolicy": 400,
    "MalformedXML": 400,
    "MethodNotAllowed": 405,
    "MissingContentLength": 411,
    "MissingRequestBodyError": 400,
    "MissingSecurityHeader": 400,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchKey": 404,
    "NoSuchLifecycleConfiguration": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
    "NoSuchTagSet": 404,
    "NoSuchUpload": 404,
    "NoSuchVersion": 404,
    "NotImplemented": 501,
    "NotModified": 304,
    "OperationAborted": 409,
    "OwnershipControlsNotFoundError": 404,
    "PreconditionFailed": 412,
    "RequestTimeTooSkewed": 403,
    "RequestTimeout": 400,
    "ServerSideEncryptionConfigurationNotFoundError": 404,
    "SignatureDoesNotMatch": 403,
    "TooManyBuckets": 400,
    "XAmzContentSHA256Mismatch": 400,
}


def shown(model: Model | None, protocol: str, error: ApiError) -> Shown:
    """How *error* is called and which status it has in *protocol*."""
    name = error.code
    shape = model.error(name) if model is not None else None
    if protocol == REST_XML and name in S3:
        return Shown(name, S3[name])
    if shape is not None:
        fault = shape.error
        if fault is None:
            return Shown(name, 500 if shape.fault else 400, not shape.fault)
        status = fault.http_status_code or (500 if shape.fault else 400)
        return Shown(fault.code or name, status, status < 500)
    if name in COMMON:
        return COMMON[name][protocol]
    return Shown(name, error.status, error.sender_fault)
