"""Our front with a handler that answers 400 bytes."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable

from lodekey.app.front import serve
from lodekey.wire.http import HttpRequest, HttpResponse

ANSWER = HttpResponse(200, {"Content-Type": "application/x-amz-json-1.1"}, b"y" * 400)


def handle(http: HttpRequest, respond: Callable[[HttpResponse], None]) -> None:
    if len(http.body) != 300:
        raise ValueError(http)
    respond(ANSWER)


async def live(port: int) -> None:
    await serve(handle, socket.create_server(("127.0.0.1", port), backlog=1024))
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[2] == "uvloop":
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(live(int(sys.argv[1])))
