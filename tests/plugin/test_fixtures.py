"""What the fixtures give, against a server that runs already."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from lodekey.testing import Environment, Server, StartError, shared
from lodekey.testing.account import Policy
from lodekey.testing.connection import Refused
from lodekey.testing.sessions import is_loopback

pytestmark = pytest.mark.slow

READ = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}


def code_of(call: Callable[[], object]) -> str:
    """The error that AWS's client raises."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_accounts_see_nothing_of_each_other(running: Server) -> None:
    one, other = running.account(), running.account()
    one.client("ssm").put_parameter(Name="/a", Value="1", Type="String")

    assert "1" == one.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"]
    assert "ParameterNotFound" == code_of(lambda: other.client("ssm").get_parameter(Name="/a"))


def test_an_account_is_what_sts_says(running: Server) -> None:
    account = running.account(region="eu-west-1")

    answer = account.client("sts").get_caller_identity()

    assert (account.account_id, account.arn) == (answer["Account"], answer["Arn"])
    assert "eu-west-1" == account.session.region_name == account.client("ssm").meta.region_name


def test_an_account_may_be_named_once(running: Server) -> None:
    assert "555566667777" == running.account("555566667777").account_id
    with pytest.raises(Refused, match="AccountExistsException"):
        running.account("555566667777")


def test_a_connection_that_the_server_closed_is_opened_again(running: Server) -> None:
    running.account()
    running._connection._http.sock.shutdown(socket.SHUT_RDWR)

    assert running.account().account_id


@pytest.mark.parametrize(
    "policy",
    [
        [READ],
        {"Version": "2012-10-17", "Statement": READ},
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",'
        ' "Action": "ssm:GetParameter", "Resource": "*"}]}',
    ],
)
def test_an_identity_may_what_its_policy_says(running: Server, policy: Policy) -> None:
    account = running.account()
    account.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    reader = account.identity("reader", policy)
    ssm = reader.client("ssm")

    assert reader.arn == reader.client("sts").get_caller_identity()["Arn"]
    assert "1" == ssm.get_parameter(Name="/a")["Parameter"]["Value"]
    assert "AccessDeniedException" == code_of(lambda: ssm.delete_parameter(Name="/a"))


@pytest.mark.parametrize("policy", [None, []])
def test_an_identity_without_a_policy_may_nothing(running: Server, policy: Policy | None) -> None:
    nobody = running.account().identity("nobody", policy)

    assert "AccessDeniedException" == code_of(lambda: nobody.client("ssm").describe_parameters())


def test_a_wrong_policy_is_refused_as_iam_does(running: Server) -> None:
    account = running.account()
    wrong = [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]

    assert "MalformedPolicyDocument" == code_of(lambda: account.identity("reader", wrong))


def test_no_repr_shows_a_secret(running: Server) -> None:
    account = running.account()
    user = account.identity("reader")

    for shown in (running, account, user, account.session):
        for secret in (
            account.secret_access_key,
            user.secret_access_key,
            running.credentials.secret_key,
        ):
            assert secret not in repr(shown)


def test_a_session_is_blind_to_the_environment(
    running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://192.0.2.1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    account = running.account()

    assert account.arn == account.client("sts").get_caller_identity()["Arn"]
    assert running.endpoint == account.resource("s3").meta.client.meta.endpoint_url


def test_the_environment_is_put_back(running: Server) -> None:
    before, session = dict(os.environ), boto3.DEFAULT_SESSION
    account = running.account()
    reader = account.identity("reader")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_PROFILE", "there-is-none")
        environment = Environment(patch, account)
        assert account.arn == boto3.client("sts").get_caller_identity()["Arn"]
        environment.act_as(reader)
        assert reader.arn == boto3.client("sts").get_caller_identity()["Arn"]
        assert reader is environment.identity

    assert before == dict(os.environ)
    assert session is boto3.DEFAULT_SESSION


INNER = """
import boto3, pytest

@pytest.mark.parametrize("again", range(2))
def test_isolated(again, lodekey_boto3, lodekey_account, lodekey_region):
    ssm = lodekey_boto3.client("ssm")
    assert ssm.describe_parameters()["Parameters"] == []
    ssm.put_parameter(Name="/a", Value="1", Type="String")
    assert lodekey_region == ssm.meta.region_name == "eu-north-1"

@pytest.mark.parametrize("again", range(2))
def test_plain_boto3(again, lodekey_env, lodekey_account, lodekey_identity):
    sts = boto3.client("sts")
    assert lodekey_account.arn == sts.get_caller_identity()["Arn"]
    reader = lodekey_identity("reader", [])
    lodekey_env.act_as(reader)
    assert reader.arn == boto3.client("sts").get_caller_identity()["Arn"]

class TestElsewhere:
    @pytest.fixture
    def lodekey_region(self):
        return "ap-south-1"

    def test_there(self, lodekey_boto3):
        assert "ap-south-1" == lodekey_boto3.client("ssm").meta.region_name
"""


def test_the_fixtures(project: pytest.Pytester, run_there: Callable[..., pytest.RunResult]) -> None:
    project.makepyfile(INNER)
    project.makeini("[pytest]\nlodekey_region = eu-north-1")

    run_there("-q").assert_outcomes(passed=5)


def test_an_endpoint_without_credentials(
    running: Server, project: pytest.Pytester, run: Callable[..., pytest.RunResult]
) -> None:
    project.makepyfile("def test_it(lodekey_account): pass")
    project.makeconftest(
        "import os\nos.environ.update(AWS_EC2_METADATA_DISABLED='true',"
        " AWS_CONFIG_FILE='/dev/null', AWS_SHARED_CREDENTIALS_FILE='/dev/null')"
    )

    result = run("--lodekey-endpoint", running.endpoint)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*boto3 finds no credentials for*"])


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("https://[::1]:1", True),
        ("http://localhost:1", True),
        ("https://kms.us-east-1.amazonaws.com", False),
        ("http://10.0.0.1", False),
    ],
)
def test_which_endpoints_no_proxy_reaches(endpoint: str, *, expected: bool) -> None:
    assert expected is is_loopback(endpoint)


def test_a_server_that_has_ended_is_not_taken_for_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "server.json").write_text('{"pid": 4194305}')
    (data.parent / "server.log").write_text("no room")

    with (
        pytest.raises(StartError, match="the server has ended:\nno room"),
        shared.running(data.parent, (), alone=True),
    ):
        pass
