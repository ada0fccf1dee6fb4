"""Resource policies of functions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from world import allow

ARN = "arn:aws:lambda:us-east-1:111122223333:function"


def refusal(call, *arguments, **named):
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_permission_is_a_statement(lambdas, make):
    make("p-statement")
    added = lambdas.add_permission(
        FunctionName="p-statement",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::bucket",
        SourceAccount="111122223333",
    )
    expected = {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{ARN}:p-statement",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "111122223333"},
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
        },
    }
    assert expected == json.loads(added["Statement"])
    policy = lambdas.get_policy(FunctionName="p-statement")
    assert {"Version": "2012-10-17", "Id": "default", "Statement": [expected]} == json.loads(
        policy["Policy"]
    )
    assert (
        "ResourceConflictException"
        == refusal(
            lambdas.add_permission,
            FunctionName="p-statement",
            StatementId="s3",
            Action="lambda:*",
            Principal="*",
        )[0]
    )


def test_statements_are_removed_one_by_one(lambdas, make):
    make("p-remove")
    for sid in ("a", "b"):
        lambdas.add_permission(
            FunctionName="p-remove", StatementId=sid, Action="lambda:*", Principal="111122223333"
        )
    first = lambdas.get_policy(FunctionName="p-remove")
    lambdas.remove_permission(
        FunctionName="p-remove", StatementId="a", RevisionId=first["RevisionId"]
    )
    assert (
        "PreconditionFailedException"
        == refusal(
            lambdas.remove_permission,
            FunctionName="p-remove",
            StatementId="b",
            RevisionId=first["RevisionId"],
        )[0]
    )
    assert (
        "ResourceNotFoundException"
        == refusal(lambdas.remove_permission, FunctionName="p-remove", StatementId="a")[0]
    )
    lambdas.remove_permission(FunctionName="p-remove", StatementId="b")
    assert "ResourceNotFoundException" == refusal(lambdas.get_policy, FunctionName="p-remove")[0]


def test_principals_must_be(lambdas, make):
    make("p-principals")
    for principal in ("arn:aws:iam::111122223333:user/nobody", "someone"):
        code, message = refusal(
            lambdas.add_permission,
            FunctionName="p-principals",
            StatementId="x",
            Action="lambda:InvokeFunction",
            Principal=principal,
        )
        assert "InvalidParameterValueException" == code
        assert "The provided principal was invalid" in message


def test_a_policy_has_a_longest(lambdas, make):
    make("p-long")
    with pytest.raises(ClientError) as error:
        for number in range(200):
            lambdas.add_permission(
                FunctionName="p-long",
                StatementId=f"{number:0100d}",
                Action="lambda:InvokeFunction",
                Principal="111122223333",
            )
    assert "PolicyLengthExceededException" == error.value.response["Error"]["Code"]


def test_a_user_of_the_account_may_by_policy_alone(lambdas, make, shared_world):
    make("p-user")
    user = shared_world.user("by-policy")
    client = shared_world.client("lambda", as_=user)
    assert (
        "AccessDeniedException"
        == refusal(client.invoke, FunctionName="p-user", InvocationType="DryRun")[0]
    )
    lambdas.add_permission(
        FunctionName="p-user",
        StatementId="u",
        Action="lambda:InvokeFunction",
        Principal=user.arn,
    )
    assert 204 == client.invoke(FunctionName="p-user", InvocationType="DryRun")["StatusCode"]


def test_another_account_needs_both_sides(lambdas, make, shared_world):
    make("p-across")
    other = shared_world.account()
    iam = shared_world.client("iam", as_=other)
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    who = other._replace(access_key_id=key["AccessKeyId"], secret=key["SecretAccessKey"], name="u")
    client = shared_world.client("lambda", as_=who)
    named = {"FunctionName": f"{ARN}:p-across", "InvocationType": "DryRun"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("lambda:InvokeFunction")]})

    assert "AccessDeniedException" == refusal(client.invoke, **named)[0]
    iam.put_user_policy(UserName="u", PolicyName="own", PolicyDocument=policy)
    assert "AccessDeniedException" == refusal(client.invoke, **named)[0]
    lambdas.add_permission(
        FunctionName="p-across",
        StatementId="a",
        Action="lambda:InvokeFunction",
        Principal=other.account,
    )
    assert 204 == client.invoke(**named)["StatusCode"]
    iam.delete_user_policy(UserName="u", PolicyName="own")
    assert "AccessDeniedException" == refusal(client.invoke, **named)[0]


def test_a_policy_counts_for_its_own_qualifier(lambdas, make, shared_world):
    make("p-alias", Publish=True)
    lambdas.create_alias(FunctionName="p-alias", Name="live", FunctionVersion="1")
    user = shared_world.user("of-alias")
    client = shared_world.client("lambda", as_=user)
    lambdas.add_permission(
        FunctionName="p-alias",
        Qualifier="live",
        StatementId="u",
        Action="lambda:InvokeFunction",
        Principal=user.arn,
    )
    live = client.invoke(FunctionName="p-alias:live", InvocationType="DryRun")
    assert 204 == live["StatusCode"]
    for name in ("p-alias", "p-alias:1"):
        assert (
            "AccessDeniedException"
            == refusal(client.invoke, FunctionName=name, InvocationType="DryRun")[0]
        )


def test_who_may_add_is_asked_for_whom(lambdas, make, shared_world):
    make("p-condition")
    condition = {"StringEquals": {"lambda:Principal": "s3.amazonaws.com"}}
    user = shared_world.user("adder", allow("lambda:AddPermission", Condition=condition))
    client = shared_world.client("lambda", as_=user)
    added = {"FunctionName": "p-condition", "Action": "lambda:InvokeFunction"}
    client.add_permission(StatementId="a", Principal="s3.amazonaws.com", **added)
    assert (
        "AccessDeniedException"
        == refusal(client.add_permission, StatementId="b", Principal="sns.amazonaws.com", **added)[
            0
        ]
    )
