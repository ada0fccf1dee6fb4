"""Presigned URLs of Signature Version 2, which the AWS CLI v1 still makes for S3.

Only the reading of objects is taken, and only with parameters that version 2 signs: it leaves all
others to whoever holds the URL.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from urllib.parse import unquote_plus

from lodekey.wire import s3_paths
from lodekey.wire.claims import Claim
from lodekey.wire.http import HttpRequest
from lodekey.wire.refusals import AuthError

_CARRIES = frozenset({"AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"})
_SIGNED = frozenset(
    {
        "partNumber",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "versionId",
    }
)


def verify(http: HttpRequest, claim: Claim, secret_key: str, now: float) -> None:
    """Raise unless *secret_key* made the URL's signature and its time has not passed.

    Raises:
        AuthError: It did not, or the request is none that version 2 is taken for.
    """
    if now > claim.expires:
        raise AuthError(
            "presign ended",
            Expires=_iso(claim.expires),
            ServerTime=_iso(now),
        )
    if http.method not in ("GET", "HEAD"):
        raise AuthError("algorithm")
    made = hmac.digest(secret_key.encode(), to_sign(http, claim).encode(), "sha1")
    if not hmac.compare_digest(base64.b64encode(made), claim.signature.encode()):
        raise AuthError("mismatch")


def _iso(seconds: float) -> str:
    latest = 253402300799
    return f"{dt.datetime.fromtimestamp(min(seconds, latest), dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def to_sign(http: HttpRequest, claim: Claim) -> str:
    """The text that version 2 signs.

    Raises:
        AuthError: There is a parameter that it does not sign.
    """
    amazons = {name: text for name, text in http.headers.items() if name.startswith("x-amz-")}
    if claim.token:
        amazons["x-amz-security-token"] = claim.token
    lines = [
        http.method,
        http.headers.get("content-md5", ""),
        http.headers.get("content-type", ""),
        str(claim.expires),
        *(f"{name}:{text}" for name, text in sorted(amazons.items())),
    ]
    return "\n".join([*lines, _resource(http)])


def _resource(http: HttpRequest) -> str:
    signed = []
    for part in http.query.split("&"):
        name, equals, value = part.partition("=")
        if name in _SIGNED:
            signed.append(f"{name}={unquote_plus(value)}" if equals else name)
        elif name not in _CARRIES:
            raise AuthError("algorithm")
    bucket = s3_paths.virtual_bucket(http)
    path = f"/{bucket}{http.path}" if bucket else http.path
    return path + (f"?{'&'.join(sorted(signed))}" if signed else "")
