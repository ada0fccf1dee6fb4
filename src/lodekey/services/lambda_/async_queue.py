"""Asynchronous invocations: kept until the function has run, tried again, reported when given up.

An accepted event is durable. It is tried at once; a function that fails is tried again after one
minute and after two more; when Lambda itself cannot run it (throttled, no role), it is tried until
the event is too old. What is given up goes to the function's destination for failures.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

import msgspec

from lodekey.errors import ApiError
from lodekey.gate.background import Background
from lodekey.gate.context import Context
from lodekey.gate.operation import Job
from lodekey.services.lambda_.destinations import Ended, send
from lodekey.services.lambda_.environments import Result
from lodekey.services.lambda_.event_config import config_for
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.functions import function_of, version_to_run
from lodekey.services.lambda_.names import FunctionName
from lodekey.services.lambda_.runtime_api import Invocation
from lodekey.store.port import Collection

BACKOFF = (60.0, 120.0)
"""Seconds before the second and the third attempt."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0

log = logging.getLogger("lodekey.lambda")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted event.

    Args:
        id: The request id; every attempt carries it.
        queued: Seconds since the epoch.
        due: When it is tried next.
        attempts: How often the function has run and failed.
        refusals: How often Lambda could not run it.
    """

    id: str
    account: str
    region: str
    name: str
    qualifier: str
    payload: bytes
    client_context: str
    queued: float
    due: float
    attempts: int = 0
    refusals: int = 0

    @property
    def named(self) -> FunctionName:
        """The function, as it was invoked."""
        return FunctionName(self.account, self.region, self.name, self.qualifier)

    def store(self, background: Background) -> None:
        """Keep it, durably, and try it."""
        with background.transaction(write=True) as tx:
            EVENTS.put(tx, self.id, record=self)
        begin(background, self)


EVENTS = Collection("lambda/event", Event)

_in_flight: set[str] = set()


def enqueue(ctx: Context, name: FunctionName, payload: bytes, client_context: str) -> Event:
    """The event of a request, not yet kept."""
    return Event(
        id=ctx.request_id,
        account=name.account,
        region=name.region,
        name=name.name,
        qualifier=name.qualifier,
        payload=payload,
        client_context=client_context,
        queued=ctx.now,
        due=ctx.now,
    )


def new_event(name: FunctionName, payload: bytes, now: float) -> Event:
    """An event of the server's own: a destination, a notification."""
    return Event(
        id=str(uuid.uuid4()),
        account=name.account,
        region=name.region,
        name=name.name,
        qualifier=name.qualifier,
        payload=payload,
        client_context="",
        queued=now,
        due=now,
    )


def begin(background: Background, event: Event) -> None:
    """Try *event* in the background, unless it is being tried.

    On another worker than the first nothing is begun: the first finds the event in the store.
    """
    if background.first and event.id not in _in_flight:
        _in_flight.add(event.id)
        background.spawn(_attempt(background, event))


async def deliver_due(background: Background) -> None:
    """Try every event whose time has come: the job."""
    now = background.now()
    with background.transaction(write=False) as tx:
        due = [event for _, event in EVENTS.scan(tx) if event.due <= now]
    for event in due:
        begin(background, event)


JOB = Job("lambda-events", 2.0, deliver_due)


async def _attempt(background: Background, event: Event) -> None:
    try:
        await _try(background, event)
    finally:
        _in_flight.discard(event.id)


async def _try(background: Background, event: Event) -> None:
    with background.transaction(write=False) as tx:
        function = function_of(tx, event.named)
        version = None if function is None else version_to_run(tx, function, event.qualifier)
        config = config_for(tx, event.named)
    if version is None:
        forget(background, event)
        return
    now = background.now()
    if now - event.queued > config.maximum_age:
        await _give_up(background, event, "EventAgeExceeded", None)
        return
    invocation = Invocation(
        id=event.id,
        payload=event.payload,
        deadline=0.0,
        arn=event.named.arn,
        client_context=event.client_context,
    )
    try:
        result = await Functions.of(background).invoke(version, invocation)
    except ApiError as error:
        log.info("event %s of %s not run: %s", event.id, event.named.arn, error.code)
        pause = min(FIRST_PAUSE * 2**event.refusals, LONGEST_PAUSE)
        keep(background, event, due=background.now() + pause, refusals=event.refusals + 1)
        return
    tried = msgspec.structs.replace(event, attempts=event.attempts + 1)
    if not result.answer.failed:
        await send(background, version, ended(tried, "Success", result), config.on_success)
        forget(background, event)
    elif tried.attempts > config.maximum_retries:
        await _give_up(background, tried, "RetriesExhausted", result)
    else:
        pause = BACKOFF[min(tried.attempts, len(BACKOFF)) - 1]
        keep(background, event, due=background.now() + pause, attempts=tried.attempts)


async def _give_up(
    background: Background, event: Event, condition: str, result: Result | None
) -> None:
    with background.transaction(write=False) as tx:
        function = function_of(tx, event.named)
        version = None if function is None else version_to_run(tx, function, event.qualifier)
        config = config_for(tx, event.named)
    if version is not None:
        await send(background, version, ended(event, condition, result), config.on_failure)
    forget(background, event)


def ended(event: Event, condition: str, result: Result | None) -> Ended:
    """How an event ended, for a destination."""
    return Ended(
        id=event.id,
        arn=event.named.arn if event.qualifier else f"{event.named.arn}:$LATEST",
        condition=condition,
        attempts=event.attempts,
        payload=readable(event.payload),
        version=result.version if result else "",
        failed=bool(result and result.answer.failed),
        response=readable(result.answer.body) if result else None,
    )


def readable(payload: bytes) -> Any:
    """A payload's JSON, or its text where it is none."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


def keep(background: Background, event: Event, **changes: Any) -> None:
    """Change a kept event."""
    with background.transaction(write=True) as tx:
        EVENTS.put(tx, event.id, record=msgspec.structs.replace(event, **changes))


def forget(background: Background, event: Event) -> None:
    """Forget an event that is done with."""
    with background.transaction(write=True) as tx:
        EVENTS.delete(tx, event.id)
