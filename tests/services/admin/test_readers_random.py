"""WhoCanRead against the enforcing server: whoever is let in is listed, and nobody else.

Policies are drawn at random from pieces that allow, deny and depend; every principal then really
tries to read.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.admin.test_readers import ask
from world import ACCOUNT, REGION, Identity, World, allow, document

USERS = ("ann", "bea", "cem")
ROLES = ("reader", "worker")
ROUNDS = 40
HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def conditions(draw: random.Random) -> dict[str, Any]:
    """A condition that is known to hold, known to fail, or up to the request; or none."""
    someone = draw.choice(
        [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in USERS]
        + [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ROLES]
    )
    return draw.choice(
        [
            {},
            {},
            {},
            {"ArnEquals": {"aws:PrincipalArn": someone}},
            {"ArnNotEquals": {"aws:PrincipalArn": someone}},
            {"StringEquals": {"aws:RequestedRegion": REGION}},
            {"StringEquals": {"aws:UserAgent": "nobody"}},
            {"StringNotEquals": {"aws:UserAgent": "nobody"}},
            {"Null": {"aws:TokenIssueTime": "true"}},
            {"Bool": {"aws:ViaAWSService": "true"}},
            {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}},
            {"StringLike": {"aws:userid": "AROA*"}},
            {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}},
        ]
    )


def statement(draw: random.Random, *, principal: bool) -> dict[str, Any]:
    made = {
        "Effect": draw.choice(["Allow", "Allow", "Deny"]),
        "Action": draw.choice(
            ["kms:Decrypt", "secretsmanager:GetSecretValue", "kms:*", "secretsmanager:*"]
        ),
        "Resource": "*",
        "Condition": conditions(draw),
    }
    if principal:
        made["Principal"] = draw.choice(
            [
                "*",
                HERE,
                {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{draw.choice(USERS)}"},
                {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{draw.choice(ROLES)}"},
            ]
        )
    return made


@pytest.fixture(scope="module")
def people(shared_world: World) -> Iterator[dict[str, Identity]]:
    world = shared_world
    found = {name: world.user(name) for name in USERS}
    for name in ROLES:
        trust = {"Effect": "Allow", "Principal": HERE, "Action": "sts:AssumeRole"}
        found[name] = world.assume(world.role(name, trust))
    return {**found, "root": world.root}  # type: ignore[return-value]


def arrange(world: World, draw: random.Random, key: str, secret: str) -> None:
    """New policies everywhere."""
    iam = world.client("iam")
    for name in USERS:
        own = [allow("kms:Decrypt", "secretsmanager:GetSecretValue")] * draw.randint(0, 1)
        own += [statement(draw, principal=False) for _ in range(draw.randint(0, 2))]
        own = own or [allow("iam:GetUser")]
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(own))
    for name in ROLES:
        own = [statement(draw, principal=False) for _ in range(draw.randint(1, 3))]
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(own))
    manage = {
        "Effect": "Allow",
        "Principal": HERE,
        "Action": draw.choice(["kms:*", ["kms:PutKeyPolicy", "kms:Get*", "kms:Describe*"]]),
        "Resource": "*",
    }
    more = [statement(draw, principal=True) for _ in range(draw.randint(0, 3))]
    for each in more:
        if each["Effect"] == "Deny":  # the test itself must go on managing the key
            each["Action"] = "kms:Decrypt"
    world.client("kms").put_key_policy(
        KeyId=key,
        PolicyName="default",
        Policy=document([manage, *more]),
        BypassPolicyLockoutSafetyCheck=True,
    )
    own = [statement(draw, principal=True) for _ in range(draw.randint(0, 2))]
    for each in own:
        each["Action"] = "secretsmanager:GetSecretValue"
    manager = world.client("secretsmanager")
    manager.delete_resource_policy(SecretId=secret)
    if own:
        manager.put_resource_policy(
            SecretId=secret, ResourcePolicy=document(own), BlockPublicPolicy=False
        )


def reads(world: World, who: Identity, secret: str) -> bool:
    try:
        world.client("secretsmanager", as_=who).get_secret_value(SecretId=secret)
    except ClientError as error:
        assert "AccessDeniedException" == error.response["Error"]["Code"]
        return False
    return True


def test_whoever_is_let_in_is_listed_and_the_others_are_not(
    shared_world: World, people: dict[str, Identity]
) -> None:
    world = shared_world
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    secret = world.client("secretsmanager").create_secret(
        Name="drawn", KmsKeyId=key, SecretString=world.sentinel
    )["ARN"]
    let_in = kept_out = 0
    for round_ in range(ROUNDS):
        arrange(world, random.Random(round_), key, secret)
        answer = ask(world, secret)
        verdicts = {each["Principal"]: each["Verdict"] for each in answer["Readers"]}
        for name, who in people.items():
            arn = f"arn:aws:iam::{ACCOUNT}:role/{name}" if name in ROLES else who.arn
            let = reads(world, who, secret)
            what = (round_, name, verdicts, json.loads(answer["Certificate"])["refusals"])
            assert not let or arn in verdicts, what
            assert let or verdicts.get(arn) != "always", what
            let_in += let
            kept_out += arn not in verdicts
    assert let_in > ROUNDS // 2, "the worlds drawn say too little"
    assert kept_out > ROUNDS // 2, "the worlds drawn say too little"
