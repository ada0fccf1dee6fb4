"""Functions without a sandbox, only where that was asked for; and none where they are off."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from lodekey.services.lambda_.execution import Functions, scratch_directory
from running import Running
from services.lambda_.packaging import LOGS, TRUST, archive
from world import World, document

pytestmark = pytest.mark.slow

LOOKS = """
import os
import stat
import tempfile
def handler(event, context):
    return [os.getuid(), os.environ["LAMBDA_TASK_ROOT"], os.environ["AWS_ENDPOINT_URL"]]
"""
NODE = "exports.handler = async () => [process.getuid(), __dirname];\n"


def make(world, runtime="python3.12", handler="h.handler"):
    client = world.client("lambda")
    client.create_function(
        FunctionName="f",
        Runtime=runtime,
        Handler=handler,
        Role=world.role("fn", TRUST, [LOGS]),
        Code={"ZipFile": archive({"h.py": LOOKS, "index.js": NODE})},
    )
    return client


@pytest.mark.parametrize(
    ("runtime", "handler"), [("python3.12", "h.handler"), ("nodejs20.x", "index.handler")]
)
def test_unsafe_functions_run_as_the_server(tmp_path, runtime, handler):
    world = World(tmp_path / "data", functions="unsafe")
    try:
        client = make(world, runtime, handler)
        user, place, *_ = json.loads(client.invoke(FunctionName="f")["Payload"].read())
        assert os.getuid() == user
        assert place.startswith("/tmp/lodekey-")
        assert Path(place).is_dir()
    finally:
        world.close()
    assert not Path(place).is_dir()


def test_confined_functions_do_not(tmp_path):
    world = World(tmp_path / "data")
    try:
        client = make(world)
        user, place, endpoint = json.loads(client.invoke(FunctionName="f")["Payload"].read())
        assert os.getuid() != user
        assert ("/var/task", "http://127.0.0.1:4566") == (place, endpoint)
    finally:
        world.close()


def test_functions_can_be_off(tmp_path):
    world = World(tmp_path / "data", functions="off")
    try:
        client = make(world)
        with pytest.raises(ClientError) as error:
            client.invoke(FunctionName="f")
        assert ("ServiceException", "functions are switched off on this server") == (
            error.value.response["Error"]["Code"],
            error.value.response["Error"]["Message"],
        )
        assert 500 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]
    finally:
        world.close()


def test_nothing_of_a_function_is_left_when_the_server_stops(tmp_path):
    world = World(tmp_path / "data")
    client = make(world)
    client.invoke(FunctionName="f")
    functions = Functions.of(world.gate.background)
    scratch = functions._scratch
    environment = next(iter(functions._pool._all.values()))
    process = environment._worker._process.pid
    assert Path(f"/proc/{process}").is_dir()
    world.close()
    assert not Path(f"/proc/{process}").is_dir()
    assert not scratch.exists()


@pytest.mark.parametrize(
    ("endpoint", "seen"),
    [
        ("http://lodekey.example:4566", "http://lodekey.example:4566"),
        ("https://lodekey.example", "https://lodekey.example:10443"),
        ("http://192.0.2.7:4566", "http://127.0.0.1:4566"),
        ("http://[::1]:4566", "http://127.0.0.1:4566"),
    ],
)
def test_the_endpoint_as_a_function_sees_it(tmp_path, endpoint, seen):
    world = World(tmp_path / "data", endpoint=endpoint)
    text = """
import os, socket
def handler(event, context):
    host = os.environ["AWS_ENDPOINT_URL"].split("/")[2].rpartition(":")[0]
    return [os.environ["AWS_ENDPOINT_URL"], socket.gethostbyname(host)]
"""
    try:
        client = world.client("lambda")
        client.create_function(
            FunctionName="f",
            Runtime="python3.12",
            Handler="h.handler",
            Role=world.role("fn", TRUST, [LOGS]),
            Code={"ZipFile": archive({"h.py": text})},
        )
        answer = client.invoke(FunctionName="f")
        assert [seen, "127.0.0.1"] == json.loads(answer["Payload"].read())
    finally:
        world.close()


def test_the_last_lines_are_in_the_log_when_the_server_has_stopped(tmp_path):
    world = World(tmp_path / "data")
    client = make(world)
    client.invoke(FunctionName="f")
    world.close()
    again = World(tmp_path / "data", root=world.root)
    try:
        events = again.client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
        assert any(event["message"].startswith("REPORT") for event in events)
    finally:
        again.close()


def test_the_scratch_directory_is_ours_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours = scratch_directory(tmp_path / "data")
    assert 0o700 == stat.S_IMODE(ours.stat().st_mode)
    assert ours == scratch_directory(tmp_path / "data")
    ours.rmdir()
    (tmp_path / "theirs").mkdir()
    ours.symlink_to(tmp_path / "theirs")
    other = scratch_directory(tmp_path / "data")
    assert other not in {ours, tmp_path / "theirs"}
    assert 0o700 == stat.S_IMODE(other.stat().st_mode)


@pytest.fixture
def programs(tmp_path):
    """A PATH with everything that a server needs, and no bubblewrap."""
    directory = tmp_path / "bin"
    directory.mkdir()
    node = shutil.which("node")
    if node is not None:
        (directory / "node").symlink_to(node)
    return str(directory)


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_server_without_a_sandbox_says_so_and_refuses(tmp_path, programs, unsafe):
    """The control: the same server runs functions where it is told that it need not confine."""
    words = ["--unsafe-functions"] if unsafe else []
    server = Running(tmp_path / "data", *words, environment={"PATH": programs})
    try:
        iam, lambda_ = server.client("iam"), server.client("lambda")
        role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))
        text = "def handler(event, context):\n    return len(event)\n"
        lambda_.create_function(
            FunctionName="f",
            Runtime="python3.12",
            Handler="h.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": archive({"h.py": text})},
        )
        said = "Functions are not run here: bubblewrap (`bwrap`) is not installed."
        if unsafe:
            payload = json.dumps("x" * 6_291_454).encode()
            answer = lambda_.invoke(FunctionName="f", Payload=payload)
            assert b"6291454" == answer["Payload"].read()
            assert "functions run UNCONFINED" in server.log.read_text()
            return
        with pytest.raises(ClientError) as error:
            lambda_.invoke(FunctionName="f")
        assert "ServiceException" == error.value.response["Error"]["Code"]
        assert error.value.response["Error"]["Message"].startswith(said)
        assert said in server.log.read_text()
    finally:
        server.stop()
