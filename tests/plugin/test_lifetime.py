"""A server of a run's own: when it starts, and that it ends with the run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lodekey.testing import shared

pytestmark = pytest.mark.slow

# Each inner test leaves word of its server.
CONFTEST = """
import json, os, pathlib, uuid
import pytest

@pytest.fixture
def told(lodekey_server, lodekey_account, tmp_path_factory):
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    facts = json.loads((place / "lodekey" / "data" / "server.json").read_text())
    assert facts["endpoint"] == lodekey_server.endpoint
    facts.update(place=str(place), worker=os.environ.get("PYTEST_XDIST_WORKER"))
    pathlib.Path(f"told-{uuid.uuid4()}.json").write_text(json.dumps(facts))
"""


def told(project: pytest.Pytester) -> list[dict[str, object]]:
    """What the inner tests left."""
    return [json.loads(path.read_text()) for path in project.path.glob("told-*.json")]


def ended(pid: object, patience: float) -> bool:
    """Whether a process is gone, or is within *patience* seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            os.kill(int(str(pid)), 0)
        except ProcessLookupError:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)


def test_the_server_ends_with_the_session(
    project: pytest.Pytester, run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODEKEY_DATABASE", "postgresql://nowhere.invalid/")
    monkeypatch.setenv("LODEKEY_ACCOUNT_ID", "not a number")
    project.makeconftest(CONFTEST)
    # A module of the project that has the name of one that the server needs. pytester itself puts
    # the project on the path of every process that is started.
    project.makepyfile(msgspec="raise RuntimeError('not this one')")
    project.makepyfile(test_path="import os\nos.environ['PYTHONPATH'] = os.environ['OURS']")
    monkeypatch.setenv("OURS", os.environ["PYTHONPATH"])
    project.makepyfile(test_it="def test_one(told): pass\ndef test_two(told): pass")
    project.makeini("[pytest]\nlodekey_up_options = --account 444455556666")

    run("-q").assert_outcomes(passed=2)

    one, two = told(project)
    assert one == two
    assert "444455556666" == one["account"]
    assert ended(one["pid"], 0)
    left = Path(str(one["place"])) / "lodekey"
    assert {"server.log", "start.lock", "use.lock"} == {path.name for path in left.iterdir()}
    assert "" == (left / "server.log").read_text()


def test_the_server_ends_when_the_tests_are_killed(
    project: pytest.Pytester, run: Callable[..., pytest.RunResult]
) -> None:
    project.makeconftest(CONFTEST)
    project.makepyfile("import os\ndef test_it(told): os.kill(os.getpid(), 9)")

    assert run("-q").ret == -9

    (one,) = told(project)
    assert ended(one["pid"], 20)


def test_workers_share_a_server(
    project: pytest.Pytester, run: Callable[..., pytest.RunResult]
) -> None:
    project.makeconftest(CONFTEST)
    project.makepyfile(
        "import pytest, time\n"
        "@pytest.mark.parametrize('number', range(6))\n"
        "def test_it(told, number): time.sleep(0.2)"
    )

    run("-q", "-p", "xdist", "-n", "2").assert_outcomes(passed=6)

    facts = told(project)
    assert {"gw0", "gw1"} == {each["worker"] for each in facts}
    (pid,) = {each["pid"] for each in facts}
    assert ended(pid, 20)


def test_a_server_that_does_not_start_says_why(
    project: pytest.Pytester, run: Callable[..., pytest.RunResult]
) -> None:
    project.makepyfile("def test_it(lodekey_boto3): pass")
    project.makeini("[pytest]\nlodekey_up_options = --no-such-option")

    result = run("-q")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the server did not start:*", "*--no-such-option*"])


def test_settings_of_another_server_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LODEKEY_DATABASE", "postgresql://production/")
    monkeypatch.setenv("LANG", "C")

    environment = shared._environment()

    assert "C" == environment["LANG"]
    assert [] == [name for name in environment if name.startswith("LODEKEY_")]
