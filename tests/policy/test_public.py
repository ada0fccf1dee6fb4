"""Which resource policies let anybody in."""

import json

import pytest

from lodekey.policy.public import public_statements


def policy(**statement):
    whole = {"Sid": "S", "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**whole, **statement}]})


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
        {"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "1"}}},
        {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}},
        {"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}},
        {"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}},
        {"Principal": "*", "Condition": {"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}}},
        {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "*"]}}},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:userid": "${aws:userid}"}}},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:username": "alice"}}},
        {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/everything"}}},
        {"Principal": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}},
    ],
)
def test_public(statement):
    assert ["S"] == public_statements(policy(**statement))


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"Service": "lambda.amazonaws.com"}},
        {"Effect": "Deny", "Principal": "*"},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Principal": "*", "Condition": {"StringEquals": {"AWS:PrincipalAccount": "111122223333"}}},
        {
            "Principal": "*",
            "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}},
        },
        {
            "Principal": "*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}},
        },
        {"Principal": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket/*"}}},
    ],
)
def test_bound(statement):
    assert [] == public_statements(policy(**statement))


def test_a_statement_without_a_sid_is_named_by_its_place():
    both = json.dumps(
        {
            "Statement": [
                {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
                {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            ]
        }
    )
    assert ["statement 2"] == public_statements(both)
