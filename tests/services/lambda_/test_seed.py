"""The walk-through's two handlers, as they are, against a running server."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lodekey.services.lambda_ import node_modules
from running import Running
from services.lambda_.packaging import LOGS, TRUST, archive
from world import allow, document

pytestmark = [pytest.mark.slow, pytest.mark.clients]

SEED = Path(__file__).parent / "seed"
VALUE = "my precious value"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Running]:
    node_modules.install()
    made = Running(tmp_path_factory.mktemp("seed") / "data")
    yield made
    made.stop()


def test_the_handlers_are_the_seeds():
    shared = Path(__file__).parents[4] / "shared" / "seed" / "minimal"
    if not shared.is_dir():
        pytest.skip("the seed is not here")
    assert (shared / "handler.py").read_text() == (SEED / "handler.txt").read_text()
    assert (shared / "index.js").read_text() == (SEED / "index.txt").read_text()


def test_both_open_the_value(server):
    iam, kms, lambda_ = (server.client(name, read_timeout=60) for name in ("iam", "kms", "lambda"))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=VALUE.encode())["CiphertextBlob"]
    sealed = base64.b64encode(blob).decode()
    server.client("ssm").put_parameter(Name="my-parameter-name", Type="SecureString", Value=sealed)
    server.client("secretsmanager").create_secret(Name="my-secret", SecretString=sealed)
    functions = {
        "myfunction": ("nodejs20.x", "index.handler"),
        "pyfunction": ("python3.12", "handler.handler"),
    }
    account = server.facts["account"]
    arns = [f"arn:aws:lambda:us-east-1:{account}:function:{name}" for name in functions]
    role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    statements = [
        LOGS,
        allow(
            "ssm:GetParameter",
            resource=f"arn:aws:ssm:us-east-1:{account}:parameter/my-parameter-name",
        ),
        allow(
            "secretsmanager:GetSecretValue",
            resource=f"arn:aws:secretsmanager:us-east-1:{account}:secret:my-secret-??????",
        ),
        allow(
            "kms:Decrypt", resource=key, Condition={"ArnEquals": {"lambda:SourceFunctionArn": arns}}
        ),
    ]
    iam.put_role_policy(RoleName="fn", PolicyName="own", PolicyDocument=document(statements))
    package = archive(
        {
            "index.js": (SEED / "index.txt").read_text(),
            "handler.py": (SEED / "handler.txt").read_text(),
        }
    )
    others = {"other": ("python3.12", "handler.handler")}
    for name, (runtime, handler) in {**functions, **others}.items():
        lambda_.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=handler,
            Role=role,
            Code={"ZipFile": package},
            Timeout=20,
            MemorySize=256,
        )

    for name in functions:
        answer = lambda_.invoke(FunctionName=name)
        assert {"ssm": VALUE, "sm": VALUE} == json.loads(answer["Payload"].read())
        lines = wait_for_lines(server, name)
        assert any(line.strip().endswith(f"from parameters store: {VALUE}") for line in lines)
        assert any(line.strip().endswith(f"from secrets manager: {VALUE}") for line in lines)
    refused = json.loads(lambda_.invoke(FunctionName="other")["Payload"].read())
    assert "AccessDeniedException" in refused["errorMessage"]
    assert "kms:Decrypt" in refused["errorMessage"]


def wait_for_lines(server, name):
    logs = server.client("logs")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        if any(event["message"].startswith("REPORT") for event in events):
            return [event["message"] for event in events]
        time.sleep(0.1)
    raise AssertionError(f"no report of {name}")
