"""Decisions as IAM's simulator tells them."""

import pytest

from lodekey.policy.ask import UNGUARDED, Ask
from lodekey.policy.simulate import context_keys_in, simulate
from policy.test_explain import ALLOW, DELEGATE, KEY, alice, key_policy, policy

DENY = ALLOW | {"Sid": "No", "Effect": "Deny"}
OTHER = ALLOW | {"Action": "s3:*"}


def simulated(caller, guard=UNGUARDED):
    return simulate(Ask(caller, "kms:Decrypt", KEY, "111122223333", dict), guard)


def test_allowed():
    found = simulated(alice(ALLOW), key_policy(DELEGATE))
    assert found.outcome == "allowed"
    assert [(each.policy, each.kind, each.sid) for each in found.matched] == [
        ("of-the-key", "key", "Root"),
        ("reader", "identity", "Read"),
    ]
    start, end = found.matched[1].span
    text = alice(ALLOW).identity[0].text
    assert text[start.column - 1 : end.column - 1].startswith('{"Sid": "Read"')
    assert (found.allowed_by_boundary, found.allowed_by_organization) == (None, None)


def test_explicitly_denied():
    found = simulated(alice(ALLOW, DENY))
    assert found.outcome == "explicitDeny"
    assert [each.sid for each in found.matched] == ["No"]


def test_implicitly_denied_for_a_missing_key():
    condition = {"Condition": {"StringEquals": {"kms:ViaService": "x"}}}
    found = simulated(alice(ALLOW | condition))
    assert found.outcome == "implicitDeny"
    assert found.matched == ()
    assert found.missing_keys == ("kms:viaservice",)


@pytest.mark.parametrize(
    ("boundary", "expected"), [([ALLOW], True), ([OTHER], False), ([ALLOW, DENY], False)]
)
def test_the_boundary_by_itself(boundary, expected):
    found = simulated(alice(ALLOW, boundary=policy("boundary", *boundary)))
    assert expected is found.allowed_by_boundary


@pytest.mark.parametrize(
    ("levels", "expected"),
    [([[ALLOW]], True), ([[ALLOW], [OTHER]], False), ([[ALLOW, DENY]], False)],
)
def test_the_organization_by_itself(levels, expected):
    scps = tuple((policy("scp", *level),) for level in levels)
    assert expected is simulated(alice(ALLOW, scps=scps)).allowed_by_organization


def test_which_context_keys_policies_read():
    condition = {
        "StringEquals": {"aws:ResourceTag/Owner": ["${aws:PrincipalTag/Owner}", "${*}", "x"]},
        "Bool": {"aws:SecureTransport": "true"},
    }
    documents = [
        policy("identity", ALLOW | {"Resource": "arn:aws:kms:*:*:key/${aws:username}"}),
        policy("identity", ALLOW | {"Condition": condition}),
        policy("identity", ALLOW | {"Condition": {"Bool": {"AWS:securetransport": "true"}}}),
    ]
    assert context_keys_in(documents) == (
        "aws:username",
        "aws:ResourceTag/Owner",
        "aws:PrincipalTag/Owner",
        "aws:SecureTransport",
    )
