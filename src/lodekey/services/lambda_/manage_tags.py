"""Tags of functions, and the code signing that no function here has.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys, Value
from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.finding import Found, find, function_named
from lodekey.services.lambda_.functions import FUNCTIONS
from lodekey.services.lambda_.names import read_name
from lodekey.services.lambda_.shapes import (
    GetFunctionCodeSigningConfigRequest,
    GetFunctionCodeSigningConfigResponse,
    ListTagsRequest,
    ListTagsResponse,
    TagResourceRequest,
    UntagResourceRequest,
)
from lodekey.system_tags import any_reserved, count_own

MOST_TAGS = 50


def tagged(ctx: Context, request: Any) -> Found:
    """The function whose ARN a request names."""
    arn = request["Resource"]
    name = read_name(arn, "", ctx.account, ctx.region)
    if name.qualifier:
        raise InvalidParameterValueException(
            "Tags on function aliases and versions are not supported. Please specify either a "
            "function name or an unqualified function ARN.",
            Type="User",
        )
    return find(ctx, name)


def of_tags(ctx: Context, request: TagResourceRequest, found: Found) -> Keys:
    """The tags to be set."""
    return tag_keys(request["Tags"])


def tag_keys(tags: Mapping[str, str]) -> dict[str, Value]:
    """The context keys of tags in a request."""
    keys: dict[str, Value] = {"aws:tagkeys": tuple(tags)}
    keys.update({f"aws:requesttag/{name.lower()}": value for name, value in tags.items()})
    return keys


def must_be_own_tags(names: Iterable[str]) -> None:
    """Check that a request leaves system tags alone.

    Raises:
        InvalidParameterValueException: It does not.
    """
    if any_reserved(names):
        raise InvalidParameterValueException(
            "System tags cannot be added/updated by requester", Type="User"
        )


def of_names(ctx: Context, request: UntagResourceRequest, found: Found) -> Keys:
    """The names of the tags to be removed."""
    return {"aws:tagkeys": tuple(request["TagKeys"])}


@operation("lambda:TagResource", on=tagged, keys=of_tags, writes=True)
def tag_resource(ctx: Context, request: TagResourceRequest, found: Found) -> None:
    """Set tags."""
    must_be_own_tags(request["Tags"])
    tags = {**found.function.tags, **request["Tags"]}
    if count_own(tags) > MOST_TAGS:
        raise InvalidParameterValueException(
            "Number of tags exceeds resource tag limit.", Type="User"
        )
    FUNCTIONS.put(ctx.tx, *found.where, record=replace(found.function, tags=tags))


@operation("lambda:UntagResource", on=tagged, keys=of_names, writes=True)
def untag_resource(ctx: Context, request: UntagResourceRequest, found: Found) -> None:
    """Remove tags."""
    gone = set(request["TagKeys"])
    if any_reserved(gone):
        raise InvalidParameterValueException(
            "System tags cannot be removed by requester", Type="User"
        )
    tags = {name: value for name, value in found.function.tags.items() if name not in gone}
    FUNCTIONS.put(ctx.tx, *found.where, record=replace(found.function, tags=tags))


@operation("lambda:ListTags", on=tagged)
def list_tags(ctx: Context, request: ListTagsRequest, found: Found) -> ListTagsResponse:
    """Show the tags."""
    return {"Tags": dict(found.function.tags)}


@operation("lambda:GetFunctionCodeSigningConfig", on=function_named)
def get_function_code_signing_config(
    ctx: Context, request: GetFunctionCodeSigningConfigRequest, found: Found
) -> GetFunctionCodeSigningConfigResponse:
    """Show how code has to be signed: not at all."""
    return {"CodeSigningConfigArn": "", "FunctionName": found.function.name}
