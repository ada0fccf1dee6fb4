"""The Parameters and Secrets extension, asked from inside a function."""

from __future__ import annotations

import json

import pytest

from services.lambda_.packaging import LOGS, TRUST, archive
from world import allow

pytestmark = pytest.mark.slow

ASKS = """
import json, os, urllib.error, urllib.request

def ask(path, token=None, method="GET"):
    headers = {} if token is None else {"X-Aws-Parameters-Secrets-Token": token}
    request = urllib.request.Request("http://localhost:2773" + path, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return [answer.status, json.loads(answer.read())]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]

def handler(event, context):
    token = event.get("token", os.environ["AWS_SESSION_TOKEN"])
    return [ask(path, token, event.get("method", "GET")) for path in event["paths"]]
"""


@pytest.fixture(scope="module")
def ask(shared_world):
    may = allow("secretsmanager:GetSecretValue", "ssm:GetParameter")
    role = shared_world.role("asking", TRUST, [LOGS, may])
    client = shared_world.client("lambda")
    client.create_function(
        FunctionName="asks",
        Runtime="python3.12",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": archive({"h.py": ASKS})},
        Timeout=20,
    )

    def ask(*paths, **more):
        payload = json.dumps({"paths": paths, **more})
        answer = client.invoke(FunctionName="asks", Payload=payload)
        return json.loads(answer["Payload"].read())

    return ask


def test_a_secret(shared_world, ask):
    secrets = shared_world.client("secretsmanager")
    made = secrets.create_secret(Name="asked/for", SecretString=shared_world.sentinel)
    ((status, got),) = ask("/secretsmanager/get?secretId=asked%2Ffor&versionStage=AWSCURRENT")
    assert (200, made["ARN"], shared_world.sentinel, ["AWSCURRENT"], None) == (
        status,
        got["ARN"],
        got["SecretString"],
        got["VersionStages"],
        got["SecretBinary"],
    )
    reader = [event for event in shared_world.events() if event["eventName"] == "GetSecretValue"]
    assert reader[-1]["userIdentity"]["arn"].endswith(":assumed-role/asking/asks")


def test_a_parameter(shared_world, ask):
    ssm = shared_world.client("ssm")
    ssm.put_parameter(Name="/asked/for", Type="SecureString", Value=shared_world.sentinel)
    plain, slash, opened = ask(
        "/systemsmanager/parameters/get?name=%2Fasked%2Ffor",
        "/systemsmanager/parameters/get/?name=%2Fasked%2Ffor&version=1",
        "/systemsmanager/parameters/get?name=%2Fasked%2Ffor&withDecryption=true",
    )
    assert [200, 200, 200] == [plain[0], slash[0], opened[0]]
    assert shared_world.sentinel != plain[1]["Parameter"]["Value"]
    assert shared_world.sentinel == opened[1]["Parameter"]["Value"]
    assert {"ARN", "DataType", "LastModifiedDate", "Name", "Type", "Value", "Version"} <= set(
        opened[1]["Parameter"]
    )


def test_answers_are_kept_for_a_while(shared_world, ask):
    ssm = shared_world.client("ssm")
    path = "/systemsmanager/parameters/get?name=kept"

    def value():
        ((_, got),) = ask(path)
        return got["Parameter"]["Value"]

    ssm.put_parameter(Name="kept", Type="String", Value="one")
    assert "one" == value()
    ssm.put_parameter(Name="kept", Type="String", Value="two", Overwrite=True)
    assert "one" == value()
    shared_world.clock.advance(301)
    assert "two" == value()


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_without_the_token_nothing_is_told(shared_world, ask, token):
    ((status, text),) = ask("/systemsmanager/parameters/get?name=kept", token=token)
    assert (403, "Bad Token") == (status, text)


def test_what_it_does_not_offer(shared_world, ask):
    nothing, no_name, no_secret, unknown = ask(
        "/nothing",
        "/systemsmanager/parameters/get",
        "/secretsmanager/get",
        "/secretsmanager/get?secretId=nowhere",
    )
    assert [404, 400, 400, 400] == [nothing[0], no_name[0], no_secret[0], unknown[0]]
    assert "ResourceNotFoundException" == json.loads(unknown[1])["__type"]
    ((status, _),) = ask("/secretsmanager/get?secretId=x", method="DELETE")
    assert 405 == status


def test_it_asks_as_the_function(shared_world, ask):
    shared_world.client("ssm").put_parameter(Name="denied", Type="String", Value="x")
    deny = {"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "*"}
    iam = shared_world.client("iam")
    iam.put_role_policy(
        RoleName="asking",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    ((status, text),) = ask("/systemsmanager/parameters/get?name=denied")
    iam.delete_role_policy(RoleName="asking", PolicyName="deny")
    assert 400 == status
    assert "AccessDeniedException" == json.loads(text)["__type"]
    ((status, _),) = ask("/systemsmanager/parameters/get?name=denied")
    assert 200 == status
