"""A server with siblings, seen from outside: a connection to each worker, and their processes.

The kernel gives each new connection to one of the workers; a connection that is held stays with it.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.credentials import Credentials

from running import ROOT, Running

# A worker that looks at the store's mark until it knows a record, and never again.
BLIND = """
from lodekey.store import sqlite
looking = sqlite.SqliteStore._catch_up
def catch_up(store):
    if not any(name.endswith("{ending}") for name in store.known.records):
        looking(store)
sqlite.SqliteStore._catch_up = catch_up
"""
_held: list[http.client.HTTPConnection] = []


def let_go() -> None:
    """Close every connection."""
    while _held:
        _held.pop().close()


class Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, amt: int = 65536, **_: Any) -> Any:
        """Piece by piece."""
        while piece := self.read(amt):
            yield piece


class Held:
    """A connection to one worker."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.host = urlsplit(server.endpoint).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        _held.append(self.connection)
        self.worker = self.health()["worker"]

    def health(self) -> dict[str, Any]:
        """What the worker says of itself."""
        self.connection.request("GET", "/_lodekey/health")
        found: dict[str, Any] = json.loads(self.connection.getresponse().read())
        return found

    def get(self, key: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        """GetParameter of ``/a``: the status, and the answer."""
        body = b'{"Name": "/a"}'
        headers = {"X-Amz-Target": "AmazonSSM.GetParameter", "Host": self.host}
        headers["Content-Type"] = "application/x-amz-json-1.1"
        request = AWSRequest("POST", f"http://{self.host}/", headers, body)
        SigV4Auth(Credentials(*key), "ssm", "us-east-1").add_auth(request)
        self.connection.request("POST", "/", body, dict(request.headers.items()))
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def client(self, service: str, **more: Any) -> Any:
        """A boto3 client whose requests all go to this worker."""
        client = self.server.client(service, **more)
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        self.connection.request(request.method, target, request.body, headers)
        response = self.connection.getresponse()
        body = Raw(response.read())
        return AWSResponse(request.url, response.status, response.headers, body)


def one_to_each(server: Running) -> list[Held]:
    """A connection to each of two workers."""
    found: dict[int, Held] = {}
    deadline = time.monotonic() + 30
    while len(found) < 2:
        assert time.monotonic() < deadline, found
        try:
            held = Held(server)
        except OSError:
            continue
        if found.setdefault(held.worker, held) is not held:
            held.connection.close()
    return [found[0], found[1]]


def blinded(tmp: Path, ending: str) -> dict[str, str]:
    """The environment of a server whose workers look no more once they know such a record."""
    (tmp / "sitecustomize.py").write_text(BLIND.format(ending=ending))
    return {"PYTHONPATH": f"{tmp}{os.pathsep}{ROOT / 'src'}"}


def worker_process(server: Running, number: int) -> int:
    """The process of a worker."""
    return next(pid for pid, words in children_of(server).items() if f"--worker {number}:" in words)


def children_of(server: Running) -> dict[int, str]:
    """The keeper's workers, with the words that each was started with."""
    assert server.process is not None
    keeper = server.process.pid
    found = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
    words = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
    return {pid: text.replace(b"\0", b" ").decode() for pid, text in words.items() if text}
