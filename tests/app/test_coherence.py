"""A million reads of two workers, and none misses a write that was acknowledged before."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from running import Running
from siblings import blinded

WRITERS = 4
READS_OF_EACH = 4
"""Reads of each worker after each write."""
_SIGN_ANEW = 240.0


class Line:
    """One kept connection, and raw requests over it."""

    def __init__(self, host: str) -> None:
        name, _, port = host.partition(":")
        self._socket = socket.create_connection((name, int(port)), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """Send, and read one answer: its body."""
        self._socket.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, body = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._more()
        assert head.startswith(b"HTTP/1.1 200 "), got
        return body

    def _more(self) -> bytes:
        piece = self._socket.recv(65_536)
        assert piece, "the server closed the connection"
        return piece

    def close(self) -> None:
        self._socket.close()


def line_to(server: Running, worker: int) -> Line:
    """A connection to that worker: the kernel chooses, so as often as it takes."""
    host = urlsplit(server.endpoint).netloc
    health = f"GET /_lodekey/health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        line = Line(host)
        if json.loads(line.ask(health))["worker"] == worker:
            return line
        line.close()
    raise AssertionError("no connection reached the worker")


def signed(server: Running, key: tuple[str, str], operation: str, body: bytes) -> bytes:
    """A raw request of Parameter Store."""
    host = urlsplit(server.endpoint).netloc
    headers = {"X-Amz-Target": f"AmazonSSM.{operation}", "Host": host}
    headers["Content-Type"] = "application/x-amz-json-1.1"
    request = AWSRequest("POST", f"http://{host}/", headers, body)
    SigV4Auth(Credentials(*key), "ssm", "us-east-1").add_auth(request)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


class Writer(threading.Thread):
    """Writes one parameter again and again, and reads it on both workers after each write."""

    def __init__(self, server: Running, number: int, reads: int) -> None:
        super().__init__()
        self._server, self._name, self._left = server, f"/coherence/{number}", reads
        self._key = server.credentials()
        self._lines = [line_to(server, worker) for worker in (0, 1)]
        self._number = number
        self.read = 0
        self.stale: list[str] = []
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self._live()
        except BaseException as error:
            self.failed = error
            raise
        finally:
            for line in self._lines:
                line.close()

    def _live(self) -> None:
        asking, since = b"", float("-inf")
        version = 0
        while self.read < self._left:
            if time.monotonic() - since > _SIGN_ANEW:
                body = json.dumps({"Name": self._name}).encode()
                asking = signed(self._server, self._key, "GetParameter", body)
                since = time.monotonic()
            version += 1
            value = {"Name": self._name, "Value": str(version), "Type": "String", "Overwrite": True}
            put = signed(self._server, self._key, "PutParameter", json.dumps(value).encode())
            self._lines[(version + self._number) % 2].ask(put)
            wanted = f'"Value":"{version}"'.encode()
            for _ in range(READS_OF_EACH):
                for line in self._lines:
                    answer = line.ask(asking)
                    self.read += 1
                    if wanted not in answer:
                        self.stale.append(f"{version}: {answer!r}")


def stale_reads(server: Running, reads: int) -> tuple[int, list[str]]:
    """How many reads were made, and those that missed a write."""
    writers = [Writer(server, number, -(-reads // WRITERS)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [None] * WRITERS == [writer.failed for writer in writers]
    return sum(w.read for w in writers), [line for w in writers for line in w.stale]


@pytest.fixture(params=[""])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    environment = blinded(tmp_path, "/coherence/0") if request.param == "blind" else {}
    running = Running(tmp_path / "data", "--workers", "2", environment=environment)
    try:
        yield running
    finally:
        running.stop()


def test_of_some_reads_none_is_stale(server: Running) -> None:
    read, stale = stale_reads(server, 2_000)
    assert read >= 2_000
    assert stale == []


@pytest.mark.parametrize("server", ["blind"], indirect=True)
def test_control_some_are_where_workers_do_not_look(server: Running) -> None:
    _, stale = stale_reads(server, 400)
    assert stale


@pytest.mark.torture
def test_of_a_million_reads_none_is_stale(server: Running) -> None:
    read, stale = stale_reads(server, 1_000_000)
    assert read >= 1_000_000
    assert stale == []
