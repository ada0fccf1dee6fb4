"""The example rotation function, in real Lambda, against a real PostgreSQL."""

import io
import json
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from postgres import PASSWORD, Cluster
from running import ROOT, Running
from services.lambda_.packaging import TRUST

pytestmark = pytest.mark.slow
EXAMPLE = ROOT / "examples" / "rotation" / "postgres_user"
FUNCTION = "arn:aws:lambda:us-east-1:*:function:rotate-app-db"


@pytest.fixture(scope="module")
def cluster():
    made = Cluster()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, cluster):
    """A server that lets this function, in its sandbox, reach the database under its name."""
    granted = f"{FUNCTION}@db.internal:5432=127.0.0.1:{cluster.port}"
    made = Running(tmp_path_factory.mktemp("rotation") / "data", "--functions-may-reach", granted)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The function as its README packages it."""
    build = tmp_path_factory.mktemp("package")
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "pip", "install", "--quiet", "--target", build, "--python", sys.executable]
        + ["-r", EXAMPLE / "requirements.txt"],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"psycopg cannot be installed here: {done.stderr[-500:]}")
    shutil.copy(EXAMPLE / "lambda_function.py", build)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for path in sorted(build.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                file.write(path, path.relative_to(build))
    return packed.getvalue()


@pytest.fixture(scope="module")
def function(server, package):
    """The function with the role and the permission that the README gives it."""
    account = server.client("sts").get_caller_identity()["Account"]
    readme = (EXAMPLE / "README.md").read_text()
    policy = readme.partition('```json\n{\n  "Version"')[2].partition("```")[0]
    policy = ('{"Version"' + policy).replace("111122223333", account)
    iam, lambda_ = server.client("iam"), server.client("lambda")
    role = iam.create_role(
        RoleName="rotate-app-db",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}),
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName="rotate-app-db", PolicyName="own", PolicyDocument=policy)
    made = lambda_.create_function(
        FunctionName="rotate-app-db",
        Runtime="python3.12",
        Handler="lambda_function.lambda_handler",
        Code={"ZipFile": package},
        Role=role,
        Timeout=30,
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName="rotate-app-db")
    lambda_.add_permission(
        FunctionName="rotate-app-db",
        StatementId="secretsmanager",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount=account,
    )
    return made["FunctionArn"]


def rotated(server, name, arn):
    """Rotate a secret, and wait until that is done; its new value."""
    secrets = server.client("secretsmanager")
    version = secrets.rotate_secret(SecretId=name, RotationLambdaARN=arn)["VersionId"]
    deadline = time.monotonic() + 60
    while "LastRotatedDate" not in (described := secrets.describe_secret(SecretId=name)) or (
        "AWSCURRENT" not in described["VersionIdsToStages"][version]
    ):
        assert time.monotonic() < deadline, server.log.read_text()[-3000:]
        time.sleep(0.1)
    return json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])


def value(user, password, **more):
    return json.dumps(
        {
            "engine": "postgres",
            "host": "db.internal",
            "port": 5432,
            "dbname": "postgres",
            "username": user,
            "password": password,
            **more,
        }
    )


def test_a_user_changes_its_own_password(server, function, cluster):
    cluster.run("CREATE ROLE app LOGIN PASSWORD 'first-password'")
    secrets = server.client("secretsmanager")
    secrets.create_secret(Name="app/db", SecretString=value("app", "first-password"))
    new = rotated(server, "app/db", function)
    assert new["password"] != "first-password"
    assert cluster.opens("app", new["password"])
    assert not cluster.opens("app", "first-password")
    again = rotated(server, "app/db", function)
    assert cluster.opens("app", again["password"])
    assert not cluster.opens("app", new["password"])
    old = secrets.get_secret_value(SecretId="app/db", VersionStage="AWSPREVIOUS")
    assert json.loads(old["SecretString"]) == new
    for password in (new["password"], again["password"]):
        assert password not in cluster.log.read_text()
        assert password not in server.log.read_text()


def may_also(server, resource, *actions):
    """Give the function's role more than its README does."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    server.client("iam").put_role_policy(
        RoleName="rotate-app-db",
        PolicyName=resource.rpartition(":")[2].replace("/", "-").replace("?", "x"),
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def test_a_master_changes_it(server, function, cluster):
    cluster.run("CREATE ROLE clerk LOGIN PASSWORD 'unknown-to-the-secret'")
    secrets = server.client("secretsmanager")
    master = secrets.create_secret(Name="master", SecretString=value("postgres", PASSWORD))["ARN"]
    arn = secrets.create_secret(
        Name="clerk", SecretString=value("clerk", "wrong", masterarn=master)
    )["ARN"]
    may_also(server, arn, "secretsmanager:*")
    may_also(server, master, "secretsmanager:GetSecretValue")
    new = rotated(server, "clerk", function)
    assert cluster.opens("clerk", new["password"])


def test_each_step_may_be_repeated(server, function, cluster):
    """What a server that dies asks for a second time."""
    cluster.run("CREATE ROLE twice LOGIN PASSWORD 'first-password'")
    secrets, lambda_ = server.client("secretsmanager"), server.client("lambda")
    arn = secrets.create_secret(Name="app/db-again", SecretString=value("twice", "first-password"))[
        "ARN"
    ]
    may_also(server, arn, "secretsmanager:*")
    rotated(server, "app/db-again", function)
    token = "t" * 32
    secrets.put_secret_value(
        SecretId=arn,
        ClientRequestToken=token,
        SecretString=value("twice", "chosen-by-hand"),
        VersionStages=["AWSPENDING"],
    )
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        for _ in range(2):
            event = {"SecretId": arn, "ClientRequestToken": token, "Step": step}
            answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event))
            assert "FunctionError" not in answer, answer["Payload"].read()
    assert cluster.opens("twice", "chosen-by-hand")
    assert secrets.get_secret_value(SecretId=arn)["VersionId"] == token
    for wrong in ({"Step": "nothing"}, {"ClientRequestToken": "u" * 32}):
        event = {"SecretId": arn, "ClientRequestToken": "v" * 32, "Step": "setSecret", **wrong}
        answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event))
        assert answer["FunctionError"] == "Unhandled"
