"""How a request names a log group or a stream, and what stands there."""

from __future__ import annotations

from typing import Any, TypedDict, TypeVar

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.services.logs import groups
from lodekey.services.logs.errors import InvalidParameterException, ResourceNotFoundException
from lodekey.services.logs.groups import GROUPS, STREAMS, Group, Stream, Target

NO_GROUP = "The specified log group does not exist."
NO_STREAM = "The specified log stream does not exist."


class _OnGroup(TypedDict):
    logGroupName: str


class _OnStream(TypedDict):
    logGroupName: str
    logStreamName: str


class _OnResource(TypedDict):
    resourceArn: str


OnGroup = TypeVar("OnGroup", bound=_OnGroup)
OnStream = TypeVar("OnStream", bound=_OnStream)
OnResource = TypeVar("OnResource", bound=_OnResource)


def now_in(ctx: Context) -> int:
    """Milliseconds since the epoch."""
    return int(ctx.now * 1000)


def place(ctx: Context, name: str, stream: str = "") -> Target:
    """A group or a stream of one, whether or not it is there."""
    group = GROUPS.get(ctx.tx, ctx.account, ctx.region, name)
    return Target(
        region=ctx.region,
        account=ctx.account,
        name=name,
        stream=stream,
        group=group,
    )


def must_be_there(target: Target) -> Target:
    """The same, where the group is there; else the gate is told that it is missing."""
    if target.group is None:
        raise Missing(target.arn, ResourceNotFoundException(NO_GROUP))
    return target


def place_of_group(ctx: Context, request: OnGroup) -> Target:
    """The group that the request names, whether or not it is there."""
    return place(ctx, request["logGroupName"])


def group_of(ctx: Context, request: OnGroup) -> Target:
    """The group that the request names."""
    return must_be_there(place_of_group(ctx, request))


def stream_of(ctx: Context, request: OnStream) -> Target:
    """The group that the request names, asked about by the name of a stream of it."""
    groups.must_be_stream_name(request["logStreamName"])
    return must_be_there(place(ctx, request["logGroupName"], request["logStreamName"]))


def group_to_read(ctx: Context, request: Any) -> Target:
    """The group that the request names by name or identifier, of which it takes one."""
    return must_be_there(place(ctx, name_or_identifier(request)))


def stream_to_read(ctx: Context, request: Any) -> Target:
    """The same, asked about by the name of a stream of it."""
    groups.must_be_stream_name(request["logStreamName"])
    return must_be_there(place(ctx, name_or_identifier(request), request["logStreamName"]))


def name_or_identifier(request: Any) -> str:
    """The group's name, from the one of the two members that the request has."""
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if bool(name) == bool(identifier):
        raise InvalidParameterException(
            "Exactly one of logGroupName and logGroupIdentifier must be specified."
        )
    return name or groups.group_name(identifier)


def group_tagged(ctx: Context, request: OnResource) -> Target:
    """The group whose ARN the request gives, asked about by that ARN."""
    name = groups.group_name(request["resourceArn"])
    if name == request["resourceArn"]:
        raise InvalidParameterException(f"Invalid resource ARN: {name}")
    target = place(ctx, name)
    tagged = Target(
        region=target.region,
        account=target.account,
        name=name,
        group=target.group,
        kind="tags",
    )
    return must_be_there(tagged)


def the_stream(ctx: Context, group: Group, name: str) -> Stream:
    """A stream of a group.

    Raises:
        ResourceNotFoundException: There is none of that name.
    """
    found = STREAMS.get(ctx.tx, group.account, group.id, name)
    if found is None:
        raise ResourceNotFoundException(NO_STREAM)
    return found
