"""Ansible's amazon.aws and community.aws modules, unmodified: make, find unchanged, take away."""

from __future__ import annotations

import io
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from clients.conftest import environment
from running import Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]
PLAYS = Path(__file__).parent / "ansible"


def test_a_play_makes_keeps_and_takes_away(tmp_path: Path) -> None:
    python = environment("clients-ansible")
    server = Running(tmp_path / "data")
    try:
        _play(server, python, tmp_path)
    finally:
        server.stop()


def package(path: Path) -> Path:
    """A function's package."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return 'hello'\n")
    path.write_bytes(body.getvalue())
    return path


def _play(server: Running, python: Path, tmp_path: Path) -> None:
    key, secret = server.credentials()
    told = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
    }
    zipped = package(tmp_path / "function.zip")

    def changed(play: str) -> int:
        words = ["-c", "local", "-e", f"package={zipped}", "-e"]
        done = subprocess.run(
            [python.parent / "ansible-playbook", *words, f"ansible_python_interpreter={python}"]
            + [PLAYS / play],
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
            check=False,
        )
        assert 0 == done.returncode, done.stdout[-5000:]
        found = re.search(r"changed=(\d+)", done.stdout)
        assert found is not None
        return int(found[1])

    assert 9 == changed("play.yml")
    parameter = server.client("ssm").get_parameter(Name="/ansible/play", WithDecryption=True)
    assert "quiet" == parameter["Parameter"]["Value"]
    assert 0 == changed("play.yml")
    assert 8 == changed("undo.yml")
    assert [] == server.client("s3").list_buckets()["Buckets"]
    assert [] == server.client("lambda").list_functions()["Functions"]
