"""A worker: one process (tree) that runs one function version, one invocation at a time.

It is started confined (`lodekey.services.lambda_.sandbox`), gets its plan over a socket, and talks
to us on sockets that only it can reach. It is kept while it is wanted, and killed when it is late,
when it holds more memory than its function may, or when its credentials run out.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from lodekey.services.lambda_ import processes
from lodekey.services.lambda_.little_http import Connected, Connection, Serve, Unwanted
from lodekey.services.lambda_.output import Output
from lodekey.services.lambda_.relay import Relay
from lodekey.services.lambda_.runtime_api import Answer, Invocation, RuntimeApi
from lodekey.services.lambda_.sandbox import LOOPBACK, TASK, Confinement, Room

INIT_SECONDS = 10.0
"""What initialisation may take before it counts against the function's own timeout."""

WATCH_SECONDS = 0.1

UNASKED_SECONDS = 1.0
"""How long a runtime may run on after its answer before it asks for more work."""

MOST_CONNECTIONS = 256
"""Of one worker: descriptors of the server's, which a function must not use up."""

SIGNALS = {
    4: "illegal instruction",
    6: "aborted",
    7: "bus error",
    8: "floating point exception",
    9: "killed",
    11: "segmentation fault",
    15: "terminated",
    31: "bad system call",
}
"""As Lambda words them."""


class CannotStart(Exception):
    """The process could not be started; the text says why."""


class NotTaken(Exception):
    """The process ended before it took the invocation: the function has not seen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a worker is to be started.

    Args:
        command: The runtime, as the function sees it.
        environment: The runtime's, complete but for what depends on ports.
        room: What it may see and use.
        endpoint: Host and port of the server.
        endpoint_url: The endpoint, as a confined function sees it.
        granted: Hosts and ports that ``room.granted`` lead to, one for one.
        memory: The most memory, bytes.
        filter: The system-call filter.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    room: Room
    endpoint: tuple[str, int]
    endpoint_url: str
    memory: int
    filter: bytes
    granted: tuple[tuple[str, int], ...] = ()


class Outcome(NamedTuple):
    """How an invocation ended.

    Args:
        answer: What the invoker gets.
        status: ``success``, ``error`` (the process is gone), ``timeout``.
        seconds: How long it took, without initialisation.
        memory: The most memory seen, bytes.
    """

    answer: Answer
    status: str
    seconds: float
    memory: int


class Worker:
    """One process of a function.

    Args:
        start: How to start it.
        confinement: What confines it.
        event: Gets each log event's text.
        extension: Serves the Parameters and Secrets extension.
    """

    def __init__(
        self,
        start: Start,
        confinement: Confinement,
        event: Callable[[str], None],
        extension: Serve,
    ) -> None:
        self._start = start
        self._confinement = confinement
        self._extension = extension
        self._servers: list[asyncio.Server] = []
        self._open: set[Connected] = set()
        self._process: asyncio.subprocess.Process | None = None
        self._exit: asyncio.Task[int] | None = None
        self._over = False
        self._frozen = False
        self._sleep: asyncio.TimerHandle | None = None
        self._began = 0.0
        self.api = RuntimeApi()
        self.api.when_idle = self._freeze_soon
        self._event = event
        self.output = Output(event)
        self.init_seconds = 0.0
        self.memory = 0

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._exit is not None and not self._exit.done()

    async def start(self) -> None:
        """Start the process; it then initialises by itself.

        Raises:
            CannotStart: It did not come up.
        """
        self._began = time.monotonic()
        ours, theirs = socket.socketpair()
        filter_fd = os.memfd_create("filter")
        os.write(filter_fd, self._start.filter)
        os.lseek(filter_fd, 0, os.SEEK_SET)
        plain, log = self.output.plain.write, self.output.log.write
        try:
            with ours, theirs:
                listeners = self._own_listeners()
                command = self._confinement.command(self._start.room, theirs.fileno(), filter_fd)
                self._process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=plain,
                    stderr=plain,
                    pass_fds=(theirs.fileno(), filter_fd, log),
                    env={},
                    start_new_session=True,
                )
                self._exit = asyncio.ensure_future(self._process.wait())
                theirs.close()
                self.output.started()
                ports = [each.getsockname()[1] for each in listeners]
                await self._hand_over(ours, ports, log, listeners)
        except (OSError, TimeoutError, EOFError) as error:
            await self.stop()
            raise CannotStart(str(error) or type(error).__name__) from error
        except BaseException:
            await self.stop()
            raise
        finally:
            os.close(filter_fd)

    def _own_listeners(self) -> list[socket.socket]:
        """The listening sockets, where the function shares our network."""
        if self._confinement.confined:
            return []
        listeners = []
        for _ in range(2):
            listener = socket.socket()
            listener.bind((LOOPBACK, 0))
            listener.listen(128)
            listeners.append(listener)
        return listeners

    async def _hand_over(
        self, control: socket.socket, ports: list[int], log: int, listeners: list[socket.socket]
    ) -> None:
        """Send the plan; take the sockets that the launcher opened, and serve them."""
        loop = asyncio.get_running_loop()
        control.setblocking(False)  # noqa: FBT003 - the standard library's word
        plan = json.dumps(self._plan(ports, log)).encode()
        await loop.sock_sendall(control, len(plan).to_bytes(4, "big") + plan)
        relayed: dict[socket.socket, tuple[str, int]] = {}
        if self._confinement.confined:
            asked = self._confinement.ports(self._start.room)
            receiving = receive_listeners(control, asked)
            runtime, endpoint, extension, *others = await asyncio.wait_for(receiving, timeout=30)
            places = [self._start.endpoint, *self._start.granted]
            relayed = dict(zip([endpoint, *others], places, strict=True))
        else:
            runtime, extension = listeners
        open_ = self._open
        await self._listen(runtime, lambda: self.api.connection(open_))
        await self._listen(extension, lambda: Connection(self._extension, 64 * 1024, open_))
        for listener, place in relayed.items():
            await self._listen(listener, partial(Relay, *place, open_, self._event))

    async def _listen(
        self, listener: socket.socket, factory: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        listener.setblocking(False)  # noqa: FBT003

        def bounded() -> asyncio.BaseProtocol:
            return factory() if len(self._open) < MOST_CONNECTIONS else Unwanted()

        server = await asyncio.get_running_loop().create_server(bounded, sock=listener)
        self._servers.append(server)

    def _plan(self, ports: list[int], log: int) -> dict[str, object]:
        """What the launcher reads."""
        start, confinement = self._start, self._confinement
        room = start.room
        if confinement.confined:
            (_, runtime), _, (_, extension), *_ = confinement.ports(room)
            url = start.endpoint_url
        else:
            runtime, extension = ports
            host, port = start.endpoint
            url = f"{start.endpoint_url.partition(':')[0]}://{host}:{port}"
        environment = {
            **start.environment,
            "AWS_LAMBDA_RUNTIME_API": f"{LOOPBACK}:{runtime}",
            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(extension),
            "_LAMBDA_TELEMETRY_LOG_FD": str(log),
        }
        environment.setdefault("AWS_ENDPOINT_URL", url)
        return {
            "ports": confinement.ports(room),
            "die_with_parent": not confinement.confined,
            "user": confinement.user(room),
            "limits": room.limits() if confinement.confined else {"RLIMIT_CORE": [0, 0]},
            "directory": confinement.place(room, TASK),
            "keep": [log],
            "command": start.command,
            "environment": environment,
        }

    async def begin(self, request_id: str, seconds: float) -> Answer | None:
        """Wait until the runtime asks for work.

        Args:
            request_id: Of the invocation that waits.
            seconds: The function's timeout; initialisation may take `INIT_SECONDS` more.

        Returns:
            None, or why it cannot work.
        """
        if self.api.begun.done():
            return self.api.begun.result()
        ended = await self._first(self.api.begun, seconds + INIT_SECONDS)
        self.init_seconds = time.monotonic() - self._began
        if ended == "answer":
            self.output.drain()
            return self.api.begun.result()
        return await self._ended(ended, request_id, seconds)

    async def invoke(self, invocation: Invocation, seconds: float) -> Outcome:
        """Run one invocation of at most *seconds*; a worker that does not answer is killed.

        Raises:
            NotTaken: The process ended before it took the invocation.
        """
        self._thaw()
        began = time.monotonic()
        answer = self.api.invoke(invocation)
        ended = await self._first(answer, seconds)
        took = time.monotonic() - began
        if ended == "answer":
            self.output.drain()
            self._freeze_soon(UNASKED_SECONDS)
            return Outcome(answer.result(), "success", took, self.memory)
        if ended == "exit" and not self.api.taken:
            await self.stop()
            raise NotTaken
        said = await self._ended(ended, invocation.id, seconds)
        status = "timeout" if ended == "timeout" else "error"
        return Outcome(said, status, min(took, seconds), self.memory)

    def _freeze_soon(self, seconds: float = 0.0) -> None:
        """Stop the processes until there is work, as Lambda does: between invocations nothing runs.

        They are stopped when the runtime asks for work, or after *seconds* if it does not.
        """
        if self._sleep is not None:
            self._sleep.cancel()
        loop = asyncio.get_running_loop()
        self._sleep = loop.call_later(seconds, self._freeze) if seconds else None
        if not seconds:
            loop.call_soon(self._freeze)

    def _freeze(self) -> None:
        if self.alive and self._process is not None and not self.api.busy:
            self.output.drain()
            processes.freeze_descendants(self._process.pid)
            self._frozen = True

    def _thaw(self) -> None:
        if self._sleep is not None:
            self._sleep.cancel()
            self._sleep = None
        if self._frozen and self._process is not None:
            processes.thaw_descendants(self._process.pid)
            self._frozen = False

    async def _first(self, answer: asyncio.Future[Any], seconds: float) -> str:
        """What comes first: ``answer``, ``exit``, ``memory``, ``timeout``."""
        if self._exit is None:
            raise AssertionError("the worker was not started")
        deadline = time.monotonic() + seconds
        waiting: set[asyncio.Future[Any]] = {answer, self._exit}
        while not answer.done() and not self._exit.done():
            left = deadline - time.monotonic()
            if left <= 0:
                return "timeout"
            await asyncio.wait(
                waiting, timeout=min(left, WATCH_SECONDS), return_when=asyncio.FIRST_COMPLETED
            )
            self._measure()
            if self._over and not answer.done():
                return "memory"
        return "answer" if answer.done() else "exit"

    def _measure(self) -> None:
        if self._process is None or not self.alive:
            return
        held = processes.memory_of(self._process.pid)
        self.memory = max(self.memory, min(held, self._start.memory))
        self._over = held > self._start.memory

    async def _ended(self, how: str, request_id: str, seconds: float) -> Answer:
        """What the invoker is told of a process that gave no answer; it is gone afterwards."""
        status = self._exit.result() if self._exit is not None and self._exit.done() else None
        await self.stop()
        if how == "timeout":
            text = f"Task timed out after {seconds:.2f} seconds"
            return failure("Sandbox.Timedout", request_id, text)
        if how == "memory":
            text = "Runtime exited with error: signal: killed"
            return failure("Runtime.OutOfMemory", request_id, text)
        return failure("Runtime.ExitError", request_id, exit_text(status))

    async def ended(self) -> None:
        """Wait until the process ends by itself, and take the last of its output."""
        if self._exit is not None:
            await asyncio.shield(self._exit)
        self.output.drain()

    async def stop(self) -> None:
        """Kill the process, and wait until it is gone."""
        if self._sleep is not None:
            self._sleep.cancel()
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in list(self._open):
            connection.abort()
        if self._process is not None and self._exit is not None:
            if not self._exit.done():
                processes.kill_family(self._process.pid)
            await self._exit
        self.output.close()
        while self._open:  # noqa: ASYNC110 - a turn of the loop or two
            await asyncio.sleep(0)


def failure(kind: str, request_id: str, text: str) -> Answer:
    """An answer in the form that Lambda itself gives when a process fails."""
    message = f"RequestId: {request_id} Error: {text}" if request_id else text
    body = json.dumps({"errorType": kind, "errorMessage": message}, separators=(",", ":"))
    return Answer(body.encode(), failed=True, error_type=kind)


def exit_text(status: int | None) -> str:
    """How Lambda words the end of a process."""
    if status is None or status == 0:
        return "Runtime exited without providing a reason"
    if status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        return f"Runtime exited with error: signal: {SIGNALS.get(number, number)}"
    return f"Runtime exited with error: exit status {status}"


async def receive_listeners(
    control: socket.socket, asked: list[tuple[str, int]]
) -> list[socket.socket]:
    """Take the listening sockets that the launcher sends, one for each address and port *asked*.

    Raises:
        EOFError: The launcher ended, or sent something else.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(control.fileno(), readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(control.fileno())
    _, numbers, _, _ = socket.recv_fds(control, 16, len(asked))
    sockets = [socket.socket(fileno=number) for number in numbers]
    listening = all(
        each.family == socket.AF_INET and each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        for each in sockets
    )
    if not listening or [each.getsockname() for each in sockets] != asked:
        for each in sockets:
            each.close()
        raise EOFError("the launcher ended before it opened its ports")
    return sockets
