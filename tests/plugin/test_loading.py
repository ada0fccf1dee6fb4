"""pytest finds the plugin by itself, and a run that does not use it pays next to nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def declared() -> dict[str, str]:
    """The plugins for pytest that the distribution declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return dict(project["entry-points"]["pytest11"])


@pytest.fixture
def installed(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project in whose environment a distribution with our entry points is installed."""
    site = project.path / "site"
    facts = site / "lodekey_for_tests-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: lodekey-for-tests\nVersion: 1\n")
    lines = "".join(f"{name} = {where}\n" for name, where in declared().items())
    (facts / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    monkeypatch.setenv("PYTHONPATH", f"{site}:{ROOT / 'src'}")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    return project


def test_the_entry_point() -> None:
    assert {"lodekey": "lodekey.pytest_plugin"} == declared()
    for name, where in declared().items():
        assert EntryPoint(name, where, "pytest11").load().__name__ == where


WITHOUT_US = """
import sys

def test_nothing_came_with_the_plugin():
    ours = {name for name in sys.modules if name.partition(".")[0] == "lodekey"}
    assert {"lodekey", "lodekey.pytest_plugin"} == ours
    assert not {"boto3", "botocore", "click"} & set(sys.modules)
"""


@pytest.mark.slow
def test_a_run_without_us_imports_one_module(installed: pytest.Pytester) -> None:
    installed.makepyfile(WITHOUT_US)

    installed.runpytest_subprocess("-q", "-p", "no:randomly", "-Werror").assert_outcomes(passed=1)


@pytest.mark.slow
def test_the_plugin_may_be_named_as_well(installed: pytest.Pytester) -> None:
    installed.makepyfile(
        "def test_it(pytestconfig): assert pytestconfig.pluginmanager.hasplugin('lodekey')"
    )

    installed.runpytest_subprocess("-q", "-Werror", "-p", "lodekey").assert_outcomes(passed=1)


@pytest.mark.slow
def test_the_plugin_can_be_left_out(installed: pytest.Pytester) -> None:
    installed.makepyfile(
        "import sys\ndef test_it(): assert not [m for m in sys.modules if m.startswith('lodekey')]"
    )

    result = installed.runpytest_subprocess("-q", "-p", "no:lodekey")

    result.assert_outcomes(passed=1)


def test_the_guard_imports_little() -> None:
    """It stands between the tests and the server's start."""
    code = "import sys; import guard; print(*sys.modules)"
    words = [sys.executable, "-S", "-c", code]
    where = {"PYTHONPATH": str(ROOT / "src" / "lodekey" / "testing")}

    loaded = subprocess.run(words, env=where, capture_output=True, text=True, check=True)

    assert not {"subprocess", "shutil", "pathlib", "typing"} & set(loaded.stdout.split())
