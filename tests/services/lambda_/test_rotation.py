"""Secrets Manager rotates a secret through a real function."""

from __future__ import annotations

import time

import pytest

from running import Running
from services.lambda_.packaging import LOGS, TRUST, archive
from world import allow, document

pytestmark = pytest.mark.slow

ROTATES = """
import boto3
secrets = boto3.client("secretsmanager")

def handler(event, context):
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    print(step)
    if step == "createSecret":
        password = secrets.get_random_password(PasswordLength=20)["RandomPassword"]
        secrets.put_secret_value(
            SecretId=secret,
            ClientRequestToken=token,
            SecretString="new-" + password,
            VersionStages=["AWSPENDING"],
        )
    if step == "testSecret":
        pending = secrets.get_secret_value(
            SecretId=secret, VersionId=token, VersionStage="AWSPENDING"
        )
        assert pending["SecretString"].startswith("new-")
    if step == "finishSecret":
        versions = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(each for each in versions if "AWSCURRENT" in versions[each])
        secrets.update_secret_version_stage(
            SecretId=secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
"""


def test_a_function_rotates_a_secret(tmp_path):
    server = Running(tmp_path / "data")
    try:
        iam, lambda_ = server.client("iam"), server.client("lambda")
        secrets = server.client("secretsmanager")
        role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))
        may = allow(
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
            "secretsmanager:GetRandomPassword",
        )
        iam.put_role_policy(RoleName="fn", PolicyName="own", PolicyDocument=document([LOGS, may]))
        made = lambda_.create_function(
            FunctionName="rotator",
            Runtime="python3.12",
            Handler="h.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": archive({"h.py": ROTATES})},
            Timeout=30,
        )
        lambda_.add_permission(
            FunctionName="rotator",
            StatementId="rotation",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=server.facts["account"],
        )
        secrets.create_secret(Name="rotated", SecretString="old")
        secrets.rotate_secret(
            SecretId="rotated",
            RotationLambdaARN=made["FunctionArn"],
            RotationRules={"AutomaticallyAfterDays": 30},
        )
        deadline = time.monotonic() + 30
        while secrets.get_secret_value(SecretId="rotated")["SecretString"] == "old":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert secrets.get_secret_value(SecretId="rotated")["SecretString"].startswith("new-")
        previous = secrets.get_secret_value(SecretId="rotated", VersionStage="AWSPREVIOUS")
        assert "old" == previous["SecretString"]
    finally:
        server.stop()
