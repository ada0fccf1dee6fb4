"""Ways out of the sandbox, refused; each with a control: outside of it, it works."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lodekey.services.lambda_ import confinement, runtimes, sandbox, sandbox_probe, seccomp
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.runtime_api import Invocation
from lodekey.services.lambda_.workers import Start, Worker
from services.lambda_ import escapes
from world import World

pytestmark = pytest.mark.slow

CODE = Path(escapes.__file__)
MARKER = "marker-in-the-environment-of-the-server"


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Iterator[dict[str, Any]]:
    """What the attempts are after."""
    directory = tmp_path_factory.mktemp("server")
    secret = directory / "root.key"
    secret.write_text("precious")
    other = tmp_path_factory.mktemp("other-code")
    (other / "h.py").write_text("x = 1\n")
    name = f"lodekey-test-{os.getpid()}"
    with (
        socket.create_server(("0.0.0.0", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as filed,
        tempfile.TemporaryDirectory() as short,
    ):
        abstract.bind("\0" + name)
        abstract.listen()
        filed.bind(f"{short}/s")
        filed.listen()
        server = subprocess.Popen(["sleep", "600"], env={"MARKER": MARKER, **os.environ})
        yield {
            "secret_file": str(secret),
            "other_code": str(other),
            "server": server.pid,
            "marker": MARKER,
            "port": tcp.getsockname()[1],
            "abstract": name,
            "unix": f"{short}/s",
            "memory": 3 << 30,
        }
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def outside(facts) -> dict[str, Any]:
    """What the attempts get in a plain process: the control."""
    with Path(facts["secret_file"]).open() as leaked:
        os.set_inheritable(leaked.fileno(), True)
        done = subprocess.run(
            [sys.executable, str(CODE), json.dumps(facts)],
            capture_output=True,
            text=True,
            check=True,
            close_fds=False,
        )
    results: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return results


@pytest.fixture(scope="module", params=["as root", "without root"])
def inside(request, facts, tmp_path_factory) -> dict[str, Any]:
    """What the attempts get in the sandbox."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.fail("bubblewrap is not installed: tools/install_functions.sh")
    if request.param == "as root" and os.geteuid() != 0:
        pytest.skip("the suite does not run as root")
    scratch = tmp_path_factory.mktemp("scratch")
    scratch.chmod(0o755)
    first = sandbox.first_user(str(scratch))
    made = sandbox.Sandbox(
        bwrap,
        runtimes.interpreter(),
        sandbox.write_hosts(scratch / "etc", first),
        first,
        root=request.param == "as root",
    )
    with Path(facts["secret_file"]).open() as leaked:
        os.set_inheritable(leaked.fileno(), True)
        results: dict[str, Any] = asyncio.run(run_inside(made, scratch, facts))
    results["root outside"] = request.param != "as root" and os.geteuid() == 0
    return results


async def run_inside(made: sandbox.Sandbox, scratch: Path, facts: dict[str, Any]) -> Any:
    task = scratch / "task"
    task.mkdir(mode=0o755)
    shutil.copy(CODE, task / "escapes.py")
    runtime = runtimes.runtime_for("python3.12", "escapes.handler", 256, made, scratch)
    room = sandbox.Room(
        task=task,
        layers=None,
        mounts=runtime.mounts,
        temporary=16 * sandbox.MIB,
        data=256 * sandbox.MIB + runtime.headroom,
    )
    start = Start(
        command=runtime.command,
        environment={**runtime.environment, "LAMBDA_TASK_ROOT": "/var/task"},
        room=room,
        endpoint=("127.0.0.1", 9),
        endpoint_url="http://127.0.0.1:9",
        memory=1024 * sandbox.MIB,
        filter=seccomp.own_filter() or b"",
    )
    lines: list[str] = []
    worker = Worker(start, made, lines.append, lambda _, connection: connection.answer(404))
    await worker.start()
    try:
        refusal = await worker.begin("id", 30)
        assert refusal is None, lines
        asked = Invocation("id", json.dumps(facts).encode(), time.time() + 60, "arn")
        outcome = await worker.invoke(asked, 60)
    finally:
        await worker.stop()
    assert "success" == outcome.status, (outcome, lines)
    return json.loads(outcome.answer.body)


def test_there_are_more_than_thirty():
    assert len(escapes.ATTEMPTS) > 30


@pytest.mark.parametrize("name", escapes.ATTEMPTS)
def test_no_way_out(name, inside, outside):
    control = outside[name]
    if not control["escaped"]:
        pytest.skip(f"no control on this machine: {control['said']}")
    if name == "start_a_thousand_tasks" and inside["root outside"]:
        pytest.skip("the kernel sets no limit of tasks for root, whatever it is called inside")
    assert not inside[name]["escaped"], inside[name]["said"]


def test_controls_are_there(outside):
    """On a machine as the suite's own, nearly every attempt works outside of the sandbox."""
    failed = {name: got["said"] for name, got in outside.items() if not got["escaped"]}
    if os.geteuid() == 0:
        assert len(failed) <= 4, failed


def test_the_probe_sees_every_layer(tmp_path):
    tmp_path.chmod(0o755)
    state = asyncio.run(confinement.find("sandbox", tmp_path))
    assert dict.fromkeys(confinement.NEEDED, True) == dict(state.layers)


@pytest.mark.parametrize(
    ("words", "layer"),
    [
        ("--unshare-net", "network"),
        ("--unshare-pid", "processes"),
        ("/sys", "files"),
        ("--seccomp", "filter"),
    ],
)
def test_a_missing_layer_is_noticed(monkeypatch, tmp_path, words, layer):
    """The control of the probe: a sandbox that lacks a layer is not taken for whole."""
    tmp_path.chmod(0o755)
    whole = sandbox.Sandbox.command

    def lacking(self, room, control, filter_fd):
        command = whole(self, room, control, filter_fd)
        if words == "/sys":
            at = command.index("--remount-ro")
            return [*command[:at], "--ro-bind", "/sys", "/sys", *command[at:]]
        at = command.index(words)
        del command[at : at + (2 if words == "--seccomp" else 1)]
        return command

    monkeypatch.setattr(sandbox.Sandbox, "command", lacking)
    state = asyncio.run(confinement.find("sandbox", tmp_path))
    assert state.confinement is None
    assert confinement.NEEDED[layer] in state.reason
    assert "--unsafe-functions" in state.reason


@pytest.mark.parametrize(("takes_it", "holds"), [(True, True), (False, False)])
def test_process_one_may_come_under_the_filter_late(monkeypatch, takes_it, holds):
    """bubblewrap starts the probe first, and filters its own process 1 meanwhile."""
    looks = []

    def status(process="self"):
        looks.append(process)
        late = process == "1" and (not takes_it or looks.count("1") < 3)
        return {"Seccomp": "0" if late else "2"}

    monkeypatch.setattr(sandbox_probe, "status", status)
    monkeypatch.setattr(sandbox_probe, "refused", lambda attempt: True)
    monkeypatch.setattr(sandbox_probe, "PATIENCE", 0.2)
    assert holds is sandbox_probe.filtered()


def test_a_machine_that_is_too_busy_is_tried_again(monkeypatch, tmp_path):
    """Nothing is known of its layers: functions are not run, and the next call looks anew."""
    tmp_path.chmod(0o755)
    world = World(tmp_path / "data")
    try:
        functions = Functions.of(world.gate.background)
        monkeypatch.setattr(confinement, "PATIENCE", 0.0)
        state = world.run(functions.start())
        assert (None, "This machine is too busy to try the sandbox.") == (
            state.confinement,
            state.reason,
        )
        monkeypatch.setattr(confinement, "PATIENCE", 20.0)
        assert world.run(functions.start()).confinement is not None
    finally:
        world.close()


def test_no_bubblewrap_no_functions(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    state = asyncio.run(confinement.find("sandbox", tmp_path))
    assert state.confinement is None
    assert "bubblewrap" in state.reason
