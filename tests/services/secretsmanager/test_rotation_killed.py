"""A real server, a real function in the sandbox, and SIGKILL in the middle of every step."""

import json
import time

import pytest

from running import Running
from services.lambda_.packaging import LOGS, TRUST, archive

pytestmark = pytest.mark.slow
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]

# At its first call of a step the function says so with a tag, and stands still before it does the
# step's work or after it: time enough to kill the server.
FUNCTION = """
import boto3, time

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]

def handler(event, context):
    secrets = boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    described = secrets.describe_secret(SecretId=arn)
    tags = {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}
    stages = described["VersionIdsToStages"]
    first = step not in tags
    when = tags["when"].split()[STEPS.index(step)]
    if first and when == "before":
        secrets.tag_resource(SecretId=arn, Tags=[{"Key": step, "Value": "seen"}])
        time.sleep(20)
    if step == "createSecret" and token not in held(secrets, arn):
        secrets.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="new",
                                 VersionStages=["AWSPENDING"], RotationToken=event["RotationToken"])
    if step in ("setSecret", "testSecret"):
        secrets.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
    if step == "finishSecret" and "AWSCURRENT" not in stages.get(token, []):
        current = next(v for v, labels in stages.items() if "AWSCURRENT" in labels)
        secrets.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT",
                                            MoveToVersionId=token, RemoveFromVersionId=current)
    if first and when == "after":
        secrets.tag_resource(SecretId=arn, Tags=[{"Key": step, "Value": "seen"}])
        time.sleep(20)

def held(secrets, arn):
    versions = secrets.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    return [version["VersionId"] for version in versions]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("killed") / "data")
    try:
        account = made.client("sts").get_caller_identity()["Account"]
        iam, lambda_ = made.client("iam"), made.client("lambda")
        may = [LOGS, {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]
        role = iam.create_role(RoleName="rotator", AssumeRolePolicyDocument=document([TRUST]))[
            "Role"
        ]
        iam.put_role_policy(RoleName="rotator", PolicyName="own", PolicyDocument=document(may))
        lambda_.create_function(
            FunctionName="rotator",
            Runtime="python3.12",
            Handler="index.handler",
            Code={"ZipFile": archive({"index.py": FUNCTION})},
            Role=role["Arn"],
            Timeout=60,
        )
        lambda_.get_waiter("function_active_v2").wait(FunctionName="rotator")
        lambda_.add_permission(
            FunctionName="rotator",
            StatementId="secretsmanager",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=account,
        )
        yield made
    finally:
        made.stop()


def document(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize(
    "when",
    [
        "before after before after",
        pytest.param("after before after before", marks=pytest.mark.torture),
    ],
)
def test_a_rotation_outlives_four_kills(server, when):
    secrets = server.client("secretsmanager")
    name = when.replace(" ", "-")
    secrets.create_secret(Name=name, SecretString="old", Tags=[{"Key": "when", "Value": when}])
    arn = server.client("lambda").get_function(FunctionName="rotator")["Configuration"][
        "FunctionArn"
    ]
    token = secrets.rotate_secret(SecretId=name, RotationLambdaARN=arn)["VersionId"]
    for step, at in zip(STEPS, when.split(), strict=True):
        wait_for(server, lambda step=step: step in tags(server, name))
        server.kill()
        server.start()
        read = server.client("secretsmanager").get_secret_value(SecretId=name)
        moved = (step, at) == ("finishSecret", "after")
        assert read["SecretString"] == ("new" if moved else "old")
    wait_for(server, lambda: "LastRotatedDate" in described(server, name))
    secrets = server.client("secretsmanager")
    read = secrets.get_secret_value(SecretId=name)
    assert (read["SecretString"], read["VersionId"]) == ("new", token)
    old = secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
    assert old["SecretString"] == "old"


def described(server, name):
    return server.client("secretsmanager").describe_secret(SecretId=name)


def tags(server, name):
    return [tag["Key"] for tag in described(server, name).get("Tags", [])]


def wait_for(server, met, patience=60.0):
    deadline = time.monotonic() + patience
    while not met():
        assert time.monotonic() < deadline, server.log.read_text()[-3000:]
        time.sleep(0.05)
