"""Users and groups."""

from __future__ import annotations

from typing import Any

import pytest

from services.iam.calling import POLICY, refused


@pytest.fixture
def iam(shared_world: Any) -> Any:
    return shared_world.client("iam")


def test_a_user_is_shown_as_made(iam: Any) -> None:
    made = iam.create_user(
        UserName="Ada", Path="/math/", Tags=[{"Key": "Team", "Value": "engine"}]
    )["User"]
    shown = iam.get_user(UserName="Ada")["User"]
    assert made == shown
    assert made["Arn"] == "arn:aws:iam::111122223333:user/math/Ada"
    assert made["UserId"].startswith("AIDA")
    assert made["Tags"] == [{"Key": "Team", "Value": "engine"}]


def test_names_differ_regardless_of_case(iam: Any) -> None:
    iam.create_user(UserName="Casey")
    with refused("EntityAlreadyExists", "User with name CASEY already exists.", 409):
        iam.create_user(UserName="CASEY")
    assert iam.get_user(UserName="casey")["User"]["UserName"] == "Casey"


def test_who_asks_without_a_name_is_shown(shared_world: Any, iam: Any) -> None:
    root = iam.get_user()["User"]
    assert root["Arn"] == "arn:aws:iam::111122223333:root"
    assert root["UserId"] == "111122223333"
    me = shared_world.user("selfie", [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}])
    assert me.arn == shared_world.client("iam", as_=me).get_user()["User"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    session = shared_world.assume(shared_world.role("selfless", trust, [allow]))
    with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
        shared_world.client("iam", as_=session).get_user()


def test_what_is_not_there_cannot_be_found(iam: Any) -> None:
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        iam.get_user(UserName="nobody")


def test_who_may_not_ask_does_not_learn_whether_it_is_there(shared_world: Any) -> None:
    shared_world.client("iam").create_user(UserName="hidden")
    stranger = shared_world.client("iam", as_=shared_world.user("stranger"))
    for name in ("hidden", "not-there"):
        message = (
            "User: arn:aws:iam::111122223333:user/stranger is not authorized to perform: "
            f"iam:GetUser on resource: user {name} because no identity-based policy allows the "
            "iam:GetUser action"
        )
        with refused("AccessDenied", message, 403):
            stranger.get_user(UserName=name)


def test_a_renamed_user_is_the_same_user(shared_world: Any, iam: Any) -> None:
    who = shared_world.user("before", [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}])
    before = iam.get_user(UserName="before")["User"]
    iam.update_user(UserName="before", NewUserName="after", NewPath="/new/")
    after = shared_world.client("iam", as_=who)
    shown = iam.get_user(UserName="after")["User"]
    assert (before["UserId"], "/new/") == (shown["UserId"], shown["Path"])
    with refused("NoSuchEntity"):
        iam.get_user(UserName="before")
    assert after.get_user(UserName="after")["User"]["Arn"] == shown["Arn"]


def test_an_access_key_follows_a_renamed_user(shared_world: Any, iam: Any) -> None:
    who = shared_world.user("old-name")
    iam.update_user(UserName="old-name", NewUserName="new-name")
    other = shared_world.user("old-name")
    as_first = shared_world.client("sts", as_=who).get_caller_identity()
    as_second = shared_world.client("sts", as_=other).get_caller_identity()
    assert as_first["Arn"].endswith("user/new-name")
    assert as_second["Arn"].endswith("user/old-name")


def test_a_user_goes_only_when_nothing_hangs_on_it(shared_world: Any, iam: Any) -> None:
    shared_world.user("held", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    iam.create_group(GroupName="holders")
    iam.add_user_to_group(GroupName="holders", UserName="held")
    iam.attach_user_policy(UserName="held", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.create_login_profile(UserName="held", Password="Long-enough-1")
    key = iam.list_access_keys(UserName="held")["AccessKeyMetadata"][0]["AccessKeyId"]
    steps = [
        (
            "must delete access keys first.",
            lambda: iam.delete_access_key(UserName="held", AccessKeyId=key),
        ),
        (
            "must detach all policies first.",
            lambda: iam.detach_user_policy(
                UserName="held", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
            ),
        ),
        (
            "must delete policies first.",
            lambda: iam.delete_user_policy(UserName="held", PolicyName="own"),
        ),
        (
            "must remove users from group first.",
            lambda: iam.remove_user_from_group(GroupName="holders", UserName="held"),
        ),
        ("must delete login profile first.", lambda: iam.delete_login_profile(UserName="held")),
    ]
    for remedy, step in steps:
        with refused("DeleteConflict", f"Cannot delete entity, {remedy}", 409):
            iam.delete_user(UserName="held")
        step()
    iam.delete_user(UserName="held")
    with refused("NoSuchEntity"):
        iam.get_user(UserName="held")


def test_listings_come_in_pages(iam: Any) -> None:
    names = [f"paged-{number:02}" for number in range(7)]
    for name in names:
        iam.create_user(UserName=name, Path="/paged/")
    pages = list(
        iam.get_paginator("list_users").paginate(
            PathPrefix="/paged/", PaginationConfig={"PageSize": 3}
        )
    )
    assert [3, 3, 1] == [len(page["Users"]) for page in pages]
    assert names == [user["UserName"] for page in pages for user in page["Users"]]
    assert "Tags" not in pages[0]["Users"][0]


def test_a_marker_of_another_listing_is_refused(iam: Any) -> None:
    for name in ("marker-a", "marker-b"):
        iam.create_user(UserName=name)
    marker = iam.list_users(MaxItems=1)["Marker"]
    assert iam.list_users(MaxItems=1, Marker=marker)["Users"]
    for stranger in (marker[:-2] + "AA", "x"):
        with refused("ValidationError", "Invalid Marker."):
            iam.list_users(MaxItems=1, Marker=stranger)
    with refused("ValidationError", "Invalid Marker."):
        iam.list_roles(MaxItems=1, Marker=marker)


def test_group_membership(iam: Any) -> None:
    iam.create_user(UserName="member")
    group = iam.create_group(GroupName="Club", Path="/clubs/")["Group"]
    assert group["Arn"] == "arn:aws:iam::111122223333:group/clubs/Club"
    iam.add_user_to_group(GroupName="Club", UserName="member")
    iam.add_user_to_group(GroupName="Club", UserName="member")
    assert ["member"] == [user["UserName"] for user in iam.get_group(GroupName="Club")["Users"]]
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first."):
        iam.delete_group(GroupName="Club")
    iam.update_group(GroupName="Club", NewGroupName="Society")
    groups = iam.list_groups_for_user(UserName="member")["Groups"]
    assert ["Society"] == [each["GroupName"] for each in groups]
    iam.remove_user_from_group(GroupName="Society", UserName="member")
    iam.delete_group(GroupName="Society")


def test_a_group_gives_its_members_its_policies(shared_world: Any, iam: Any) -> None:
    who = shared_world.user("grouped")
    own = shared_world.client("iam", as_=who)
    with refused("AccessDenied"):
        own.list_users()
    iam.create_group(GroupName="listers")
    iam.attach_group_policy(
        GroupName="listers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    )
    iam.add_user_to_group(GroupName="listers", UserName="grouped")
    assert own.list_users()["Users"]
    iam.detach_group_policy(
        GroupName="listers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    )
    with refused("AccessDenied"):
        own.list_users()


def test_a_user_is_in_ten_groups_at_most(iam: Any) -> None:
    iam.create_user(UserName="joiner")
    for number in range(11):
        iam.create_group(GroupName=f"joined-{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"joined-{number}", UserName="joiner")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", 409):
        iam.add_user_to_group(GroupName="joined-10", UserName="joiner")


def test_tags_ignore_the_case_of_their_names(iam: Any) -> None:
    iam.create_user(UserName="tagged", Tags=[{"Key": "Team", "Value": "red"}])
    iam.tag_user(UserName="tagged", Tags=[{"Key": "TEAM", "Value": "blue"}])
    assert [{"Key": "TEAM", "Value": "blue"}] == iam.list_user_tags(UserName="tagged")["Tags"]
    message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    with refused("InvalidInput", message):
        iam.tag_user(
            UserName="tagged", Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
        )
    iam.untag_user(UserName="tagged", TagKeys=["team"])
    assert [] == iam.list_user_tags(UserName="tagged")["Tags"]
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    iam.tag_user(UserName="tagged", Tags=many)
    with refused("LimitExceeded"):
        iam.tag_user(UserName="tagged", Tags=[{"Key": "one-more", "Value": ""}])


def test_the_policy_of_a_user_is_kept_as_written(iam: Any) -> None:
    iam.create_user(UserName="inlined")
    iam.put_user_policy(UserName="inlined", PolicyName="p", PolicyDocument=POLICY)
    shown = iam.get_user_policy(UserName="inlined", PolicyName="p")
    assert shown["PolicyDocument"]["Statement"][0]["Action"] == "s3:GetObject"
    assert ["p"] == iam.list_user_policies(UserName="inlined")["PolicyNames"]
    iam.delete_user_policy(UserName="inlined", PolicyName="p")
    with refused("NoSuchEntity", "The user policy with name p cannot be found."):
        iam.get_user_policy(UserName="inlined", PolicyName="p")


def test_an_inline_policy_has_its_size(iam: Any) -> None:
    iam.create_user(UserName="wordy")
    white = POLICY.replace(" ", " " * 400)
    iam.put_user_policy(UserName="wordy", PolicyName="white", PolicyDocument=white)
    long = POLICY.replace('"*"', f'"arn:aws:s3:::{"b" * 2000}"')
    with refused("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user wordy"):
        iam.put_user_policy(UserName="wordy", PolicyName="long", PolicyDocument=long)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "Syntax errors in policy."),
        ('{"Version":"2012-10-17","Statement":[]}', "Syntax errors in policy."),
        (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}',
            "Policy statement must contain resources.",
        ),
        (
            POLICY.replace('"Action"', '"Principal":"*","Action"'),
            "Policy document should not specify a principal.",
        ),
    ],
)
def test_what_is_no_policy_is_refused(iam: Any, document: str, message: str) -> None:
    iam.create_user(UserName=f"malformed-{abs(hash(document))}")
    with refused("MalformedPolicyDocument", message, 400):
        iam.put_user_policy(
            UserName=f"malformed-{abs(hash(document))}", PolicyName="p", PolicyDocument=document
        )
