"""The CDK, unmodified: bootstrap, deploy, deploy again, destroy, through its own roles."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from clients.conftest import npm_environment
from running import Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]
APP = Path(__file__).parent / "cdk"


def test_a_stack_lives_and_goes(tmp_path: Path) -> None:
    modules = npm_environment("cdk")
    server = Running(tmp_path / "data")
    try:
        _live(server, modules, tmp_path)
    finally:
        server.stop()


def _live(server: Running, modules: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    (app / "node_modules").symlink_to(modules)
    (app / "cdk.json").write_text(json.dumps({"app": "node app.js"}))
    iam = server.client("iam")
    iam.create_user(UserName="deployer")
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_user_policy(UserName="deployer", PolicyArn=administrator)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    account = server.facts["account"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
    }

    def cdk(*words: str) -> str:
        done = subprocess.run(
            [modules / ".bin" / "cdk", *words],
            cwd=app,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert 0 == done.returncode, done.stdout[-5000:]
        return done.stdout

    cdk("bootstrap", f"aws://{account}/us-east-1")
    outputs = app / "outputs.json"
    said = cdk("deploy", "--require-approval=never", "--outputs-file", str(outputs))
    assert "could not be used to assume" not in said
    made = json.loads(outputs.read_text())["Values"]
    assert "v" == server.client("ssm").get_parameter(Name="/cdk/p")["Parameter"]["Value"]
    alias = server.client("kms").describe_key(KeyId="alias/cdk")["KeyMetadata"]
    assert made["KeyId"] == alias["KeyId"]
    answer = server.client("lambda").invoke(
        FunctionName=made["FunctionName"], Payload=json.dumps({"say": "hello"})
    )
    assert {"said": "hello"} == json.load(answer["Payload"])
    again = cdk("deploy", "--app=cdk.out", "--require-approval=never")
    assert "(no changes)" in again
    cdk("destroy", "--app=cdk.out", "--force")
    assert [] == server.client("lambda").list_functions()["Functions"]
    stacks = server.client("cloudformation").describe_stacks()["Stacks"]
    assert ["CDKToolkit"] == [stack["StackName"] for stack in stacks]
