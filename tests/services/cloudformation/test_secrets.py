"""Secrets of stacks: the values that come back, and what they are attached to."""

from __future__ import annotations

import json

import pytest

from services.cloudformation.stacking import (
    create,
    describe,
    events,
    failures,
    parameters,
    physical,
    settle,
    template,
    update,
)

CONNECTION = {"engine": "postgres", "host": "db.example.com", "port": 5432}


def attached(value, target="orders", kind="AWS::RDS::DBInstance"):
    """A secret that holds *value* and a password, and its attachment."""
    generate = {
        "SecretStringTemplate": json.dumps(value),
        "GenerateStringKey": "password",
        "ExcludePunctuation": True,
    }
    properties = {"SecretId": {"Ref": "Secret"}, "TargetId": target, "TargetType": kind}
    return {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"GenerateSecretString": generate},
        },
        "Attachment": {
            "Type": "AWS::SecretsManager::SecretTargetAttachment",
            "Properties": properties,
        },
    }


def value_of(world, logical="Secret"):
    secret = physical(world, logical)
    text = world.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    return json.loads(text)


def test_a_value_that_comes_back_is_the_current_one(world):
    def secret(value):
        return {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"SecretString": value},
            }
        }

    create(world, secret("one"))
    for value in ("two", "one", "two", "one"):
        assert update(world, secret(value))["StackStatus"] == "UPDATE_COMPLETE", failures(world)
        found = world.client("secretsmanager").get_secret_value(SecretId=physical(world, "Secret"))
        assert value == found["SecretString"]


@pytest.mark.parametrize(
    ("kind", "target", "member", "name"),
    [
        ("AWS::RDS::DBInstance", "orders", "dbInstanceIdentifier", "orders"),
        (
            "AWS::RDS::DBCluster",
            "arn:aws:rds:us-east-1:111122223333:cluster:orders",
            "dbClusterIdentifier",
            "orders",
        ),
        ("AWS::Redshift::Cluster", "sums", "dbClusterIdentifier", "sums"),
        ("AWS::DocDB::DBInstance", "papers", "dbInstanceIdentifier", "papers"),
        ("AWS::DocDB::DBCluster", "papers", "dbClusterIdentifier", "papers"),
        ("AWS::RedshiftServerless::Namespace", "sums", "namespaceName", "sums"),
    ],
)
def test_a_secret_that_holds_the_connection_is_attached(world, kind, target, member, name):
    stack = create(world, attached({"username": "app", **CONNECTION}, target, kind))
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    value = value_of(world)
    assert len(value.pop("password")) == 32
    assert {"username": "app", **CONNECTION, member: name} == value
    assert physical(world, "Secret") == physical(world, "Attachment")


def test_another_target_takes_the_place_and_going_takes_the_name_out(world):
    body = attached({"username": "app", **CONNECTION})
    create(world, body)
    password = value_of(world)["password"]
    body["Attachment"]["Properties"] |= {
        "TargetId": "bills",
        "TargetType": "AWS::RDS::DBCluster",
    }
    assert update(world, body)["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    left = {"username": "app", **CONNECTION, "password": password}
    assert {**left, "dbClusterIdentifier": "bills"} == value_of(world)
    # back, and there again: each time the value asked for is the current one
    for target in ("orders", "bills"):
        body["Attachment"]["Properties"]["TargetId"] = target
        assert update(world, body)["StackStatus"] == "UPDATE_COMPLETE", failures(world)
        assert {**left, "dbClusterIdentifier": target} == value_of(world)
    del body["Attachment"]
    assert update(world, body)["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert left == value_of(world)


def test_an_update_that_fails_puts_the_old_target_back(world):
    body = attached({"username": "app", **CONNECTION})
    create(world, body)
    body["Attachment"]["Properties"]["TargetId"] = "bills"
    body["Bad"] = {
        "Type": "AWS::KMS::Alias",
        "DependsOn": "Attachment",
        "Properties": {"AliasName": "none", "TargetKeyId": "none"},
    }
    assert update(world, body)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value_of(world)["dbInstanceIdentifier"] == "orders"


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (
            {"username": "app", "engine": "postgres"},
            "AWS::RDS::DBInstance",
            "This server has no database services, so host, port of AWS::RDS::DBInstance orders "
            "cannot be looked up: the secret must hold engine, host and port already",
        ),
        (CONNECTION, "AWS::RDS::DBInstance", "The secret to be attached lacks: username"),
        (
            {"username": "app", **CONNECTION},
            "AWS::DynamoDB::Table",
            "Unsupported TargetType AWS::DynamoDB::Table: it must be one of AWS::DocDB::DBCluster",
        ),
        (
            {"username": "app", **CONNECTION, "dbInstanceIdentifier": "other"},
            "AWS::RDS::DBInstance",
            "is attached already (dbInstanceIdentifier): a secret can have only one target",
        ),
    ],
)
def test_what_cannot_be_attached_says_why(world, value, kind, reason):
    stack = create(world, attached(value, kind=kind))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (failed,) = [each for each in failures(world) if each[0] == "Attachment"]
    assert reason in failed[2]


def test_a_plain_text_is_not_attached_and_not_shown(world):
    body = attached({})
    body["Secret"]["Properties"] = {"SecretString": {"Ref": "Value"}}
    declared = {"Value": {"Type": "String", "NoEcho": True}}
    given = parameters(Value=f"plain {world.sentinel}")
    create(world, template(body, Parameters=declared), Parameters=given)
    (failed,) = [each for each in failures(world) if each[0] == "Attachment"]
    assert "must hold a JSON object with username and password" in failed[2]
    assert world.sentinel not in str(events(world))


def test_attaching_asks_for_the_value_in_the_callers_name(world):
    allowed = ["cloudformation:*", "secretsmanager:*"]
    refused = {
        "Effect": "Deny",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    may = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    body = attached({"username": "app", **CONNECTION})
    create(world, body, "no", as_=world.user("no", [may, refused]))
    create(world, body, "yes", as_=world.user("yes", [may]))
    assert describe(world, "yes")["StackStatus"] == "CREATE_COMPLETE", failures(world, "yes")
    (failed,) = [each for each in failures(world, "no") if each[0] == "Attachment"]
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in failed[2]
    world.client("cloudformation").delete_stack(StackName="yes")
    settle(world)
