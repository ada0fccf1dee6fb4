"""Explain: a past denial by its id, and a supposed request; VerifyTrail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lodekey.cli import own_service
from lodekey.wire.http import HttpRequest
from world import Identity, World, allow


def call(world: World, operation: str, request: dict[str, Any], who: Identity | None = None) -> Any:
    key = who or world.root
    body = json.dumps(request).encode()
    target = f"{own_service.TARGET}.{operation}"
    head = own_service._signed_head(
        "127.0.0.1:4566", target, body, key.access_key_id, key.secret, key.token
    ).decode()
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
    answer = world.handle(HttpRequest("POST", "/", "", dict(lines), body))
    return answer.status, json.loads(answer.body)


def denied(world: World, who: Identity) -> str:
    iam = world.client("iam", as_=who)
    with pytest.raises(iam.exceptions.ClientError) as caught:
        iam.get_user(UserName="bob")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    return str(headers["x-lodekey-decision-id"])


def test_a_denial_is_explained_by_its_id(world: World) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    alice = world.user("alice", [allow("iam:GetUser", Condition=condition)])
    status, answer = call(world, "Explain", {"DecisionId": denied(world, alice)})
    assert 200 == status
    (explanation,) = answer["Explanations"]
    assert not explanation["Allowed"]
    assert not explanation["Changed"]
    for word in ("aws:requestedregion", "eu-west-1", "us-east-1", "iam:GetUser"):
        assert word.lower() in explanation["Text"].lower()
    assert json.loads(explanation["Json"])["policies"]


def test_an_explanation_says_when_the_policies_have_changed(world: World) -> None:
    alice = world.user("alice", [allow("iam:ListUsers")])
    decision = denied(world, alice)
    world.client("iam").put_user_policy(
        UserName="alice",
        PolicyName="more",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("iam:*")]}),
    )
    _, answer = call(world, "Explain", {"DecisionId": decision})
    assert answer["Explanations"][0]["Changed"]


def test_a_supposed_request_is_explained(world: World) -> None:
    alice = world.user("alice", [allow("kms:Decrypt")])
    request = {
        "Principal": alice.arn,
        "Action": "ssm:GetParameter",
        "Resource": "arn:aws:ssm:us-east-1:111122223333:parameter/p",
    }
    _, answer = call(world, "Explain", request)
    assert not answer["Explanations"][0]["Allowed"]
    request["Action"] = "kms:Decrypt"
    _, answer = call(world, "Explain", request)
    assert answer["Explanations"][0]["Allowed"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"DecisionId": "no-such"}, "NoSuchDecisionException"),
        ({"Principal": "arn:aws:iam::111122223333:user/x"}, "ValidationException"),
        ({}, "ValidationException"),
        (
            {
                "Principal": "arn:aws:iam::111122223333:user/x",
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
            "NoSuchPrincipalException",
        ),
    ],
)
def test_what_cannot_be_explained(world: World, request_: dict[str, Any], code: str) -> None:
    status, answer = call(world, "Explain", request_)
    assert 400 == status
    assert code == answer["__type"].rpartition("#")[2]


def test_another_accounts_denials_are_not_told(world: World) -> None:
    alice = world.user("alice")
    decision = denied(world, alice)
    assert 200 == call(world, "Explain", {"DecisionId": decision})[0]
    other = world.account()
    status, answer = call(world, "Explain", {"DecisionId": decision}, other)
    assert (400, "NoSuchDecisionException") == (status, answer["__type"].rpartition("#")[2])
    supposed = {"Principal": alice.arn, "Action": "kms:Decrypt", "Resource": "*"}
    status, answer = call(world, "Explain", supposed, other)
    assert (400, "AccessDeniedException") == (status, answer["__type"].rpartition("#")[2])


def test_the_trail_is_verified(world: World) -> None:
    world.user("alice")
    status, answer = call(world, "VerifyTrail", {})
    assert 200 == status
    assert answer["Sound"]
    assert answer["Records"] >= 2
    status, _ = call(world, "VerifyTrail", {}, world.account())
    assert 400 == status
