"""Who a request says it is from: the signature read, not yet believed.

An Authorization header is the same up to its signature for all requests that one client makes in a
day, so its reading is kept. What is kept is never a verdict.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
"""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import unquote, unquote_plus

from lodekey.wire.http import HttpRequest
from lodekey.wire.refusals import AuthError

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
LONGEST_PRESIGN = 604800
"""Seconds that a presigned URL may live: seven days."""
USUAL_PRESIGN = 900
"""Seconds that one lives which does not say."""

Kind = Literal["header", "query", "query v2"]
_HEX = re.compile(r"[0-9a-f]{64}").fullmatch
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII).fullmatch
_NUMBER = re.compile(r"[0-9]{1,12}").fullmatch
_V2_TOO = ("Signature", "Expires")
_NEEDED = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
)
_S3_NEEDS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)


class Claim(NamedTuple):
    """Who a request says it is from, not yet believed.

    Args:
        access_key_id: Whose secret key is said to have signed.
        day: The scope's date, ``YYYYMMDD``.
        region: The scope's region.
        service: The scope's service, ``kms``; ``s3`` for Signature Version 2.
        signed: The names of the signed headers, as sent: ``host;x-amz-date``.
        signature: As sent.
        stamp: When it was signed, ``YYYYMMDDTHHMMSSZ``; empty for version 2.
        token: The session token; empty: none.
        kind: Where the signature stands.
        expires: For a presigned URL, how many seconds it lives; for version 2, until when.
    """

    access_key_id: str
    day: str
    region: str
    service: str
    signed: str
    signature: str
    stamp: str
    token: str
    kind: Kind = "header"
    expires: int = 0


class _Credential(NamedTuple):
    access_key_id: str
    day: str
    region: str
    service: str


def read_claim(http: HttpRequest) -> Claim | None:
    """Read who the request says it is from; None where it carries no signature.

    Raises:
        AuthError: There is a signature that cannot be read.
    """
    headers = http.headers
    authorization = headers.get("authorization")
    presigned = _presigned(http) if http.query else None
    if authorization is None:
        return presigned
    if presigned is not None:
        raise AuthError("two mechanisms")
    head, _, signature = authorization.rpartition("Signature=")
    found = _read_head(head) if _HEX(signature) else None
    if found is None:
        found, signature = _read_any_order(authorization)
    return Claim(
        *found,
        signature,
        headers.get("x-amz-date") or _stamp_of_date(headers.get("date", "")),
        headers.get("x-amz-security-token", ""),
    )


@lru_cache(maxsize=4096)
def _read_head(head: str) -> tuple[str, str, str, str, str] | None:
    """Read all of an Authorization header but the signature; None: not in the usual order."""
    try:
        algorithm, _, rest = head.partition(" ")
        credential, signed, end = (part.strip() for part in rest.split(","))
    except ValueError:
        return None
    if algorithm != ALGORITHM or end or not credential.startswith("Credential="):
        return None
    if not signed.startswith("SignedHeaders="):
        return None
    return *_credential(credential[11:]), signed[14:]


def _read_any_order(authorization: str) -> tuple[tuple[str, str, str, str, str], str]:
    """Read an Authorization header of whatever form: the parts, and the signature.

    Raises:
        AuthError: It is not one of Signature Version 4.
    """
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise AuthError("algorithm", f"Unsupported AWS 'algorithm': '{algorithm[:40]}'.")
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        if fields.setdefault(name, value) is not value:
            raise AuthError("incomplete", f"Authorization header has '{name[:40]}' twice.")
    wanted = ("Credential", "Signature", "SignedHeaders")
    missing = [name for name in wanted if not fields.get(name)]
    if missing:
        told = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise AuthError("incomplete", told)
    return (*_credential(fields["Credential"]), fields["SignedHeaders"]), fields["Signature"]


def _credential(credential: str) -> _Credential:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or not all(parts):
        raise AuthError(
            "incomplete",
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{credential[:200]}'",
        )
    access_key_id, day, region, service, terminator = parts
    if terminator != TERMINATOR:
        raise AuthError(
            "scope",
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not "
            f"'{terminator[:40]}'.",
        )
    return _Credential(access_key_id, day, region, service)


def _stamp_of_date(date: str) -> str:
    """The time that a ``Date`` header tells, as a stamp; empty where it tells none."""
    if _STAMP(date):
        return date
    try:
        return parsedate_to_datetime(date).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    except (TypeError, ValueError, OverflowError):
        return ""


def _presigned(http: HttpRequest) -> Claim | None:
    """The claim of a presigned URL; None where the query carries no signature.

    Raises:
        AuthError: It carries one that cannot be read.
    """
    query = http.query
    if "X-Amz-Signature=" in query or "X-Amz-Algorithm=" in query:
        return _read_v4(once(query))
    if "AWSAccessKeyId=" in query and "Signature=" in query:
        return _read_v2(once(query))
    return None


def once(query: str) -> dict[str, str]:
    """The parameters of a query string, decoded.

    Raises:
        AuthError: One of those that sign comes twice.
    """
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        name = unquote(name)
        if name in found and (name.startswith("X-Amz-") or name in _V2_TOO):
            raise AuthError("presign", f"The parameter '{name[:40]}' comes twice.")
        found.setdefault(name, unquote_plus(value) if "%" in value else value)
    return found


def _read_v4(given: dict[str, str]) -> Claim:
    credential = given.get("X-Amz-Credential", "")
    s3 = credential.endswith(f"/s3/{TERMINATOR}")
    needed = (*_NEEDED, "X-Amz-Expires") if s3 else _NEEDED
    missing = [name for name in needed if not given.get(name)]
    if missing:
        told = "Re-examine the query-string parameters."
        raise AuthError(
            "presign",
            _S3_NEEDS if s3 else f"AWS query-string parameters must include '{missing[0]}'. {told}",
        )
    if given["X-Amz-Algorithm"] != ALGORITHM:
        raise AuthError(
            "algorithm", f"Unsupported AWS 'algorithm': '{given['X-Amz-Algorithm'][:40]}'."
        )
    return Claim(
        *_credential(credential),
        given["X-Amz-SignedHeaders"],
        given["X-Amz-Signature"],
        given["X-Amz-Date"],
        given.get("X-Amz-Security-Token", ""),
        "query",
        _lifetime(given.get("X-Amz-Expires", str(USUAL_PRESIGN))),
    )


def _lifetime(text: str) -> int:
    if text.startswith("-"):
        raise AuthError("presign", "X-Amz-Expires must be non-negative")
    if not _NUMBER(text):
        raise AuthError("presign", "X-Amz-Expires should be a number")
    if int(text) > LONGEST_PRESIGN:
        raise AuthError(
            "presign",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
            f"must be less than {LONGEST_PRESIGN} seconds",
        )
    return int(text)


def _read_v2(given: dict[str, str]) -> Claim:
    expires = given.get("Expires", "")
    if not _NUMBER(expires):
        raise AuthError(
            "presign ended" if not expires else "presign",
            f"Invalid date (should be seconds since epoch): {expires[:40]}",
        )
    return Claim(
        access_key_id=given["AWSAccessKeyId"],
        day="",
        region="us-east-1",
        service="s3",
        signed="",
        signature=given["Signature"],
        stamp="",
        token=given.get("x-amz-security-token", ""),
        kind="query v2",
        expires=int(expires),
    )
