"""docs/tutorial.md works as typed: every bash block, in order, in one shell."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from running import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```bash(?: (refused|server))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script(port: int) -> str:
    """The tutorial as one script; what is refused must be, and the server is stopped in the end."""
    parts = ["set -euo pipefail", "trap 'kill $(jobs -p)' EXIT"]
    for kind, block in BLOCK.findall(TUTORIAL.read_text()):
        if kind == "refused":
            command = block.strip()
            parts.append(f"if {command}\nthen echo 'was not refused' >&2; exit 99; fi")
        elif kind == "server":  # all but a port of its own, and a container that may forbid boxes
            started = f"lodekey up --port {port} --unsafe-functions > up.log 2>&1 &"
            parts.append(block.replace("lodekey up &", started))
            assert started in parts[-1]
        else:
            parts.append(block)
    return "\n".join(parts)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_the_tutorial_works_as_typed(port: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    word = bin_ / "lodekey"
    word.write_text(f'#!/bin/sh\nexec {sys.executable} -m lodekey "$@"\n')
    word.chmod(0o755)
    environment = {
        "PATH": f"{bin_}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(home),
    }
    done = subprocess.run(
        ["bash", "-c", script(port)],
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
    assert done.stdout.endswith("another precious value")


def test_the_handler_on_the_page_is_the_walk_throughs() -> None:
    on_page = re.search(r"<<'PY'\n(.*?)^PY$", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
    assert on_page is not None
    assert (ROOT / "examples/walk_through/handler.py").read_text() == on_page[1]


def test_the_handlers_are_the_walk_throughs() -> None:
    seed = ROOT.parent / "shared" / "seed" / "minimal"
    if not seed.exists():
        pytest.skip("the walk-through is not beside this clone")
    for name in ("handler.py", "index.js"):
        assert (seed / name).read_bytes() == (ROOT / "examples/walk_through" / name).read_bytes()
