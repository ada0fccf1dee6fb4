"""A bare echo on the same HTTP front: what a request costs before it means anything.

    python bench/echo.py PORT

It answers every request with 400 bytes, in the form of a GetParameter's answer.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable

from lodekey.app.front import serve
from lodekey.wire.http import HttpRequest, HttpResponse

_SHOWN = {
    "Name": "/bench/p0",
    "Type": "SecureString",
    "Version": 1,
    "LastModifiedDate": 1764028800.25,
    "ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/bench/p0",
    "DataType": "text",
}
_LENGTH = 400 - len(json.dumps({"Parameter": {**_SHOWN, "Value": ""}}))
ANSWER = HttpResponse(
    200,
    {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": "00000000-0000-4000-8000-000000000000",
    },
    json.dumps({"Parameter": {**_SHOWN, "Value": "v" * _LENGTH}}).encode(),
)


def handle(http: HttpRequest, respond: Callable[[HttpResponse], None]) -> None:
    """Answer."""
    respond(ANSWER)


async def live(port: int) -> None:
    """Serve until killed."""
    await serve(handle, socket.create_server(("127.0.0.1", port), backlog=1024))
    await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(live(int(sys.argv[1])))
