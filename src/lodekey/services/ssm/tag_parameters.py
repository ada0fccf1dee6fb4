"""AddTagsToResource, RemoveTagsFromResource, ListTagsForResource, for parameters."""

from __future__ import annotations

from typing import TypedDict, TypeVar

import msgspec

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.ssm import parameters
from lodekey.services.ssm.errors import InvalidResourceId, InvalidResourceType, TooManyTagsError
from lodekey.services.ssm.names import named
from lodekey.services.ssm.parameters import MAX_TAGS, Parameter
from lodekey.services.ssm.put_parameters import own_place
from lodekey.services.ssm.shapes import (
    AddTagsToResourceRequest,
    AddTagsToResourceResult,
    ListTagsForResourceRequest,
    ListTagsForResourceResult,
    RemoveTagsFromResourceRequest,
    RemoveTagsFromResourceResult,
)
from lodekey.services.ssm.tag_keys import (
    must_be_own_tags,
    request_tag_keys,
    resource_tag_keys,
    tag_keys,
)
from lodekey.system_tags import count_own


class _Tagged(TypedDict):
    ResourceType: str
    ResourceId: str


R = TypeVar("R", bound=_Tagged)


def parameter_tagged(ctx: Context, request: R) -> Parameter:
    """The parameter whose tags are meant."""
    if request["ResourceType"] != "Parameter":
        raise InvalidResourceType(
            f"This server has no resources of the type {request['ResourceType']}."
        )
    try:
        named(request["ResourceId"])
    except ValidationException as error:
        raise InvalidResourceId from error
    place = own_place(ctx, request["ResourceId"])
    if place.parameter is None:
        raise Missing(place.arn, InvalidResourceId())
    return place.parameter


def add_keys(ctx: Context, request: AddTagsToResourceRequest, parameter: Parameter) -> Keys:
    """The tags to be added, and those that are there."""
    return {**request_tag_keys(request["Tags"]), **resource_tag_keys(parameter)}


def remove_keys(ctx: Context, request: RemoveTagsFromResourceRequest, parameter: Parameter) -> Keys:
    """The keys of the tags to be removed, and the tags that are there."""
    return {"aws:tagkeys": tuple(request["TagKeys"]), **resource_tag_keys(parameter)}


@operation("ssm:AddTagsToResource", on=parameter_tagged, keys=add_keys, writes=True)
def add_tags_to_resource(
    ctx: Context, request: AddTagsToResourceRequest, parameter: Parameter
) -> AddTagsToResourceResult:
    """Add tags, or give them new values."""
    must_be_own_tags(tag["Key"] for tag in request["Tags"])
    tags = {**parameter.tags, **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
    if count_own(tags) > MAX_TAGS:
        raise TooManyTagsError(f"A parameter can have {MAX_TAGS} tags at most.")
    parameters.store(ctx.tx, msgspec.structs.replace(parameter, tags=tags))
    return {}


@operation("ssm:RemoveTagsFromResource", on=parameter_tagged, keys=remove_keys, writes=True)
def remove_tags_from_resource(
    ctx: Context, request: RemoveTagsFromResourceRequest, parameter: Parameter
) -> RemoveTagsFromResourceResult:
    """Remove tags; a key that is not there is no error."""
    gone = set(request["TagKeys"])
    must_be_own_tags(gone)
    tags = {name: value for name, value in parameter.tags.items() if name not in gone}
    parameters.store(ctx.tx, msgspec.structs.replace(parameter, tags=tags))
    return {}


@operation("ssm:ListTagsForResource", on=parameter_tagged, keys=tag_keys)
def list_tags_for_resource(
    ctx: Context, request: ListTagsForResourceRequest, parameter: Parameter
) -> ListTagsForResourceResult:
    """List tags, in order of key."""
    return {
        "TagList": [{"Key": name, "Value": value} for name, value in sorted(parameter.tags.items())]
    }
