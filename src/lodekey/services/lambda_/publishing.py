"""Publishing: ``$LATEST`` as it is now becomes a version with a number, for good."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.services.lambda_.functions import (
    FUNCTIONS,
    VERSIONS,
    Function,
    Version,
    new_revision,
    padded,
    version_of,
)

_BESIDE = ("number", "revision", "modified", "description")


def publish(ctx: Context, function: Function, description: str) -> tuple[Function, Version]:
    """Publish ``$LATEST``, unless the newest version is the same.

    Args:
        ctx: The request's.
        function: The function.
        description: Of the version; empty: that of ``$LATEST``.

    Returns:
        The function as it is now, and the version.
    """
    newest = newest_version(ctx, function)
    if newest is not None and same(newest, function.latest):
        return function, newest
    number = str(function.next_version)
    made = replace(
        function.latest,
        number=number,
        revision=new_revision(),
        description=description or function.latest.description,
    )
    changed = replace(function, next_version=function.next_version + 1)
    where = (function.account, function.region, function.name)
    VERSIONS.put(ctx.tx, *where, padded(number), record=made)
    FUNCTIONS.put(ctx.tx, *where, record=changed)
    return changed, made


def newest_version(ctx: Context, function: Function) -> Version | None:
    """The version published last that still is; None: there is none."""
    where = (function.account, function.region, function.name)
    for _, version in VERSIONS.scan(ctx.tx, *where, reverse=True, limit=1):
        if version.number == str(function.next_version - 1):
            return version
    return version_of(ctx.tx, function, str(function.next_version - 1))


def same(version: Version, latest: Version) -> bool:
    """Whether two versions have the same code and settings."""
    blank = {"number": "", "revision": "", "modified": 0.0, "description": ""}
    if version.code.sha256 != latest.code.sha256:
        return False
    return replace(version, **blank, code=latest.code) == replace(latest, **blank)
