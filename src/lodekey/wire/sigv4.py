"""Verify AWS Signature Version 4: is this request from who it says, and unchanged?

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html and, for S3,
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html

This file trades a little beauty for speed: an Authorization header is the same up to its signature
for all requests that one client makes in a day, so its reading is kept; so are the two hash states
that HMAC begins with. What is kept never includes a verdict.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from lodekey.wire.http import HttpRequest
from lodekey.wire.refusals import AuthError

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED = "UNSIGNED-PAYLOAD"
WINDOW = 900
"""Seconds by which the clocks may differ."""
LONGEST_PRESIGN = 604800
"""Seconds that a presigned URL may live: seven days."""

Kind = Literal["header", "query", "query v2"]
_sha256: Callable[..., Any] = hashlib.sha256
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_HEX = re.compile(r"[0-9a-f]{64}").fullmatch
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII).fullmatch
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/]*").fullmatch
_PLAIN_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*").fullmatch
_DATE_WORDS = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'{0}' != '{1}', from '{2}'."
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
        stamp: When it was signed, ``YYYYMMDDTHHMMSSZ``.
        token: The session token; empty: none.
        kind: Where the signature stands.
        expires: For a presigned URL, how many seconds it lives (for version 2: until when).
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
    signed: str


def read_claim(http: HttpRequest) -> Claim | None:
    """Read who the request says it is from; None where it carries no signature.

    Raises:
        AuthError: There is a signature that cannot be read.
    """
    headers = http.headers
    authorization = headers.get("authorization")
    if authorization is None:
        return _presigned(http) if http.query else None
    head, _, signature = authorization.rpartition("Signature=")
    credential = _read_credential(head) if _HEX(signature) else None
    if credential is None:
        credential = _read_any_order(authorization)
        signature = _fields(authorization)["Signature"]
    if http.query and _presigned(http) is not None:
        raise AuthError("two mechanisms")
    return Claim(
        *credential,
        signature,
        headers.get("x-amz-date") or _stamp_of_date(headers.get("date", "")),
        headers.get("x-amz-security-token", ""),
    )


@lru_cache(maxsize=4096)
def _read_credential(head: str) -> _Credential | None:
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
    return _credential(credential[11:], signed[14:])


def _fields(authorization: str) -> dict[str, str]:
    _, _, rest = authorization.partition(" ")
    pairs = (part.strip().partition("=") for part in rest.split(","))
    return {name: value for name, _, value in pairs}


def _read_any_order(authorization: str) -> _Credential:
    """Read an Authorization header of whatever form.

    Raises:
        AuthError: It is not one of Signature Version 4.
    """
    algorithm = authorization.partition(" ")[0]
    if algorithm != ALGORITHM:
        raise AuthError("algorithm", f"Unsupported AWS 'algorithm': '{algorithm[:40]}'.")
    fields = _fields(authorization)
    wanted = ("Credential", "Signature", "SignedHeaders")
    missing = [name for name in wanted if not fields.get(name)]
    if missing or "x-amz-date" in fields:
        told = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise AuthError("incomplete", f"{told} Authorization={authorization[:200]}")
    return _credential(fields["Credential"], fields["SignedHeaders"])


def _credential(credential: str, signed: str) -> _Credential:
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
    return _Credential(access_key_id, day, region, service, signed)


def _presigned(http: HttpRequest) -> Claim | None:
    return None


def _stamp_of_date(date: str) -> str:
    """The time that a ``Date`` header tells, as a stamp; empty where it tells none."""
    if _STAMP(date):
        return date
    try:
        return parsedate_to_datetime(date).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    except (TypeError, ValueError, OverflowError):
        return ""


def verify(
    http: HttpRequest, claim: Claim, secret_key: str, now: float, *, service: str = ""
) -> None:
    """Raise unless *secret_key* made the request's signature, for *service*, within the window.

    Args:
        http: The request.
        claim: What `read_claim` read of it.
        secret_key: The secret of the claim's access key.
        now: Seconds since the epoch.
        service: The name that the scope must have; empty: any.

    Raises:
        AuthError: It did not.
    """
    signed_at = moment(claim.stamp)
    if not -WINDOW <= now - signed_at <= WINDOW:
        _refuse_date(claim.stamp, signed_at, now)
    if claim.stamp[:8] != claim.day:
        raise AuthError("scope", _DATE_WORDS.format(claim.day, claim.stamp[:8], claim.stamp))
    if service and claim.service != service:
        raise AuthError("scope", f"Credential should be scoped to correct service: '{service}'.")
    inner, outer = _signer(secret_key, claim.day, claim.region, claim.service)
    for canonical in _canonical(http, claim):
        mac, seal = inner(), outer()
        mac.update(
            f"{ALGORITHM}\n{claim.stamp}\n{claim.day}/{claim.region}/{claim.service}/"
            f"{TERMINATOR}\n{_sha256(canonical).hexdigest()}".encode()
        )
        seal.update(mac.digest())
        if hmac.compare_digest(seal.hexdigest().encode(), claim.signature.encode()):
            return
    raise AuthError("mismatch")


def decode_body(http: HttpRequest, claim: Claim, secret_key: str) -> HttpRequest:
    """*http* with its body as it was before it was cut into signed chunks."""
    return http


def _canonical(http: HttpRequest, claim: Claim) -> Iterable[bytes]:
    """The canonical request, in each spelling that the client may have signed."""
    headers = http.headers
    names = _must_sign(claim.signed, frozenset(headers))
    lines = []
    for name in names:
        value = headers.get(name, "")
        lines.append(f"{name}:{value if '  ' not in value else ' '.join(value.split())}\n")
    tail = f"{''.join(lines)}\n{claim.signed}\n{_payload(http, claim)}"
    query = canonical_query(http.query) if http.query else ""
    for path in _paths(http.path, claim.service):
        text = f"{http.method}\n{path}\n{query}\n{tail}"
        try:
            yield text.encode("latin-1")
        except UnicodeEncodeError:
            yield text.encode()


@lru_cache(maxsize=4096)
def _must_sign(signed: str, present: frozenset[str]) -> tuple[str, ...]:
    """The signed headers' names, after a look at whether all are signed that must be.

    Raises:
        AuthError: One is not, or the list is not a list.
    """
    names = tuple(signed.split(";"))
    if list(names) != sorted(set(names)):
        raise AuthError("mismatch")
    for name in ("host", *sorted(present)):
        needed = name == "host" or (name.startswith("x-amz-") and name != "x-amz-content-sha256")
        if needed and name not in names:
            told = "'Host' or ':authority'" if name == "host" else f"'{name}'"
            raise AuthError(
                "unsigned", f"{told} must be a 'SignedHeader' in the AWS Authorization."
            )
    return names


def _payload(http: HttpRequest, claim: Claim) -> str:
    """What the canonical request says of the body.

    Raises:
        AuthError: The header says something else than the body.
    """
    said = http.headers.get("x-amz-content-sha256")
    if claim.service == "s3":
        if said is None:
            raise AuthError("no body hash")
        if said == UNSIGNED or said.startswith("STREAMING-"):
            return said
    actual: str = _sha256(http.body).hexdigest() if http.body else _EMPTY_HASH
    if said is not None and said != actual:
        raise AuthError(
            "body hash",
            ClientComputedContentSHA256=said[:64],
            S3ComputedContentSHA256=actual,
        )
    return actual


def _paths(path: str, service: str) -> Iterable[str]:
    if path == "/":
        return ("/",)
    if service != "s3":
        return (quote(_normalized(path), safe="/-_.~"),)
    if _PLAIN_PATH(path):
        return (path,)
    whole = "/".join(quote(unquote_to_bytes(part), safe="-_.~") for part in path.split("/"))
    return (path,) if whole == path else (path, whole)


def _normalized(path: str) -> str:
    """*path* without ``.``, ``..`` and empty segments (RFC 3986, 5.2.4)."""
    if "//" not in path and "/." not in path:
        return path
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    end = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + end


@lru_cache(maxsize=1024)
def canonical_query(query: str) -> str:
    """*query* with its parameters encoded as AWS encodes, and sorted; without the signature."""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and name != "X-Amz-Signature":
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return (
        text
        if _PLAIN_QUERY(text)
        else quote(unquote(text, errors="surrogateescape"), safe="-_.~", errors="surrogateescape")
    )


@lru_cache(maxsize=4096)
def _signer(
    secret_key: str, day: str, region: str, service: str
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The two states that HMAC with this day's signing key begins with (RFC 2104)."""
    key = signing_key(secret_key, day, region, service).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))
    return inner.copy, outer.copy


def signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """The key that signs for one day, region and service."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=4096)
def moment(stamp: str) -> int:
    """``20261124T231500Z`` as seconds since the epoch.

    Raises:
        AuthError: It is not a time.
    """
    if not stamp:
        raise AuthError(
            "incomplete",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    try:
        if not _STAMP(stamp):
            raise ValueError(stamp)
        return int(dt.datetime.strptime(stamp + "+0000", "%Y%m%dT%H%M%SZ%z").timestamp())
    except ValueError:
        raise AuthError(
            "incomplete",
            f"Date must be in ISO-8601 'basic format'. Got '{stamp[:40]}'. "
            "See http://en.wikipedia.org/wiki/ISO_8601",
        ) from None


def stamp_of(seconds: float) -> str:
    """Seconds since the epoch as ``20261124T231500Z``."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def _refuse_date(stamp: str, signed_at: int, now: float) -> None:
    members = {
        "RequestTime": stamp,
        "ServerTime": dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "MaxAllowedSkewMilliseconds": str(WINDOW * 1000),
    }
    ours = stamp_of(now)
    if signed_at < now:
        raise AuthError(
            "too old",
            f"Signature expired: {stamp} is now earlier than {stamp_of(now - WINDOW)} "
            f"({ours} - 15 min.)",
            **members,
        )
    raise AuthError(
        "too early",
        f"Signature not yet current: {stamp} is still later than {stamp_of(now + WINDOW)} "
        f"({ours} + 15 min.)",
        **members,
    )
