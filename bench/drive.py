"""Send prepared requests with wrk, and measure what they cost the server."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import NamedTuple

from servers import HERE, Server


class NoWrk(Exception):
    """wrk is not installed."""


class Run(NamedTuple):
    """One run at one number of connections.

    Args:
        cpu: Microseconds of the server's CPU a request, its children included.
        kernel: Those of them that the kernel spent.
        rate: Requests answered a second.
        p50: Milliseconds.
        p99: Milliseconds.
        requests: How many were answered.
        refused: Answers that were not 2xx or 3xx.
        broken: Requests without an answer.
    """

    cpu: float
    kernel: float
    rate: float
    p50: float
    p99: float
    requests: int
    refused: int
    broken: int


def drive(
    server: Server, requests: list[bytes], *, connections: int, seconds: float, once: bool = False
) -> Run:
    """Send *requests* for about *seconds*; *once*: none twice, so perhaps for less.

    Raises:
        NoWrk: It is not installed.
    """
    if shutil.which("wrk") is None:
        raise NoWrk
    with tempfile.NamedTemporaryFile(prefix="lodekey-bench-") as file:
        file.write(b"".join(request + b"\0" for request in requests))
        file.flush()
        before = server.times()
        said = subprocess.run(
            [
                *("wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
                *("--timeout", "10s", "-s", str(HERE / "replay.lua"), server.endpoint),
            ],
            env={**os.environ, "REPLAY": file.name, "REPLAY_ONCE": "1" if once else "0"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        own, kernel = (after - then for after, then in zip(server.times(), before, strict=True))
    found = json.loads(said.splitlines()[-1])
    answered = max(1, found["requests"])
    return Run(
        cpu=(own + kernel) / answered * 1e6,
        kernel=kernel / answered * 1e6,
        rate=answered / found["seconds"],
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        requests=found["requests"],
        refused=found["refused"],
        broken=found["broken"],
    )


def load() -> str:
    """The machine's load averages and processors, as the report says them."""
    one, five, _ = os.getloadavg()
    return f"{os.cpu_count()} processors, load {one:.1f} (1 min) {five:.1f} (5 min)"


def versions() -> str:
    """What was measured on."""
    kernel = Path("/proc/version").read_text().split()[2]
    built = sysconfig.get_config_var("CONFIG_ARGS") or ""
    how = "with" if "--enable-optimizations" in built else "without"
    python = f"Python {platform.python_version()}, configured {how} --enable-optimizations"
    return f"Linux {kernel}, {python}"
