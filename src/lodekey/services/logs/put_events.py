"""PutLogEvents."""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.logs import chunks, groups
from lodekey.services.logs.chunks import Chunk, Event
from lodekey.services.logs.errors import InvalidParameterException
from lodekey.services.logs.find_groups import now_in, stream_of, the_stream
from lodekey.services.logs.groups import Group, Target
from lodekey.services.logs.seal_events import Sealing
from lodekey.services.logs.shapes import (
    InputLogEvent,
    PutLogEventsRequest,
    PutLogEventsResponse,
    RejectedLogEventsInfo,
)

MAX_BATCH = 1_048_576
HOUR = 3_600_000
DAY = 24 * HOUR
TOO_NEW = 2 * HOUR
TOO_OLD = 14 * DAY


@operation("logs:PutLogEvents", on=stream_of, writes=True, ignores=("sequenceToken", "entity"))
def put_log_events(
    ctx: Context, request: PutLogEventsRequest, target: Target
) -> PutLogEventsResponse:
    """Append events to a stream; those too old or too new are left out, and said to be."""
    group = target.there
    stream = the_stream(ctx, group, target.stream)
    given = request["logEvents"]
    _must_be_batch(given)
    now = now_in(ctx)
    rejected = _rejected(given, now, group)
    events = [
        Event(one["timestamp"], one["message"])
        for one in given[
            max(
                rejected.get("tooOldLogEventEndIndex", 0),
                rejected.get("expiredLogEventEndIndex", 0),
            ) : rejected.get("tooNewLogEventStartIndex")
        ]
    ]
    if events and events[-1].time - events[0].time > DAY:
        raise InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours."
        )
    sealing = Sealing(ctx, group)
    changed = stream
    for part in chunks.spans(events):
        body = sealing.seal(stream.id, chunks.encode(part))
        chunk = Chunk(now, body, chunks.size(part), group.data_key)
        chunks.append(ctx.tx, group, changed, part, chunk)
        changed = chunks.with_events(changed, part, now)
    if changed is not stream:
        groups.put_stream(ctx.tx, group, stream, changed)
        groups.resize(ctx.tx, group, changed.stored - stream.stored)
    answer: PutLogEventsResponse = {"nextSequenceToken": f"{changed.next:056d}"}
    if rejected:
        answer["rejectedLogEventsInfo"] = rejected
    return answer


def _must_be_batch(events: list[InputLogEvent]) -> None:
    """Refuse a batch as a whole: too large, or not in order of time."""
    total = sum(len(one["message"].encode()) + chunks.OVERHEAD for one in events)
    if total > MAX_BATCH:
        raise InvalidParameterException(
            f"Upload too large: {total} bytes exceeds limit of {MAX_BATCH}"
        )
    for index, one in enumerate(events):
        if index and one["timestamp"] < events[index - 1]["timestamp"]:
            raise InvalidParameterException(
                "Log events in a single PutLogEvents request must be in chronological order."
            )


def _rejected(events: list[InputLogEvent], now: int, group: Group) -> RejectedLogEventsInfo:
    """Which events are left out. They are in order, so an index says it."""
    times = [one["timestamp"] for one in events]
    rejected: RejectedLogEventsInfo = {}
    too_old = sum(time < now - TOO_OLD for time in times)
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if group.retention:
        expired = sum(time < now - group.retention * DAY for time in times)
        if expired:
            rejected["expiredLogEventEndIndex"] = expired
    too_new = sum(time > now + TOO_NEW for time in times)
    if too_new:
        rejected["tooNewLogEventStartIndex"] = len(times) - too_new
    return rejected
