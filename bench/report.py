"""The report: docs/benchmarks.md and its plot, written by the bench and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any, Final, NamedTuple

from drive import Run
from servers import ROOT
from standing import Standing

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"

CPU: Final = (
    "**45 µs**: the bare echo on the same HTTP front costs two thirds of that, more than a third of"
    " it in the kernel (it has a column below); what is left is less than a signature, a decision"
    " and a record of the trail cost in CPython. A read through KMS is two authorized, audited"
    " calls."
)
ECHO: Final = (
    "**Three times the echo**: the same calls; and the echo has the same HTTP front, so what makes"
    " the front cheaper makes this ratio worse."
)
OTHERS: Final = "**15 and 60 times less**: these follow from the figures of single operations."
WORKERS: Final = (
    "**Two workers**: together they keep both processors busy, but share them with the load"
    " generator, which costs some 15 µs a request; without it they would have that for themselves."
)
GROWTH: Final = (
    "**Growth**: the records that are read are kept in memory whatever else there is, so what grows"
    " is the memory that is gone through, and the misses of the processor's caches with it; runs of"
    " this machine also differ by more than ten percent from one minute to the next."
)
START: Final = (
    "**First answer**: nearly all of a start is Python's loading of modules, 0.25 s of CPU; where"
    " the processors have other work, it takes longer by the clock."
)
MEMORY: Final = "**Memory**: libraries make up a third of it."
WRITES: Final = (
    "**Durable writes**: at 64 connections a commit has 64 writes at most, whose clients all wait"
    " for it, so the disk's time adds to the processor's. 10,000 a second would leave 100 µs for"
    " each write, its share of the `fsync` included; sealing, SQLite, tally and trail take more."
)
CLIENT: Final = (
    "**boto3's round trip**: a lone read costs the server a fifth of a millisecond, four or five"
    " times the echo: it has a batch, and a `write` to the trail, to itself, and finds the"
    " processor's caches cold. Five percent of boto3's own millisecond is a twentieth."
)

READS = {"Decrypt", "GetParameter (SecureString)", "GetSecretValue"}


class Found(NamedTuple):
    """All that was measured.

    Args:
        machine: What on, and how busy it was.
        runs: By operation and number of connections.
        echo: The echo's run by number of connections.
        others: By server and operation; a text where a server could not be had.
        steps: CPU microseconds by operation and step.
        parameters: CPU microseconds by number of parameters.
        policies: CPU microseconds by number of policies.
        standing: A server that stands.
        workers: Requests a second by number of workers; None: not measured.
    """

    machine: list[str]
    runs: dict[str, dict[int, Run]]
    echo: dict[int, Run]
    others: dict[str, dict[str, Run] | str]
    steps: dict[str, dict[str, float]]
    parameters: dict[int, float]
    policies: dict[int, float]
    standing: Standing
    workers: dict[int, float] | None


def write(found: Found) -> None:
    """Write the page and the plot."""
    parts = [
        _head(found),
        _goals(found),
        _operations(found),
        _others(found),
        _steps(found),
        _growth(found),
        _standing(found.standing),
    ]
    PAGE.write_text("\n\n".join(parts) + "\n", "utf-8")
    PLOT.write_text(_plot(found), "utf-8")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|---" + "|---:" * (len(names) - 1) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def _head(found: Found) -> str:
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    return f"""# Benchmarks

Written by `make bench` on {day}; do not edit. {"; ".join(found.machine)}.

Every request has a date, an invocation id and a signature of its own, made ahead with botocore's
signer, and is sent by wrk on the same machine. Signatures with their clock window, policies and the
trail are on in every figure. **CPU** is the server's own time and its children's, user and system,
a request: it depends less on what else the machine does than seconds on the clock do, but a busy
machine makes it higher all the same, so the ratios within this run say more than any figure alone.

![CPU a request](benchmarks.svg)"""


def _goals(found: Found) -> str:
    """Each goal, what was found, whether it is met and, where not, why not."""
    most = max(found.echo)
    echo = found.echo[most].cpu
    rows: list[tuple[str, str, str, str]] = []
    for name in sorted(READS & found.runs.keys()):
        run = found.runs[name][most]
        rows.append((CPU, f"{name}: at most 45 CPU µs", f"{run.cpu:.0f}", _met(run.cpu <= 45)))
        ratio = run.cpu / echo
        goal = f"{name}: at most 3 times the echo"
        rows.append((ECHO, goal, f"{ratio:.1f}", _met(ratio <= 3)))
    for server, wanted in (("ministack", 15), ("moto", 60)):
        rows.append((OTHERS, *_against(found, server, wanted, most)))
    if found.workers is not None:
        gain = found.workers[2] / found.workers[1]
        goal = "Two workers: at least 1.7 times one"
        rows.append((WORKERS, goal, f"{gain:.2f}", _met(gain >= 1.7)))
    rows.append((GROWTH, *_grown("parameters", found.parameters)))
    rows.append((GROWTH, *_grown("policies", found.policies)))
    standing = found.standing
    first = standing.again * 1000
    rows.append((START, "First answer within 400 ms", f"{first:.0f} ms", _met(first <= 400)))
    idle = standing.idle
    rows.append((MEMORY, "At most 60 MB idle a worker", f"{idle:.0f} MiB", _met(idle <= 60)))
    put = found.runs["PutParameter (String)"][most].rate
    goal = "10,000 durable PutParameter a second at 64 connections"
    rows.append((WRITES, goal, f"{put:,.0f}", _met(put >= 10_000)))
    slower = standing.ours / standing.bare - 1
    goal = "boto3's round trip within 5 % of boto3 against the echo"
    rows.append((CLIENT, goal, f"{slower:+.0%}", _met(slower <= 0.05)))
    shown = table(("goal", "found", ""), [row[1:] for row in rows])
    missed = dict.fromkeys(why for why, *_, met in rows if "missed" in met)
    if not missed:
        return f"## Goals\n\n{shown}"
    told = "\n".join(f"- {why}" for why in missed)
    more = "More about it: [performance](explanation/performance.md#what-is-missed)."
    return f"## Goals\n\n{shown}\n\nWhy goals are missed:\n\n{told}\n\n{more}"


def _met(met: bool) -> str:  # noqa: FBT001 - the one thing it is asked
    return "met" if met else "**missed**"


def _against(found: Found, server: str, wanted: int, most: int) -> tuple[str, str, str]:
    goal = f"Reads: {wanted} times less CPU than {server}"
    runs = found.others.get(server, "not measured")
    if isinstance(runs, str):
        return goal, "-", runs
    ratios = [runs[name].cpu / found.runs[name][most].cpu for name in READS if name in runs]
    if not ratios:
        return goal, "-", "it answers none of them"
    return goal, f"{min(ratios):.0f} to {max(ratios):.0f}", _met(min(ratios) >= wanted)


def _grown(what: str, costs: dict[int, float]) -> tuple[str, str, str]:
    least, most = min(costs), max(costs)
    grown = costs[most] / costs[least] - 1
    goal = f"A read costs less than 10 % more with {most:,} {what} than with {least:,}"
    return goal, f"{grown:+.0%}", _met(grown < 0.10)


def _operations(found: Found) -> str:
    counts = sorted(found.echo)
    head = ["operation"]
    head += [f"CPU µs, {count} conn." for count in counts]
    head += ["kernel's of it", "times echo"]
    head += [f"a second, {count}" for count in counts]
    head += [f"p50 / p99 ms, {count}" for count in counts]

    def row(name: str, runs: dict[int, Run]) -> list[str]:
        ratio = runs[counts[-1]].cpu / found.echo[counts[-1]].cpu
        return [
            name,
            *(f"{runs[count].cpu:.0f}" for count in counts),
            f"{runs[counts[-1]].kernel:.0f}",
            f"{ratio:.1f}",
            *(f"{runs[count].rate:,.0f}" for count in counts),
            *(f"{runs[count].p50:.1f} / {runs[count].p99:.1f}" for count in counts),
        ]

    rows = [row("bare echo", found.echo), *(row(*item) for item in found.runs.items())]
    return "## Operations\n\n" + table(head, rows)


def _others(found: Found) -> str:
    rows: list[list[str]] = []
    for name, runs in found.runs.items():
        ours = runs[max(runs)].cpu
        cells = [name, f"{ours:.0f}"]
        for server in found.others.values():
            run = None if isinstance(server, str) else server.get(name)
            cells.append(f"{run.cpu:,.0f} ({run.cpu / ours:.0f} times)" if run else "-")
        rows.append(cells)
    text = "## Beside other servers\n\nCPU µs a request, in the same run. The others "
    text += "run as they come, without options for checks that they may have.\n\n"
    text += table(["operation", "lodekey", *found.others], rows)
    for name, said in found.others.items():
        if isinstance(said, str):
            text += f"\n\n{name} was not measured: {said}."
    return text


def _steps(found: Found) -> str:
    names = list(found.steps)
    steps = list(next(iter(found.steps.values())))
    rows = [[step, *(f"{found.steps[name][step]:.1f}" for name in names)] for step in steps]
    return (
        "## Steps\n\nCPU µs in one process, each step repeated by itself, so that it is warm; the "
        "last row is the whole without HTTP, step after step as it happens, which is colder.\n\n"
        + table(["step", *names], rows)
    )


def _growth(found: Found) -> str:
    text = "## Growth\n\nCPU µs of GetParameter (SecureString) without HTTP.\n\n"
    for what, costs in (("parameters", found.parameters), ("policies", found.policies)):
        rows = [[f"{size:,}", f"{cost:.1f}"] for size, cost in costs.items()]
        text += table([f"{what} there", "CPU µs"], rows) + "\n\n"
    return text.rstrip()


def _standing(standing: Standing) -> str:
    grown = standing.after - standing.before
    rows: list[list[Any]] = [
        ["first answer on a new directory", f"{standing.first_answer * 1000:.0f} ms"],
        ["first answer on one that is there", f"{standing.again * 1000:.0f} ms"],
        ["CPU until the first answer", f"{standing.starting * 1000:.0f} ms"],
        ["resident, idle", f"{standing.idle:.1f} MiB"],
        ["resident, grown by 2,000 reads with boto3", f"{grown:+.1f} MiB"],
        ["boto3's GetParameter, p50", f"{standing.ours:.2f} ms"],
        ["the same against the echo", f"{standing.bare:.2f} ms"],
    ]
    return "## Standing\n\n" + table(("", "found"), rows)


def _plot(found: Found) -> str:
    """Bars: CPU a request of every operation, the echo's share of it marked."""
    most = max(found.echo)
    echo = found.echo[most].cpu
    bars = [(name, runs[most].cpu) for name, runs in found.runs.items()]
    scale = 420 / max(cost for _, cost in bars)
    height = 26 * len(bars) + 34
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="760" height="{height}" fill="#fff"/>',
        '<text x="10" y="18">CPU µs a request at '
        f"{most} connections; dark: the bare echo's share</text>",
    ]
    for number, (name, cost) in enumerate(bars):
        y = 30 + 26 * number
        lines += [
            f'<text x="230" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="240" y="{y}" width="{cost * scale:.1f}" height="20" fill="#8ab6d6"/>',
            f'<rect x="240" y="{y}" width="{min(echo, cost) * scale:.1f}" height="20" '
            'fill="#30658e"/>',
            f'<text x="{246 + cost * scale:.1f}" y="{y + 15}">{cost:.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
