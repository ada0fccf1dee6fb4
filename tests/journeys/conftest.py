"""A real server process for the journeys, and the AWS CLI beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from running import Running

Aws = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for the tests of a module."""
    made = Running(tmp_path_factory.mktemp("journey") / "data", "--unsafe-functions")
    yield made
    made.stop()


def aws_command() -> str:
    """The AWS CLI that the development requirements bring."""
    beside = Path(sys.executable).parent / "aws"
    found = str(beside) if beside.exists() else shutil.which("aws")
    assert found, "the AWS CLI is missing: `make test` installs it"
    return found


@pytest.fixture(scope="module")
def aws(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    """Run the AWS CLI against the server: ``aws("kms", "list-keys", key=(id, secret))``."""
    home = tmp_path_factory.mktemp("home")

    def call(
        *words: str, key: tuple[str, ...] = (), check: bool = True, stdin: bytes | None = None
    ) -> subprocess.CompletedProcess[str]:
        access_key, secret, *token = key or running.credentials()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ENDPOINT_URL": running.endpoint,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
        if token:
            environment["AWS_SESSION_TOKEN"] = token[0]
        done = subprocess.run(
            [aws_command(), *words],
            env=environment,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )
        result = subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )
        if check:
            assert result.returncode == 0, f"{' '.join(words)}: {result.stderr}"
        return result

    return call
