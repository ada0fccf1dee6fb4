"""S3's operations by method, bucket, key and subresource, path style or virtual-hosted style.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from lodekey.errors import ApiError
from lodekey.wire.http import HttpRequest
from lodekey.wire.models import OperationModel, model

_VIRTUAL = [
    re.compile(r"(?P<bucket>.+)\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?"),
    re.compile(r"(?P<bucket>.+)\.localhost"),
]
_ENDINGS = [".amazonaws.com", ".amazonaws.com.cn", ".localhost"]
_LONGEST_HOST = 512
_SUBRESOURCES = frozenset(
    [
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "list-type",
        "location",
        "logging",
        "metadataConfiguration",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "select-type",
        "session",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    ]
)


class MethodNotAllowed(ApiError):
    """S3 has no such method."""


class NotOffered(ApiError):
    """S3 has such an operation, and this server does not offer it."""

    @property
    def code(self) -> str:
        """The name that Python has for something else."""
        return "NotImplemented"


class InvalidURI(ApiError):
    """S3 cannot read the path."""


_NOT_IMPLEMENTED = "A header you provided implies functionality that is not implemented."
_NOT_ALLOWED = "The specified method is not allowed against this resource."


class _Candidate(NamedTuple):
    name: str
    query: frozenset[str]
    headers: frozenset[str]


def add_base_host(host: str) -> None:
    """Take ``BUCKET.host`` for a bucket as well, from now on, in this process."""
    pattern = re.compile(rf"(?P<bucket>.+)\.{re.escape(host.lower())}")
    if pattern not in _VIRTUAL:
        _VIRTUAL.append(pattern)
        _ENDINGS.append(host.lower())


def find(http: HttpRequest) -> tuple[str, Mapping[str, str]]:
    """The operation, and the bucket and key.

    Raises:
        ApiError: There is no such operation, or the path cannot be read.
    """
    bucket, key = place(http)
    captures = {name: value for name, value in (("Bucket", bucket), ("Key", key)) if value}
    given = frozenset(part.partition("=")[0] for part in http.query.split("&"))
    candidates = _candidates().get((http.method, len(captures)), ())
    for candidate in candidates:
        if candidate.query <= given and candidate.headers <= http.headers.keys():
            if (given & _SUBRESOURCES) - candidate.query - _MAY_STAND:
                break
            return candidate.name, captures
    if http.method not in ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"):
        raise MethodNotAllowed(_NOT_ALLOWED, Method=http.method, ResourceType="SERVICE")
    if not given & _SUBRESOURCES and not candidates:
        raise MethodNotAllowed(_NOT_ALLOWED, Method=http.method, ResourceType="BUCKET")
    raise not_implemented()


# GetObject and HeadObject read one part by its number; ListParts takes no partNumber.
_MAY_STAND = frozenset({"partNumber"})


def not_implemented() -> ApiError:
    """S3's refusal of what this server does not offer."""
    return NotOffered(_NOT_IMPLEMENTED)


def place(http: HttpRequest) -> tuple[str, str]:
    """The bucket and the key that a request names, decoded; empty where it names none.

    Raises:
        InvalidURI: The path is not UTF-8.
    """
    path = http.path[1:]
    virtual = virtual_bucket(http)
    if virtual:
        return virtual, _decoded(path)
    bucket, _, key = path.partition("/")
    return _decoded(bucket), _decoded(key)


def virtual_bucket(http: HttpRequest) -> str:
    """The bucket that the host names; empty where it names none."""
    host = http.headers.get("host", "").partition(":")[0].lower()
    if len(host) > _LONGEST_HOST or not host.endswith(tuple(_ENDINGS)):
        return ""
    for pattern in _VIRTUAL:
        found = pattern.fullmatch(host)
        if found is not None:
            return found["bucket"]
    return ""


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeError:
        raise InvalidURI("Couldn't parse the specified URI.") from None


@lru_cache(maxsize=1)
def _candidates() -> Mapping[tuple[str, int], list[_Candidate]]:
    """The operations by method and by how much of bucket and key they name, choosiest first."""
    found: dict[tuple[str, int], list[_Candidate]] = {}
    for name, operation in model("s3").operations.items():
        path, _, query = operation.http.request_uri.partition("?")
        named = path.count("{")
        fixed = {part.partition("=")[0] for part in query.split("&") if part}
        required = _required(operation)
        candidate = _Candidate(
            name,
            frozenset(fixed | required["querystring"]),
            frozenset(required["header"] & {"x-amz-copy-source"}),
        )
        found.setdefault((operation.http.method, named), []).append(candidate)
    for candidates in found.values():
        candidates.sort(key=lambda each: -len(each.query) - len(each.headers))
    return found


def _required(operation: OperationModel) -> dict[str, set[str]]:
    required: dict[str, set[str]] = {"querystring": set(), "header": set()}
    if operation.input is not None:
        shape = model("s3").shape(operation.input)
        for name in shape.required:
            member = shape.members[name]
            if member.location in required:
                required[member.location].add(member.location_name)
    return required
