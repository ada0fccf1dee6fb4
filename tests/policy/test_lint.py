"""The linter: each rule finds its own example, and nothing in a sound policy."""

import json
import re

import pytest

from lodekey.policy.lint import RULES, Surroundings, lint, rule
from lodekey.policy.linting import NOWHERE

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"
ROLE = "arn:aws:iam::111122223333:role/fn"
ADMIN = "arn:aws:iam::111122223333:role/admin"
SOUND_KEY_POLICY = [
    {
        "Sid": "Admin",
        "Effect": "Allow",
        "Principal": {"AWS": ADMIN},
        "Action": ["kms:Describe*", "kms:PutKeyPolicy", "kms:TagResource"],
        "Resource": "*",
    },
    {
        "Sid": "Use",
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
                "kms:EncryptionContext:SecretARN": SECRET,
            }
        },
    },
    {
        "Sid": "DenyOthers",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant"],
        "Resource": "*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": [ROLE]}},
    },
]
SOUND_IDENTITY = [
    {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": SECRET[:-6] + "??????",
    },
    {
        "Effect": "Deny",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        "Condition": {
            "ArnNotEquals": {
                "lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:fn"
            }
        },
    },
]


def policy(*statements, **top):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def codes(text, kind, surroundings=NOWHERE):
    return [finding.code for finding in lint(text, kind, surroundings)]


def kind_of(example):
    """The kind of policy that a rule's example stands for."""
    if "Principal" not in example and "NotPrincipal" not in example:
        return "identity"
    return "resource" if "secretsmanager" in json.dumps(example) else "key"


@pytest.mark.parametrize("each", RULES[1:], ids=lambda each: each.code)
def test_each_rule_finds_its_example(each):
    example = json.loads(each.example)
    text = each.example if "Statement" in example else policy(example)
    kind = kind_of(example)
    assert each.code in codes(text, kind)


def test_the_table_of_rules():
    numbers = [each.code for each in RULES]
    assert sorted(set(numbers)) == numbers
    assert all(re.fullmatch(r"LK\d{3}", code) for code in numbers)
    assert all("https://docs.aws.amazon.com/" in each.explanation for each in RULES)
    assert rule("lk020").title == "a service principal that never calls"


def test_sound_policies():
    assert codes(policy(*SOUND_KEY_POLICY), "key", Surroundings(resource=KEY)) == []
    assert codes(policy(*SOUND_IDENTITY), "identity") == []


def test_malformed():
    (finding,) = lint("{", "identity")
    assert (finding.code, finding.statement) == ("LK000", -1)
    assert finding.message == "Syntax errors in policy."
    assert "LK000" in codes(
        policy({"Effect": "Allow", "Action": "Decrypt", "Resource": "*"}), "key"
    )


def test_the_key_policy_that_started_it():
    """A Lambda function by its service principal, under a key that does not exist."""
    seed = policy(
        {
            "Sid": "Root",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Lambda",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "kms:Decrypt",
            "Resource": "arn:aws:kms:region:111122223333:key/my-key-1",
            "Condition": {"StringEquals": {"kms:CallerArn": ROLE}},
        },
    )
    found = lint(seed, "key", Surroundings(resource=KEY))
    assert [(finding.sid, finding.code) for finding in found] == [
        ("Root", "LK021"),
        ("Lambda", "LK002"),
        ("Lambda", "LK020"),
        ("Lambda", "LK040"),
    ]
    assert found[3].message == (
        f"arn:aws:kms:region:111122223333:key/my-key-1 is not {KEY}; write *, which means this key"
    )


@pytest.mark.parametrize(
    ("statement", "kind", "code"),
    [
        (
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": KEY,
                "Condition": {"StringEquals": {"token.example.com:sub": "x"}},
            },
            "identity",
            "LK001",
        ),
        (
            {
                "Effect": "Allow",
                "Action": "dynamodb:GetItem",
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": "x"}},
            },
            "identity",
            "LK001",
        ),
        (
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": KEY,
                "Condition": {
                    "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "a"},
                    "Null": {"kms:EncryptionContextKeys": "false"},
                },
            },
            "identity",
            "LK004",
        ),
        (
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}},
            },
            "key",
            "LK022",
        ),
        (
            {
                "Effect": "Allow",
                "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
            "key",
            "LK020",
        ),
        (
            {
                "Effect": "Deny",
                "NotPrincipal": {"AWS": [ROLE, "arn:aws:iam::111122223333:root"]},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
            "key",
            "LK024",
        ),
        (
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                    "Bool": {"aws:ViaAWSService": "false"},
                },
            },
            "identity",
            "LK009",
        ),
        (
            {
                "Effect": "Deny",
                "Action": "ssm:GetParameter*",
                "Resource": "arn:aws:ssm:us-east-1:111122223333:parameter/app*",
            },
            "identity",
            "LK044",
        ),
        ({"Effect": "Allow", "Action": "dynamodb:Nothing", "Resource": "*"}, "identity", "LK045"),
        (
            {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": SECRET[:-6] + "*"},
            "identity",
            "LK047",
        ),
        ({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}, "identity", "LK048"),
    ],
)
def test_what_a_rule_leaves_alone(statement, kind, code):
    assert code not in codes(policy(statement), kind)
