"""GetLogEvents, FilterLogEvents, TestMetricFilter."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.logs import filter_patterns
from lodekey.services.logs.chunks import OVERHEAD, Position
from lodekey.services.logs.errors import InvalidParameterException
from lodekey.services.logs.find_groups import group_to_read, stream_to_read, the_stream
from lodekey.services.logs.groups import STREAMS, UNSHARED, Group, Stream, Target
from lodekey.services.logs.manage_groups import page_position
from lodekey.services.logs.read_chunks import Found, group_events, stream_events
from lodekey.services.logs.seal_events import Sealing
from lodekey.services.logs.shapes import (
    FilteredLogEvent,
    FilterLogEventsRequest,
    FilterLogEventsResponse,
    GetLogEventsRequest,
    GetLogEventsResponse,
    TestMetricFilterRequest,
    TestMetricFilterResponse,
)

MAX_EVENTS = 10_000
MAX_BYTES = 1_048_576
EXAMINED = 20_000
EXAMINED_BYTES = 8 * MAX_BYTES
"""How much a FilterLogEvents reads before it answers what it has, with a token."""

_MERGED = 100
_END = 10**14 - 1
_TOKEN = re.compile(r"([fb])/0{24}(\d{14})(\d{12})(\d{6})/s", re.ASCII)


def token(direction: str, at: Position) -> str:
    """A token of GetLogEvents: it tells a place, and the same place gives the same token."""
    return f"{direction}/{at.time:038d}{at.chunk:012d}{at.at + 1:06d}/s"


def place_in(text: str) -> tuple[str, Position]:
    """The direction and the place that a token tells.

    Raises:
        InvalidParameterException: It is none.
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise InvalidParameterException("The specified nextToken is invalid.")
    return found[1], Position(int(found[2]), int(found[3]), int(found[4]) - 1)


@operation("logs:GetLogEvents", on=stream_to_read, ignores=("unmask",), reveals=True)
def get_log_events(
    ctx: Context, request: GetLogEventsRequest, target: Target
) -> GetLogEventsResponse:
    """Read a stream's events, a page from where the token is, either way."""
    group = target.there
    stream = the_stream(ctx, group, target.stream)
    forward, page, at = _page_of_stream(ctx, request, group, stream)
    if not forward:
        page.reverse()
    before = Position(at.time, at.chunk, at.at - (not forward and at.at >= 0))
    return {
        "events": [
            {"timestamp": one.time, "message": one.message, "ingestionTime": one.ingested}
            for one in page
        ],
        "nextForwardToken": token("f", page[-1].position if page else before),
        "nextBackwardToken": token("b", page[0].position if page else at),
    }


def _page_of_stream(
    ctx: Context, request: GetLogEventsRequest, group: Group, stream: Stream
) -> tuple[bool, list[Found], Position]:
    """The way that a page goes, its events that way, and where it began."""
    start, end = request.get("startTime", 0), request.get("endTime", _END)
    sealing = Sealing(ctx, group)
    forward = request.get("startFromHead", False)
    at = Position(0, 0, -1)
    if "nextToken" in request:
        direction, at = place_in(request["nextToken"])
        forward = direction == "f"
    if forward:
        walk = stream_events(ctx.tx, stream.id, sealing, max(start, at.time))
        events = (one for one in walk if one.time >= start and one.position > at)
        inside: Callable[[Found], bool] = lambda one: one.time < end  # noqa: E731
    else:
        last = min(end - 1, at.time) if "nextToken" in request else end - 1
        walk = stream_events(ctx.tx, stream.id, sealing, last, reverse=True)
        events = (
            one
            for one in walk
            if one.time < end and ("nextToken" not in request or one.position < at)
        )
        inside = lambda one: one.time >= start  # noqa: E731
    return forward, list(_limited(events, inside, request.get("limit", MAX_EVENTS))), at


def _limited(
    events: Iterable[Found], inside: Callable[[Found], bool], limit: int
) -> Iterator[Found]:
    """The events of one page: until one is outside, the page is full, or is as large as it may."""
    size = 0
    for one in islice(events, limit):
        size += len(one.message.encode()) + OVERHEAD
        if not inside(one) or (size > MAX_BYTES and size > len(one.message.encode()) + OVERHEAD):
            return
        yield one


@operation(
    "logs:FilterLogEvents", on=group_to_read, ignores=("interleaved", "unmask"), reveals=True
)
def filter_log_events(
    ctx: Context, request: FilterLogEventsRequest, target: Target
) -> FilterLogEventsResponse:
    """Find events of a group, of all or some of its streams, in order of time."""
    group = target.there
    if request.get("logStreamNames") and request.get("logStreamNamePrefix"):
        raise InvalidParameterException(
            "logStreamNames and logStreamNamePrefix cannot be specified together."
        )
    pattern = filter_patterns.compile_pattern(request.get("filterPattern", ""))
    scope = f"logs:FilterLogEvents {group.id} {request.get('filterPattern', '')}"
    after = page_position(ctx, scope, request.get("nextToken"))
    reverse = not request.get("startFromHead", True)
    key: tuple[int, str, int, int] | None = None
    if after is not None:
        reverse, *parts = after
        key = tuple(parts)
    found, last = _filtered(ctx, request, group, pattern, key, reverse=reverse)
    answer: FilterLogEventsResponse = {
        "events": [_shown(one) for one in found],
        "searchedLogStreams": [],
    }
    if last is not None:
        answer["nextToken"] = ctx.gate.pages.token(scope, [reverse, *last.key])
    return answer


def _filtered(
    ctx: Context,
    request: FilterLogEventsRequest,
    group: Group,
    pattern: filter_patterns.Pattern,
    key: tuple[int, str, int, int] | None,
    *,
    reverse: bool,
) -> tuple[list[Found], Found | None]:
    """A page of matches, and the event after which the next page begins; None: it was the last."""
    start, end = request.get("startTime", 0), request.get("endTime", _END)
    limit = request.get("limit", MAX_EVENTS)
    begin = key[0] if key else (end if reverse else start)
    found: list[Found] = []
    last: Found | None = None
    size = examined = read = 0
    for one in _walk(ctx, request, group, begin, reverse=reverse):
        if not start <= one.time <= end:
            if (one.time < start) == reverse:
                return found, None
            continue
        if key is not None and (one.key >= key if reverse else one.key <= key):
            continue
        weight = len(one.message) + OVERHEAD
        if len(found) == limit or examined >= EXAMINED or read > EXAMINED_BYTES:
            return found, last
        examined, read = examined + 1, read + weight
        if pattern(one.message) is not None:
            if found and size + weight > MAX_BYTES:
                return found, last
            size += weight
            found.append(one)
        last = one
    return found, None


def _walk(
    ctx: Context, request: FilterLogEventsRequest, group: Group, begin: int, *, reverse: bool
) -> Iterator[Found]:
    """The events to look at: of a few streams each by itself, or else of the whole group."""
    sealing = Sealing(ctx, group)
    prefix = request.get("logStreamNamePrefix", "")
    streams: Sequence[Stream] | None = None
    if request.get("logStreamNames"):
        names = dict.fromkeys(request["logStreamNames"])
        streams = [the_stream(ctx, group, name) for name in names]
    elif prefix:
        some = STREAMS.scan(ctx.tx, group.account, group.id, beginning=prefix, limit=_MERGED + 1)
        streams = [stream for _, stream in some]
    if streams is None or len(streams) > _MERGED:
        return group_events(
            ctx.tx,
            sealing,
            begin,
            lambda name: name.startswith(prefix),
            reverse=reverse,
        )
    walks = [
        _of_stream(ctx, stream, sealing, begin, reverse=reverse)
        for stream in streams
        if stream.first is not None
    ]
    return heapq.merge(*walks, key=lambda one: one.key, reverse=reverse)


def _of_stream(
    ctx: Context, stream: Stream, sealing: Sealing, begin: int, *, reverse: bool
) -> Iterator[Found]:
    for one in stream_events(ctx.tx, stream.id, sealing, begin, reverse=reverse):
        yield one._replace(stream_name=stream.name)


def _shown(one: Found) -> FilteredLogEvent:
    return {
        "logStreamName": one.stream_name,
        "timestamp": one.time,
        "message": one.message,
        "ingestionTime": one.ingested,
        "eventId": f"{one.time:014d}{int(one.stream, 16):020d}{one.chunk:012d}{one.at:010d}",
    }


def nothing(ctx: Context, request: TestMetricFilterRequest) -> Bare:
    """No resource: the operation looks at what the request brings."""
    return Bare(
        f"arn:aws:logs:{ctx.region}:{ctx.account}:log-group::log-stream:", ctx.account, UNSHARED
    )


@operation("logs:TestMetricFilter", on=nothing)
def test_metric_filter(
    ctx: Context, request: TestMetricFilterRequest, none: Bare
) -> TestMetricFilterResponse:
    """Try a filter pattern on messages."""
    pattern = filter_patterns.compile_pattern(request["filterPattern"])
    tried = ((one, pattern(one)) for one in request["logEventMessages"])
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": message, "extractedValues": extracted}
            for number, (message, extracted) in enumerate(tried, 1)
            if extracted is not None
        ]
    }
