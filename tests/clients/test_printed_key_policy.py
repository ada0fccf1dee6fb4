"""The key policy as the walk-through prints it: deployed by osls, and its dead statement explained.

The policy's second statement is meant to let one function use the key, and lets nobody: its
Resource is not the key, its Principal never asks, its condition key does not exist.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from clients.serverless_project import VALUE, Project
from running import ROOT, Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]

PRINTED = Path(__file__).parent / "projects" / "key-policy-as-printed.yml"
CORRECTED = "- {Sid: Enable root and IAM policies,"
DEAD = "Allow use of the key"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("printed") / "data")
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def project(server, tmp_path_factory):
    """The project with the printed key policy, deployed."""
    made = Project("osls", tmp_path_factory.mktemp("project"), server)
    text = (made.home / "serverless.yml").read_text().splitlines(keepends=True)
    (number,) = [number for number, line in enumerate(text) if CORRECTED in line]
    text[number] = PRINTED.read_text()
    (made.home / "serverless.yml").write_text("".join(text))
    made.sls("deploy")
    sealed = server.client("kms").encrypt(KeyId="alias/myprivatekey", Plaintext=VALUE)
    value = base64.b64encode(sealed["CiphertextBlob"]).decode()
    server.client("ssm").put_parameter(Name="my-parameter-name", Type="SecureString", Value=value)
    server.client("secretsmanager").create_secret(Name="my-secret", SecretString=value)
    return made


def without_the_roles_own(project):
    """The project where nothing but the key policy could let the function decrypt."""
    text = (project.home / "serverless.yml").read_text()
    begin = text.index("        # what the author wanted")
    end = text.index("package:")
    (project.home / "serverless.yml").write_text(text[:begin] + text[end:])
    project.sls("deploy")


def lodekey(project, *words):
    """Run our program as the project's user would; the exit code, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "lodekey", *words],
        cwd=project.home,
        env={
            **project.environment,
            "AWS_DEFAULT_REGION": "us-east-1",
            "PYTHONPATH": str(ROOT / "src"),
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def it_works_by_the_roles_own_permission(server):
    """The deployed function reads both values: its role may, whatever the dead statement says."""
    kms = server.client("kms")
    key = kms.describe_key(KeyId="alias/myprivatekey")["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["Enable root user permissions", DEAD]
    answer = server.client("lambda").invoke(FunctionName="myfunction")
    assert json.loads(answer["Payload"].read())["ssm"] == "my precious value"


def test_lint_names_the_dead_statement_in_the_project_and_in_the_account(project):
    for code, said, where in (
        (*lodekey(project, "lint", "--json", "serverless.yml"), "serverless.yml"),
        (*lodekey(project, "lint", "--json", "--live"), "kms"),
    ):
        assert code == 6, said
        found = [each for each in json.loads(said) if DEAD in each["where"]]
        assert all(where in json.dumps(each) for each in found)
        told = {each["code"]: f"{each['title']}: {each['message']}" for each in found}
        # the condition key, the principal, the resource: each by itself makes it dead
        assert told["LK002"].startswith("kms:CallerArn is no condition key")
        assert "lambda.amazonaws.com never asks for kms:Decrypt" in told["LK020"]
        assert "key/my-key-1" in told["LK040"]
    code, said = lodekey(project, "lint", "serverless.yml")
    assert code == 6
    assert f"MyPrivateKey.KeyPolicy {DEAD}: LK002 kms:CallerArn is no condition key" in said
    assert "function code calls KMS as its execution role" in said


def test_it_deploys_and_explain_says_why_the_statement_lets_nobody_in(project, server):
    it_works_by_the_roles_own_permission(server)
    without_the_roles_own(project)
    answer = server.client("lambda").invoke(FunctionName="myfunction")
    assert answer["FunctionError"] == "Unhandled"
    trail = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Decrypt"}]
    )
    events = [json.loads(each["CloudTrailEvent"]) for each in trail["Events"]]
    denied = next(each for each in events if each.get("errorCode") == "AccessDenied")
    code, said = lodekey(project, "explain", denied["requestID"], "--data", str(server.data))
    assert code == 0, said
    caller = denied["userIdentity"]["arn"]
    kms = server.client("kms")
    key = kms.describe_key(KeyId="alias/myprivatekey")["KeyMetadata"]["Arn"]
    account = key.split(":")[4]
    assert said.startswith("denied ")
    dead = said[said.index(f"statement {DEAD}") :].partition("\n\n")[0].splitlines()
    assert dead[0] == f"statement {DEAD} (Allow) does not match"
    function = f"arn:aws:lambda:us-east-1:{account}:function:myfunction"
    assert [each.strip() for each in dead[1:5]] == [
        "+ Action kms:Decrypt",
        f"- Resource arn:aws:kms:region:{account}:key/my-key-1: the resource is not listed, "
        f"got {key}",
        f"- Principal Service:lambda.amazonaws.com: the caller is not listed, got {caller}",
        f"- StringEquals kms:CallerArn: wants {function}; got absent (the key is absent)",
    ]
    # a control: with a permission of the role's own it is allowed, by the other statement
    role = caller.split("/")[1]
    own = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    document = json.dumps({"Version": "2012-10-17", "Statement": [own]})
    iam = server.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)
    answer = server.client("lambda").invoke(FunctionName="myfunction")
    assert json.loads(answer["Payload"].read())["ssm"] == "my precious value"
    supposed = ("--as", f"arn:aws:iam::{account}:role/{role}", "--action", "kms:Decrypt")
    where = ("--resource", key, "--data", str(server.data))
    code, said = lodekey(project, "explain", *supposed, *where)
    assert said.startswith("allowed "), said
    assert f"statement {DEAD} (Allow) does not match" in said
    iam.delete_role_policy(RoleName=role, PolicyName="own")
