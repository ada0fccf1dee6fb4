"""What a user of the Serverless Framework does, from the first deployment to the removal."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

from clients.conftest import npm_environment
from running import Running

PROJECT = Path(__file__).parent / "projects" / "minimal"
PLUGIN = "plugins: [serverless-localstack]\ncustom: {localstack: {stages: [dev]}}\n"
VALUE = b"my precious value"
FUNCTIONS = ("myfunction", "pyfunction")


class Project:
    """A copy of the project, and the client that deploys it."""

    def __init__(self, client: str, home: Path, running: Running) -> None:
        self.modules = npm_environment(client)
        self.home = home / "project"
        shutil.copytree(PROJECT, self.home)
        for each in self.home.iterdir():
            each.chmod(0o644)
        (self.home / "node_modules").symlink_to(self.modules)
        key, secret = running.credentials()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ENDPOINT_URL": running.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
            "CI": "1",
        }

    def sls(self, *words: str) -> str:
        """Run a command; what it says."""
        done = subprocess.run(
            [self.modules / ".bin" / "sls", *words],
            cwd=self.home,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=240,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said


def live_through_it(project: Project, running: Running) -> None:
    """Deploy, look, invoke, read logs, change, remove; nothing is left."""
    project.sls("deploy")
    told = project.sls("info", "--verbose")
    key = running.client("kms").describe_key(KeyId="alias/myprivatekey")["KeyMetadata"]["KeyId"]
    assert f"MyPrivateKeyId: {key}" in told

    sealed = running.client("kms").encrypt(KeyId=key, Plaintext=VALUE)["CiphertextBlob"]
    text = base64.b64encode(sealed).decode()
    running.client("ssm").put_parameter(
        Name="my-parameter-name", Type="SecureString", Value=text, Overwrite=True
    )
    secrets = running.client("secretsmanager")
    try:
        secrets.create_secret(Name="my-secret", SecretString=text)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId="my-secret", SecretString=text)

    for function in FUNCTIONS:
        said = project.sls("invoke", "-f", function)
        assert '"ssm": "my precious value"' in said
        assert '"sm": "my precious value"' in said
    logs = project.sls("logs", "-f", "myfunction")
    assert "from parameters store: my precious value" in logs
    assert "from secrets manager: my precious value" in logs

    assert "No changes to deploy" in project.sls("deploy")
    with (project.home / "index.js").open("a") as code:
        code.write("// changed\n")
    before = _code(running)
    project.sls("deploy")
    assert _code(running) != before

    project.sls("remove")
    _must_leave_nothing(running, key)


def _code(running: Running) -> str:
    answer = running.client("lambda").get_function_configuration(FunctionName="myfunction")
    return str(answer["CodeSha256"])


def _must_leave_nothing(running: Running, key: str) -> None:
    stacks = running.client("cloudformation").describe_stacks()["Stacks"]
    assert [each for each in stacks if each["StackName"].startswith("post-secure")] == []
    functions = running.client("lambda").list_functions()["Functions"]
    assert [each for each in functions if each["FunctionName"] in FUNCTIONS] == []
    groups = running.client("logs").describe_log_groups()["logGroups"]
    assert [each for each in groups if each["logGroupName"].rpartition("/")[2] in FUNCTIONS] == []
    buckets = running.client("s3").list_buckets()["Buckets"]
    assert [each for each in buckets if each["Name"].startswith("post-secure")] == []
    roles = running.client("iam").list_roles()["Roles"]
    assert [each for each in roles if each["RoleName"].startswith("post-secure")] == []
    state = running.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    assert state == "PendingDeletion"
