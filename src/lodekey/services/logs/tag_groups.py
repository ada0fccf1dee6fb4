"""Tags of log groups, by the newer operations and by the older ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.logs import groups
from lodekey.services.logs.errors import InvalidParameterException, TooManyTagsException
from lodekey.services.logs.find_groups import group_of, group_tagged
from lodekey.services.logs.groups import MAX_TAGS, Target
from lodekey.services.logs.manage_groups import must_be_own_tags, tag_keys
from lodekey.services.logs.shapes import (
    ListTagsForResourceRequest,
    ListTagsForResourceResponse,
    ListTagsLogGroupRequest,
    ListTagsLogGroupResponse,
    TagLogGroupRequest,
    TagResourceRequest,
    UntagLogGroupRequest,
    UntagResourceRequest,
)
from lodekey.system_tags import count_own

Tagging = TypeVar("Tagging", TagResourceRequest, TagLogGroupRequest)


def added_keys(ctx: Context, request: Tagging, target: Target) -> Keys:
    """The tags of the request."""
    return tag_keys(request["tags"])


def removed_keys(ctx: Context, request: UntagResourceRequest, target: Target) -> Keys:
    """The keys of the tags to be removed."""
    return {"aws:tagkeys": tuple(request["tagKeys"])} if request["tagKeys"] else {}


def removed_from_group(ctx: Context, request: UntagLogGroupRequest, target: Target) -> Keys:
    """The keys of the tags to be removed, as the older operation names them."""
    return {"aws:tagkeys": tuple(request["tags"])} if request["tags"] else {}


def _more(target: Target, more: dict[str, str]) -> dict[str, str]:
    """The tags of a group with *more*.

    Raises:
        InvalidParameterException: One of them is a system tag.
    """
    must_be_own_tags(more)
    return {**target.there.tags, **more}


def _fewer(target: Target, names: Iterable[str]) -> dict[str, str]:
    """The tags of a group without those of *names*.

    Raises:
        InvalidParameterException: One of them is a system tag.
    """
    gone = set(names)
    must_be_own_tags(gone)
    return {k: v for k, v in target.there.tags.items() if k not in gone}


def _with(ctx: Context, target: Target, tags: dict[str, str]) -> None:
    groups.put_group(ctx.tx, msgspec.structs.replace(target.there, tags=tags))


@operation("logs:TagResource", on=group_tagged, keys=added_keys, writes=True)
def tag_resource(ctx: Context, request: TagResourceRequest, target: Target) -> None:
    """Add tags, or give them new values."""
    tags = _more(target, request["tags"])
    if count_own(tags) > MAX_TAGS:
        raise TooManyTagsException(
            f"A resource can have no more than {MAX_TAGS} tags.", resourceName=target.name
        )
    _with(ctx, target, tags)


@operation("logs:UntagResource", on=group_tagged, keys=removed_keys, writes=True)
def untag_resource(ctx: Context, request: UntagResourceRequest, target: Target) -> None:
    """Remove tags."""
    _with(ctx, target, _fewer(target, request["tagKeys"]))


@operation("logs:ListTagsForResource", on=group_tagged)
def list_tags_for_resource(
    ctx: Context, request: ListTagsForResourceRequest, target: Target
) -> ListTagsForResourceResponse:
    """List tags."""
    return {"tags": target.there.tags}


@operation("logs:TagLogGroup", on=group_of, keys=added_keys, writes=True)
def tag_log_group(ctx: Context, request: TagLogGroupRequest, target: Target) -> None:
    """Add tags, or give them new values."""
    tags = _more(target, request["tags"])
    if count_own(tags) > MAX_TAGS:
        raise InvalidParameterException(f"A log group can have no more than {MAX_TAGS} tags.")
    _with(ctx, target, tags)


@operation("logs:UntagLogGroup", on=group_of, keys=removed_from_group, writes=True)
def untag_log_group(ctx: Context, request: UntagLogGroupRequest, target: Target) -> None:
    """Remove tags."""
    _with(ctx, target, _fewer(target, request["tags"]))


@operation("logs:ListTagsLogGroup", on=group_of)
def list_tags_log_group(
    ctx: Context, request: ListTagsLogGroupRequest, target: Target
) -> ListTagsLogGroupResponse:
    """List tags."""
    return {"tags": target.there.tags}
