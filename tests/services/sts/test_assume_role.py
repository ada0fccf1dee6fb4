"""AssumeRole, on every road and refused on every one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.iam.calling import refused
from world import ACCOUNT, Identity, allow

ANYONE = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:*"]}


@pytest.fixture
def caller(shared_world: Any) -> Identity:
    return once(shared_world, "caller", allow("sts:*"))


def once(world: Any, name: str, policy: Any) -> Identity:
    """A user made at the first asking."""
    made: dict[str, Identity] = world.__dict__.setdefault("made", {})
    if name not in made:
        made[name] = world.user(name, policy)
    return made[name]


def role(world: Any, name: str, trust: Any = ANYONE, policy: Any = None, **more: Any) -> str:
    """A role; *trust* is one statement."""
    trusts = trust if isinstance(trust, list) else [trust]
    arn: str = world.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trusts}),
        **more,
    )["Role"]["Arn"]
    if policy is not None:
        world.client("iam").put_role_policy(
            RoleName=name,
            PolicyName="own",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": policy}),
        )
    return arn


def not_authorized(who: str, arn: str, action: str = "sts:AssumeRole") -> str:
    return f"User: {who} is not authorized to perform: {action} on resource: {arn}"


def test_a_session_is_the_role(shared_world: Any, caller: Identity) -> None:
    arn = role(shared_world, "plain", policy=[allow("iam:GetRole")])
    answer = shared_world.client("sts", as_=caller).assume_role(
        RoleArn=arn, RoleSessionName="me@work"
    )
    assert "PackedPolicySize" not in answer
    made = answer["AssumedRoleUser"]
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/plain/me@work" == made["Arn"]
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    session = shared_world.assume(arn, as_=caller, session="me@work")
    shown = shared_world.client("sts", as_=session).get_caller_identity()
    assert (made["Arn"], made["AssumedRoleId"]) == (shown["Arn"], shown["UserId"])
    own = shared_world.client("iam", as_=session)
    assert own.get_role(RoleName="plain")["Role"]["Arn"] == arn
    with refused("AccessDenied"):
        own.list_users()


def test_the_root_assumes_no_role(shared_world: Any) -> None:
    arn = role(shared_world, "not-for-root")
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        shared_world.client("sts").assume_role(RoleArn=arn, RoleSessionName="root")


def test_a_role_that_trusts_somebody_else_is_as_good_as_none(
    shared_world: Any, caller: Identity
) -> None:
    other = once(shared_world, "other", allow("sts:*"))
    arn = role(shared_world, "for-other", {**ANYONE, "Principal": {"AWS": other.arn}})
    assert shared_world.assume(arn, as_=other).token
    gone = f"arn:aws:iam::{ACCOUNT}:role/gone"
    named = {"StringEquals": {"sts:RoleSessionName": "me"}}
    conditional = once(shared_world, "conditional", allow("sts:*", Condition=named))
    for who in (caller, conditional):
        for each in (arn, gone):
            with refused("AccessDenied", not_authorized(who.arn, each), 403):
                shared_world.client("sts", as_=who).assume_role(RoleArn=each, RoleSessionName="me")


def test_trusting_the_account_takes_the_callers_policy_too(shared_world: Any) -> None:
    arn = role(shared_world, "for-account")
    without = once(shared_world, "without", None)
    message = not_authorized(without.arn, arn) + (
        " because no identity-based policy allows the sts:AssumeRole action"
    )
    with refused("AccessDenied", message, 403):
        shared_world.assume(arn, as_=without)
    direct = role(shared_world, "for-without", {**ANYONE, "Principal": {"AWS": without.arn}})
    assert shared_world.assume(direct, as_=without).token


def test_across_accounts_it_takes_both_sides(shared_world: Any) -> None:
    other = shared_world.account()
    iam = shared_world.client("iam", as_=other)
    theirs = shared_world.user("theirs", as_=other)
    arn = role(shared_world, "across", {**ANYONE, "Principal": {"AWS": other.account}})
    with refused("AccessDenied"):
        shared_world.assume(arn, as_=theirs)
    iam.put_user_policy(
        UserName="theirs",
        PolicyName="p",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [allow("sts:AssumeRole")]}
        ),
    )
    session = shared_world.assume(arn, as_=theirs)
    assert ACCOUNT == shared_world.client("sts", as_=session).get_caller_identity()["Account"]
    own = role(shared_world, "not-across", {**ANYONE, "Principal": {"AWS": ACCOUNT}})
    with refused("AccessDenied", not_authorized(theirs.arn, own)):
        shared_world.assume(own, as_=theirs)


def test_an_external_id_is_asked_for(shared_world: Any, caller: Identity) -> None:
    asking = {**ANYONE, "Condition": {"StringEquals": {"sts:ExternalId": "x-123"}}}
    arn = role(shared_world, "external", asking)
    assert shared_world.assume(arn, as_=caller, ExternalId="x-123").token
    for wrong in ({}, {"ExternalId": "x-124"}):
        with refused("AccessDenied"):
            shared_world.assume(arn, as_=caller, **wrong)


def test_a_session_name_can_be_asked_for(shared_world: Any, caller: Identity) -> None:
    named = {**ANYONE, "Condition": {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}}
    arn = role(shared_world, "named", named)
    assert shared_world.assume(arn, as_=caller, session="caller").token
    with refused("AccessDenied"):
        shared_world.assume(arn, as_=caller, session="somebody")


def test_how_long_a_session_lasts(shared_world: Any, caller: Identity) -> None:
    short = role(shared_world, "short")
    long = role(shared_world, "long", MaxSessionDuration=43200)
    message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    with refused("ValidationError", message, 400):
        shared_world.assume(short, as_=caller, DurationSeconds=3601)
    assert shared_world.assume(long, as_=caller, DurationSeconds=43200).token
    session = shared_world.assume(long, as_=caller)
    again = role(shared_world, "again", policy=[allow("*")], MaxSessionDuration=43200)
    role_policy = {"Version": "2012-10-17", "Statement": [allow("sts:AssumeRole")]}
    shared_world.client("iam").put_role_policy(
        RoleName="long", PolicyName="p", PolicyDocument=json.dumps(role_policy)
    )
    message = (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining"
    )
    with refused("ValidationError", message, 400):
        shared_world.assume(again, as_=session, DurationSeconds=3601)
    assert shared_world.assume(again, as_=session, DurationSeconds=3600).token


def test_a_session_ends(world: Any) -> None:
    arn = world.role("ending", {**ANYONE})
    session = world.assume(arn, DurationSeconds=900)
    sts = world.client("sts", as_=session)
    assert sts.get_caller_identity()["Account"] == ACCOUNT
    world.clock.advance(901)
    with refused("ExpiredToken", status=403):
        sts.get_caller_identity()


def test_a_deleted_role_ends_its_sessions(shared_world: Any, caller: Identity) -> None:
    arn = role(shared_world, "mortal")
    session = shared_world.assume(arn, as_=caller)
    sts = shared_world.client("sts", as_=session)
    assert sts.get_caller_identity()["Arn"].endswith("mortal/session")
    shared_world.client("iam").delete_role(RoleName="mortal")
    with refused("InvalidClientTokenId", status=403):
        sts.get_caller_identity()
    role(shared_world, "mortal")
    with refused("InvalidClientTokenId", status=403):
        sts.get_caller_identity()


def test_a_change_of_policy_reaches_a_session_at_once(shared_world: Any, caller: Identity) -> None:
    arn = role(shared_world, "changing", policy=[allow("iam:ListUsers")])
    iam = shared_world.client("iam", as_=shared_world.assume(arn, as_=caller))
    assert iam.list_users()["Users"]
    shared_world.client("iam").delete_role_policy(RoleName="changing", PolicyName="own")
    with refused("AccessDenied"):
        iam.list_users()


def test_older_sessions_can_be_revoked(world: Any) -> None:
    arn = world.role("revoked", {**ANYONE}, [allow("iam:ListUsers")])
    session = world.assume(arn)
    iam = world.client("iam", as_=session)
    assert iam.list_users()["Users"]
    world.clock.advance(60)
    when = world.clock()
    import datetime as dt

    date = dt.datetime.fromtimestamp(when, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    deny = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": date}},
    }
    world.client("iam").put_role_policy(
        RoleName="revoked",
        PolicyName="AWSRevokeOlderSessions",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    with refused("AccessDenied"):
        iam.list_users()
    world.clock.advance(60)
    assert world.client("iam", as_=world.assume(arn)).list_users()["Users"]


def test_session_policies_cut(shared_world: Any, caller: Identity) -> None:
    arn = role(shared_world, "cut", policy=[allow("iam:*")])
    inline = json.dumps({"Version": "2012-10-17", "Statement": [allow("iam:ListUsers")]})
    managed = [{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}]
    sts = shared_world.client("sts", as_=caller)
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me", Policy=inline)
    assert 0 < answer["PackedPolicySize"] <= 100
    with_inline = shared_world.client(
        "iam", as_=shared_world.assume(arn, as_=caller, Policy=inline)
    )
    assert with_inline.list_users()["Users"]
    with refused("AccessDenied"):
        with_inline.list_roles()
    with_managed = shared_world.client(
        "iam", as_=shared_world.assume(arn, as_=caller, PolicyArns=managed)
    )
    assert with_managed.list_roles()["Roles"]
    message = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/cut/session is not authorized to perform: "
        f"iam:CreateUser on resource: arn:aws:iam::{ACCOUNT}:user/x because no session policy "
        "allows the iam:CreateUser action"
    )
    with refused("AccessDenied", message):
        with_managed.create_user(UserName="x")


def test_session_policies_that_are_none(shared_world: Any, caller: Identity) -> None:
    arn = role(shared_world, "uncut")
    with refused("MalformedPolicyDocument", status=400):
        shared_world.assume(arn, as_=caller, Policy='{"Version":"2012-10-17"}')
    with refused("MalformedPolicyDocument", status=400):
        shared_world.assume(
            arn, as_=caller, PolicyArns=[{"arn": f"arn:aws:iam::{ACCOUNT}:policy/none"}]
        )
    with refused("ValidationError", status=400):
        many = [{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}] * 11
        shared_world.assume(arn, as_=caller, PolicyArns=many)


def test_too_much_to_pack(shared_world: Any, caller: Identity) -> None:
    import random
    import string

    arn = role(shared_world, "packed")
    rng = random.Random(7)
    tags = [
        {"Key": f"k{n}", "Value": "".join(rng.choices(string.ascii_letters + string.digits, k=200))}
        for n in range(20)
    ]
    with refused("PackedPolicyTooLarge", status=400):
        shared_world.assume(arn, as_=caller, Tags=tags)


def test_session_tags_override_the_roles(shared_world: Any, caller: Identity) -> None:
    tagged = allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    arn = role(shared_world, "tagged", policy=[tagged], Tags=[{"Key": "Team", "Value": "red"}])
    with refused("AccessDenied"):
        shared_world.client("iam", as_=shared_world.assume(arn, as_=caller)).list_users()
    blue = shared_world.assume(arn, as_=caller, Tags=[{"Key": "team", "Value": "blue"}])
    assert shared_world.client("iam", as_=blue).list_users()["Users"]


def test_tags_take_their_own_permission(shared_world: Any, caller: Identity) -> None:
    arn = role(shared_world, "untaggable", {**ANYONE, "Action": "sts:AssumeRole"})
    assert shared_world.assume(arn, as_=caller).token
    with refused("AccessDenied", not_authorized(caller.arn, arn, "sts:TagSession"), 403):
        shared_world.assume(arn, as_=caller, Tags=[{"Key": "team", "Value": "blue"}])


def test_which_tags_can_be_asked_for(shared_world: Any, caller: Identity) -> None:
    tagging = {
        **ANYONE,
        "Condition": {
            "StringEquals": {"aws:RequestTag/Team": "blue"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]},
        },
    }
    arn = role(shared_world, "team-tagged", tagging)
    assert shared_world.assume(arn, as_=caller, Tags=[{"Key": "Team", "Value": "blue"}]).token
    for tags in (
        [{"Key": "Team", "Value": "red"}],
        [{"Key": "Team", "Value": "blue"}, {"Key": "More", "Value": ""}],
        [],
    ):
        with refused("AccessDenied"):
            shared_world.assume(arn, as_=caller, Tags=tags)


def test_transitive_tags_go_along_the_chain(shared_world: Any, caller: Identity) -> None:
    first = role(shared_world, "chain-1", policy=[allow("sts:*")])
    tagged = allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    second = role(shared_world, "chain-2", policy=[tagged])
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "mood", "Value": "good"}]
    session = shared_world.assume(first, as_=caller, Tags=tags, TransitiveTagKeys=["team"])
    chained = shared_world.assume(second, as_=session)
    assert shared_world.client("iam", as_=chained).list_users()["Users"]
    with refused("InvalidParameterValue"):
        shared_world.assume(second, as_=session, Tags=[{"Key": "TEAM", "Value": "red"}])
    assert shared_world.assume(second, as_=session, Tags=[{"Key": "mood", "Value": "bad"}]).token
    plain = shared_world.assume(first, as_=caller, Tags=tags)
    dropped = shared_world.assume(second, as_=plain)
    with refused("AccessDenied"):
        shared_world.client("iam", as_=dropped).list_users()
    with refused(
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags.",
    ):
        shared_world.assume(first, as_=caller, TransitiveTagKeys=["team"])


def test_a_source_identity_stays(shared_world: Any, caller: Identity) -> None:
    first = role(shared_world, "source-1", policy=[allow("sts:*", "iam:ListUsers")])
    known = allow("iam:ListUsers", Condition={"StringEquals": {"aws:SourceIdentity": "ada"}})
    second = role(shared_world, "source-2", policy=[known])
    session = shared_world.assume(first, as_=caller, SourceIdentity="ada")
    chained = shared_world.assume(second, as_=session)
    assert shared_world.client("iam", as_=chained).list_users()["Users"]
    with refused("AccessDenied"):
        shared_world.assume(second, as_=session, SourceIdentity="bob")
    unset = role(shared_world, "source-3", {**ANYONE, "Action": "sts:AssumeRole"})
    with refused("AccessDenied", not_authorized(session.arn, unset, "sts:SetSourceIdentity")):
        shared_world.assume(unset, as_=session)
    assert shared_world.assume(unset, as_=caller).token


def test_what_is_no_role(shared_world: Any, caller: Identity) -> None:
    sts = shared_world.client("sts", as_=caller)
    for wrong in ("not-an-arn-but-long-enough", f"arn:aws:iam::{ACCOUNT}:user/caller"):
        with refused("ValidationError", f"{wrong} is invalid", 400):
            sts.assume_role(RoleArn=wrong, RoleSessionName="me")


def test_credentials_never_reach_the_trail(world: Any) -> None:
    arn = world.role("quiet", {**ANYONE})
    session = world.assume(arn)
    trail = repr(world.events())
    assert session.access_key_id in trail
    assert session.secret not in trail
    assert session.token not in trail
