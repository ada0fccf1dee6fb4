"""A server's start, counted from within: run by `test_start` as a program of its own.

    python starting.py DATA

It starts a server as ``lodekey up`` does, asks it for its health and then for something that needs
a signature, and prints what that took as JSON: modules, calls of Python functions, dataclasses and
regular expressions made. The import system's own calls are left out: they depend on what the disk
has kept compiled.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re._compiler
import signal
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

COUNTED: Counter[str] = Counter()
_IMPORTS = "<frozen importlib"
_WORDS = {
    dataclasses._process_class.__code__: "dataclasses",  # type: ignore[attr-defined]
    re._compiler.compile.__code__: "expressions",
}


def tick(frame: FrameType, event: str, argument: object) -> None:
    """Count a call."""
    if event == "call":
        code = frame.f_code
        if not code.co_filename.startswith(_IMPORTS):
            COUNTED["calls"] += 1
        if code in _WORDS:
            COUNTED[_WORDS[code]] += 1


def so_far() -> dict[str, Any]:
    """What it has taken until now."""
    return {**COUNTED, "modules": sorted(sys.modules)}


async def said(endpoint: str, request: bytes) -> bytes:
    """The answer to one request over a socket."""
    host, port = endpoint.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


def signed(endpoint: str, key: str, secret: str) -> bytes:
    """A GetCallerIdentity."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    body = "Action=GetCallerIdentity&Version=2011-06-15"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", endpoint, headers=form, data=body)
    SigV4Auth(Credentials(key, secret), "sts", "us-east-1").add_auth(request)
    request.headers["Host"] = endpoint.removeprefix("http://")
    request.headers["Content-Length"] = str(len(body))
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join(["POST / HTTP/1.1", *lines, "", body]).encode()


def main() -> None:
    """Start, ask, print, stop."""
    sys.setprofile(tick)
    from lodekey.app import jobs, run

    jobs.FIRST_PAUSE = 3600.0
    announce: Callable[..., None] = run.announce

    async def ask(house: Any) -> None:
        try:
            endpoint, root = house.settings.endpoint, house.first.root_key
            answer = await said(endpoint, b"GET /_lodekey/health HTTP/1.1\r\nHost: x\r\n\r\n")
            health = so_far()
            sys.setprofile(None)
            request = signed(endpoint, root.id, root.secret)
            before = set(sys.modules)
            second = await said(endpoint, request)
            more = sorted(set(sys.modules) - before)
            print(json.dumps([answer.decode(), health, second.decode(), more]))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def announced(house: Any, *, quiet: bool) -> None:
        announce(house, quiet=quiet)
        tasks.append(asyncio.get_running_loop().create_task(ask(house)))

    tasks: list[asyncio.Task[None]] = []
    run.announce = announced
    from lodekey.cli.main import main as command

    command(["up", "--data", sys.argv[1], "--port", "0", "--quiet"])


if __name__ == "__main__":
    main()
