"""The library against a running server."""

import json
import os
import subprocess
import sys

import pytest

from cli.conftest import SENTINEL
from lodekey import Denied, NotFound, Values
from lodekey.client.connection import Connection


@pytest.fixture
def values(lodekey, monkeypatch):
    for name, value in lodekey.environ.items():
        monkeypatch.setenv(name, value)
    lodekey("seal", "ssm:/app/a", stdin=SENTINEL)
    lodekey("seal", "sm:db", stdin='{"user": "u", "n": 1}')
    return Values("ssm:/app/")


def test_reads_both_stores(values, lodekey):
    assert values["a"] == SENTINEL
    assert values["sm:db#user"] == "u"
    assert values.integer("sm:db#n") == 1
    lodekey("seal", "ssm:/app/a", stdin="two")
    assert values["a"] == SENTINEL
    assert values["a@1"] == SENTINEL
    values.refresh("a")
    assert values["a"] == "two"


def test_the_fast_way_answers_as_boto3_does(values, monkeypatch):
    for name in ("ssm:/app/a", "sm:db"):
        place = values.place(name)
        slow, fast = values._stores.get(place), values._reader.get(place)
        assert (fast.content, fast.version, fast.stages, fast.secret) == (
            slow.content,
            slow.version,
            slow.stages,
            slow.secret,
        )
        assert abs((fast.modified - slow.modified).total_seconds()) < 0.01
    monkeypatch.setattr(values._stores, "get", None)
    values.forget()
    assert values["a"] == SENTINEL, "and boto3 was not asked"


def test_failures_are_boto3s(values, lodekey):
    with pytest.raises(NotFound):
        values["none"]
    stranger = lodekey.as_user("stranger")
    keys = stranger.environ
    denied = Values("ssm:/app/", connection=Connection())
    denied._stores.connection.session._session.set_credentials(
        keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]
    )
    with pytest.raises(Denied):
        denied["a"]


def test_a_projects_values(values, lodekey):
    (lodekey.home / ".lodekey.toml").write_text(
        '[environments.dev]\nprefix = "ssm:/app"\n[values]\na = {}\nUSER = "sm:db#user"\n'
    )
    project = Values.of_project("dev")
    assert (project["a"], project["USER"]) == (SENTINEL, "u")


def test_a_session_reads_with_its_token(values, lodekey, monkeypatch):
    iam, account = lodekey.boto3("iam"), lodekey.boto3("sts").get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": ["ssm:GetParameter", "kms:Decrypt"], "Resource": "*"}
    documents = [
        json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, may)
    ]
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=documents[1])
    user = lodekey.as_user("user", {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    keys = user.boto3("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
    theirs = Values("ssm:/app/")
    monkeypatch.setattr(theirs._stores, "get", None)
    assert theirs["a"] == SENTINEL


FORKS = """
import os, sys
from lodekey import Values
values = Values("ssm:/app/", ttl=3)
assert values["a"] == "%s"
with values._lock:  # as another thread might hold it
    child = os.fork()
if child == 0:
    assert values._reader._services == {}, "connections are not shared"
    assert values["a"] == "%s", "what is held stays held"
    assert values["sm:db#user"] == "u"
    print("held", flush=True)
    import time
    deadline = time.monotonic() + 20
    while values["a"] != "two":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os._exit(0)
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert values["sm:db#user"] == "u"
sys.exit(ended)
"""


def test_a_forked_process_reads_by_itself(values, lodekey):
    program = FORKS % (SENTINEL, SENTINEL)
    environ = {**os.environ, **lodekey.environ}
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        lodekey("seal", "ssm:/app/a", stdin="two")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
