"""Verify AWS Signature Version 4: is this request from who it says, and unchanged?

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html and, for S3,
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html

The two hash states that HMAC begins with are kept for each key and day. What is kept is never a
verdict.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from lodekey.wire import sigv2
from lodekey.wire.chunks import decode_body
from lodekey.wire.claims import ALGORITHM, TERMINATOR, Claim, read_claim
from lodekey.wire.http import HttpRequest, Incoming
from lodekey.wire.refusals import AuthError

__all__ = ["AuthError", "Claim", "decode_body", "read_claim", "verify"]

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = (
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
)
WINDOW = 900
"""Seconds by which the clocks may differ."""

_sha256: Callable[..., Any] = hashlib.sha256
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII).fullmatch
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/]*").fullmatch
_PLAIN_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*").fullmatch
_DATE_WORDS = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'{0}' != '{1}', from '{2}'."
)
_ROOT = ("/",)
_IN_QUERY = frozenset({"x-amz-content-sha256"})


def verify(
    http: HttpRequest, claim: Claim, secret_key: str, now: float, *, service: str = ""
) -> None:
    """Raise unless *secret_key* made the request's signature, for *service*, within the window.

    A body sent in signed chunks is verified by `decode_body`, not here.

    Args:
        http: The request.
        claim: What `read_claim` read of it.
        secret_key: The secret of the claim's access key.
        now: Seconds since the epoch.
        service: The name that the scope must have; empty: any.

    Raises:
        AuthError: It did not.
    """
    if service and claim.service != service:
        raise AuthError("scope", f"Credential should be scoped to correct service: '{service}'.")
    if claim.kind == "query v2":
        sigv2.verify(http, claim, secret_key, now)
        return
    signed_at = moment(claim.stamp)
    if claim.kind == "header":
        if not -WINDOW <= now - signed_at <= WINDOW:
            _refuse_date(claim.stamp, signed_at, came_at(http, now))
    elif not -WINDOW <= now - signed_at <= claim.expires:
        _refuse_presign(claim, signed_at, came_at(http, now))
    day = claim.day
    if claim.stamp[:8] != day:
        raise AuthError("scope", _DATE_WORDS.format(day[:40], claim.stamp[:8], claim.stamp))
    inner, outer = _signer(secret_key, day, claim.region, claim.service)
    head = f"{ALGORITHM}\n{claim.stamp}\n{day}/{claim.region}/{claim.service}/{TERMINATOR}\n"
    tail = _tail(http, claim)
    for path in _ROOT if http.path == "/" else _paths(http.path, claim.service):
        mac, seal = inner(), outer()
        canonical = _bytes(f"{http.method}\n{path}\n{tail}")
        mac.update(f"{head}{_sha256(canonical).hexdigest()}".encode())
        seal.update(mac.digest())
        if hmac.compare_digest(seal.hexdigest().encode(), claim.signature.encode()):
            return
    raise AuthError("mismatch")


def _tail(http: HttpRequest, claim: Claim) -> str:
    """The canonical request after its path."""
    query = canonical_query(http.query) if http.query else ""
    signed = _signed_headers(http.headers, _must_sign(claim.signed, tuple(http.headers)))
    return f"{query}\n{signed}\n{claim.signed}\n{_payload(http, claim)}"


def _signed_headers(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The canonical headers, a line each."""
    lines = "".join([f"{name}:{headers.get(name, '')}\n" for name in names])
    if lines.isascii() and not ("  " in lines or " \n" in lines or ": " in lines or "\t" in lines):
        return lines
    trimmed = [(name, headers.get(name, "").strip()) for name in names]
    return "".join(
        f"{name}:{value if '  ' not in value else ' '.join(value.split())}\n"
        for name, value in trimmed
    )


def _bytes(text: str) -> bytes:
    # Headers come in as Latin-1, a byte a character; a client in process may know other ones.
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape")


@lru_cache(maxsize=4096)
def _must_sign(signed: str, present: tuple[str, ...]) -> tuple[str, ...]:
    """The signed headers' names, after a look at whether all are signed that must be.

    AWS asks for ``host`` and for every ``x-amz-`` header. The hash of the body is in the canonical
    request whether or not its header is.

    Raises:
        AuthError: One is not, or the list is not a list.
    """
    names = tuple(signed.split(";"))
    if list(names) != sorted(set(names)) or signed != signed.lower():
        raise AuthError("mismatch")
    for name in ("host", *present):
        if (name == "host" or name.startswith("x-amz-")) and name not in names:
            if name in _IN_QUERY:
                continue
            told = "'Host' or ':authority'" if name == "host" else f"'{name[:80]}'"
            raise AuthError(
                "unsigned",
                f"{told} must be a 'SignedHeader' in the AWS Authorization.",
                HeadersNotSigned=name[:80],
            )
    return names


def _payload(http: HttpRequest, claim: Claim) -> str:
    """What the canonical request says of the body.

    Raises:
        AuthError: The header says something else than the body.
    """
    said = http.headers.get("x-amz-content-sha256")
    s3 = claim.service == "s3"
    if s3:
        if claim.kind == "query":
            if said is None or "x-amz-content-sha256" not in claim.signed.split(";"):
                return UNSIGNED
        elif said is None:
            raise AuthError("no body hash")
        if said == UNSIGNED or said in STREAMING:
            return said
    actual: str = _sha256(http.body).hexdigest() if http.body else _hash_elsewhere(http.body, said)
    if said is not None and said != actual:
        raise AuthError(
            "body hash",
            ClientComputedContentSHA256=said[:64],
            S3ComputedContentSHA256=actual,
        )
    return actual


def _hash_elsewhere(body: bytes, said: str | None) -> str:
    """The hash of a body that is not in memory: of none, or of one that is kept elsewhere.

    One that has yet to come is taken at its word, and looked at once it has come.
    """
    if not isinstance(body, Incoming):
        return _EMPTY_HASH
    return body.sha256 if body.ended else said or ""


def came_at(http: HttpRequest, now: float) -> float:
    """When the request came: one with a long body is older than *now*."""
    return http.body.began if isinstance(http.body, Incoming) else now


def _paths(path: str, service: str) -> tuple[str, ...]:
    """The canonical path, in each spelling that the client may have signed.

    S3 takes the path as it is; some clients sign it encoded and send it as they like. All other
    services see it without dots and encode once more.
    """
    if service != "s3":
        normal = _normalized(path)
        return (quote(normal.encode("latin-1", "surrogateescape"), safe="/-_.~"),)
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
            pairs.append((encoded(name), encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def encoded(text: str) -> str:
    """*text* percent-encoded exactly once, whatever was encoded before."""
    return text if _PLAIN_QUERY(text) else quote(unquote_to_bytes(_raw(text)), safe="-_.~")


def _raw(text: str) -> bytes:
    return text.encode("latin-1", "surrogateescape")


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


def _iso(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse_date(stamp: str, signed_at: int, now: float) -> None:
    """Refuse a signature of another time; *now* is when the request came.

    Raises:
        AuthError: It is.
    """
    if -WINDOW <= now - signed_at <= WINDOW:
        return
    members = {
        "RequestTime": stamp,
        "ServerTime": _iso(now),
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


def _refuse_presign(claim: Claim, signed_at: int, now: float) -> None:
    """Refuse a URL before or after its time; *now* is when the request came.

    Raises:
        AuthError: It is.
    """
    if -WINDOW <= now - signed_at <= claim.expires:
        return
    ends = signed_at + claim.expires
    members = {
        "X-Amz-Expires": str(claim.expires),
        "Expires": _iso(ends),
        "ServerTime": _iso(now),
    }
    if now > ends:
        told = f"Signature expired: {claim.stamp} is now earlier than {stamp_of(now)}"
        raise AuthError("presign ended", told, **members)
    told = f"Signature not yet current: {claim.stamp} is still later than {stamp_of(now + WINDOW)}"
    raise AuthError("presign early", told, **members)
