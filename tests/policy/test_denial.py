"""The texts of refusals."""

import pytest

from lodekey.policy.ask import Ask, Caller, Decision
from lodekey.policy.denial import denial_message, kms_denial_message, parameter_without_kms

USER = "arn:aws:iam::111122223333:user/alice"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1"
ASK = Ask(
    Caller(kind="user", arn=USER, account="111122223333", direct=frozenset({USER})),
    "kms:Decrypt",
    KEY,
    "111122223333",
    dict,
)
START = f"User: {USER} is not authorized to perform: kms:Decrypt"


def refused(policy_type, *, explicit=False):
    return Decision(allowed=False, explicit=explicit, policy_type=policy_type)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (refused("identity"), "because no identity-based policy allows the kms:Decrypt action"),
        (refused("resource"), "because no resource-based policy allows the kms:Decrypt action"),
        (refused("boundary"), "because no permissions boundary allows the kms:Decrypt action"),
        (refused("session"), "because no session policy allows the kms:Decrypt action"),
        (refused("scp"), "because no service control policy allows the kms:Decrypt action"),
        (refused("endpoint"), "because no VPC endpoint policy allows the kms:Decrypt action"),
        (
            refused("identity", explicit=True),
            "with an explicit deny in an identity-based policy",
        ),
        (refused("rcp", explicit=True), "with an explicit deny in a resource control policy"),
        (refused("scp", explicit=True), "with an explicit deny in a service control policy"),
    ],
)
def test_common_text_names_the_policy_to_blame(decision, expected):
    assert f"{START} on resource: {KEY} {expected}" == denial_message(ASK, decision)


def test_trust_policy_is_not_named():
    role = "arn:aws:iam::111122223333:role/fn"
    ask = ASK._replace(action="sts:AssumeRole", resource=role)
    expected = f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {role}"
    assert expected == denial_message(ask, refused("resource"))


def test_the_key_side_says_nothing_about_the_key():
    tail = (
        " because the resource does not exist in this Region, no resource-based policies allow "
        "access, or a resource-based policy explicitly denies access"
    )
    got = kms_denial_message(ASK, refused("resource"))
    assert f"{START} on this resource{tail}" == got
    got = kms_denial_message(ASK, refused("resource", explicit=True), by_ciphertext=True)
    assert f"{START} on the resource associated with this ciphertext{tail}" == got


def test_the_identity_side_of_kms():
    tail = " because no identity-based policy allows the kms:Decrypt action"
    assert f"{START} on resource: {KEY}{tail}" == kms_denial_message(ASK, refused("identity"))
    got = kms_denial_message(ASK, refused("identity"), by_ciphertext=True)
    assert f"{START} on the resource associated with this ciphertext{tail}" == got


def test_parameter_store_hides_the_reason():
    assert "Request ID: r-1; Proxy: null)" in parameter_without_kms("r-1")
