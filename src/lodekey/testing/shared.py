"""One server for a whole test run, however many processes share the run.

The first process that needs the server starts it; the others find it in the directory they have in
common. `lodekey.testing.guard` ends it when the last of them has gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lodekey.testing import guard

PATIENCE = 60.0  # seconds for a start, on a machine that has much else to do


class StartError(Exception):
    """The server did not start, or is no more; the message ends in what it said."""


@contextlib.contextmanager
def running(place: Path, options: Sequence[str], *, alone: bool) -> Iterator[dict[str, str]]:
    """Use the run's server, starting it if nobody has.

    Args:
        place: The directory that the processes of the run have in common.
        options: For ``lodekey up``.
        alone: Nobody else uses the server: stay until it has ended.

    Yields:
        The server's ``endpoint``, ``account`` and ``region``, and its root's ``access_key_id`` and
        ``secret_access_key``.

    Raises:
        StartError: It did not start.
    """
    data, log, child = place / "data", place / "server.log", 0
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.ExitStack() as using:
        with _lock(place / "start.lock", fcntl.LOCK_EX):
            # Waits for a guard that is ending the server of users who have all gone.
            using.enter_context(_lock(place / "use.lock", fcntl.LOCK_SH))
            if not (data / "server.json").exists():
                child = _spawn(place / "use.lock", data, log, options)
                _await(data / "server.json", child, log)
            found = _facts(data, log)
        yield found
    if alone and child:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


@contextlib.contextmanager
def _lock(path: Path, kind: int) -> Iterator[None]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, kind)
        yield
    finally:
        os.close(file)


def _spawn(lock: Path, data: Path, log: Path, options: Sequence[str]) -> int:
    """Start the guard, which starts the server; returns the guard's process id."""
    python = sys.executable
    # -P: a `secrets.py` of the project under test must not stand in for the standard library's.
    server = [python, "-P", "-m", "lodekey", "up", *options]
    server += ["--data", str(data), "--port", "0", "--quiet"]
    words = [python, "-I", "-S", guard.__file__, str(lock), str(data), *server]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        python,
        words,
        _environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )


def _environment() -> dict[str, str]:
    """The child's environment: without what configures another server, with our own modules."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LODEKEY_")}
    root = str(Path(__file__).parents[2])
    if root not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH"))))
    return kept


def _await(facts: Path, child: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not facts.exists():
        if os.waitpid(child, os.WNOHANG) != (0, 0) or time.monotonic() > deadline:
            raise StartError(f"the server did not start:\n{_said(log)}")
        time.sleep(0.005)


def _facts(data: Path, log: Path) -> dict[str, str]:
    """What the server wrote about itself when it was ready."""
    facts = json.loads((data / "server.json").read_text())
    try:
        os.kill(facts["pid"], 0)
    except ProcessLookupError:
        raise StartError(f"the server has ended:\n{_said(log)}") from None
    lines = (data / "credentials").read_text().splitlines()
    values = {name: text for name, _, text in (line.partition(" = ") for line in lines)}
    return {
        "endpoint": facts["endpoint"],
        "account": facts["account"],
        "region": facts["region"],
        "access_key_id": values["aws_access_key_id"],
        "secret_access_key": values["aws_secret_access_key"],
    }


def _said(log: Path) -> str:
    """The end of the server's log."""
    try:
        return log.read_text(errors="replace")[-4000:]
    except FileNotFoundError:
        return "(it said nothing)"
