"""An Allow is kept with the principal; nothing that a record or a context key decides is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.gate import authorize

ALLOW = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that were decided, not remembered."""
    found: list[str] = []
    decide = authorize.decide

    def noting(ask: Any, *more: Any) -> Any:
        found.append(ask.action)
        return decide(ask, *more)

    monkeypatch.setattr(authorize, "decide", noting)
    return found


def denied(call: Any, **members: Any) -> bool:
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
        return True
    return False


def test_the_same_question_is_decided_once(world: Any, decided: list[str]) -> None:
    world.client("ssm").put_parameter(Name="/a", Value="v", Type="String")
    ssm = world.client("ssm", as_=world.user("reader", [ALLOW]))
    decided.clear()
    for _ in range(3):
        ssm.get_parameter(Name="/a")
    assert decided == ["ssm:GetParameter"]


def test_a_denial_is_decided_every_time(world: Any, decided: list[str]) -> None:
    world.client("ssm").put_parameter(Name="/a", Value="v", Type="String")
    ssm = world.client("ssm", as_=world.user("nobody", [{**ALLOW, "Action": "ssm:PutParameter"}]))
    decided.clear()
    for _ in range(3):
        assert denied(ssm.get_parameter, Name="/a")
    assert decided == ["ssm:GetParameter"] * 3


def test_a_condition_is_looked_at_every_time(world: Any, decided: list[str]) -> None:
    until = world.clock() + 100
    limit = {"DateLessThan": {"aws:EpochTime": str(int(until))}}
    world.client("ssm").put_parameter(Name="/a", Value="v", Type="String")
    ssm = world.client("ssm", as_=world.user("reader", [{**ALLOW, "Condition": limit}]))
    for _ in range(3):
        ssm.get_parameter(Name="/a")
    world.clock.advance(200)
    assert denied(ssm.get_parameter, Name="/a")


def test_a_condition_of_a_deny_that_does_not_match_now_is_looked_at_again(world: Any) -> None:
    later = {"DateGreaterThan": {"aws:EpochTime": str(int(world.clock() + 100))}}
    deny = {**ALLOW, "Effect": "Deny", "Condition": later}
    world.client("ssm").put_parameter(Name="/a", Value="v", Type="String")
    ssm = world.client("ssm", as_=world.user("reader", [ALLOW, deny]))
    ssm.get_parameter(Name="/a")
    world.clock.advance(200)
    assert denied(ssm.get_parameter, Name="/a")


def test_a_changed_identity_policy_counts_at_once(world: Any) -> None:
    world.client("ssm").put_parameter(Name="/a", Value="v", Type="String")
    user = world.user("reader", [ALLOW])
    ssm = world.client("ssm", as_=user)
    ssm.get_parameter(Name="/a")
    iam = world.client("iam")
    for name in iam.list_user_policies(UserName=user.name)["PolicyNames"]:
        iam.delete_user_policy(UserName=user.name, PolicyName=name)
    assert denied(ssm.get_parameter, Name="/a")


def test_a_changed_key_policy_counts_at_once(world: Any) -> None:
    user = world.user("reader", [{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}])
    root, kms = world.client("kms"), world.client("kms", as_=user)
    key = root.create_key()["KeyMetadata"]["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    policy = json.loads(root.get_key_policy(KeyId=key)["Policy"])
    deny = {"Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": "*", "Resource": "*"}
    policy["Statement"].append({"Sid": "no", **deny, "Action": "kms:Encrypt"})
    root.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    assert denied(kms.encrypt, KeyId=key, Plaintext=b"x")


def test_a_changed_secret_policy_counts_at_once(world: Any) -> None:
    action = "secretsmanager:GetSecretValue"
    root = world.client("secretsmanager")
    user = world.user(
        "reader", [{"Effect": "Allow", "Action": [action, "kms:Decrypt"], "Resource": "*"}]
    )
    secrets = world.client("secretsmanager", as_=user)
    root.create_secret(Name="s", SecretString="v")
    secrets.get_secret_value(SecretId="s")
    deny = {"Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": action, "Resource": "*"}
    root.put_resource_policy(SecretId="s", ResourcePolicy=document(deny))
    assert denied(secrets.get_secret_value, SecretId="s")
