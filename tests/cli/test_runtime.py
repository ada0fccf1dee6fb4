"""``lodekey runtime show`` says what functions really run on."""

from __future__ import annotations

import platform
import sys

import pytest
from click.testing import CliRunner

from lodekey.cli.runtime import command


@pytest.mark.slow
def test_it_names_versions_and_layers():
    done = CliRunner().invoke(command, ["show"])
    assert 0 == done.exit_code, done.output
    python, node, _, sandbox = done.output.splitlines()
    assert f"({platform.python_version()}) runs python3.8 to python3.15, whichever" in python
    assert "runs nodejs16.x to nodejs26.x" in node
    assert "a network of its own" in sandbox


@pytest.mark.slow
def test_it_fails_where_functions_are_not_run(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(command, ["show"])
    assert 1 == done.exit_code
    assert "sandbox Functions are not run here: bubblewrap (`bwrap`) is not" in done.output
    assert sys.version.split()[0] in done.output
