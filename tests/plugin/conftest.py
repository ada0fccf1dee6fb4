"""Runs of pytest inside ours, as those of a project that has lodekey installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lodekey.testing import Server, server, shared

SOURCE = str(Path(__file__).parents[2] / "src")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project, and the environment in which its tests find our modules."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "PYTEST_XDIST"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", SOURCE)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester


Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(project: pytest.Pytester) -> Run:
    """Run pytest in a process of its own with our plugin."""

    def run(*words: str) -> pytest.RunResult:
        options = ("-p", "lodekey.pytest_plugin", "-p", "no:cacheprovider", "-Werror")
        return project.runpytest_subprocess(*options, *words, timeout=120)

    return run


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that runs already."""
    place = tmp_path_factory.mktemp("running")
    with shared.running(place, (), alone=True) as facts, server.started(facts, "us-east-1") as made:
        yield made


@pytest.fixture
def run_there(
    running: Server, run: Run, project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run pytest against `running`."""
    key = running.credentials
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_key)
    return lambda *words: run("--lodekey-endpoint", running.endpoint, *words)
