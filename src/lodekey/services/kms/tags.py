"""Tag and untag keys."""

from __future__ import annotations

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.kms import conditions, key_tags
from lodekey.services.kms.errors import TagException
from lodekey.services.kms.finding import own_key
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.listing import marker_for, position_in, within
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    ListResourceTagsRequest,
    ListResourceTagsResponse,
    TagResourceRequest,
    UntagResourceRequest,
)
from lodekey.system_tags import any_reserved


@operation("kms:TagResource", on=own_key, keys=conditions.keys, writes=True)
def tag_resource(ctx: Context, request: TagResourceRequest, on: NamedKey) -> None:
    """Add tags to a key, or change their values."""
    on.key.must_allow("TagResource", ctx.now)
    tags = key_tags.with_tags(on.key.tags, request["Tags"])
    keep(ctx.tx, msgspec.structs.replace(on.key, tags=tags))


@operation("kms:UntagResource", on=own_key, keys=conditions.keys, writes=True)
def untag_resource(ctx: Context, request: UntagResourceRequest, on: NamedKey) -> None:
    """Take tags from a key; one that it has not is no error."""
    on.key.must_allow("UntagResource", ctx.now)
    gone = set(request["TagKeys"])
    if any_reserved(gone):
        raise TagException("Tags beginning with aws: are reserved")
    tags = {name: value for name, value in on.key.tags.items() if name not in gone}
    keep(ctx.tx, msgspec.structs.replace(on.key, tags=tags))


@operation("kms:ListResourceTags", on=own_key, keys=conditions.keys)
def list_resource_tags(
    ctx: Context, request: ListResourceTagsRequest, on: NamedKey
) -> ListResourceTagsResponse:
    """List a key's tags, in order of their names."""
    limit = within(request, most=50, default=50)
    after = position_in(ctx, request, "ListResourceTags") or ""
    left = sorted(item for item in on.key.tags.items() if item[0] > after)
    answer: ListResourceTagsResponse = {
        "Tags": [{"TagKey": name, "TagValue": value} for name, value in left[:limit]],
        "Truncated": len(left) > limit,
    }
    if len(left) > limit:
        answer["NextMarker"] = marker_for(ctx, "ListResourceTags", left[limit - 1][0])
    return answer
