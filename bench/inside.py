"""A server in this process, without sockets: for what is measured below HTTP."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from lodekey.gate import door
from lodekey.gate.batch import run_calls
from lodekey.wire.http import HttpRequest, HttpResponse
from world import Identity, World

AT_ONCE = 32
"""Requests in a batch, as with that many connections."""


class Inside:
    """The server, and what stands in for `servers.Server` in `signing` and `workload`."""

    port = 4566

    def __init__(self, world: World) -> None:
        self.world = world
        self.keys = (world.root.access_key_id, world.root.secret)

    def client(self, service: str) -> Any:
        """A boto3 client as the root."""
        return self.world.client(service)

    def answer(self, batch: Sequence[HttpRequest]) -> list[HttpResponse]:
        """Answer requests as one batch: everything but the socket."""
        gate = self.world.gate
        calls = [door.open_call(gate, http) for http in batch]
        run_calls(gate, calls)
        return [door.answer(call) for call in calls]

    def cost(self, requests: Sequence[HttpRequest], *, rounds: int = 5) -> float:
        """Microseconds of CPU a request, in the best round over all of them.

        Raises:
            RuntimeError: One is refused.
        """
        batches = [requests[at : at + AT_ONCE] for at in range(0, len(requests), AT_ONCE)]
        for batch in batches:
            for response in self.answer(batch):
                if response.status != 200:
                    raise RuntimeError(response)
        return best(lambda: [self.answer(batch) for batch in batches], len(requests), rounds)


@contextmanager
def inside() -> Iterator[Inside]:
    """A new server in this process."""
    with tempfile.TemporaryDirectory(prefix="lodekey-bench-") as directory:
        world = World(Path(directory) / "data")
        try:
            yield Inside(world)
        finally:
            world.house.close()


def best(work: Callable[[], Any], count: int, rounds: int = 7) -> float:
    """Microseconds of CPU of a *count*-th of *work*, in the best round."""
    found = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        found = min(found, time.process_time() - began)
    return found / count * 1e6


def parsed(raw: bytes) -> HttpRequest:
    """A raw request as the front hands it on."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
    }
    return HttpRequest("POST", "/", "", headers, body, "127.0.0.1")


def identity(keys: tuple[str, str]) -> Identity:
    """Somebody who signs with *keys*, as `World` names them."""
    return Identity(*keys, "", "", "")
