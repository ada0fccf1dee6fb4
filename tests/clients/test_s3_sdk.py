"""The AWS SDK for JavaScript against S3: both styles of address, and every checksum it makes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clients.conftest import PROGRAMS, npm_environment
from running import Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]
KINDS = {
    "usual": "ChecksumCRC32",
    "CRC32": "ChecksumCRC32",
    "CRC32C": "ChecksumCRC32C",
    "CRC64NVME": "ChecksumCRC64NVME",
    "SHA1": "ChecksumSHA1",
    "SHA256": "ChecksumSHA256",
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with buckets below a name of its own."""
    data = tmp_path_factory.mktemp("s3sdk") / "data"
    server = Running(data, "--quiet", "--s3-domain", "S3.example.test")
    try:
        yield server
    finally:
        server.stop()


def run(server: Running, home: Path, endpoint: str, bucket: str) -> Any:
    key, secret = server.credentials()
    done = subprocess.run(
        ["node", PROGRAMS / "s3_sdk.mjs"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "MODULES": str(npm_environment("osls")),
            "ENDPOINT": endpoint,
            "BUCKET": bucket,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("http://127.0.0.1", "127.0.0.1"),
        ("http://s3.example.test", "hosted.s3.example.test"),
    ],
)
def test_what_deployments_do(named: Running, tmp_path: Path, endpoint: str, host: str) -> None:
    seen = run(named, tmp_path, f"{endpoint}:{urlsplit(named.endpoint).port}", "hosted")
    assert host in seen.pop("hosts")
    assert {name: [[True, kind]] * 3 for name, kind in KINDS.items()} == seen.pop("checksums")
    assert {
        "required": True,
        "parts": True,
        "attributes": [13 * 1024 * 1024, 3],
        "copy": True,
        "range": 10,
        "tags": [{"Key": "a", "Value": "b c"}],
        "encrypted": "aws:kms",
        "opened": True,
        "block": True,
        "policy": "Deny",
        "after": "taken",
        "listed": [23, 2],
        "gone": True,
        "missing": ["NotFound", 404],
    } == seen
