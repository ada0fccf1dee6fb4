"""How functions are confined on this machine: tried at start, told openly, never assumed."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lodekey.services.lambda_ import sandbox, seccomp
from lodekey.services.lambda_.granted import Granted, hosts_lines
from lodekey.services.lambda_.runtimes import interpreter
from lodekey.services.lambda_.sandbox import Confinement, Room, Sandbox, Unconfined
from lodekey.services.lambda_.workers import CannotStart, Start, Worker

PATIENCE = 20.0
"""Seconds that the probe may take, once it was started."""

PROBE = Path(__file__).with_name("sandbox_probe.py")
PROBE_INSIDE = f"{sandbox.RUNTIME}/sandbox_probe.py"

NEEDED = {
    "processes": "a process space of its own",
    "network": "a network of its own",
    "files": "a read-only file system of its own",
    "filter": "a system-call filter",
    "capabilities": "no capabilities and no new privileges",
    "tracing": "no tracing of other processes",
}


@dataclass(frozen=True, slots=True)
class State:
    """What was found.

    Args:
        confinement: How functions are started; None: they are not.
        filter: The system-call filter.
        reason: Why they are not started, for whoever invokes one.
        layers: What the sandbox was seen to do, by name.
        granted: What functions may reach beside this server.
        passing: Whether the reason may be gone at the next try: the machine was too busy.
    """

    confinement: Confinement | None
    filter: bytes = b""
    reason: str = ""
    layers: Mapping[str, bool] = field(default_factory=dict)
    granted: tuple[Granted, ...] = ()
    passing: bool = False

    def must(self) -> Confinement:
        """The confinement, where there is one."""
        if self.confinement is None:
            raise AssertionError("functions are not run here")
        return self.confinement

    def tell(self, log: logging.Logger) -> None:
        """Say in the server's log what was found."""
        if self.confinement is None:
            log.warning("%s", self.reason)
        elif not self.confinement.confined:
            log.warning("functions run UNCONFINED: they can do all that this server can")
        else:
            log.info("functions run in a sandbox: %s", ", ".join(NEEDED.values()))
            for each in self.granted:
                log.warning("functions may reach %s", each)


async def find(
    mode: str, scratch: Path, host: str = "", granted: Collection[Granted] = ()
) -> State:
    """Find out how functions can be started.

    Args:
        mode: ``sandbox``, ``unsafe`` or ``off``.
        scratch: A private directory.
        host: The name or address of this server; a name leads to the function's own loopback.
        granted: What functions may reach beside this server.
    """
    if mode == "off":
        return State(None, reason="functions are switched off on this server")
    if mode == "unsafe":
        return State(Unconfined(interpreter(), scratch / "python"))
    return await _try_sandbox(scratch, host, granted)


def refused(why: str) -> State:
    """Functions are not run, and why."""
    return State(
        None,
        reason=f"Functions are not run here: {why}. "
        "Start the server with --unsafe-functions to run them without a sandbox.",
    )


async def _try_sandbox(scratch: Path, host: str, granted: Collection[Granted]) -> State:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return refused("bubblewrap (`bwrap`) is not installed")
    program = seccomp.own_filter()
    if program is None:
        return refused("no system-call filter is known for this machine")
    first = sandbox.first_user(str(scratch))
    hosts = sandbox.write_hosts(scratch / "etc", first, host, hosts_lines(granted))
    made = Sandbox(bwrap, interpreter(), hosts, first)
    try:
        seen, said = await probe(made, program, scratch)
    except TimeoutError:
        return State(None, reason="This machine is too busy to try the sandbox.", passing=True)
    missing = [meaning for name, meaning in NEEDED.items() if not seen.get(name)]
    if missing:
        detail = f" ({said})" if said else ""
        return refused(f"this machine's sandbox lacks {', '.join(missing)}{detail}")
    return State(made, program, layers=seen, granted=tuple(granted))


async def probe(made: Confinement, program: bytes, scratch: Path) -> tuple[dict[str, bool], str]:
    """Run `sandbox_probe` in the sandbox; what it found, and what was said if it did not run.

    Raises:
        TimeoutError: It did not end in time.
    """
    empty = scratch / "probe"
    empty.mkdir(mode=0o755, exist_ok=True)
    room = Room(task=empty, layers=None, mounts={PROBE_INSIDE: str(PROBE)}, slot=sandbox.USERS - 1)
    start = Start(
        command=(interpreter(), "-I", "-S", PROBE_INSIDE),
        environment={},
        room=room,
        endpoint=("127.0.0.1", 9),
        endpoint_url="http://127.0.0.1:9",
        memory=1024 * sandbox.MIB,
        filter=program,
    )
    lines: list[str] = []
    worker = Worker(start, made, lines.append, lambda _, connection: connection.answer(404))
    try:
        await worker.start()
        await asyncio.wait_for(worker.ended(), timeout=PATIENCE)
    except CannotStart as error:
        if isinstance(error.__cause__, TimeoutError):
            raise error.__cause__ from None
        return {}, "; ".join([*lines[-3:], str(error)]).strip("; ")
    finally:
        await worker.stop()
    try:
        seen: dict[str, bool] = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {}, "; ".join(lines[-3:])
    return seen, ""
