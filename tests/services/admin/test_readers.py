"""WhoCanRead: who reads, who could come to, and that nobody else can."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lodekey.cli.demo_parts import TRUST, right_key_policy, seed_key_policy
from services.admin.test_explain import call
from world import ACCOUNT, World, allow

ROLE = f"arn:aws:iam::{ACCOUNT}:role/myfunction-role"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def ask(world: World, resource: str, **more: Any) -> dict[str, Any]:
    status, answer = call(world, "WhoCanRead", {"Resource": resource, **more})
    assert 200 == status, answer
    found: dict[str, Any] = answer
    return found


def readers(answer: dict[str, Any]) -> set[str]:
    return {each["Principal"] for each in answer["Readers"]}


def user(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


@pytest.fixture
def story(world: World) -> World:
    """The walk-through's people: an administrator of everything, a writer, a stranger, a role."""
    world.user("admin", [allow("kms:*", "ssm:*", "secretsmanager:*")])
    world.user("writer", [allow("ssm:PutParameter", "secretsmanager:CreateSecret")])
    world.user("stranger", [allow("iam:GetUser")])
    world.role(
        "myfunction-role",
        TRUST,
        [allow("ssm:GetParameter", "secretsmanager:GetSecretValue", "kms:Decrypt")],
    )
    return world


def sealed(world: World, policy: dict[str, Any]) -> tuple[str, str]:
    """A key with this policy, and a secret and a parameter under it; the key's and secret's ARN."""
    kms = world.client("kms")
    key = kms.create_key(Policy=json.dumps(seed_key_policy(ACCOUNT)))["KeyMetadata"]["Arn"]
    made = world.client("secretsmanager").create_secret(
        Name="my-secret", KmsKeyId=key, SecretString=world.sentinel
    )
    world.client("ssm").put_parameter(
        Name="/app/my-parameter", Type="SecureString", KeyId=key, Value=world.sentinel
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    return key, made["ARN"]


@pytest.mark.parametrize("what", ["sm:my-secret", "ssm:/app/my-parameter"])
def test_the_seeds_policy_lets_the_administrator_read(story: World, what: str) -> None:
    sealed(story, seed_key_policy(ACCOUNT))
    assert {ROOT, user("admin"), ROLE} == readers(ask(story, what))


@pytest.mark.parametrize("what", ["sm:my-secret", "ssm:/app/my-parameter"])
def test_the_right_policy_lets_one_role_read(story: World, what: str) -> None:
    sealed(story, right_key_policy(ACCOUNT))
    assert {ROLE} == readers(ask(story, what))


def test_of_the_key_the_writer_is_a_reader_too(story: World) -> None:
    key, _ = sealed(story, right_key_policy(ACCOUNT))
    assert {ROLE, user("writer")} == readers(ask(story, key))


def test_root_could_become_a_reader_by_the_key_policy(story: World) -> None:
    key, _ = sealed(story, right_key_policy(ACCOUNT))
    answer = ask(story, "ssm:/app/my-parameter")
    steps = {(each["Principal"], *each["Steps"]) for each in answer["Escalations"]}
    assert (ROOT, f"kms:PutKeyPolicy on {key}") in steps
    assert {ROOT} == {each["Principal"] for each in answer["Escalations"]}
    assert answer["Unable"] == answer["NonReaders"] - 1


def test_who_may_update_the_secret_may_have_it_sealed_with_a_key_of_their_own(story: World) -> None:
    _, secret = sealed(story, right_key_policy(ACCOUNT))
    steps = [
        each["Steps"]
        for each in ask(story, "sm:my-secret")["Escalations"]
        if each["Principal"] == user("admin")
    ]
    assert 1 == len(steps)
    assert steps[0][0].startswith(f"secretsmanager:UpdateSecret on {secret}")


def test_a_refusal_names_the_statement(story: World) -> None:
    sealed(story, right_key_policy(ACCOUNT))
    answer = ask(story, "sm:my-secret", Principal=user("admin"))
    assert [] == answer["Readers"]
    proof = json.loads(answer["Certificate"])
    assert proof["complete"]
    refusals = proof["refusals"][user("admin")]
    assert ["kms:Decrypt: statement NobodyElse of key policy denies it"] == [
        each for each in refusals if each.startswith("kms")
    ]


# Who could come to.


def steps_of(answer: dict[str, Any], who: str) -> list[str]:
    """The first step of every way of *who*."""
    return [each["Steps"][0].split(" ")[0] for each in answer["Escalations"] if _is(each, who)]


def _is(each: dict[str, Any], who: str) -> bool:
    return bool(each["Principal"] == who)


READ = allow("secretsmanager:GetSecretValue", "kms:Decrypt")
OWN_TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": ROOT},
    "Action": "sts:AssumeRole",
}


@pytest.mark.parametrize(
    ("statements", "step"),
    [
        ([allow("sts:AssumeRole")], "sts:AssumeRole"),
        ([allow("iam:PutUserPolicy")], "iam:PutUserPolicy"),
        ([allow("iam:AttachUserPolicy")], "iam:AttachUserPolicy"),
        ([allow("iam:CreateAccessKey")], "iam:CreateAccessKey"),
        ([allow("iam:AddUserToGroup")], "iam:AddUserToGroup"),
        ([allow("kms:PutKeyPolicy"), READ], "kms:PutKeyPolicy"),
        ([allow("kms:CreateGrant", "secretsmanager:GetSecretValue")], "kms:CreateGrant"),
        ([allow("secretsmanager:PutResourcePolicy", "kms:Decrypt")], None),
        ([allow("secretsmanager:UpdateSecret", "secretsmanager:GetSecretValue")], None),
        ([allow("iam:ListUsers", "lambda:*", "kms:Describe*")], ""),
    ],
)
def test_each_step_is_found_and_only_where_it_is_allowed(
    world: World, statements: list[dict[str, Any]], step: str | None
) -> None:
    world.user("reader", READ)
    world.role("assumed", OWN_TRUST, READ)
    iam = world.client("iam")
    iam.create_group(GroupName="readers")
    iam.put_group_policy(
        GroupName="readers",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [READ]}),
    )
    if READ in statements:  # kept out by the key alone
        statements = [
            *statements,
            {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
        ]
    climber = world.user("climber", statements)
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    world.client("secretsmanager").create_secret(
        Name="s", KmsKeyId=key, SecretString=world.sentinel
    )
    if READ in statements:
        policy = seed_key_policy(ACCOUNT)
        policy["Statement"].append(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"ArnEquals": {"aws:PrincipalArn": climber.arn}},
            }
        )
        world.client("kms").put_key_policy(
            KeyId=key, PolicyName="default", Policy=json.dumps(policy)
        )
    answer = ask(world, "sm:s")
    assert climber.arn not in readers(answer)
    found = steps_of(answer, climber.arn)
    if step == "":
        assert [] == found
    elif step is None:
        assert found
        assert found[0].startswith("secretsmanager:")
    else:
        assert step in found
