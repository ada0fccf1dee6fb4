"""Plans: what they write is sound, lints clean, and does what it says."""

import json
import re

import pytest
import yaml

from lodekey.client import lint_templates
from lodekey.client.apply import must_be_sound
from lodekey.client.failures import Unusable
from lodekey.client.findings import in_policy
from lodekey.client.places import parse
from lodekey.client.plan import Plan, key_policy, role_policy, secret_policy
from lodekey.client.plan_formats import RENDERERS, as_cloudformation, as_terraform
from lodekey.client.proof import prove

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fn"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
WRITER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:fn"


def plan(*places, **more):
    members = {
        "name": "app",
        "account": ACCOUNT,
        "region": "us-east-1",
        "reader": ROLE,
        "function": FUNCTION,
        "writers": (WRITER,),
        "admins": (ADMIN,),
        "places": tuple(map(parse, places or ("ssm:/app/db", "sm:app/db"))),
    }
    return Plan(**members | more)


def proofs(made, policy=None):
    return prove(made, json.dumps(policy or key_policy(made)), json.dumps(role_policy(made)))


@pytest.mark.parametrize("who", [ADMIN, ROOT])
@pytest.mark.parametrize(
    "places", [("ssm:/app/db",), ("sm:app/db",), ("ssm:/app/*", "sm:app/*"), ("ssm:flat",)]
)
def test_a_plan_is_sound_and_lints_clean(places, who):
    made = plan(*places, admins=(who,), writers=(who,))
    assert [each.what for each in proofs(made) if not each.holds] == []
    assert in_policy("k", "", key_policy(made), "key") == []
    assert in_policy("r", "", role_policy(made), "identity") == []
    assert in_policy("s", "", secret_policy(made), "resource") == []


def without(policy, sid):
    return {**policy, "Statement": [each for each in policy["Statement"] if each["Sid"] != sid]}


def delegating(policy):
    opened = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*"}
    return {**policy, "Statement": [*policy["Statement"], {**opened, "Resource": "*"}]}


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (lambda policy: without(policy, "Admin"), "somebody can repair the key policy"),
        (lambda policy: without(policy, "UseSecret"), "fn opens sm:app/db"),
        (
            lambda policy: delegating(without(policy, "DenyOthers")),
            "who is not named opens nothing",
        ),
    ],
)
def test_a_proof_sees_what_is_missing(broken, what):
    made = plan(break_glass=False)
    failed = [each.what for each in proofs(made, broken(key_policy(made))) if not each.holds]
    assert any(what in each for each in failed)
    with pytest.raises(Unusable, match="refused"):
        must_be_sound(proofs(made, broken(key_policy(made))))


def test_the_deny_keeps_delegation_out():
    made = plan()
    assert all(each.holds for each in proofs(made, delegating(key_policy(made))))


def test_no_deny_covers_putting_the_policy():
    for statement in key_policy(plan())["Statement"]:
        assert statement["Effect"] == "Allow" or "kms:PutKeyPolicy" not in statement["Action"]


@pytest.mark.parametrize("form", ["cloudformation", "serverless"])
def test_templates_are_yaml_and_lint_clean(form):
    text = RENDERERS[form](plan())
    read = yaml.safe_load(text)
    resources = read["Resources"] if form == "cloudformation" else read["resources"]["Resources"]
    assert resources["Key"]["Properties"]["KeyPolicy"] == key_policy(plan())
    assert lint_templates.look("t", text) == []


def test_terraform_holds_the_same_documents():
    encoded = re.findall(r"jsonencode\((.*?)\)\n}", as_terraform(plan()), re.DOTALL)
    assert [json.loads(each) for each in encoded] == [
        key_policy(plan()),
        role_policy(plan()),
        secret_policy(plan()),
    ]


def test_a_wildcard_secret_is_not_made():
    assert "SecretsManager" not in as_cloudformation(plan("sm:app/*"))


@pytest.mark.parametrize("name", ["", "a b", "aws/ssm"])
def test_refuses_names_that_no_alias_has(name):
    with pytest.raises(Unusable):
        plan(name=name)
