"""Measure lodekey and write docs/benchmarks.md: ``make bench``, ``make bench ARGS=--quick``.

Needs wrk (tools/install_bench.sh). The default takes about twelve minutes, a third of them to make
a million parameters and a hundred thousand users; ``--quick`` one or two (and writes nothing but
to the terminal); ``--full`` has longer runs with more requests.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import drive
import growth
import report
import servers
import standing
import steps
import workload
from drive import Run
from servers import ROOT, NotToBeHad, Server
from workload import Operation

T = TypeVar("T")


class Plan(NamedTuple):
    """How much is measured.

    Args:
        connections: At how many at once.
        seconds: For each run.
        rounds: How often each run is repeated; the cheapest counts.
        requests: Prepared for each operation.
        parameters: Sizes for growth.
        policies: Sizes for growth.
    """

    connections: tuple[int, ...]
    seconds: float
    rounds: int
    requests: int
    parameters: list[int]
    policies: list[int]


QUICK = Plan((64,), 1, 1, 1_000, [100, 1_000], [10, 100])
USUAL = Plan((1, 16, 64), 1, 1, 2_000, [100, 10_000, 1_000_000], [10, 1_000, 100_000])
FULL = Plan((1, 16, 64), 3, 3, 10_000, [100, 10_000, 1_000_000], [10, 1_000, 100_000])


def main() -> None:
    """Measure everything and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute or two; prints the page")
    parser.add_argument("--full", action="store_true", help="longer runs, more requests")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL if arguments.full else USUAL
    subprocess.run([ROOT / "tools" / "install_bench.sh"], check=True)
    machine = [drive.versions(), drive.load() + " before"]
    echo, runs = _ours(plan)
    others: dict[str, dict[str, Run] | str] = {}
    if not arguments.quick:
        others = {
            "ministack": _other(plan, servers.ministack),
            "moto": _other(plan, servers.moto),
        }
    found = report.Found(
        machine=[*machine, drive.load() + " after"],
        runs=runs,
        echo=echo,
        others=others,
        steps=_told("steps", steps.breakdown),
        parameters=_told("parameters", lambda: growth.by_parameters(plan.parameters)),
        policies=_told("policies", lambda: growth.by_policies(plan.policies)),
        standing=_told("standing", lambda: standing.measure(quick=arguments.quick)),
        workers=None if arguments.quick else _told("workers", lambda: _workers(plan)),
    )
    if arguments.quick:
        report.PAGE = Path(tempfile.gettempdir()) / "lodekey-bench-quick.md"
        report.PLOT = report.PAGE.with_suffix(".svg")
    report.write(found)
    print(report.PAGE.read_text("utf-8"))


def _told(what: str, work: Callable[[], T]) -> T:
    """Do *work*, saying so on the terminal."""
    began = time.monotonic()
    found = work()
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


@contextmanager
def _standing(*made: Callable[[], Server]) -> Iterator[list[Server]]:
    """Servers, and their end."""
    with ExitStack() as stack:
        found = []
        for make in made:
            server = make()
            stack.callback(server.stop)
            found.append(server)
        yield found


def _ours(plan: Plan) -> tuple[dict[int, Run], dict[str, dict[int, Run]]]:
    """The echo's runs and each operation's: in turn, so that noise falls on both."""
    with (
        tempfile.TemporaryDirectory(prefix="lodekey-bench-") as directory,
        _standing(lambda: servers.lodekey(Path(directory) / "data"), servers.echo) as (ours, bare),
    ):
        data = workload.prepare(ours, people=True)
        all_operations = workload.operations(data)
        plain = all_operations[4].requests(ours, data, plan.requests)
        echo: dict[int, Run] = {}
        runs: dict[str, dict[int, Run]] = {}
        for operation in all_operations:
            for connections in plan.connections:
                again = _best(bare, lambda: plain, plan, connections, rounds=1)
                echo[connections] = _cheaper(echo.get(connections), again)
                runs.setdefault(operation.title, {})[connections] = _runs(
                    ours, operation, data, plan, connections
                )
            _say(operation.title, runs[operation.title])
        return echo, runs


def _workers(plan: Plan) -> dict[int, float]:
    """Decrypts a second at 64 connections, by number of workers; the best of the rounds."""
    rates: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="lodekey-bench-") as directory:
        for count in (1, 2):
            place = Path(directory) / str(count)
            with _standing(lambda p=place, n=count: servers.lodekey(p, "--workers", str(n))) as (
                server,
            ):
                time.sleep(3)  # the second starts after the first
                data = workload.prepare(server, people=True)
                requests = workload.operations(data)[1].requests(server, data, plan.requests)
                longer = plan._replace(seconds=3 * plan.seconds)  # both have to be at work
                run = _best(server, lambda r=requests: r, longer, 64)
                rates[count] = run.rate
    return rates


def _runs(
    server: Server, operation: Operation, data: workload.Data, plan: Plan, connections: int
) -> Run:
    """The best run of *operation*; each has requests of its own."""
    count = plan.requests * (4 if operation.once and connections > 1 else 1)
    run = _best(
        server,
        lambda: operation.requests(server, data, count),
        plan,
        connections,
        once=operation.once,
    )
    wrong = run.requests - run.refused if operation.denied else run.refused
    if wrong or run.broken:
        raise RuntimeError(f"{operation.title}: {run}")
    return run


def _best(
    server: Server,
    requests: Callable[[], list[bytes]],
    plan: Plan,
    connections: int,
    *,
    once: bool = False,
    rounds: int = 0,
) -> Run:
    best: Run | None = None
    for _ in range(rounds or plan.rounds):
        run = drive.drive(
            server, requests(), connections=connections, seconds=plan.seconds, once=once
        )
        best = _cheaper(best, run)
    if best is None:
        raise AssertionError
    return best


def _cheaper(one: Run | None, other: Run) -> Run:
    """The cheaper run, with the better rate and times of both."""
    if one is None:
        return other
    cheap = min(one, other, key=lambda run: run.cpu)
    quick = max(one, other, key=lambda run: run.rate)
    return cheap._replace(rate=quick.rate, p50=quick.p50, p99=quick.p99)


def _other(plan: Plan, make: Callable[[], Server]) -> dict[str, Run] | str:
    """Another server's runs at the middle number of connections, or why there are none."""
    try:
        with _standing(make) as (server,):
            data = workload.prepare(server, people=False)
            found = {}
            for operation in workload.operations(data):
                if operation.denied:
                    continue
                requests = operation.requests(server, data, min(plan.requests, 1_000))
                run = drive.drive(
                    server, requests, connections=16, seconds=plan.seconds, once=operation.once
                )
                if run.requests and not run.refused:
                    found[operation.title] = run
            _say(server.name, dict(enumerate(found.values())))
            return found
    except NotToBeHad as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - another server's trouble is not ours
        return f"it failed: {type(error).__name__}: {error}"


def _say(what: str, runs: Mapping[int, Run]) -> None:
    told = ", ".join(f"{count}: {run.cpu:.0f} µs" for count, run in runs.items())
    print(f"{what}: {told}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
