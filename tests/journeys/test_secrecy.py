"""The marked value is nowhere: not on disk, in logs, in the trail or in the process list."""

from __future__ import annotations

import contextlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from canary import SENTINEL, disguises, traces
from running import Running

HANDLER = """
import boto3
def handler(event, context):
    value = boto3.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"]
    if event.get("fail"):
        raise ValueError("no value in here")
    return len(value)
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server through which the marked value has gone by every road, the failing ones too."""
    made = Running(tmp_path_factory.mktemp("secrecy") / "data", "--unsafe-functions")
    try:
        use(made)
        yield made
    finally:
        made.stop()


def use(server: Running) -> None:
    kms, ssm, sm = (server.client(name) for name in ("kms", "ssm", "secretsmanager"))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=SENTINEL.encode())["CiphertextBlob"]
    assert SENTINEL.encode() == kms.decrypt(CiphertextBlob=blob)["Plaintext"]
    ssm.put_parameter(Name="/p", Value=SENTINEL, Type="SecureString", KeyId=key)
    assert SENTINEL == ssm.get_parameter(Name="/p", WithDecryption=True)["Parameter"]["Value"]
    sm.create_secret(Name="s", SecretString=SENTINEL, KmsKeyId=key)
    assert SENTINEL == sm.get_secret_value(SecretId="s")["SecretString"]
    attempts = [
        lambda: ssm.put_parameter(Name="/p", Value=SENTINEL, Type="SecureString"),
        lambda: ssm.put_parameter(Name="/aws/p", Value=SENTINEL, Type="SecureString"),
        lambda: ssm.put_parameter(
            Name="/q", Value=SENTINEL, Type="SecureString", AllowedPattern="^x$"
        ),
        lambda: ssm.put_parameter(
            Name="/q", Value=SENTINEL, Type="SecureString", KeyId="alias/none"
        ),
        lambda: sm.create_secret(Name="s", SecretString=SENTINEL),
        lambda: sm.put_secret_value(SecretId="none", SecretString=SENTINEL),
        lambda: sm.put_secret_value(SecretId="s", SecretString=SENTINEL, VersionStages=["A"] * 21),
        lambda: kms.encrypt(KeyId="none", Plaintext=SENTINEL.encode()),
        lambda: kms.encrypt(KeyId=key, Plaintext=SENTINEL.encode() * 200),
    ]
    for attempt in attempts:
        with contextlib.suppress(ClientError):
            attempt()
    run_function(server)


def run_function(server: Running) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust |= {"Principal": {"Service": "lambda.amazonaws.com"}}  # type: ignore[dict-item]
    iam, functions = server.client("iam"), server.client("lambda", read_timeout=120)
    role = iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(
        RoleName="r",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("h.py", HANDLER)
    functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": {"HIDDEN": SENTINEL}},
        Timeout=60,
    )
    answer = functions.invoke(FunctionName="f", LogType="Tail")
    assert str(len(SENTINEL)) == answer["Payload"].read().decode()
    functions.invoke(FunctionName="f", Payload=b'{"fail": true}')


def test_it_is_not_on_disk_nor_in_the_log(used: Running) -> None:
    assert [] == traces(used.data.parent)


def test_it_is_not_in_the_trail(used: Running) -> None:
    pages = used.client("cloudtrail").get_paginator("lookup_events").paginate()
    events = [event for page in pages for event in page["Events"]]
    assert {"PutParameter", "CreateSecret", "Encrypt"} <= {event["EventName"] for event in events}
    assert SENTINEL not in json.dumps(events, default=str)


def test_it_is_not_in_the_process_list(used: Running) -> None:
    assert used.process is not None
    server = str(used.process.pid)
    forms = list(disguises())
    for place in (f"/proc/{server}/cmdline", f"/proc/{server}/environ"):
        content = Path(place).read_bytes()
        assert not any(form in content for form in forms)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != str(os.getpid()):
            with contextlib.suppress(OSError):
                line = (process / "cmdline").read_bytes()
                assert not any(form in line for form in forms)


def test_it_is_not_on_disk_after_a_kill(used: Running) -> None:
    used.kill()
    assert [] == traces(used.data.parent)
    used.start()
    value = used.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"]
    assert SENTINEL == value
