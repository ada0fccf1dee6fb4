"""Many writers at once: no version number is lost, none is given twice."""

import concurrent.futures
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from running import Running
from world import World

WRITER = """
import sys, boto3, botocore.config
endpoint, key, secret, name, count = sys.argv[1:]
ssm = boto3.client("ssm", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key,
    aws_secret_access_key=secret, config=botocore.config.Config(retries={"total_max_attempts": 1}))
for n in range(int(count)):
    made = ssm.put_parameter(Name=name, Value=f"{n}", Type="String", Overwrite=True)
    print(made["Version"])
"""


def test_threads(world: World) -> None:
    def write(number: int) -> int:
        made: Any = world.client("ssm").put_parameter(
            Name="/p", Value=str(number), Type="String", Overwrite=True
        )
        return int(made["Version"])

    world.client("ssm")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        versions = sorted(pool.map(write, range(80)))
    assert versions == list(range(1, 81))


@pytest.mark.slow
def test_processes(tmp_path: Path) -> None:
    server = Running(tmp_path / "data")
    try:
        key, secret = server.credentials()
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, server.endpoint, key, secret, "/p", "12"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(8)
        ]
        given = [int(line) for one in writers for line in one.communicate()[0].split()]
        assert sorted(given) == list(range(1, 97))
        history = server.client("ssm").get_paginator("get_parameter_history").paginate(Name="/p")
        kept = [one["Version"] for page in history for one in page["Parameters"]]
        assert kept == list(range(1, 97))
    finally:
        server.stop()
