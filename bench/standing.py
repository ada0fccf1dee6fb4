"""A server that stands: how soon it answers, what it takes, and what boto3 feels of it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import servers
import workload
from servers import Server

_OPENING = 4.0
"""Seconds until a server that nobody asks anything has opened all its rooms."""


class Standing(NamedTuple):
    """What `measure` found.

    Args:
        first_answer: Seconds from the start of the process to its first answer, the best of a few.
        again: The same over a data directory that is there already.
        starting: Seconds of CPU until then.
        idle: Resident MiB once it stands.
        before: Resident MiB after 300 boto3 reads.
        after: Resident MiB after 2,000 more.
        ours: Milliseconds of boto3's get_parameter, p50.
        bare: The same against the echo.
    """

    first_answer: float
    again: float
    starting: float
    idle: float
    before: float
    after: float
    ours: float
    bare: float


def measure(*, quick: bool) -> Standing:
    """Start a few servers and ask one of them."""
    tries = 2 if quick else 5
    with tempfile.TemporaryDirectory(prefix="lodekey-bench-") as directory:
        firsts: list[float] = []
        agains: list[float] = []
        spent: list[float] = []
        servers.lodekey(Path(directory) / "compiled").stop()  # as installing it would have done
        for number in range(tries):
            for found in (firsts, agains):
                server = servers.lodekey(Path(directory) / f"d{number}")
                found.append(server.first_answer)
                spent.append(server.cpu())
                time.sleep(0.3)
                server.stop()
        server = servers.lodekey(Path(directory) / "d")
        bare = servers.echo()
        try:
            time.sleep(_OPENING)
            idle = max(server.memory())
            data = workload.prepare(server, people=True)
            ask, plain = _asker(server, data.caller), _asker(bare, data.caller)
            for _ in range(300):
                ask()
            before = max(server.memory())
            for _ in range(400 if quick else 2_000):
                ask()
            after = max(server.memory())
            ours, theirs = _in_turn(ask, plain, 200 if quick else 1_000)
        finally:
            server.stop()
            bare.stop()
    return Standing(min(firsts), min(agains), min(spent), idle, before, after, ours, theirs)


def _asker(server: Server, keys: tuple[str, str]) -> Callable[[], Any]:
    client = server.client("ssm", keys)
    return lambda: client.get_parameter(Name="/bench/p0", WithDecryption=True)


def _in_turn(one: Callable[[], Any], other: Callable[[], Any], count: int) -> tuple[float, float]:
    """Medians in milliseconds of two things done in turn, so that noise falls on both."""
    samples: tuple[list[float], list[float]] = ([], [])
    for _ in range(count):
        for work, found in zip((one, other), samples, strict=True):
            began = time.perf_counter()
            work()
            found.append((time.perf_counter() - began) * 1000)
    return statistics.median(samples[0]), statistics.median(samples[1])
