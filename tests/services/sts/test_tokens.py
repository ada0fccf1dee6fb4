"""GetSessionToken, GetFederationToken, who asks, and second factors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lodekey.identity.one_time_codes import code_at
from services.iam.calling import refused
from world import ACCOUNT, Identity, allow


def identity(answer: Any, arn: str) -> Identity:
    made = answer["Credentials"]
    return Identity(
        made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], arn, ACCOUNT
    )


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def code(seed: str, world: Any, steps: int = 0) -> str:
    return code_at(base64.b32decode(seed), int(world.clock()) // 30 + steps)


def with_device(world: Any, name: str) -> tuple[str, str]:
    """An enabled device of a user: its serial number and seed."""
    iam = world.client("iam")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    seed = made["Base32StringSeed"].decode()
    iam.enable_mfa_device(
        UserName=name,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=code(seed, world, -2),
        AuthenticationCode2=code(seed, world, -1),
    )
    return made["SerialNumber"], seed


def test_everybody_may_ask_who_they_are(shared_world: Any) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    me = shared_world.user("denied", [deny])
    shown = shared_world.client("sts", as_=me).get_caller_identity()
    assert (ACCOUNT, me.arn) == (shown["Account"], shown["Arn"])
    root = shared_world.client("sts").get_caller_identity()
    assert (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root") == (root["UserId"], root["Arn"])


def test_a_session_of_oneself(shared_world: Any) -> None:
    me = shared_world.user("myself", [allow("*")])
    sts = shared_world.client("sts", as_=me)
    session = identity(sts.get_session_token(), me.arn)
    own = shared_world.client("sts", as_=session)
    assert me.arn == own.get_caller_identity()["Arn"]
    assert shared_world.client("ssm", as_=session).describe_parameters()["Parameters"] == []
    for call in (own.get_session_token, lambda: own.get_federation_token(Name="fed")):
        with refused("InvalidClientTokenId", status=403):
            call()
    with refused("InvalidClientTokenId", status=403):
        shared_world.client("iam", as_=session).get_user()


def test_with_a_second_factor_a_session_may_call_iam(world: Any) -> None:
    me = world.user("two-factor", [allow("*")])
    serial, seed = with_device(world, "two-factor")
    sts = world.client("sts", as_=me)
    wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    with refused("AccessDenied", wrong, 403):
        sts.get_session_token(SerialNumber=serial, TokenCode="000000")
    now = code(seed, world)
    answer = sts.get_session_token(SerialNumber=serial, TokenCode=now)
    session = identity(answer, me.arn)
    assert world.client("iam", as_=session).get_user()["User"]["UserName"] == "two-factor"
    with refused("AccessDenied", wrong, 403):
        sts.get_session_token(SerialNumber=serial, TokenCode=now)
    assert [serial] == [
        each["SerialNumber"]
        for each in world.client("iam").list_mfa_devices(UserName="two-factor")["MFADevices"]
    ]


def test_a_policy_may_ask_for_a_second_factor(world: Any) -> None:
    me = world.user("factor", [allow("sts:AssumeRole")])
    serial, seed = with_device(world, "factor")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": me.arn},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "300"},
        },
    }
    inside = allow("iam:ListUsers", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    arn = world.role("with-factor", trust, [inside])
    with refused("AccessDenied"):
        world.assume(arn, as_=me)
    session = world.assume(arn, as_=me, SerialNumber=serial, TokenCode=code(seed, world))
    assert world.client("iam", as_=session).list_users()["Users"]
    world.clock.advance(60)
    got = world.client("sts", as_=me).get_session_token(
        SerialNumber=serial, TokenCode=code(seed, world)
    )
    recent = identity(got, me.arn)
    assert world.assume(arn, as_=recent).token
    world.clock.advance(301)
    with refused("AccessDenied"):
        world.assume(arn, as_=recent)


def test_a_device_of_somebody_else_is_no_factor(world: Any) -> None:
    for name in ("owner", "thief"):
        world.user(name, [allow("*")])
    serial, seed = with_device(world, "owner")
    thief = world.user("thief-2", [allow("*")])
    with refused("AccessDenied"):
        world.client("sts", as_=thief).get_session_token(
            SerialNumber=serial, TokenCode=code(seed, world)
        )


def test_devices_are_bound_and_released(world: Any) -> None:
    iam = world.client("iam")
    world.user("bound")
    serial, _ = with_device(world, "bound")
    with refused("DeleteConflict"):
        iam.delete_virtual_mfa_device(SerialNumber=serial)
    with refused("EntityAlreadyExists"):
        iam.enable_mfa_device(
            UserName="bound",
            SerialNumber=serial,
            AuthenticationCode1="123456",
            AuthenticationCode2="123457",
        )
    iam.deactivate_mfa_device(UserName="bound", SerialNumber=serial)
    with refused("InvalidAuthenticationCode", status=403):
        iam.enable_mfa_device(
            UserName="bound",
            SerialNumber=serial,
            AuthenticationCode1="123456",
            AuthenticationCode2="123457",
        )
    listed = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert [serial] == [each["SerialNumber"] for each in listed]
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    assert [] == iam.list_virtual_mfa_devices()["VirtualMFADevices"]


def test_a_federated_user_has_what_both_allow(shared_world: Any) -> None:
    me = shared_world.user("broker", [allow("ssm:*", "sts:*")])
    sts = shared_world.client("sts", as_=me)
    answer = sts.get_federation_token(
        Name="guest", Policy=document(allow("ssm:DescribeParameters", "logs:*"))
    )
    assert f"{ACCOUNT}:guest" == answer["FederatedUser"]["FederatedUserId"]
    assert answer["PackedPolicySize"] > 0
    guest = identity(answer, answer["FederatedUser"]["Arn"])
    shown = shared_world.client("sts", as_=guest).get_caller_identity()
    assert f"arn:aws:sts::{ACCOUNT}:federated-user/guest" == shown["Arn"]
    assert [] == shared_world.client("ssm", as_=guest).describe_parameters()["Parameters"]
    with refused("AccessDeniedException"):
        shared_world.client("ssm", as_=guest).get_parameter(Name="/x")
    with refused("AccessDeniedException"):
        shared_world.client("logs", as_=guest).describe_log_groups()
    with refused("InvalidClientTokenId", status=403):
        shared_world.client("iam", as_=guest).list_users()
    with refused("InvalidClientTokenId", status=403):
        shared_world.client("sts", as_=guest).get_session_token()


def test_a_federated_user_without_a_policy_has_nothing(shared_world: Any) -> None:
    me = shared_world.user("broker-2", [allow("ssm:*", "sts:*")])
    answer = shared_world.client("sts", as_=me).get_federation_token(Name="nobody")
    nobody = identity(answer, answer["FederatedUser"]["Arn"])
    with refused("AccessDeniedException"):
        shared_world.client("ssm", as_=nobody).describe_parameters()


@pytest.mark.parametrize("name", ["get_session_token", "get_federation_token"])
def test_only_long_term_credentials_make_tokens(shared_world: Any, name: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    arn = shared_world.role(f"maker-{name.replace('_', '-')}", trust, [allow("*")])
    sts = shared_world.client("sts", as_=shared_world.assume(arn))
    more = {"Name": "fed"} if name == "get_federation_token" else {}
    with refused("AccessDenied", status=403):
        getattr(sts, name)(**more)


def test_the_roots_tokens_last_an_hour(shared_world: Any) -> None:
    sts = shared_world.client("sts")
    made = sts.get_session_token(DurationSeconds=7200)["Credentials"]["Expiration"]
    assert made.timestamp() <= shared_world.clock() + 3600


def test_a_deleted_user_ends_its_sessions(shared_world: Any) -> None:
    me = shared_world.user("mortal", [allow("*")])
    session = identity(shared_world.client("sts", as_=me).get_session_token(), me.arn)
    sts = shared_world.client("sts", as_=session)
    assert me.arn == sts.get_caller_identity()["Arn"]
    iam = shared_world.client("iam")
    iam.update_user(UserName="mortal", NewUserName="renamed")
    assert sts.get_caller_identity()["Arn"].endswith("/renamed")
    iam.delete_access_key(UserName="renamed", AccessKeyId=me.access_key_id)
    iam.delete_user_policy(UserName="renamed", PolicyName="own")
    iam.delete_user(UserName="renamed")
    with refused("InvalidClientTokenId", status=403):
        sts.get_caller_identity()


def test_whose_access_key_it_is(shared_world: Any) -> None:
    sts = shared_world.client("sts")
    other = shared_world.account()
    assert other.account == sts.get_access_key_info(AccessKeyId=other.access_key_id)["Account"]
    asia = sts.get_session_token()["Credentials"]["AccessKeyId"]
    assert ACCOUNT == sts.get_access_key_info(AccessKeyId=asia)["Account"]
    with refused("ValidationError"):
        sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")


def test_a_changed_token_is_refused(shared_world: Any) -> None:
    made = identity(shared_world.client("sts").get_session_token(), "")
    stolen = identity(shared_world.client("sts").get_session_token(), "")
    for wrong in (
        made._replace(token=made.token[:-8] + "AAAAAAA="),
        made._replace(token=stolen.token),
        made._replace(token=""),
    ):
        with refused("InvalidClientTokenId", status=403):
            shared_world.client("sts", as_=wrong).get_caller_identity()
    assert shared_world.client("sts", as_=made).get_caller_identity()["Account"] == ACCOUNT
