"""AWS managed policies, passwords, one-time codes."""

from __future__ import annotations

import pytest

from lodekey.identity import aws_managed
from lodekey.identity.one_time_codes import code_at, enable, take_code
from lodekey.identity.passwords import faults_of, hash_password, is_password
from lodekey.identity.records import MfaDevice, PasswordPolicy
from lodekey.policy.document import validate
from services.iam.calling import refused
from world import World


@pytest.mark.parametrize("policy", list(aws_managed.policies()), ids=lambda each: each.name)
def test_an_aws_policy_is_a_policy(policy: aws_managed.ManagedPolicy) -> None:
    validate(policy.text, "identity")
    assert policy.arn.startswith("arn:aws:iam::aws:policy/")
    assert policy is aws_managed.policy(policy.arn)
    assert 21 == len(policy.id)


def test_their_ids_differ() -> None:
    ids = [policy.id for policy in aws_managed.policies()]
    assert len(ids) == len(set(ids))


def test_a_password_is_known_by_its_hash() -> None:
    hashed = hash_password("correct horse")
    assert is_password("correct horse", hashed)
    assert not is_password("correct horsf", hashed)
    assert hashed != hash_password("correct horse")


def test_what_a_password_lacks() -> None:
    policy = PasswordPolicy(
        minimum_length=8, symbols=True, numbers=True, uppercase=True, lowercase=True
    )
    assert [] == faults_of("Abcdef1!", policy)
    assert 5 == len(faults_of("", policy))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert code == code_at(b"12345678901234567890", seconds // 30)


def test_a_code_is_good_once_and_near_its_time() -> None:
    device = MfaDevice(account="1", name="d", seed=b"12345678901234567890", created=0)
    now = 1111111109
    taken = take_code(device, code_at(device.seed, now // 30), now)
    assert taken is not None
    assert take_code(taken, code_at(device.seed, now // 30), now) is None
    assert take_code(taken, code_at(device.seed, now // 30 - 1), now) is None
    assert take_code(taken, code_at(device.seed, now // 30 + 1), now) is not None
    assert take_code(device, code_at(device.seed, now // 30 + 2), now) is None


def test_two_codes_that_follow_each_other_enable() -> None:
    device = MfaDevice(account="1", name="d", seed=b"12345678901234567890", created=0)
    now = 1111111109
    step = now // 30
    first, second = code_at(device.seed, step), code_at(device.seed, step + 1)
    enabled = enable(device, first, second, now)
    assert enabled is not None
    assert now == enabled.enabled
    assert enable(device, second, first, now) is None
    assert enable(device, first, first, now) is None


def test_an_aws_policy_lets_and_does_not_let(world: World) -> None:
    alice = world.user("alice")
    ssm, hers = world.client("ssm"), world.client("ssm", as_=alice)
    ssm.put_parameter(Name="/p", Value="v", Type="String")
    with refused("AccessDeniedException"):
        hers.get_parameter(Name="/p")
    arn = "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"
    world.client("iam").attach_user_policy(UserName="alice", PolicyArn=arn)
    assert "v" == hers.get_parameter(Name="/p")["Parameter"]["Value"]
    with refused("AccessDeniedException"):
        hers.put_parameter(Name="/p", Value="w", Overwrite=True)
