"""A front on a loop of its own thread, and a raw client for it."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop

from lodekey.app.front import Front, serve
from lodekey.app.http_limits import Limits
from lodekey.wire.http import HttpRequest, HttpResponse

Respond = Callable[[HttpResponse], None]
QUICK = Limits(headers=0.5, body=0.6, idle=0.7, writing=1.0, lingering=0.3, stopping=2, sweep=0.05)


class Served:
    """A running front, what it was asked, and how to ask it."""

    def __init__(self) -> None:
        self.asked: list[HttpRequest] = []
        self.held: list[tuple[HttpRequest, Respond]] = []
        self.hold = False
        self.port = 0
        self.front: Front
        self.loop: asyncio.AbstractEventLoop
        self.context: ssl.SSLContext | None = None

    def handle(self, http: HttpRequest, respond: Respond) -> None:
        """Echo what was asked; ``/hold`` waits, ``/fail`` raises, ``/large`` is large."""
        self.asked.append(http)
        if self.hold or http.path == "/hold":
            self.held.append((http, respond))
            return
        if http.path == "/fail":
            raise RuntimeError("on purpose")
        if http.path == "/two-lines":
            respond(HttpResponse(200, {"X-Note": "a\r\nX-Injected: b"}, b""))
            return
        if http.path == "/cookies":
            injected = ("c\r\nX-Injected: d",) if http.query else ()
            respond(HttpResponse(200, {}, b"", cookies=("a=1", "b=2; Secure", *injected)))
            return
        if http.path == "/twice":
            respond(HttpResponse(200, {}, b"first"))
        size = int(http.query) if http.path == "/large" else 0
        body = b"x" * size or f"{http.method} {http.path} {http.body.decode('latin-1')}".encode()
        respond(HttpResponse(204 if http.path == "/nothing" else 200, {"X-Path": http.path}, body))

    def paths(self) -> list[str]:
        return [http.path for http in self.asked]

    def on_loop(self, work: Callable[[], Any]) -> Any:
        """Call *work* on the front's loop."""

        async def call() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def release(self) -> None:
        """Answer what is held."""

        def answer() -> None:
            held, self.held = self.held, []
            for http, respond in held:
                respond(HttpResponse(200, {}, http.path.encode()))

        self.on_loop(answer)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.front.stop(), self.loop).result(20)

    def connect(self, timeout: float = 5.0) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        if self.context is not None:
            return self.context.wrap_socket(connection, server_hostname="localhost")
        return connection

    def send(self, data: bytes, *, half_close: bool = False, timeout: float = 5.0) -> bytes:
        """All that comes back for *data* until the front closes or is silent for a while."""
        with self.connect(timeout) as connection:
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            return read_all(connection)


def read_all(connection: socket.socket, quiet: float = 0.4) -> bytes:
    """Read until the end, or until nothing comes for a while."""
    connection.settimeout(quiet)
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except (TimeoutError, ConnectionResetError):
        pass
    return b"".join(pieces)


def read_one(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read exactly one response with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1)
        if not piece:
            raise ConnectionError(data)
        data += piece
    head = data.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = b""
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        body += connection.recv(length - len(body))
    return int(head[0].split(" ")[1]), headers, body


def statuses(data: bytes) -> list[int]:
    """The status of each response in *data*."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", data) if status != b"100"]


def wait_for(condition: Callable[[], object], patience: float = 5.0) -> None:
    """Wait until *condition* holds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


@contextmanager
def running(
    limits: Limits = QUICK, *, policy: Any = None, context: ssl.SSLContext | None = None
) -> Iterator[Served]:
    """Run a front while the block runs."""
    served = Served()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    served.port = listener.getsockname()[1]
    served.loop = (policy or uvloop.EventLoopPolicy()).new_event_loop()
    thread = threading.Thread(target=served.loop.run_forever, daemon=True)
    thread.start()
    starting = serve(served.handle, listener, ssl=context, limits=limits)
    served.front = asyncio.run_coroutine_threadsafe(starting, served.loop).result(10)
    try:
        yield served
    finally:
        if not served.front.stopping:
            served.stop()
        served.loop.call_soon_threadsafe(served.loop.stop)
        thread.join(10)
        served.loop.close()
