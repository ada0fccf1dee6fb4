"""Explanations: every statement, every value, and the smallest change."""

import json
import random

import pytest

from lodekey.policy.ask import UNGUARDED, Ask, Caller, Grant, Guard
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from lodekey.policy.explain import explain
from lodekey.policy.render import render
from lodekey.policy.switches import switches
from policy.random_policies import Chance

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fn"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/fn/s"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
ALLOW = {"Sid": "Read", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}
DELEGATE = {
    "Sid": "Root",
    "Effect": "Allow",
    "Principal": {"AWS": ROOT},
    "Action": "kms:*",
    "Resource": "*",
}


def policy(kind, *statements, name=""):
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return parse(text, name=name or f"the-{kind}", kind=kind)


def alice(*statements, **more):
    identity = (policy("identity", *statements, name="reader"),) if statements else ()
    return Caller(
        kind="user", arn=USER, account=ACCOUNT, direct=frozenset({USER}), identity=identity, **more
    )


def session(*statements, **more):
    identity = (policy("identity", *statements, name="reader"),) if statements else ()
    return Caller(
        kind="role",
        arn=SESSION,
        account=ACCOUNT,
        direct=frozenset({SESSION}),
        entity=frozenset({ROLE, "AROAFN"}),
        identity=identity,
        **more,
    )


def asked(caller, guard=UNGUARDED, *, action="kms:Decrypt", table=None, account=ACCOUNT, **keys):
    names = {key.replace("__", ":"): value for key, value in keys.items()}
    ask = Ask(caller, action, KEY, account, lambda: names)
    return explain(ask, guard, table) if table else explain(ask, guard)


def changes(explanation):
    return [change.text for change in explanation.changes]


def key_policy(*statements):
    return Guard(policy=policy("key", *statements, name="of-the-key"), style="key")


def test_every_part_of_a_statement_is_told():
    condition = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    other = ALLOW | {"Resource": f"{KEY}23", "Condition": condition}
    found = asked(alice(other), kms__viaservice="ssm.us-east-1.amazonaws.com")
    (view,) = found.policies
    (statement,) = view.statements
    assert view.verdict == "says nothing"
    assert (statement.action.matches, statement.resource.matches) == (True, False)
    assert statement.resource.wanted == (f"{KEY}23",)
    assert statement.resource.got == KEY
    (test,) = statement.tests
    assert (test.key, test.got) == ("kms:ViaService", ("ssm.us-east-1.amazonaws.com",))
    assert test.wanted == ("secretsmanager.us-east-1.amazonaws.com",)
    assert (test.holds, test.why) == (False, "the value does not fit")
    assert statement.misses == 2


@pytest.mark.parametrize(
    ("condition", "keys", "expected"),
    [
        ({"StringEquals": {"aws:a": "x"}}, {}, "the key is absent"),
        (
            {"StringNotEquals": {"aws:a": "x"}},
            {},
            "the key is absent, which this operator lets pass",
        ),
        ({"StringIs": {"aws:a": "x"}}, {"aws__a": "x"}, "there is no such operator"),
        (
            {"StringEquals": {"aws:a": "x"}},
            {"aws__a": ("x",)},
            "the key has many values and the operator has no ForAllValues or ForAnyValue",
        ),
        (
            {"StringEquals": {"aws:a": "${aws:b}"}},
            {"aws__a": "x"},
            "a variable in a wanted value has no value",
        ),
        ({"StringEquals": {"aws:a": "${aws:b}"}}, {"aws__a": "x", "aws__b": "x"}, "the value fits"),
    ],
)
def test_why_a_condition_holds_or_not(condition, keys, expected):
    found = asked(alice(ALLOW | {"Condition": condition}), **keys)
    assert expected == found.policies[0].statements[0].tests[0].why


def test_variables_are_shown_filled_in():
    found = asked(
        alice(ALLOW | {"Resource": "arn:aws:kms:*:*:key/${aws:username}"}), aws__username="al*"
    )
    assert found.policies[0].statements[0].resource.wanted == ("arn:aws:kms:*:*:key/al*",)
    found = asked(alice(ALLOW | {"Resource": "arn:aws:kms:*:*:key/${aws:username}"}))
    resource = found.policies[0].statements[0].resource
    assert resource.wanted == ("arn:aws:kms:*:*:key/${aws:username}",)
    assert resource.why == "a variable in it has no value"
    assert found.missing_keys == ("aws:username",)


@pytest.mark.parametrize(
    ("caller", "guard", "expected"),
    [
        (
            alice(ALLOW | {"Action": "kms:Encrypt"}),
            UNGUARDED,
            ["add kms:Decrypt to the Action of statement Read of identity policy reader"],
        ),
        (
            alice({**ALLOW, "Action": [], "NotAction": "kms:*"}),
            UNGUARDED,
            ["take kms:Decrypt out of the NotAction of statement Read of identity policy reader"],
        ),
        (
            alice(ALLOW | {"Resource": f"{KEY}2"}),
            UNGUARDED,
            [f"add {KEY} to the Resource of statement Read of identity policy reader"],
        ),
        (
            alice(ALLOW | {"Condition": {"StringEquals": {"kms:ViaService": ["a", "b"]}}}),
            UNGUARDED,
            [
                "statement Read of identity policy reader wants that kms:ViaService be "
                "StringEquals a or b, got absent"
            ],
        ),
        (
            alice(),
            UNGUARDED,
            [
                f"add to an identity policy of {USER} a statement that allows kms:Decrypt on {KEY}",
            ],
        ),
        (
            session(ALLOW),
            key_policy(DELEGATE | {"Principal": {"AWS": USER}}),
            [f"add {ROLE} to the Principal of statement Root of key policy of-the-key"],
        ),
        (
            alice(),
            key_policy(DELEGATE),
            [
                f"add to an identity policy of {USER} a statement that allows kms:Decrypt on {KEY}",
            ],
        ),
        (
            alice(),
            key_policy(DELEGATE | {"Action": "kms:Sign", "Principal": {"AWS": USER + "2"}}),
            [f"add to key policy of-the-key a statement that allows {USER} kms:Decrypt"],
        ),
        (
            alice(ALLOW, boundary=policy("boundary", ALLOW | {"Action": "s3:*"})),
            UNGUARDED,
            [
                "add kms:Decrypt to the Action of statement Read of permissions boundary "
                "the-boundary"
            ],
        ),
        (
            alice(ALLOW, session=()),
            UNGUARDED,
            [f"add to a session policy a statement that allows kms:Decrypt on {KEY}"],
        ),
        (
            alice(ALLOW, scps=((policy("scp", ALLOW),), ())),
            UNGUARDED,
            [f"add to a service control policy a statement that allows kms:Decrypt on {KEY}"],
        ),
        (
            alice(ALLOW, {**ALLOW, "Sid": "No", "Effect": "Deny"}),
            UNGUARDED,
            ["take kms:Decrypt out of what statement No of identity policy reader denies"],
        ),
        (
            alice(ALLOW, {"Sid": "No", "Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}),
            UNGUARDED,
            ["add kms:Decrypt to the NotAction of statement No of identity policy reader"],
        ),
        (
            alice(
                ALLOW,
                {
                    **ALLOW,
                    "Sid": "No",
                    "Effect": "Deny",
                    "Condition": {"Null": {"aws:SourceVpce": "true"}},
                },
            ),
            UNGUARDED,
            [
                "statement No of identity policy reader denies while aws:SourceVpce is absent "
                "(Null true): change the condition or the request"
            ],
        ),
    ],
)
def test_smallest_changes(caller, guard, expected):
    found = asked(caller, guard)
    assert not found.decision.allowed
    assert expected == changes(found)


def test_not_principal_is_told():
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "NotPrincipal": {"AWS": ROLE}}
    guard = Guard(policy=policy("resource", deny, name="of-it"))
    assert changes(asked(alice(ALLOW), guard)) == [
        f"add {USER} to the NotPrincipal of statement #1 of resource policy of-it, which denies "
        "everybody else"
    ]
    bounded = session(ALLOW, boundary=policy("boundary", ALLOW))
    principal = asked(bounded, guard).policies[0].statements[0].principal
    assert principal.why == "a Deny with NotPrincipal always reaches a caller with a boundary"


def test_what_cannot_be_shared():
    guard = Guard(shareable=False)
    assert changes(asked(alice(ALLOW), guard, account="444455556666")) == [
        f"{KEY} cannot be shared: use a principal of account 444455556666"
    ]


def test_the_deciding_statements():
    found = asked(alice(ALLOW))
    assert [statement.sid for _, statement in found.deciding] == ["Read"]
    found = asked(alice(ALLOW, ALLOW | {"Sid": "No", "Effect": "Deny"}))
    assert [statement.sid for _, statement in found.deciding] == ["No"]
    assert asked(alice()).deciding == ()


@pytest.mark.parametrize(
    ("caller", "guard", "action", "expected"),
    [
        (alice(), UNGUARDED, "sts:GetCallerIdentity", "0"),
        (alice(ALLOW | {"Effect": "Deny"}), UNGUARDED, "kms:Decrypt", "1"),
        (alice(ALLOW, scps=((),)), UNGUARDED, "kms:Decrypt", "3"),
        (
            alice(ALLOW),
            Guard(endpoint=policy("endpoint", DELEGATE | {"Action": "s3:*"})),
            "kms:Decrypt",
            "4",
        ),
        (alice(ALLOW), UNGUARDED, "kms:Decrypt", "5"),
        (alice(), UNGUARDED, "kms:Decrypt", "5"),
    ],
)
def test_the_step_that_decided(caller, guard, action, expected):
    assert expected == asked(caller, guard, action=action).step


def test_switches_that_mattered():
    grant = Grant(
        name="g",
        grantees=frozenset({ROLE}),
        actions=frozenset({"kms:decrypt"}),
        holds=lambda _: True,
    )
    guard = Guard(style="key", grants=(grant,))
    bounded = session(boundary=policy("boundary", ALLOW | {"Action": "s3:*"}))
    found = asked(bounded, guard)
    names = [switch.name for switch in found.switches]
    assert "grant-to-role-is-cut-by-boundary" in names
    assert found.grants[0].how == "entity"
    assert found.grants[0].matches
    assert asked(session(), guard).switches == ()
    other = switches(grant_to_role_is_cut_by_boundary=False)
    assert asked(bounded, guard, table=other).decision.allowed


def test_text():
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    found = asked(
        alice(ALLOW | {"Condition": condition}, ALLOW | {"Sid": "Other", "Action": "s3:*"}),
        key_policy(DELEGATE),
        aws__securetransport="false",
    )
    assert render(found) == (
        "denied (step 5): nothing of type identity allows kms:Decrypt\n"
        f"  caller    {USER}\n"
        "  action    kms:Decrypt\n"
        f"  resource  {KEY}\n"
        "\n"
        "key policy of-the-key: allows\n"
        "  statement Root (Allow) matches\n"
        "    + Action kms:*\n"
        "    + Resource *\n"
        f"    + Principal {ROOT} (account)\n"
        "\n"
        "identity policy reader: says nothing\n"
        "  statement Read (Allow) does not match\n"
        "    + Action kms:Decrypt\n"
        f"    + Resource {KEY}\n"
        "    - Bool aws:SecureTransport: wants true; got false (the value does not fit)\n"
        "  statement Other (Allow) does not match\n"
        "    - Action s3:*: the action is not listed, got kms:Decrypt\n"
        "\n"
        "smallest change\n"
        "  statement Read of identity policy reader wants that aws:SecureTransport be Bool true, "
        "got false\n"
    )


def test_json_holds_all_of_it():
    grant = Grant(name="g", grantees=frozenset(), actions=frozenset(), holds=lambda _: True)
    found = asked(alice(ALLOW), Guard(style="key", grants=(grant,)), aws__tagkeys=("a", "b"))
    text = json.dumps(found.to_json())
    again = json.loads(text)
    assert again["decision"]["policy_type"] == "resource"
    assert again["policies"][0]["verdict"] == "allows"
    assert again["keys"] == {"aws:tagkeys": ["a", "b"]}
    assert "g: says nothing" in render(found)


def applied(document, change):
    """The document with a change made, where the change is to a list of actions or resources."""
    body = json.loads(document.text)
    many = body["Statement"] if isinstance(body["Statement"], list) else [body["Statement"]]
    for index, statement in enumerate(many):
        if change.sid == (statement.get("Sid") or f"#{index + 1}"):
            listed = statement[change.element]
            statement[change.element] = [
                *(listed if isinstance(listed, list) else [listed]),
                change.value,
            ]
            break
    return parse(json.dumps(body), name=document.name, kind=document.kind)


def test_smallest_changes_suffice():
    chance = Chance(random.Random(5))
    tried = 0
    for _ in range(3000):
        ask, guard = chance.ask(), chance.guard()
        if decide(ask, guard)[:3] != (False, False, "identity"):
            continue
        found = explain(ask, guard)
        if len(found.changes) != 1 or found.changes[0].element not in ("Action", "Resource"):
            continue
        (change,) = found.changes
        tried += 1
        names = [document.name for document in ask.caller.identity]
        identity = list(ask.caller.identity)
        at = names.index(change.policy)
        identity[at] = applied(identity[at], change)
        caller = Caller(
            **{field: getattr(ask.caller, field) for field in Caller.__slots__}
            | {"identity": tuple(identity)}
        )
        assert decide(ask._replace(caller=caller), guard).allowed
    assert tried > 10


def test_text_of_denials_levels_and_open_points():
    boundary = policy("boundary", ALLOW | {"Action": "s3:*"})
    grant = Grant(
        name="g",
        grantees=frozenset({ROLE}),
        actions=frozenset({"kms:decrypt"}),
        holds=lambda _: True,
    )
    found = asked(
        session(boundary=boundary, scps=((policy("scp", ALLOW | {"Action": "*"}),),)),
        Guard(policy=policy("trust", {"Effect": "Allow", "Action": "*"}), grants=(grant,)),
    )
    text = render(found)
    assert "service control policy the-scp (level 0): allows" in text
    assert "trust policy the-trust: says nothing" in text
    assert "    - element missing nothing: a statement without Principal means nobody" in text
    assert "grant g: allows" in text
    assert "  grant-to-role-is-cut-by-boundary is on: a KMS grant to a role" in text
    denied = asked(alice(ALLOW | {"Effect": "Deny"}))
    assert render(denied).startswith(
        "denied explicitly (step 1): statement Read of reader denies\n"
    )
