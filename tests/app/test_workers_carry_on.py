"""Long work that a second worker accepted is done by the first; and again when that one is killed.

Rotations, asynchronous invocations and stacks stand in the store. The first worker takes up what
is there, whoever wrote it down, and the one that replaces it goes on with what it left.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running import Running
from services.lambda_.packaging import LOGS, TRUST, archive
from siblings import Held, let_go, one_to_each, worker_process
from world import allow, document

pytestmark = pytest.mark.slow

# Each function says that it began in a parameter, and waits while /hold says so.
FUNCTION = """
import json, time, urllib.request
import boto3

ssm, secrets = boto3.client("ssm"), boto3.client("secretsmanager")

def held():
    return ssm.get_parameter(Name="/hold")["Parameter"]["Value"] == "yes"

def note(name):
    ssm.put_parameter(Name="/began/" + name, Value="yes", Type="String", Overwrite=True)
    while held():
        time.sleep(0.1)

def event(event, context):
    note(event["name"])
    print("ran", event["name"])

def rotate(event, context):
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    if step == "setSecret":
        note(secret.rpartition(":")[2].rpartition("-")[0])
    if step == "createSecret":
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString="new",
            VersionStages=["AWSPENDING"],
        )
    if step == "finishSecret":
        versions = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(each for each in versions if "AWSCURRENT" in versions[each])
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token,
            RemoveFromVersionId=current,
        )

def custom(event, context):
    if event["RequestType"] == "Create":
        note(event["ResourceProperties"]["Name"])
    said = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**said, "Status": "SUCCESS", "PhysicalResourceId": "it"}).encode()
    asked = urllib.request.Request(event["ResponseURL"], body, method="PUT")
    urllib.request.urlopen(asked).close()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("carried") / "data", "--workers", "2")
    try:
        make_functions(running)
        yield running
    finally:
        let_go()
        assert running.stop() == 0


def make_functions(server: Running) -> None:
    iam, lambda_ = server.client("iam"), server.client("lambda")
    role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    may = allow("ssm:*", "secretsmanager:*")
    iam.put_role_policy(RoleName="fn", PolicyName="own", PolicyDocument=document([LOGS, may]))
    for name in ("event", "rotate", "custom"):
        lambda_.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler=f"h.{name}",
            Role=role,
            Code={"ZipFile": archive({"h.py": FUNCTION})},
            Timeout=60,
        )
    lambda_.add_permission(
        FunctionName="rotate",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )


def hold(worker: Held, *, yes: bool) -> None:
    worker.client("ssm").put_parameter(
        Name="/hold", Value="yes" if yes else "no", Type="String", Overwrite=True
    )


def begin(worker: Held, name: str) -> None:
    """Have one worker accept an event, a rotation and a stack."""
    functions = f"arn:aws:lambda:us-east-1:{worker.server.facts['account']}:function"
    worker.client("lambda").invoke(
        FunctionName="event",
        InvocationType="Event",
        Payload=json.dumps({"name": f"{name}-event"}),
    )
    secrets = worker.client("secretsmanager")
    secrets.create_secret(Name=f"{name}-secret", SecretString="old")
    secrets.rotate_secret(SecretId=f"{name}-secret", RotationLambdaARN=f"{functions}:rotate")
    it = {
        "Type": "Custom::It",
        "Properties": {"ServiceToken": f"{functions}:custom", "Name": f"{name}-stack"},
    }
    after = {"Type": "AWS::SSM::Parameter", "DependsOn": "It"}
    after["Properties"] = {"Name": f"/after/{name}", "Type": "String", "Value": "made"}
    worker.client("cloudformation").create_stack(
        StackName=f"{name}-stack",
        TemplateBody=json.dumps({"Resources": {"It": it, "After": after}}),
    )


def wait_until(holds: Callable[[], Any], worker: Held, patience: float = 45.0) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, worker.server.log.read_text()[-3000:]
        time.sleep(0.1)


def begun(worker: Held, name: str) -> set[str]:
    """Which of the three functions have begun."""
    answer = worker.client("ssm").get_parameters(
        Names=[f"/began/{name}-{kind}" for kind in ("event", "secret", "stack")]
    )
    return {each["Name"] for each in answer["Parameters"]}


def is_rotated(worker: Held, name: str) -> bool:
    secrets = worker.client("secretsmanager")
    return bool(secrets.get_secret_value(SecretId=f"{name}-secret")["SecretString"] == "new")


def stack_status(worker: Held, name: str) -> str:
    answer = worker.client("cloudformation").describe_stacks(StackName=f"{name}-stack")
    return str(answer["Stacks"][0]["StackStatus"])


def runs(worker: Held, name: str) -> int:
    """How often the event's function has ended well."""
    logs = worker.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/event")["logGroups"]:
        return 0
    events = logs.filter_log_events(logGroupName="/aws/lambda/event")["events"]
    return Counter(each["message"].strip() for each in events)[f"ran {name}-event"]


def everything_is_done(worker: Held, name: str) -> None:
    wait_until(lambda: runs(worker, name), worker)
    wait_until(lambda: is_rotated(worker, name), worker)
    wait_until(lambda: stack_status(worker, name) != "CREATE_IN_PROGRESS", worker)
    assert "CREATE_COMPLETE" == stack_status(worker, name)
    parameter = worker.client("ssm").get_parameter(Name=f"/after/{name}")["Parameter"]
    assert "made" == parameter["Value"]


def stop_quietly(worker: Held, victim: int) -> None:
    """Stop a process at a moment at which it does not hold the store."""
    for _ in range(5):
        os.kill(victim, signal.SIGSTOP)
        try:
            hold(worker, yes=False)
        except ClientError:
            os.kill(victim, signal.SIGCONT)
        else:
            return
    pytest.fail("the first worker writes all the time")


def test_what_the_second_worker_accepts_is_done(server: Running) -> None:
    _, second = one_to_each(server)
    hold(second, yes=False)
    begin(second, "accepted")
    everything_is_done(second, "accepted")
    assert 1 == runs(second, "accepted")


def test_what_a_killed_worker_carried_is_done_by_its_successor(server: Running) -> None:
    _, second = one_to_each(server)
    hold(second, yes=True)
    begin(second, "carried")
    wait_until(lambda: len(begun(second, "carried")) == 3, second)
    victim = worker_process(server, 0)
    os.kill(victim, signal.SIGKILL)
    assert 0 == runs(second, "carried")
    hold(second, yes=False)
    everything_is_done(second, "carried")
    assert victim != worker_process(server, 0)
    assert 1 == runs(second, "carried")


def test_what_a_killed_worker_had_accepted_is_done_by_the_other(server: Running) -> None:
    first, second = one_to_each(server)
    hold(first, yes=True)
    begin(second, "orphaned")
    os.kill(worker_process(server, 1), signal.SIGKILL)
    hold(first, yes=False)
    everything_is_done(first, "orphaned")
    assert 1 == runs(first, "orphaned")


def test_nobody_does_it_while_the_first_worker_stands_still(server: Running) -> None:
    """The control: it is the first worker that does it, and no other."""
    _, second = one_to_each(server)
    victim = worker_process(server, 0)
    try:
        stop_quietly(second, victim)
        begin(second, "waiting")
        time.sleep(3)
        assert not begun(second, "waiting")
        assert not is_rotated(second, "waiting")
        assert "CREATE_IN_PROGRESS" == stack_status(second, "waiting")
    finally:
        os.kill(victim, signal.SIGCONT)
    everything_is_done(second, "waiting")
