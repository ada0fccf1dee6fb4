"""The SAM CLI, unmodified: build, deploy, invoke, deploy a change, delete."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from clients.conftest import environment
from running import Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]
PROJECT = Path(__file__).parent / "sam"


def test_a_project_lives_and_goes(tmp_path: Path) -> None:
    python = environment("clients-sam")
    server = Running(tmp_path / "data")
    try:
        _live(server, python, tmp_path)
    finally:
        server.stop()


def _live(server: Running, python: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    key, secret = server.credentials()
    told = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }

    def sam(*words: str) -> str:
        done = subprocess.run(
            [python.parent / "sam", *words],
            cwd=project,
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert 0 == done.returncode, done.stdout[-5000:]
        return done.stdout

    sam("build")
    deploy = ["deploy", "--stack-name=sam", "--resolve-s3", "--capabilities=CAPABILITY_IAM"]
    sam(*deploy, "--no-confirm-changeset")
    invoked = sam("remote", "invoke", "sam-reader", "--event", '{"say": "hello"}')
    assert '{"said": "hello"}' in invoked
    ssm = server.client("ssm")
    assert "first" == ssm.get_parameter(Name="/sam/word")["Parameter"]["Value"]
    sam(*deploy, "--no-confirm-changeset", "--parameter-overrides", "Word=second")
    assert "second" == ssm.get_parameter(Name="/sam/word")["Parameter"]["Value"]
    sam("delete", "--stack-name=sam", "--no-prompts", "--region=us-east-1")
    assert [] == server.client("lambda").list_functions()["Functions"]
