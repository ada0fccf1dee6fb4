"""init and rotate with functions that run: one function reads, and nobody else with its role."""

import io
import json
import time
import zipfile

from cli.conftest import Client

READER = """
import boto3

def handler(event, context):
    answer = boto3.client("ssm").get_parameter(Name="/app/db", WithDecryption=True)
    return answer["Parameter"]["Value"]
"""
ROTATOR = """
import boto3

def handler(event, context):
    sm = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        sm.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString="rotated",
                            VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        stages = sm.describe_secret(SecretId=secret)["VersionIdsToStages"]
        old = next(each for each, names in stages.items() if "AWSCURRENT" in names)
        sm.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT",
                                       MoveToVersionId=token, RemoveFromVersionId=old)
"""


def function(lodekey, name, code, policy=()):
    """A function with a role of its own; returns both ARNs."""
    iam, functions = lodekey.boto3("iam"), lodekey.boto3("lambda")
    account = lodekey.boto3("sts").get_caller_identity()["Account"]
    trusted = [{"Service": "lambda.amazonaws.com"}, {"AWS": f"arn:aws:iam::{account}:root"}]
    statements = [
        {"Effect": "Allow", "Principal": each, "Action": "sts:AssumeRole"} for each in trusted
    ]
    trust = json.dumps({"Version": "2012-10-17", "Statement": statements})
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if policy:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(policy)})
        iam.put_role_policy(RoleName=f"{name}-role", PolicyName="p", PolicyDocument=document)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    made = functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return made["FunctionArn"], role


def as_session(user, role):
    keys = user.boto3("sts").assume_role(RoleArn=role, RoleSessionName="elsewhere")["Credentials"]
    environ = {
        **user.environ,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    return Client(environ, user.home)


def test_the_function_reads_and_its_role_elsewhere_does_not(lodekey):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    admin, other = lodekey.as_user("admin", everything), lodekey.as_user("other", everything)
    arn, role = function(lodekey, "reader", READER)
    plan = admin.json("init", "app", "--for", "reader", "--value", "ssm:/app/db", "--yes")
    assert (plan["applied"], plan["role"]) == (True, role)
    assert arn in json.dumps(plan["role_policy"])
    admin("seal", "ssm:/app/db", "--key", "alias/app", stdin="open sesame")
    answer = lodekey.boto3("lambda").invoke(FunctionName="reader")
    assert json.loads(answer["Payload"].read()) == "open sesame"
    elsewhere = as_session(other, role)
    assert "explicit deny" in elsewhere("get", "ssm:/app/db", code=4).stderr
    listing = elsewhere("run", "--from", "ssm:/app", "--", "true", code=4)
    assert "sesame" not in listing.output
    other("get", "ssm:/app/db", code=4)


def test_a_secrets_own_rotation(lodekey):
    may = {"Effect": "Allow", "Action": ["secretsmanager:*", "kms:*"], "Resource": "*"}
    arn, _ = function(lodekey, "rotator", ROTATOR, policy=(may,))
    lodekey.boto3("lambda").add_permission(
        FunctionName="rotator",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    lodekey("seal", "sm:db", stdin="before")
    lodekey.boto3("secretsmanager").rotate_secret(
        SecretId="db",
        RotationLambdaARN=arn,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )
    until_tried(lodekey)
    got = lodekey.json("rotate", "sm:db")
    assert lodekey("get", "sm:db").stdout == "rotated"
    assert lodekey.json("get", "sm:db")[0]["version"] == got["version"]
    lodekey("undo", "sm:db", "-y")
    assert lodekey("get", "sm:db").stdout == "before"


def until_tried(lodekey):
    """Setting a rotation up runs its testSecret step, on a version that goes again."""
    deadline = time.monotonic() + 60
    while any("AWSPENDING" in each["stages"] for each in lodekey.json("log", "sm:db")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
