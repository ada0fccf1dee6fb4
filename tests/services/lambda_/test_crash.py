"""A server killed while functions run, and started again."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from running import Running
from services.lambda_.packaging import LOGS, TRUST, archive
from world import document

pytestmark = pytest.mark.slow

SLOW = """
import os, time
def handler(event, context):
    if event:
        time.sleep(20)
    print("finished", event)
    return os.getpid()
"""


def processes_with(word: str) -> list[str]:
    """The processes whose command line holds *word*."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and word in (path / "cmdline").read_text():
                found.append(path.name)
        except OSError:
            continue
    return found


def wait_until(holds, patience=20.0):
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_accepted_event_survives_and_no_process_does(tmp_path):
    server = Running(tmp_path / "data")
    iam = server.client("iam")
    role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="fn", PolicyName="own", PolicyDocument=document([LOGS]))
    lambda_ = server.client("lambda")
    lambda_.create_function(
        FunctionName="slow",
        Runtime="python3.12",
        Handler=f"{tmp_path.name.replace('-', '_')}.handler",
        Role=role,
        Code={"ZipFile": archive({f"{tmp_path.name.replace('-', '_')}.py": SLOW})},
        Timeout=30,
    )
    mine = f"{tmp_path.name.replace('-', '_')}.handler"
    answer = lambda_.invoke(FunctionName="slow", InvocationType="Event", Payload=b"[1]")
    wait_until(lambda: processes_with(mine))

    server.kill()

    wait_until(lambda: not processes_with(mine), 5)
    server.start()
    wait_until(lambda: processes_with(mine))
    logs = server.client("logs")
    id_ = answer["ResponseMetadata"]["RequestId"]

    def begun():
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/slow")["logGroups"]
        if not groups:
            return False
        events = logs.filter_log_events(logGroupName="/aws/lambda/slow")["events"]
        return any(id_ in event["message"] for event in events)

    wait_until(begun)
    assert 0 == server.stop()
    wait_until(lambda: not processes_with(mine), 5)


def test_functions_run_by_the_hundred(tmp_path):
    """The server stays the same size, and one worker does the work."""
    server = Running(tmp_path / "data")
    try:
        iam = server.client("iam")
        role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))
        lambda_ = server.client("lambda")
        lambda_.create_function(
            FunctionName="many",
            Runtime="python3.12",
            Handler="h.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": archive({"h.py": SLOW})},
        )
        pids = set()
        for _ in range(50):
            pids.add(json.loads(lambda_.invoke(FunctionName="many")["Payload"].read()))
        before = resident(server)
        for _ in range(200):
            pids.add(json.loads(lambda_.invoke(FunctionName="many")["Payload"].read()))
        assert 1 == len(pids)
        assert resident(server) - before < 8 * 1024
    finally:
        server.stop()


def resident(server: Running) -> int:
    """The server's memory, KiB."""
    assert server.process is not None
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError
