"""The decision procedure, step by step."""

import json

import pytest

from lodekey.policy.ask import UNGUARDED, Ask, Caller, Decision, Grant, Guard
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from lodekey.policy.switches import DEFAULT, switches

ACCOUNT = "111122223333"
OTHER = "444455556666"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fn"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(kind, *statements, name=""):
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return parse(text, name=name or kind, kind=kind)


def user(*statements, account=ACCOUNT, **more):
    arn = f"arn:aws:iam::{account}:user/alice"
    identity = (policy("identity", *statements),) if statements else ()
    return Caller(
        kind="user", arn=arn, account=account, direct=frozenset({arn}), identity=identity, **more
    )


def session(*statements, **more):
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/fn/s"
    return Caller(
        kind="role",
        arn=arn,
        account=ACCOUNT,
        direct=frozenset({arn}),
        entity=frozenset({ROLE}),
        identity=(policy("identity", *statements),) if statements else (),
        **more,
    )


def ask(caller, action="kms:Decrypt", resource=KEY, account=ACCOUNT, keys=None):
    return Ask(caller, action, resource, account, lambda: keys or {})


def on_resource(principal, effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": "*", "Resource": "*"} | more


def key_policy(*statements):
    return Guard(policy=policy("key", *statements), style="key")


def secret_policy(*statements):
    return Guard(policy=policy("resource", *statements))


def test_nothing_allows():
    got = decide(ask(user()), UNGUARDED)
    assert Decision(allowed=False, explicit=False, policy_type="identity") == got


def test_identity_policy_allows():
    got = decide(ask(user(ALL | {"Sid": "yes"})), UNGUARDED)
    expected = Decision(
        allowed=True, explicit=False, policy_type="identity", policy="identity", sid="yes"
    )
    assert expected == got


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        (UNGUARDED, True),
        (key_policy(on_resource({"AWS": ROOT})), True),
        (key_policy(on_resource({"AWS": ACCOUNT})), True),
        (key_policy(on_resource({"AWS": OTHER})), False),
        (key_policy(on_resource({"AWS": ROOT}) | {"Action": "kms:Encrypt"}), False),
    ],
)
def test_key_policy_decides_whether_identity_policies_count(guard, expected):
    assert expected == decide(ask(user(ALL)), guard).allowed


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"AWS": ROLE}, False),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/fn/s"}, True),
        ("*", True),
        ({"AWS": ROOT}, False),
    ],
)
def test_grant_to_role_is_cut_by_boundary(principal, expected):
    nothing = policy("boundary", ALL | {"Action": "s3:*"})
    got = decide(ask(session(boundary=nothing)), secret_policy(on_resource(principal)))
    assert expected == got.allowed


def test_across_accounts_both_sides_allow():
    guard = secret_policy(on_resource({"AWS": OTHER}))
    stranger = user(ALL, account=OTHER)
    assert decide(ask(stranger), guard).allowed
    assert decide(ask(user(account=OTHER)), guard).policy_type == "identity"
    assert decide(ask(stranger), UNGUARDED).policy_type == "resource"


def test_root_needs_the_key_policy():
    root = Caller(kind="root", arn=ROOT, account=ACCOUNT, direct=frozenset({ROOT}))
    assert decide(ask(root), UNGUARDED).policy_type == "root"
    assert not decide(ask(root), key_policy(on_resource({"AWS": ROLE}))).allowed
    assert decide(ask(root), key_policy(on_resource({"AWS": ROOT}))).allowed


@pytest.mark.parametrize(
    ("caller", "guard", "expected"),
    [
        (user(ALL, {**ALL, "Effect": "Deny"}), UNGUARDED, "identity"),
        (user(ALL), secret_policy(on_resource("*", "Deny")), "resource"),
        (
            user(ALL, boundary=policy("boundary", ALL, {**ALL, "Effect": "Deny"})),
            UNGUARDED,
            "boundary",
        ),
        (user(ALL, session=(policy("session", {**ALL, "Effect": "Deny"}),)), UNGUARDED, "session"),
        (user(ALL, scps=((policy("scp", ALL, {**ALL, "Effect": "Deny"}),),)), UNGUARDED, "scp"),
        (user(ALL), Guard(rcps=((policy("rcp", on_resource("*", "Deny")),),)), "rcp"),
        (user(ALL), Guard(endpoint=policy("endpoint", on_resource("*", "Deny"))), "endpoint"),
    ],
)
def test_any_deny_ends_it(caller, guard, expected):
    got = decide(ask(caller), guard)
    assert (False, True, expected) == got[:3]


@pytest.mark.parametrize(
    ("caller", "guard", "expected"),
    [
        (user(ALL, boundary=policy("boundary", ALL | {"Action": "s3:*"})), UNGUARDED, "boundary"),
        (user(ALL, session=()), UNGUARDED, "session"),
        (user(ALL, scps=((policy("scp", ALL),), ())), UNGUARDED, "scp"),
        (user(ALL), Guard(endpoint=policy("endpoint", on_resource({"AWS": OTHER}))), "endpoint"),
    ],
)
def test_what_lacks_an_allow_is_blamed(caller, guard, expected):
    got = decide(ask(caller), guard)
    assert (False, False, expected) == got[:3]


def test_not_principal_spares_the_listed_only():
    def guard(*names):
        statement = on_resource("*", "Deny")
        del statement["Principal"]
        return secret_policy(statement | {"NotPrincipal": {"AWS": list(names)}})

    assert decide(ask(session(ALL)), guard(ROLE)).allowed
    assert not decide(ask(session(ALL)), guard(ROOT)).allowed
    bounded = session(ALL, boundary=policy("boundary", ALL))
    assert not decide(ask(bounded), guard(ROLE)).allowed


def test_services_are_meant_by_name_only():
    logs = Caller(
        kind="service",
        arn="logs.amazonaws.com",
        account="",
        direct=frozenset({"logs.amazonaws.com"}),
    )
    assert decide(ask(logs), key_policy(on_resource({"Service": "logs.amazonaws.com"}))).allowed
    assert not decide(ask(logs), key_policy(on_resource({"AWS": "logs.amazonaws.com"}))).allowed
    assert not decide(ask(logs), UNGUARDED).allowed


def test_grants_stand_beside_the_key_policy():
    grant = Grant(
        name="g",
        grantees=frozenset({ROLE}),
        actions=frozenset({"kms:decrypt"}),
        holds=lambda _: True,
    )
    guard = Guard(
        policy=key_policy(on_resource({"AWS": OTHER})).policy, style="key", grants=(grant,)
    )
    assert decide(ask(session()), guard).policy_type == "grant"
    assert not decide(ask(session(), action="kms:Encrypt"), guard).allowed
    bounded = session(boundary=policy("boundary", ALL | {"Action": "s3:*"}))
    assert not decide(ask(bounded), guard).allowed
    assert decide(ask(bounded), guard, switches(grant_to_role_is_cut_by_boundary=False)).allowed


def test_keys_are_asked_for_late_and_once():
    asked = []

    def keys():
        asked.append(1)
        return {"aws:username": "alice"}

    condition = {"Condition": {"StringEquals": {"aws:username": ["alice"]}}}
    other = ALL | condition | {"Action": "s3:*"}
    assert decide(ask(user(other, ALL))._replace(keys=keys), UNGUARDED).allowed
    assert asked == []
    guard = secret_policy(on_resource("*", **condition))
    assert decide(ask(user(ALL | condition))._replace(keys=keys), guard).allowed
    assert asked == [1]


def test_source_function_is_hidden_from_resource_policies():
    key = {"lambda:sourcefunctionarn": "arn:aws:lambda:us-east-1:111122223333:function:f"}
    condition = {"Condition": {"Null": {"lambda:SourceFunctionArn": "false"}}}
    hidden = secret_policy(on_resource("*", **condition))
    assert not decide(ask(user(), keys=key), hidden).allowed
    assert decide(ask(user(ALL | condition), keys=key), UNGUARDED).allowed
    shown = switches(source_function_arn_hidden_from_resource_policies=False)
    assert decide(ask(user(), keys=key), hidden, shown).allowed


def test_attribution_switches():
    caller = user(
        ALL, {**ALL, "Effect": "Deny"}, scps=((policy("scp", {**ALL, "Effect": "Deny"}),),)
    )
    assert decide(ask(caller), UNGUARDED, DEFAULT).policy_type == "scp"
    last = switches(deny_attribution_scp_first=False)
    assert decide(ask(caller), UNGUARDED, last).policy_type == "identity"
