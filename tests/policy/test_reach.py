"""Who can do a thing: always, never, or depending on what."""

import json
import random

import pytest

from lodekey.policy.ask import UNGUARDED, Grant, Guard
from lodekey.policy.evaluate import decide
from lodekey.policy.reach import Subject, Verdict, reach, who_can
from policy.random_policies import KEYS, Chance
from policy.test_explain import (
    ALLOW,
    DELEGATE,
    KEY,
    ROLE,
    USER,
    alice,
    key_policy,
    policy,
    session,
)

ACCOUNT = "111122223333"
VIA = {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}


def ask(caller, guard=UNGUARDED, known=None, absent=(), account=ACCOUNT):
    subject = Subject(caller, known or {}, frozenset(absent))
    return reach(subject, "kms:Decrypt", KEY, account, guard)


def test_always_and_never():
    assert ask(alice(ALLOW)).verdict == Verdict.ALWAYS
    assert ask(alice()).verdict == Verdict.NEVER
    assert ask(alice(ALLOW), key_policy()).verdict == Verdict.NEVER
    assert ask(alice(ALLOW, ALLOW | {"Effect": "Deny"})).verdict == Verdict.NEVER


def test_a_condition_makes_it_conditional():
    found = ask(alice(ALLOW | {"Condition": VIA}))
    assert found.verdict == Verdict.CONDITIONAL
    assert found.keys == ("kms:viaservice",)
    assert found.witness == {"kms:viaservice": "ssm.us-east-1.amazonaws.com"}


def test_what_is_known_decides():
    caller = alice(ALLOW | {"Condition": VIA})
    through = {"kms:viaservice": "ssm.us-east-1.amazonaws.com"}
    assert ask(caller, known=through).verdict == Verdict.ALWAYS
    assert ask(caller, known={"kms:viaservice": "x"}).verdict == Verdict.NEVER
    assert ask(caller, absent=["kms:viaservice"]).verdict == Verdict.NEVER


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, Verdict.CONDITIONAL),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}}, Verdict.CONDITIONAL),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, Verdict.CONDITIONAL),
        ({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, Verdict.CONDITIONAL),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, Verdict.CONDITIONAL),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, Verdict.CONDITIONAL),
        ({"StringEquals": {"aws:a": "${aws:b}"}}, Verdict.CONDITIONAL),
        ({"Null": {"aws:a": "true"}}, Verdict.CONDITIONAL),
        ({"StringEquals": {"aws:a": "1"}, "StringNotEquals": {"aws:a": "1"}}, Verdict.UNKNOWN),
    ],
)
def test_conditions(condition, expected):
    assert expected == ask(alice(ALLOW | {"Condition": condition})).verdict


def test_a_deny_in_doubt():
    deny = ALLOW | {"Effect": "Deny", "Condition": {"StringEquals": {"aws:a": "1"}}}
    found = ask(alice(ALLOW, deny))
    assert (found.verdict, found.keys) == (Verdict.CONDITIONAL, ("aws:a",))


def test_variables_in_resources():
    caller = alice(ALLOW | {"Resource": "arn:aws:kms:*:*:key/${aws:username}"})
    found = ask(caller)
    assert (found.verdict, found.witness) == (Verdict.CONDITIONAL, {"aws:username": "1"})
    assert ask(caller, known={"aws:username": "2"}).verdict == Verdict.NEVER


def test_the_function_key_is_hidden_from_resource_policies():
    condition = {"Condition": {"Null": {"lambda:SourceFunctionArn": "false"}}}
    seen = session(ALLOW | condition)
    assert ask(seen).verdict == Verdict.CONDITIONAL
    use = DELEGATE | {"Principal": {"AWS": ROLE}} | condition
    assert ask(session(), key_policy(use)).verdict == Verdict.NEVER


def test_grants():
    def guard(holds):
        grant = Grant(
            name="g", grantees=frozenset({USER}), actions=frozenset({"kms:decrypt"}), holds=holds
        )
        return Guard(policy=policy("key", DELEGATE), style="key", grants=(grant,))

    assert ask(alice(), guard(lambda _: True)).verdict == Verdict.ALWAYS
    bound = guard(lambda keys: keys.get("kms:encryptioncontext:a") == "b")
    assert ask(alice(), bound).verdict == Verdict.UNKNOWN
    assert ask(alice(), guard(lambda _: True), account="444455556666").verdict != Verdict.NEVER


def test_several_subjects():
    subjects = [Subject(alice(ALLOW)), Subject(session())]
    found = who_can(subjects, "kms:Decrypt", KEY, ACCOUNT, UNGUARDED)
    assert [each.verdict for each in found] == [Verdict.ALWAYS, Verdict.NEVER]
    everyone = reach(subjects[1], "sts:GetCallerIdentity", "*", ACCOUNT, UNGUARDED)
    assert everyone.verdict == Verdict.ALWAYS


def test_bounds_are_safe():
    chance = Chance(random.Random(9))
    seen = dict.fromkeys(Verdict, 0)
    for _ in range(300):
        one, guard = chance.ask(), chance.guard()
        keys = dict(one.keys())
        known = {key: value for key, value in keys.items() if chance.maybe(0.4)}
        absent = frozenset(key for key in KEYS if key not in keys and chance.maybe(0.4))
        subject = Subject(one.caller, known, absent)
        found = reach(subject, one.action, one.resource, one.account, guard)
        seen[found.verdict] += 1
        for _ in range(5):
            others = {
                key: chance.pick(values)
                for key, values in KEYS.items()
                if key not in known and key not in absent and chance.maybe(0.6)
            }
            made = known | others
            allowed = decide(one._replace(keys=made.copy), guard).allowed
            assert not (allowed and found.verdict == Verdict.NEVER)
            assert allowed or found.verdict != Verdict.ALWAYS
        if found.verdict == Verdict.CONDITIONAL:
            assert json.dumps(found.witness)
    assert min(seen[Verdict.ALWAYS], seen[Verdict.NEVER], seen[Verdict.CONDITIONAL]) > 10
