"""Layers: published, used, shared, deleted."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import archive
from world import allow

ARN = "arn:aws:lambda:us-east-1:111122223333:layer"
USES = """
import fromlayer
def handler(event, context):
    with open("/opt/data/note.txt") as file:
        return [fromlayer.VALUE, file.read()]
"""


def refusal(call, *arguments, **named):
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def publish(client, name, files=None, **more):
    body = archive(files or {"python/fromlayer.py": "VALUE = 1\n"})
    return client.publish_layer_version(LayerName=name, Content={"ZipFile": body}, **more)


def test_versions_are_numbered_and_listed_newest_first(lambdas):
    for number in (1, 2, 3):
        made = publish(lambdas, "l-list", CompatibleRuntimes=["python3.12"], Description="d")
        assert (number, f"{ARN}:l-list:{number}") == (made["Version"], made["LayerVersionArn"])
    lambdas.delete_layer_version(LayerName="l-list", VersionNumber=2)
    listed = lambdas.list_layer_versions(LayerName="l-list")["LayerVersions"]
    assert [3, 1] == [each["Version"] for each in listed]
    assert 4 == publish(lambdas, "l-list")["Version"]
    layers = {each["LayerName"]: each for each in lambdas.list_layers()["Layers"]}
    assert 4 == layers["l-list"]["LatestMatchingVersion"]["Version"]
    fitting = lambdas.list_layers(CompatibleRuntime="python3.12")["Layers"]
    assert {"l-list": 3} == {
        each["LayerName"]: each["LatestMatchingVersion"]["Version"]
        for each in fitting
        if each["LayerName"] == "l-list"
    }


def test_a_version_can_be_seen_by_number_and_by_arn(lambdas):
    made = publish(lambdas, "l-get", LicenseInfo="MIT")
    got = lambdas.get_layer_version(LayerName="l-get", VersionNumber=1)
    by_arn = lambdas.get_layer_version_by_arn(Arn=f"{ARN}:l-get:1")
    for each in (got, by_arn):
        assert made["Content"]["CodeSha256"] == each["Content"]["CodeSha256"]
        assert "MIT" == each["LicenseInfo"]
    assert (
        "ResourceNotFoundException"
        == refusal(lambdas.get_layer_version, LayerName="l-get", VersionNumber=2)[0]
    )


@pytest.mark.slow
def test_a_function_sees_its_layers_in_order(lambdas, make):
    one = publish(
        lambdas, "l-one", {"python/fromlayer.py": "VALUE = 1\n", "data/note.txt": "of one"}
    )
    two = publish(lambdas, "l-two", {"python/fromlayer.py": "VALUE = 2\n"})
    arns = [one["LayerVersionArn"], two["LayerVersionArn"]]
    made = make("l-uses", USES, Layers=arns)
    assert arns == [each["Arn"] for each in made["Layers"]]
    for arn in arns:
        name, number = arn.split(":")[-2:]
        lambdas.delete_layer_version(LayerName=name, VersionNumber=int(number))
    assert [2, "of one"] == json.loads(lambdas.invoke(FunctionName="l-uses")["Payload"].read())


def test_what_is_no_layer_is_refused(lambdas, make):
    for arns, words in (
        ([f"{ARN}:nowhere:1"], "does not exist"),
        ([f"{ARN}:l-{number}:1" for number in range(6)], "more than 5 layers"),
        ([f"{ARN}:l:1", f"{ARN}:l:2"], "same layer"),
        (["arn:aws:lambda:eu-west-1:111122223333:layer:l:1"], "not in the same region"),
    ):
        code, message = refusal(make, "l-refused", Layers=arns)
        assert "InvalidParameterValueException" == code
        assert words in message


def test_another_accounts_layer_has_to_be_shared(lambdas, make, shared_world):
    other = shared_world.account()
    theirs = shared_world.client("lambda", as_=other)
    arn = publish(theirs, "l-theirs")["LayerVersionArn"]
    code, message = refusal(make, "l-borrows", Layers=[arn])
    assert "AccessDeniedException" == code
    assert "lambda:GetLayerVersion" in message
    added = theirs.add_layer_version_permission(
        LayerName="l-theirs",
        VersionNumber=1,
        StatementId="s",
        Action="lambda:GetLayerVersion",
        Principal="111122223333",
    )
    assert json.loads(added["Statement"])["Principal"]
    assert make("l-borrows", Layers=[arn])["Layers"][0]["Arn"] == arn
    policy = theirs.get_layer_version_policy(LayerName="l-theirs", VersionNumber=1)
    assert "s" == json.loads(policy["Policy"])["Statement"][0]["Sid"]
    theirs.remove_layer_version_permission(
        LayerName="l-theirs", VersionNumber=1, StatementId="s", RevisionId=policy["RevisionId"]
    )
    assert (
        "ResourceNotFoundException"
        == refusal(theirs.get_layer_version_policy, LayerName="l-theirs", VersionNumber=1)[0]
    )


def test_layers_can_be_a_condition(lambdas, make, shared_world, module_role):
    publish(lambdas, "l-good")
    publish(lambdas, "l-bad")
    condition = {"ForAllValues:StringLike": {"lambda:Layer": [f"{ARN}:l-good:*"]}}
    user = shared_world.user(
        "layerer",
        [allow("lambda:CreateFunction", Condition=condition), allow("lambda:Get*", "iam:PassRole")],
    )
    client = shared_world.client("lambda", as_=user)
    given = {
        "Runtime": "python3.12",
        "Handler": "h.handler",
        "Role": module_role,
        "Code": {"ZipFile": archive({"h.py": "x = 1\n"})},
    }
    client.create_function(FunctionName="l-cond", Layers=[f"{ARN}:l-good:1"], **given)
    assert (
        "AccessDeniedException"
        == refusal(
            client.create_function, FunctionName="l-cond2", Layers=[f"{ARN}:l-bad:1"], **given
        )[0]
    )
