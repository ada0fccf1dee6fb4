"""What the pytest plugin costs: a server's start, an account, an identity, a client.

    python bench/plugin_bench.py [--json]

Times are wall clock, the best of several rounds: other work on the machine can only make a round
slower. Beside them stands the processor time, of client and server together.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lodekey.testing import Account, server, shared

ROUNDS = 5
ACCOUNTS = 100
IDENTITIES = 10
CLIENTS = 10
STARTS = 5
BYTECODE = Path(__file__).parents[1] / ".cache" / "bench" / "bytecode"


def milliseconds(work: Callable[[], object], times: int) -> float:
    """The mean of *times* runs, in the best of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - begun) * 1000 / times)
    return min(rounds)


def processor_time(pid: int) -> float:
    """Milliseconds of processor time that a process has used; 0 where there is no /proc."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    return 0.0


@contextlib.contextmanager
def started(figures: dict[str, float]) -> Iterator[server.Server]:
    """A server as the plugin starts it."""
    with tempfile.TemporaryDirectory() as directory:
        place, begun = Path(directory) / "lodekey", time.perf_counter()
        with shared.running(place, (), alone=True) as facts:
            figures["start_ms"] = (time.perf_counter() - begun) * 1000
            pid = json.loads((place / "data" / "server.json").read_text())["pid"]
            figures["pid"], figures["start_processor_ms"] = pid, processor_time(pid)
            with server.started(facts, "us-east-1") as running:
                yield running
            begun = time.perf_counter()
        figures["stop_ms"] = (time.perf_counter() - begun) * 1000


def identities(account: Account) -> Callable[[], object]:
    """Make one identity after another in an account."""
    numbers = iter(range(10**9))
    policy = [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]
    return lambda: account.identity(f"user{next(numbers)}", policy)


def import_cost() -> float:
    """Milliseconds that the plugin adds to a run of pytest that does not use it: its import."""
    code = (
        "import pytest, time; t = time.perf_counter(); import lodekey.pytest_plugin; "
        "print((time.perf_counter() - t) * 1000)"
    )
    words = [sys.executable, "-c", code]
    return min(float(subprocess.check_output(words)) for _ in range(5))


def main() -> None:
    """Measure and print."""
    # bytecode as installing the package would have compiled it
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    starts: list[dict[str, float]] = []
    figures: dict[str, float] = {"import_ms": import_cost()}
    for number in range(STARTS):
        start: dict[str, float] = {}
        with started(start) as running:
            if number == 0:
                account, pid = running.account(), int(start.pop("pid"))
                used = processor_time(pid) + time.process_time() * 1000
                figures["account_ms"] = milliseconds(running.account, ACCOUNTS)
                figures["accounts_per_second"] = 1000 / figures["account_ms"]
                used = processor_time(pid) + time.process_time() * 1000 - used
                figures["account_processor_ms"] = used / ROUNDS / ACCOUNTS
                account.identity("first")
                figures["identity_ms"] = milliseconds(identities(account), IDENTITIES)
                account.client("ssm")
                figures["client_ms"] = milliseconds(
                    lambda: running.account().client("ssm"), CLIENTS
                )
        starts.append(start)
    for name in starts[0]:
        figures[name] = min(start[name] for start in starts)
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:24} {figure:10.2f}")


if __name__ == "__main__":
    main()
