"""If-Match and its relatives: whether a request is to be carried out on what is there.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html and
https://www.rfc-editor.org/rfc/rfc9110#name-precedence-of-preconditions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.services.s3.errors import NoSuchKey, NotModified, NotOffered, PreconditionFailed
from lodekey.services.s3.objects import Version

_FAILED = "At least one of the pre-conditions you specified did not hold"


def must_be_wanted(request: Mapping[str, Any], version: Version, *, before: str = "") -> None:
    """Check the conditions of a read.

    Args:
        request: The request.
        version: What it would read.
        before: What the members' names begin with (``CopySource``).

    Raises:
        NotModified: The reader has it already.
        PreconditionFailed: It is not what the reader wants.
    """
    match = request.get(f"{before}IfMatch")
    if match is not None:
        if not names(match, version.etag):
            raise failed("If-Match")
    elif _after(version.modified, request.get(f"{before}IfUnmodifiedSince")):
        raise failed("If-Unmodified-Since")
    none_match = request.get(f"{before}IfNoneMatch")
    since = request.get(f"{before}IfModifiedSince")
    if none_match is not None:
        if names(none_match, version.etag):
            raise failed("If-None-Match") if before else _not_modified(version)
    elif since is not None and not _after(version.modified, since):
        raise failed("If-Modified-Since") if before else _not_modified(version)


def must_be_replaceable(request: Mapping[str, Any], now: Version | None, key: str) -> None:
    """Check the conditions of a write.

    Args:
        request: The request.
        now: What it would replace.
        key: The object's.

    Raises:
        PreconditionFailed: What is there is not what the writer thinks.
        NoSuchKey: Nothing is there.
        NotOffered: A condition that S3 does not have either.
    """
    there = now if now is not None and not now.marker else None
    match, none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if none_match is not None:
        if none_match != "*":
            raise NotOffered("A header you provided implies functionality that is not implemented")
        if there is not None:
            raise failed("If-None-Match")
    if match is not None:
        if there is None:
            raise NoSuchKey("The specified key does not exist.", Key=key)
        if not names(match, there.etag):
            raise failed("If-Match")


def names(header: str, etag: str) -> bool:
    """Whether a header's list of entity tags has this one."""
    said = [part.strip().removeprefix("W/").strip('"') for part in header.split(",")]
    return "*" in said or etag in said


def failed(condition: str) -> PreconditionFailed:
    """The refusal."""
    return PreconditionFailed(_FAILED, Condition=condition)


def _not_modified(version: Version) -> NotModified:
    error = NotModified("Not Modified")
    error.headers = {"ETag": f'"{version.etag}"'}
    return error


def _after(modified: int, moment: float | None) -> bool:
    return moment is not None and modified > int(moment)
