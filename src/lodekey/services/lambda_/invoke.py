"""Invoke: run a function now, later, or only ask whether one may.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from typing import Any

import msgspec

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Deferred, operation
from lodekey.services.lambda_.async_queue import enqueue
from lodekey.services.lambda_.environments import Result
from lodekey.services.lambda_.errors import (
    InvalidRequestContentException,
    RequestTooLargeException,
)
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.finding import Found, Q, find, function_named, name_in
from lodekey.services.lambda_.functions import Version, version_to_run
from lodekey.services.lambda_.runtime_api import Invocation
from lodekey.services.lambda_.shapes import (
    InvocationRequest,
    InvocationResponse,
    InvokeAsyncRequest,
    InvokeAsyncResponse,
    InvokeWithResponseStreamRequest,
    InvokeWithResponseStreamResponse,
)

MOST_SYNCHRONOUS = 6_291_456
MOST_ASYNCHRONOUS = 1_048_576


def invoked(ctx: Context, request: Q) -> Found:
    """The function, by the qualifier that it is invoked by, which has to be there."""
    name = name_in(ctx, request)
    found = find(ctx, name)
    if version_to_run(ctx.tx, found.function, name.qualifier) is None:
        raise Missing(name.arn, name.not_found())
    return found


@operation(
    "lambda:InvokeFunction",
    name="Invoke",
    on=invoked,
    ignores=("DurableExecutionName", "TenantId"),
)
def invoke(
    ctx: Context, request: InvocationRequest, found: Found
) -> InvocationResponse | Deferred[InvocationResponse]:
    """Run a function."""
    kind = request.get("InvocationType", "RequestResponse")
    payload = payload_of(request.get("Payload", b""), kind)
    client_context = client_context_of(request.get("ClientContext", ""))
    if kind == "DryRun":
        return {"StatusCode": 204}
    version = must_run(ctx, found)
    functions = Functions.of(ctx.gate.background)
    if kind == "Event":
        event = enqueue(ctx, found.name, payload, client_context)

        async def accept() -> InvocationResponse:
            event.store(ctx.gate.background)
            return {"StatusCode": 202, "Payload": b""}

        return Deferred(accept)
    invocation = Invocation(
        id=ctx.request_id,
        payload=payload,
        deadline=0.0,
        arn=found.name.arn,
        trace=trace_header(),
        client_context=client_context,
    )
    tail = request.get("LogType") == "Tail"

    async def run() -> InvocationResponse:
        return answer_of(await functions.invoke(version, invocation), tail=tail)

    return Deferred(run)


@operation("lambda:InvokeFunction", name="InvokeAsync", on=function_named)
def invoke_async(
    ctx: Context, request: InvokeAsyncRequest, found: Found
) -> InvokeAsyncResponse | Deferred[InvokeAsyncResponse]:
    """Run a function later; the old form of ``Invoke`` with ``Event``."""
    payload = payload_of(request["InvokeArgs"], "Event")
    event = enqueue(ctx, found.name, payload, "")

    async def accept() -> InvokeAsyncResponse:
        event.store(ctx.gate.background)
        return {"Status": 202}

    return Deferred(accept)


@operation(
    "lambda:InvokeFunction",
    name="InvokeWithResponseStream",
    on=invoked,
    ignores=("TenantId",),
)
def invoke_with_response_stream(
    ctx: Context, request: InvokeWithResponseStreamRequest, found: Found
) -> InvokeWithResponseStreamResponse | Deferred[InvokeWithResponseStreamResponse]:
    """Run a function, and answer with a stream of events; it is sent when it is whole."""
    kind = request.get("InvocationType", "RequestResponse")
    payload = payload_of(request.get("Payload", b""), kind)
    client_context = client_context_of(request.get("ClientContext", ""))
    if kind == "DryRun":
        return {"StatusCode": 204}
    version = must_run(ctx, found)
    functions = Functions.of(ctx.gate.background)
    invocation = Invocation(
        id=ctx.request_id,
        payload=payload,
        deadline=0.0,
        arn=found.name.arn,
        trace=trace_header(),
        client_context=client_context,
    )
    tail = request.get("LogType") == "Tail"

    async def run() -> InvokeWithResponseStreamResponse:
        return stream_of(await functions.invoke(version, invocation), tail=tail)

    return Deferred(run)


def stream_of(result: Result, *, tail: bool) -> InvokeWithResponseStreamResponse:
    """An answer as a stream: the payload, then how it ended."""
    complete: dict[str, str] = {}
    events: list[Any] = []
    if result.answer.failed:
        complete["ErrorCode"] = result.answer.error_type or "Unhandled"
        complete["ErrorDetails"] = result.answer.body.decode("utf-8", "replace")
    else:
        events.append({"PayloadChunk": {"Payload": result.answer.body}})
    if tail:
        complete["LogResult"] = base64.b64encode(result.tail).decode()
    events.append({"InvokeComplete": complete})
    # the model calls the stream by the shape of one event
    answer: Any = {
        "StatusCode": 200,
        "ExecutedVersion": result.version,
        "EventStream": events,
    }
    shown: InvokeWithResponseStreamResponse = answer
    return shown


def must_run(ctx: Context, found: Found) -> Version:
    """The version that this invocation gets."""
    version = version_to_run(ctx.tx, found.function, found.name.qualifier)
    if version is None:
        raise found.name.not_found()
    return version


def payload_of(payload: bytes, kind: str) -> bytes:
    """The payload, checked; ``{}`` where there is none.

    Raises:
        RequestTooLargeException: It is too long.
        InvalidRequestContentException: It is not JSON.
    """
    most = MOST_ASYNCHRONOUS if kind == "Event" else MOST_SYNCHRONOUS
    if len(payload) > most:
        raise RequestTooLargeException(
            f"Request must be smaller than {most} bytes for the InvokeFunction operation",
            Type="User",
        )
    if not payload:
        return b"{}"
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestContentException(
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            Type="User",
        ) from None
    return payload


def client_context_of(text: str) -> str:
    """The client context as JSON.

    Raises:
        InvalidRequestContentException: It is not JSON in base64.
    """
    if not text:
        return ""
    try:
        decoded = base64.b64decode(text, validate=True).decode()
        context: Any = json.loads(decoded)
    except (binascii.Error, ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise InvalidRequestContentException(
            "Client context must be a valid Base64-encoded JSON object.", Type="User"
        )
    # one line, of ASCII: it travels in a header
    return json.dumps(context, separators=(",", ":"))


def answer_of(result: Result, *, tail: bool) -> InvocationResponse:
    """What the invoker reads."""
    answer: InvocationResponse = {
        "StatusCode": 200,
        "ExecutedVersion": result.version,
        "Payload": result.answer.body,
    }
    if result.answer.failed:
        answer["FunctionError"] = "Unhandled"
    if tail:
        answer["LogResult"] = base64.b64encode(result.tail).decode()
    return answer


def trace_header() -> str:
    """A new X-Ray header; nothing is traced."""
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=0"
