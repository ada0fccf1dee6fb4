"""`lodekey explain`: a denial by its id, and a request that is supposed; text and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:us-east-1:{account}:function:f"


@pytest.fixture
def alice(lodekey: Any) -> Any:
    """A user who may decrypt through Parameter Store."""
    through = {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
    return lodekey.as_user(
        "alice",
        {
            "Sid": "ThroughStore",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": through,
        },
    )


@pytest.fixture
def arn(alice: Any) -> str:
    """Her ARN."""
    return str(alice.boto3("sts").get_caller_identity()["Arn"])


def test_a_denial_is_explained_statement_by_statement(
    lodekey: Any, running: Any, alice: Any, arn: str
) -> None:
    root = lodekey.boto3
    key = root("kms").create_key()["KeyMetadata"]["Arn"]
    blob = root("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    with pytest.raises(ClientError) as caught:
        alice.boto3("kms").decrypt(CiphertextBlob=blob)
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    words = ("explain", headers["x-lodekey-decision-id"], "--data", str(running.data))
    text = lodekey(*words).stdout
    assert text.startswith("denied ")
    for told in (
        f"caller    {arn}",
        "action    kms:Decrypt",
        f"resource  {key}",
        "p (inline policy of user alice)",
        "statement ThroughStore (Allow) does not match",
        "- StringEquals kms:ViaService: wants ssm.us-east-1.amazonaws.com; got absent",
        "smallest change",
    ):
        assert told in text
    (found,) = lodekey.json(*words)
    assert not found["changed"]
    assert "ThroughStore" in json.dumps(found)


def test_a_supposed_request_is_explained_with_its_context(
    lodekey: Any, running: Any, arn: str
) -> None:
    key = lodekey.boto3("kms").create_key()["KeyMetadata"]["Arn"]
    words = ("explain", "--as", arn, "--action", "kms:Decrypt", "--resource", key)
    where = ("--data", str(running.data))
    assert lodekey(*words, *where).stdout.startswith("denied ")
    given = ("--context", "kms:ViaService=ssm.us-east-1.amazonaws.com")
    assert lodekey(*words, *given, *where).stdout.startswith("allowed ")


def test_the_open_points_that_mattered_are_named(lodekey: Any, running: Any, arn: str) -> None:
    account = arn.split(":")[4]
    function = FUNCTION.format(account=account)
    root_ = {"AWS": f"arn:aws:iam::{account}:root"}
    manage = {"Effect": "Allow", "Principal": root_, "Action": "kms:*", "Resource": "*"}
    use = {
        "Effect": "Allow",
        "Principal": {"AWS": arn},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [manage, use]})
    key = lodekey.boto3("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    words = ("explain", "--as", arn, "--action", "kms:Decrypt", "--resource", key)
    where = ("--context", f"lambda:SourceFunctionArn={function}", "--data", str(running.data))
    text = lodekey(*words, *where).stdout
    assert text.startswith("denied ")
    assert "open points that this decision depends on" in text
    assert "source-function-arn-hidden-from-resource-policies is on" in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "give an ID"),
        (("some-id", "--as", "arn"), 2, "an ID explains what was"),
        (("--as", "a", "--action", "b", "--resource", "c", "--context", "x"), 2, "KEY=VALUE"),
        (("no-such-decision",), 3, "no-such-decision"),
    ],
)
def test_what_cannot_be_explained(
    lodekey: Any, running: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    result = lodekey("explain", *words, "--data", str(running.data), code=code)
    assert said in result.stderr


def test_elsewhere_iams_simulator_is_asked(elsewhere: Any, alice: Any, arn: str) -> None:
    there = elsewhere()
    key = there.boto3("kms").create_key()["KeyMetadata"]["Arn"]
    words = ("explain", "--as", arn, "--action", "kms:Decrypt", "--resource", key)
    said = there(*words).stdout
    assert said.startswith("denied by IAM's simulator: implicitDeny")
    assert "--context kms:viaservice=" in said.lower()
    assert "did not see the kms resource's own policy" in said
    given = ("--context", "kms:ViaService=ssm.us-east-1.amazonaws.com")
    (found,) = there.json(*words, *given)
    assert (found["by"], found["decision"], found["reason"]) == ("iam-simulator", *["allowed"] * 2)
    assert "p" in found["statements"][0]


def test_elsewhere_an_id_says_nothing_and_that_is_said(elsewhere: Any) -> None:
    said = elsewhere()("explain", "01234567-89ab", code=2).stderr
    assert "tells no reasons by an ID" in said
    assert "simulator" in said


def test_elsewhere_without_a_simulator(elsewhere: Any, arn: str) -> None:
    there = elsewhere("SimulatePrincipalPolicy")
    words = ("explain", "--as", arn, "--action", "kms:Decrypt", "--resource", "*")
    said = there(*words, code=1).stderr
    assert "only a lodekey server" in said
    there("explain", "--as", arn, "--action", "a:B", "--resource", "*", "--data", "none", code=1)


def test_aws_itself_is_not_asked_for_what_it_has_not(lodekey: Any) -> None:
    where = ("--endpoint-url", "https://iam.amazonaws.com")
    said = lodekey("explain", "some-id", *where, code=2).stderr
    assert "is AWS" in said


def test_where_nobody_answers(lodekey: Any, arn: str) -> None:
    where = ("--endpoint-url", "http://127.0.0.1:9")
    words = ("explain", "--as", arn, "--action", "kms:Decrypt", "--resource", "*", *where)
    assert "no server answers" in lodekey(*words, code=7).stderr
