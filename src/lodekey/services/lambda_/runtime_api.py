"""The Runtime API (2018-06-01): how a runtime gets its invocations and gives its answers.

Each worker has one of its own, on a socket that only it can reach. It knows one invocation at a
time.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from lodekey.services.lambda_.little_http import Asked, Connected, Connection

PREFIX = "/2018-06-01/runtime"

MOST_RESPONSE = 6_291_556
"""Bytes, as AWS's message has it."""

MOST_STREAMED = 20 * 1024 * 1024


class Invocation(NamedTuple):
    """What a runtime is asked to do.

    Args:
        id: The request id.
        payload: JSON.
        deadline: Seconds since the epoch.
        arn: The ARN that the function was invoked by.
        trace: The X-Ray header.
        client_context: JSON text; empty: none.
        cognito_identity: JSON text; empty: none.
    """

    id: str
    payload: bytes
    deadline: float
    arn: str
    trace: str = ""
    client_context: str = ""
    cognito_identity: str = ""

    def headers(self) -> dict[str, str]:
        """As the runtime reads them."""
        headers = {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(int(self.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
        }
        optional = {
            "Lambda-Runtime-Trace-Id": self.trace,
            "Lambda-Runtime-Client-Context": self.client_context,
            "Lambda-Runtime-Cognito-Identity": self.cognito_identity,
        }
        return {**headers, **{name: value for name, value in optional.items() if value}}


class Answer(NamedTuple):
    """What a runtime said: of an invocation, or that it could not begin.

    Args:
        body: JSON, or anything for a streamed answer.
        failed: Whether it is an error.
        error_type: As the runtime names it.
        content_type: Of a streamed answer.
        streamed: Whether a streaming handler made it.
    """

    body: bytes
    failed: bool = False
    error_type: str = ""
    content_type: str = "application/json"
    streamed: bool = False


TOO_LARGE = Answer(
    b'{"errorMessage":"Response payload size exceeded maximum allowed payload size '
    b'(6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}',
    failed=True,
    error_type="Function.ResponseSizeTooLarge",
)


def nothing() -> None:
    """Do nothing."""


class RuntimeApi:
    """One worker's Runtime API."""

    def __init__(self) -> None:
        self.begun: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        """Done when the runtime first asks for work (None), or says that it cannot begin."""
        self.when_idle: Callable[[], None] = nothing
        """Called when the runtime asks for work and there is none."""
        self._waiting: Connection | None = None
        self._current: Invocation | None = None
        self._sent = False
        self._answer: asyncio.Future[Answer] | None = None

    @property
    def taken(self) -> bool:
        """Whether the runtime has taken the invocation."""
        return self._sent

    @property
    def busy(self) -> bool:
        """Whether an invocation waits for its answer, or the runtime has not begun."""
        return not self.begun.done() or (self._answer is not None and not self._answer.done())

    def connection(self, among: set[Connected]) -> Connection:
        """Serve one more connection of the runtime's."""
        return Connection(self.serve, MOST_STREAMED, among)

    def invoke(self, invocation: Invocation) -> asyncio.Future[Answer]:
        """Hand *invocation* to the runtime; the future is done when it has answered."""
        if self._answer is not None and not self._answer.done():
            raise AssertionError("a worker runs one invocation at a time")
        self._current, self._sent = invocation, False
        self._answer = asyncio.get_running_loop().create_future()
        self._send()
        return self._answer

    def _send(self) -> None:
        if self._waiting is None or self._current is None or self._sent:
            return
        connection, self._waiting = self._waiting, None
        connection.on_close = None
        self._sent = True
        connection.answer(200, self._current.payload, self._current.headers())

    def serve(self, asked: Asked, connection: Connection) -> None:
        """Answer one request of the runtime's."""
        if not asked.path.startswith(PREFIX + "/"):
            connection.answer_json(404, {"errorMessage": "no such path", "errorType": "NotFound"})
            return
        parts = asked.path.removeprefix(PREFIX + "/").split("/")
        match (asked.method, parts):
            case ("GET", ["invocation", "next"]):
                self._next(connection)
            case ("POST", ["invocation", id_, "response" | "error" as kind]):
                self._answered(id_, kind, asked, connection)
            case ("POST", ["init", "error"]):
                self._cannot_begin(asked, connection)
            case _:
                connection.answer_json(
                    404, {"errorMessage": "no such path", "errorType": "NotFound"}
                )

    def _next(self, connection: Connection) -> None:
        if not self.begun.done():
            self.begun.set_result(None)
        self._waiting = connection
        connection.on_close = self._gone
        self._send()
        if self._waiting is not None:
            self.when_idle()

    def _gone(self) -> None:
        self._waiting = None

    def _answered(self, id_: str, kind: str, asked: Asked, connection: Connection) -> None:
        answer = self._answer
        if (
            self._current is None
            or id_ != self._current.id
            or not self._sent
            or answer is None
            or answer.done()
        ):
            connection.answer_json(
                400, {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}
            )
            return
        streamed = asked.headers.get("lambda-runtime-function-response-mode") == "streaming"
        if asked.too_long or (not streamed and len(asked.body) > MOST_RESPONSE):
            connection.answer_json(
                413,
                {
                    "errorMessage": f"Exceeded maximum allowed size ({MOST_RESPONSE} bytes)",
                    "errorType": "RequestEntityTooLarge",
                },
            )
            answer.set_result(TOO_LARGE)
            return
        connection.answer_json(202, {"status": "OK"})
        answer.set_result(
            Answer(
                body=asked.body,
                failed=kind == "error",
                error_type=asked.headers.get("lambda-runtime-function-error-type", ""),
                content_type=asked.headers.get("content-type", "application/json"),
                streamed=streamed,
            )
        )

    def _cannot_begin(self, asked: Asked, connection: Connection) -> None:
        if self.begun.done():
            connection.answer_json(
                403,
                {
                    "errorMessage": "State transition from Ready to InitError failed for runtime.",
                    "errorType": "InvalidStateTransition",
                },
            )
            return
        connection.answer_json(202, {"status": "OK"})
        kind = asked.headers.get("lambda-runtime-function-error-type", "")
        self.begun.set_result(Answer(asked.body, failed=True, error_type=kind))
