"""Log streams: create, delete, describe."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.logs import groups
from lodekey.services.logs.erase import DEAD, Dead
from lodekey.services.logs.errors import (
    InvalidParameterException,
    ResourceAlreadyExistsException,
)
from lodekey.services.logs.find_groups import group_to_read, now_in, stream_of, the_stream
from lodekey.services.logs.groups import RECENT, STREAMS, Group, Stream, Target
from lodekey.services.logs.manage_groups import page_position
from lodekey.services.logs.shapes import (
    CreateLogStreamRequest,
    DeleteLogStreamRequest,
    DescribeLogStreamsRequest,
    DescribeLogStreamsResponse,
    LogStream,
)
from lodekey.store.port import SEPARATOR

PAGE = 50


@operation("logs:CreateLogStream", on=stream_of, writes=True)
def create_log_stream(ctx: Context, request: CreateLogStreamRequest, target: Target) -> None:
    """Create a log stream."""
    if STREAMS.get(ctx.tx, ctx.account, target.there.id, target.stream) is not None:
        raise ResourceAlreadyExistsException("The specified log stream already exists")
    made = Stream(id=uuid.uuid4().hex[:16], name=target.stream, created=now_in(ctx))
    groups.put_stream(ctx.tx, target.there, None, made)


@operation("logs:DeleteLogStream", on=stream_of, writes=True)
def delete_log_stream(ctx: Context, request: DeleteLogStreamRequest, target: Target) -> None:
    """Delete a log stream. Its events are out of reach at once, and cleared away by a job."""
    group = target.there
    stream = the_stream(ctx, group, target.stream)
    groups.put_stream(ctx.tx, group, stream, None)
    groups.resize(ctx.tx, group, -stream.stored)
    DEAD.put(
        ctx.tx, ctx.account, group.id, stream.id, record=Dead(ctx.account, group.id, stream.id)
    )


@operation("logs:DescribeLogStreams", on=group_to_read)
def describe_log_streams(
    ctx: Context, request: DescribeLogStreamsRequest, target: Target
) -> DescribeLogStreamsResponse:
    """List a group's streams, by name or by their last event."""
    group = target.there
    prefix = request.get("logStreamNamePrefix", "")
    by_time = request.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        raise InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.")
    descending = request.get("descending", False)
    scope = f"logs:DescribeLogStreams {group.id} {by_time} {descending}"
    after = page_position(ctx, scope, request.get("nextToken"))
    if by_time:
        walk = _by_time(ctx, group, after, descending=descending)
    else:
        walk = (
            (name, stream)
            for (name,), stream in STREAMS.scan(
                ctx.tx, ctx.account, group.id, beginning=prefix, after=after, reverse=descending
            )
        )
    limit = request.get("limit", PAGE)
    found: list[LogStream] = []
    last = ""
    for position, stream in walk:
        if len(found) == limit:
            return {"logStreams": found, "nextToken": ctx.gate.pages.token(scope, last)}
        found.append(shown(group, stream))
        last = position
    return {"logStreams": found}


def _by_time(
    ctx: Context, group: Group, after: str | None, *, descending: bool
) -> Iterator[tuple[str, Stream]]:
    for name, _ in RECENT.scan(ctx.tx, group.account, group.id, after=after, reverse=descending):
        stream = STREAMS.get(ctx.tx, group.account, group.id, name[1])
        if stream is not None:
            yield SEPARATOR.join(name), stream


def shown(group: Group, stream: Stream) -> LogStream:
    """A stream as DescribeLogStreams shows it."""
    answer: LogStream = {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        # AWS ignores sequence tokens, and still shows one.
        "uploadSequenceToken": f"{stream.next:056d}",
        "arn": f"{group.arn}:log-stream:{stream.name}",
        # AWS has reported 0 here for every stream since 2019.
        "storedBytes": 0,
    }
    if stream.first is not None and stream.last is not None and stream.ingested is not None:
        answer["firstEventTimestamp"] = stream.first
        answer["lastEventTimestamp"] = stream.last
        answer["lastIngestionTime"] = stream.ingested
    return answer
