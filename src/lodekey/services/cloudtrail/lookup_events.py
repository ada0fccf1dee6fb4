"""LookupEvents: read the trail, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lodekey.audit.event import AuditEvent
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.gate.pages import BadToken
from lodekey.services.cloudtrail.errors import (
    InvalidLookupAttributesException,
    InvalidNextTokenException,
    InvalidTimeRangeException,
)
from lodekey.services.cloudtrail.lookups import (
    DAY,
    KEPT_DAYS,
    holds_for,
    is_management,
    shown,
)
from lodekey.services.cloudtrail.shapes import LookupEventsRequest, LookupEventsResponse

PAGE = 50


def everything(ctx: Context, request: Any) -> Bare:
    """What a lookup is asked on: ``*``."""
    return Bare("*", ctx.account)


@operation("cloudtrail:LookupEvents", on=everything)
def lookup_events(ctx: Context, request: LookupEventsRequest, whole: Bare) -> LookupEventsResponse:
    """Show the account's management events of this region, the last 90 days'."""
    start, end = request.get("StartTime"), request.get("EndTime")
    if start is not None and end is not None and start > end:
        raise InvalidTimeRangeException("The start time cannot be after the end time.")
    if len(request.get("LookupAttributes", [])) > 1:
        raise InvalidLookupAttributesException("You can specify only one lookup attribute.")
    if request.get("EventCategory"):
        return {"Events": []}  # Insights events; nothing here makes any
    size = request.get("MaxResults", PAGE)
    scope = f"cloudtrail:LookupEvents:{ctx.account}:{ctx.region}:{_asked(request)}"
    found = list(islice(_events(ctx, request, _position(ctx, request, scope)), size + 1))
    answer: LookupEventsResponse = {"Events": [shown(event) for event in found[:size]]}
    if len(found) > size:
        last = found[size - 1]
        answer["NextToken"] = ctx.gate.pages.token(scope, (last.event_time, last.event_id))
    return answer


def _asked(request: LookupEventsRequest) -> str:
    """What a page token is bound to: AWS wants the same parameters with it."""
    attributes = [sorted(each.items()) for each in request.get("LookupAttributes", [])]
    return repr((attributes, request.get("StartTime"), request.get("EndTime")))


def _position(ctx: Context, request: LookupEventsRequest, scope: str) -> tuple[float, str] | None:
    if "NextToken" not in request:
        return None
    try:
        time, event_id = ctx.gate.pages.position(scope, request["NextToken"])
    except (BadToken, TypeError, ValueError):
        raise InvalidNextTokenException("Invalid NextToken.") from None
    return time, event_id


def _events(
    ctx: Context, request: LookupEventsRequest, after: tuple[float, str] | None
) -> Iterator[AuditEvent]:
    """The records that the request means, from the page's beginning on."""
    tests = [
        holds_for(each["AttributeKey"], each["AttributeValue"])
        for each in request.get("LookupAttributes", [])
    ]

    def meant(event: AuditEvent) -> bool:
        return (
            event.recipient_account == ctx.account
            and event.aws_region == ctx.region
            and all(test(event) for test in tests)
            and is_management(event)
        )

    since = max(request.get("StartTime", 0.0), ctx.now - KEPT_DAYS * DAY)
    until = request.get("EndTime") if after is None else after[0]
    events = ctx.gate.trail.events(since=since, until=until, where=meant)
    if after is None:
        yield from events
        return
    for event in events:
        if event.event_id == after[1]:
            break
    yield from events
