"""`aws s3` as people use it, against a running server."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from canary import SENTINEL
from running import Running

pytestmark = pytest.mark.slow


@pytest.fixture
def aws(running: Running, tmp_path: Path):
    """Runs the AWS CLI in an empty directory."""
    key, secret = running.credentials()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": running.endpoint,
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    return run


def test_a_day_with_a_bucket(aws, running: Running, tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "deep").mkdir(parents=True)
    (here / "one.txt").write_text(SENTINEL)
    (here / "deep" / "two words.txt").write_text("two")
    big = os.urandom(9 * 1024 * 1024)
    (here / "big.bin").write_bytes(big)
    aws("s3", "mb", "s3://cli-bucket")
    aws("s3", "sync", "here", "s3://cli-bucket/there")
    listed = aws("s3", "ls", "s3://cli-bucket", "--recursive")
    assert ["there/big.bin", "there/deep/two words.txt", "there/one.txt"] == [
        line.split(None, 3)[3] for line in listed.splitlines()
    ]
    assert "PRE deep/" in aws("s3", "ls", "s3://cli-bucket/there/")
    aws("s3", "cp", "s3://cli-bucket/there", "back", "--recursive")
    assert big == (tmp_path / "back" / "big.bin").read_bytes()
    assert SENTINEL == (tmp_path / "back" / "one.txt").read_text()
    aws("s3", "mv", "s3://cli-bucket/there/one.txt", "s3://cli-bucket/moved.txt")
    url = aws("s3", "presign", "s3://cli-bucket/moved.txt").strip()
    with urllib.request.urlopen(url) as answer:
        assert SENTINEL == answer.read().decode()
    for path in (running.data / "objects").glob("??/*"):
        assert SENTINEL.encode() not in path.read_bytes()
    aws("s3", "rb", "s3://cli-bucket", "--force")
    assert "" == aws("s3", "ls")
    assert [] == list((running.data / "objects").glob("??/*"))


def test_syncing_and_removing(aws, running: Running, tmp_path: Path) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket="cli-sync")

    def keys() -> list[str]:
        found = s3.list_objects_v2(Bucket="cli-sync").get("Contents", [])
        return [each["Key"] for each in found]

    here = tmp_path / "here"
    here.mkdir()
    for name in ("a.txt", "b.txt", "c.log"):
        (here / name).write_text(name)
        os.utime(here / name, (1.7e9, 1.7e9))  # sync compares with whole seconds of the server's
    aws("s3", "sync", "here", "s3://cli-sync", "--only-show-errors")
    assert ["a.txt", "b.txt", "c.log"] == keys()
    (here / "a.txt").unlink()
    (here / "b.txt").write_text("longer than before")
    told = aws("s3", "sync", "here", "s3://cli-sync", "--delete", "--no-progress")
    assert ["delete: s3://cli-sync/a.txt", "upload: here/b.txt to s3://cli-sync/b.txt"] == sorted(
        told.splitlines()
    )
    assert "longer than before" == aws("s3", "cp", "s3://cli-sync/b.txt", "-")
    aws("s3", "rm", "s3://cli-sync", "--recursive", "--exclude", "*.txt")
    assert ["b.txt"] == keys()
