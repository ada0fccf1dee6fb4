"""docs/tutorial.md works as typed: every bash block, in order, in one shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import ROOT, Running

TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```bash( refused)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "data", "--unsafe-functions")
    yield made
    made.stop()


def script() -> str:
    """The tutorial as one script; what is refused must be."""
    parts = ["set -euo pipefail"]
    for refused, block in BLOCK.findall(TUTORIAL.read_text()):
        if refused:
            command = block.strip()
            parts.append(f"if {command}\nthen echo 'was not refused' >&2; exit 99; fi")
        else:
            parts.append(block)
    return "\n".join(parts)


def test_the_tutorial_works_as_typed(server: Running, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("handler.py", "index.js"):
        (home / name).write_bytes((ROOT / "examples/walk_through" / name).read_bytes())
    key, secret = server.credentials()
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    word = bin_ / "lodekey"
    word.write_text(f'#!/bin/sh\nexec {sys.executable} -m lodekey "$@"\n')
    word.chmod(0o755)
    environment = {
        "PATH": f"{bin_}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(home),
        "LODEKEY_DATA": str(server.data),
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(
        ["bash", "-c", script()],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-3000:]
    assert 2 == done.stdout.count("my precious valuemy precious value") + done.stdout.count(
        '{"ssm": "my precious value", "sm": "my precious value"}'
    )
    assert "from secrets manager: my precious value" in done.stdout
    assert "NobodyElse" in done.stdout


def test_the_handlers_are_the_walk_throughs() -> None:
    seed = ROOT.parent / "shared" / "seed" / "minimal"
    if not seed.exists():
        pytest.skip("the walk-through is not beside this clone")
    for name in ("handler.py", "index.js"):
        assert (seed / name).read_bytes() == (ROOT / "examples/walk_through" / name).read_bytes()
