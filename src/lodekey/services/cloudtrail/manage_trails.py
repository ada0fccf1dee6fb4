"""Show the trail; refuse what would make another or turn this one off."""

from __future__ import annotations

from typing import TypedDict, TypeVar

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.cloudtrail.errors import (
    OperationNotPermittedException,
    TrailAlreadyExistsException,
    TrailNotFoundException,
    UnsupportedOperationException,
)
from lodekey.services.cloudtrail.lookup_events import everything
from lodekey.services.cloudtrail.shapes import (
    CreateTrailRequest,
    CreateTrailResponse,
    DeleteTrailRequest,
    DeleteTrailResponse,
    DescribeTrailsRequest,
    DescribeTrailsResponse,
    GetTrailRequest,
    GetTrailResponse,
    GetTrailStatusRequest,
    GetTrailStatusResponse,
    ListTrailsRequest,
    ListTrailsResponse,
    StartLoggingRequest,
    StartLoggingResponse,
    StopLoggingRequest,
    StopLoggingResponse,
)
from lodekey.services.cloudtrail.trails import NAME, BuiltIn, read_name

ALWAYS_ON = (
    "This server records every request in its one trail; the trail can't be stopped or deleted."
)


class Named(TypedDict):
    """A request that names a trail."""

    Name: str


R = TypeVar("R", bound=Named)


def built_in(ctx: Context) -> BuiltIn:
    """The trail of the caller's account."""
    return BuiltIn(ctx.account, ctx.gate.settings.region)


def trail_named(ctx: Context, request: R) -> Bare:
    """The trail that the request names: the one, or none."""
    trail = built_in(ctx)
    if trail.is_named(request["Name"]):
        return Bare(trail.arn, trail.account)
    arn = read_name(request["Name"], ctx.account, ctx.region)
    raise Missing(arn, TrailNotFoundException(f"Unknown trail: {arn} for the user: {ctx.account}"))


def trail_to_be(ctx: Context, request: CreateTrailRequest) -> Bare:
    """The place of a new trail."""
    return Bare(read_name(request["Name"], ctx.account, ctx.region), ctx.account)


@operation("cloudtrail:CreateTrail", on=trail_to_be, writes=True)
def create_trail(ctx: Context, request: CreateTrailRequest, place: Bare) -> CreateTrailResponse:
    """Refuse: records are delivered to no bucket."""
    if request["Name"] == NAME:
        raise TrailAlreadyExistsException(
            f"Trail {NAME} already exists for customer: {ctx.account}"
        )
    raise UnsupportedOperationException(
        "This server delivers no log files to S3. Its one trail records every request; read it "
        "with LookupEvents."
    )


@operation("cloudtrail:DescribeTrails", on=everything, ignores=("includeShadowTrails",))
def describe_trails(
    ctx: Context, request: DescribeTrailsRequest, whole: Bare
) -> DescribeTrailsResponse:
    """Show the trail, if the request names it or none."""
    trail = built_in(ctx)
    names = request.get("trailNameList", [])
    for name in names:
        read_name(name, ctx.account, ctx.region)
    if names and not any(trail.is_named(name) for name in names):
        return {"trailList": []}
    return {"trailList": [trail.shown]}


@operation("cloudtrail:GetTrail", on=trail_named)
def get_trail(ctx: Context, request: GetTrailRequest, trail: Bare) -> GetTrailResponse:
    """Show the trail."""
    return {"Trail": built_in(ctx).shown}


@operation("cloudtrail:ListTrails", on=everything)
def list_trails(ctx: Context, request: ListTrailsRequest, whole: Bare) -> ListTrailsResponse:
    """List the trail; there is no second page."""
    trail = built_in(ctx)
    return {"Trails": [{"TrailARN": trail.arn, "Name": NAME, "HomeRegion": trail.region}]}


@operation("cloudtrail:GetTrailStatus", on=trail_named)
def get_trail_status(
    ctx: Context, request: GetTrailStatusRequest, trail: Bare
) -> GetTrailStatusResponse:
    """Say that the trail records; were it not so, this answer would not leave."""
    return {"IsLogging": True}


@operation("cloudtrail:StartLogging", on=trail_named, writes=True)
def start_logging(ctx: Context, request: StartLoggingRequest, trail: Bare) -> StartLoggingResponse:
    """Do nothing: the trail records already."""
    return {}


@operation("cloudtrail:StopLogging", on=trail_named, writes=True)
def stop_logging(ctx: Context, request: StopLoggingRequest, trail: Bare) -> StopLoggingResponse:
    """Refuse: the trail cannot be stopped."""
    raise OperationNotPermittedException(ALWAYS_ON)


@operation("cloudtrail:DeleteTrail", on=trail_named, writes=True)
def delete_trail(ctx: Context, request: DeleteTrailRequest, trail: Bare) -> DeleteTrailResponse:
    """Refuse: the trail cannot be deleted."""
    raise OperationNotPermittedException(ALWAYS_ON)
