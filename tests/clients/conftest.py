"""Other people's clients, in environments of their own, against a server of flesh and socket."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from running import ROOT, Running

PROGRAMS = Path(__file__).parent / "programs"


def environment(name: str) -> Path:
    """The Python of an environment with ``requirements/NAME.txt``, made at first need."""
    requirements = ROOT / "requirements" / f"{name}.txt"
    stamp = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = ROOT / ".cache" / "clients"
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / f"{name}-{stamp}"
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            shutil.rmtree(home, ignore_errors=True)
            _install(home, requirements)
            (home / "installed").touch()
    return home / "bin" / "python"


def npm_environment(name: str) -> Path:
    """The ``node_modules`` that ``npm/NAME/package-lock.json`` pins, installed at first need."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = usual / "lodekey" / "clients"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([ROOT / "tools" / "install_clients.sh", name], check=True)
    if not (cache / name / ".installed").exists():
        pytest.skip(f"{name} cannot be installed here")
    return cache / name / "node_modules"


def _install(home: Path, requirements: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("uv is not here to install other people's clients")
    made = subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=False)
    put = [uv, "pip", "install", "--quiet", "--python", home / "bin" / "python", "-r", requirements]
    done = subprocess.run(put, check=False, capture_output=True, text=True)
    if made.returncode or done.returncode:
        pytest.skip(f"{requirements.name} cannot be installed here: {done.stderr[-500:]}")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all of them."""
    server = Running(tmp_path_factory.mktemp("clients") / "data")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def program(running: Running) -> Callable[..., Any]:
    """Run a program of `programs` in an environment; what it prints, read as JSON."""

    def run(name: str, *, needs: str = "clients", **words: str) -> Any:
        key, secret = running.credentials()
        told = {
            "PATH": os.environ["PATH"],
            "HOME": str(running.data.parent),
            "AWS_ENDPOINT_URL": running.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_EC2_METADATA_DISABLED": "true",
            **words,
        }
        done = subprocess.run(
            [environment(needs), PROGRAMS / f"{name}.py"],
            env=told,
            check=False,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
