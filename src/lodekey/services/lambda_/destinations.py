"""Where the record of an asynchronous invocation goes: another function, or a bucket.

It is sent as the function's role, which needs the permission.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lodekey.arn import Arn
from lodekey.errors import ApiError
from lodekey.gate.background import Background
from lodekey.services.lambda_ import roles
from lodekey.services.lambda_.functions import Version
from lodekey.services.lambda_.report import iso

log = logging.getLogger("lodekey.lambda")


class Ended(NamedTuple):
    """How an asynchronous invocation ended.

    Args:
        id: Its request id.
        arn: The function, qualified.
        condition: ``Success``, ``RetriesExhausted``, ``EventAgeExceeded``.
        attempts: How often the function ran.
        payload: What it was given.
        version: What ran; empty: nothing did.
        failed: Whether the last answer was an error.
        response: The last answer.
    """

    id: str
    arn: str
    condition: str
    attempts: int
    payload: Any
    version: str
    failed: bool
    response: Any

    def record(self, now: float) -> dict[str, Any]:
        """The record that a destination gets."""
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": iso(now),
            "requestContext": {
                "requestId": self.id,
                "functionArn": self.arn,
                "condition": self.condition,
                "approximateInvokeCount": self.attempts,
            },
            "requestPayload": self.payload,
        }
        if self.version:
            context: dict[str, Any] = {"statusCode": 200, "executedVersion": self.version}
            if self.failed:
                context["functionError"] = "Unhandled"
            record["responseContext"] = context
            record["responsePayload"] = self.response
        return record


async def send(background: Background, version: Version, ended: Ended, arn: str) -> None:
    """Send the record of *ended* to *arn*; empty: nowhere. What is refused is only logged."""
    if not arn:
        return
    now = background.now()
    with background.transaction(write=False) as tx:
        session = roles.take(tx, background.gate.sealer, version.role, version.named, now)
    if session is None:
        return
    body = json.dumps(ended.record(now)).encode()
    parts = Arn.parse(arn)
    if parts.service == "lambda":
        operation = background.operation("lambda", "Invoke")
        request = {"FunctionName": arn, "InvocationType": "Event", "Payload": body}
    else:
        operation = background.operation("s3", "PutObject")
        request = {"Bucket": parts.resource, "Key": key_of(version, ended, now), "Body": body}
    try:
        await background.run_as(session.principal, operation, request, region=version.region)
    except ApiError as error:
        log.warning("no record of %s sent to %s: %s", ended.id, arn, error.code)


def key_of(version: Version, ended: Ended, now: float) -> str:
    """The name of the record's object in a bucket."""
    moment = datetime.fromtimestamp(now, UTC)
    day, instant = moment.strftime("%Y/%m/%d"), moment.strftime("%Y-%m-%dT%H.%M.%S")
    return f"aws/lambda/async/{version.name}/{day}/{instant}-{ended.id}"
