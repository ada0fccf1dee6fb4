"""Access keys."""

from __future__ import annotations

from typing import Any

import pytest

from services.iam.calling import refused


@pytest.fixture
def iam(shared_world: Any) -> Any:
    return shared_world.client("iam")


def test_a_key_signs_until_it_is_switched_off(shared_world: Any, iam: Any) -> None:
    who = shared_world.user("switched")
    sts = shared_world.client("sts", as_=who)
    assert who.arn == sts.get_caller_identity()["Arn"]
    iam.update_access_key(UserName="switched", AccessKeyId=who.access_key_id, Status="Inactive")
    with refused("InvalidClientTokenId", status=403):
        sts.get_caller_identity()
    iam.update_access_key(UserName="switched", AccessKeyId=who.access_key_id, Status="Active")
    assert who.arn == sts.get_caller_identity()["Arn"]
    iam.delete_access_key(UserName="switched", AccessKeyId=who.access_key_id)
    with refused("InvalidClientTokenId", status=403):
        sts.get_caller_identity()


def test_two_keys_and_no_more(iam: Any) -> None:
    iam.create_user(UserName="two-keyed")
    made = [iam.create_access_key(UserName="two-keyed")["AccessKey"] for _ in range(2)]
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName="two-keyed")
    listed = iam.list_access_keys(UserName="two-keyed")["AccessKeyMetadata"]
    assert {key["AccessKeyId"] for key in made} == {key["AccessKeyId"] for key in listed}
    assert not any("SecretAccessKey" in key for key in listed)


def test_a_key_of_somebody_else_is_not_there(iam: Any) -> None:
    for name in ("owner", "other"):
        iam.create_user(UserName=name)
    key = iam.create_access_key(UserName="owner")["AccessKey"]["AccessKeyId"]
    message = f"The Access Key with id {key} cannot be found."
    with refused("NoSuchEntity", message):
        iam.update_access_key(UserName="other", AccessKeyId=key, Status="Inactive")
    with refused("NoSuchEntity", message):
        iam.delete_access_key(UserName="other", AccessKeyId=key)


def test_the_root_has_keys_of_its_own(shared_world: Any) -> None:
    other = shared_world.account()
    iam = shared_world.client("iam", as_=other)
    listed = iam.list_access_keys()["AccessKeyMetadata"]
    assert [other.access_key_id] == [key["AccessKeyId"] for key in listed]
    second = iam.create_access_key()["AccessKey"]["AccessKeyId"]
    iam.delete_access_key(AccessKeyId=second)
    assert 1 == len(iam.list_access_keys()["AccessKeyMetadata"])


def test_a_user_may_be_let_manage_its_own_keys(shared_world: Any) -> None:
    own = {
        "Effect": "Allow",
        "Action": "iam:*AccessKey*",
        "Resource": "arn:aws:iam::*:user/${aws:username}",
    }
    me = shared_world.client("iam", as_=shared_world.user("own-keys", [own]))
    shared_world.client("iam").create_user(UserName="not-own-keys")
    key = me.create_access_key()["AccessKey"]
    assert key["UserName"] == "own-keys"
    with refused("AccessDenied"):
        me.create_access_key(UserName="not-own-keys")


def test_the_secret_is_shown_once_and_never_in_the_trail(world: Any) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="trailed")
    secret = iam.create_access_key(UserName="trailed")["AccessKey"]["SecretAccessKey"]
    events = world.events()
    assert any(event["eventName"] == "CreateAccessKey" for event in events)
    assert secret not in repr(events)


def test_when_a_key_and_a_role_were_last_used(world: Any) -> None:
    iam = world.client("iam")
    who = world.user("used", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    unused = iam.get_access_key_last_used(AccessKeyId=who.access_key_id)
    assert ("used", "N/A") == (unused["UserName"], unused["AccessKeyLastUsed"]["ServiceName"])
    world.client("sts", as_=who, region="eu-west-1").get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=who.access_key_id)["AccessKeyLastUsed"]
    assert ("sts", "eu-west-1") == (used["ServiceName"], used["Region"])
    world.run_jobs()
    again = iam.get_access_key_last_used(AccessKeyId=who.access_key_id)["AccessKeyLastUsed"]
    assert used == again
    arn = world.role(
        "used-role", {"Effect": "Allow", "Principal": {"AWS": who.arn}, "Action": "sts:AssumeRole"}
    )
    session = world.assume(arn, as_=who)
    assert {} == iam.get_role(RoleName="used-role")["Role"]["RoleLastUsed"]
    world.client("sts", as_=session).get_caller_identity()
    assert "us-east-1" == iam.get_role(RoleName="used-role")["Role"]["RoleLastUsed"]["Region"]
