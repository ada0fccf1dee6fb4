"""Pieces of templates in buckets: put where a template names them, read as the caller."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from services.cloudformation.stacking import (
    KEY,
    create,
    describe,
    failures,
    outputs,
    parameters,
    physical,
    template,
    update,
)
from world import allow


@pytest.fixture
def shelf(world):
    """A bucket of pieces; ``shelf(name, text)`` puts one there and returns where."""
    s3 = world.client("s3")
    s3.create_bucket(Bucket="pieces")

    def put(name, text):
        body = text if isinstance(text, str) else json.dumps(text)
        s3.put_object(Bucket="pieces", Key=name, Body=body.encode())
        return f"s3://pieces/{name}"

    return put


def include(location):
    return {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}


def refused(world, body, **more):
    with pytest.raises(ClientError) as error:
        create(world, body, **more)
    return error.value.response["Error"]["Message"]


def test_inside_of_a_template(world, shelf):
    place = shelf("more.yaml", "Description: !Sub 'from ${AWS::StackName}'\nEnabled: true\n")
    group = shelf("group.json", {"Group": {"Type": "AWS::Logs::LogGroup"}})
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"MultiRegion": True, **include(place)}},
        **include(group),
    }
    text = template(resources, Outputs={"Group": {"Value": {"Ref": "Group"}}})
    stack = create(world, text)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    key = world.client("kms").describe_key(KeyId=physical(world, "Key"))["KeyMetadata"]
    assert (key["Description"], key["MultiRegion"]) == ("from stack", True)
    assert outputs(stack)["Group"] == physical(world, "Group")
    cfn = world.client("cloudformation")
    assert cfn.get_template(StackName="stack")["TemplateBody"] == json.loads(text)
    processed = cfn.get_template(StackName="stack", TemplateStage="Processed")["TemplateBody"]
    assert processed["Resources"]["Key"]["Properties"]["Enabled"] is True
    assert "Fn::Transform" not in json.dumps(processed)


def test_at_the_top_and_beside_another_transform(world, shelf):
    place = shelf(
        "top.yaml",
        """
        Mappings: {Names: {us-east-1: {Name: east}}}
        Resources:
          Other: {Type: AWS::KMS::Key, Properties: {Description: {Ref: Word}}}
        """,
    )
    transform = {"Name": "AWS::Include", "Parameters": {"Location": place}}
    loop = {
        "Fn::ForEach::Groups": [
            "Name",
            ["a", "b"],
            {
                "Group${Name}": {
                    "Type": "AWS::Logs::LogGroup",
                    "Properties": {
                        "LogGroupName": {
                            "Fn::Join": [
                                "-",
                                [
                                    {"Fn::FindInMap": ["Names", {"Ref": "AWS::Region"}, "Name"]},
                                    "${Name}",
                                ],
                            ]
                        }
                    },
                }
            },
        ]
    }
    text = template(
        {"Key": KEY, **loop},
        Transform=["AWS::LanguageExtensions", transform],
        Parameters={"Word": {"Type": "String", "Default": "word"}},
    )
    assert create(world, text)["StackStatus"] == "CREATE_COMPLETE", failures(world)
    kms = world.client("kms")
    assert kms.describe_key(KeyId=physical(world, "Other"))["KeyMetadata"]["Description"] == "word"
    assert physical(world, "Groupb") == "east-b"


def test_parameters_say_where_and_an_update_reads_again(world, shelf):
    shelf("one.json", {"Description": "one"})
    resources = {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": include({"Fn::Sub": "s3://${Bucket}/${Name}.json"}),
        }
    }
    declared = {"Bucket": {"Type": "String", "Default": "pieces"}, "Name": {"Type": "String"}}
    text = template(resources, Parameters=declared)
    create(world, text, Parameters=parameters(Name="one"))
    kms, key = world.client("kms"), physical(world, "Key")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "one"
    shelf("one.json", {"Description": "two"})
    stack = update(world, text, Parameters=parameters(Name="one"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "two"


def test_it_is_read_as_the_caller(world, shelf):
    place = shelf("secret.json", {"Description": "hidden"})
    body = {"Key": {"Type": "AWS::KMS::Key", "Properties": include(place)}}
    plain = [allow("cloudformation:*", "kms:*")]
    said = refused(world, body, as_=world.user("no", plain))
    assert said.startswith(
        "Transform AWS::Include failed with: Fetching the Amazon S3 object failed for bucket "
        "'pieces' key 'secret.json'. S3 error: "
    )
    assert "s3:GetObject" in said
    assert "hidden" not in said
    reads = allow("s3:GetObject", resource="arn:aws:s3:::pieces/*")
    assert create(world, body, as_=world.user("yes", [*plain, reads]))["StackStatus"] == (
        "CREATE_COMPLETE"
    )


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("s3://pieces/none.json", "key 'none.json'. S3 error: The specified key does not exist."),
        ("https://pieces.s3.amazonaws.com/a.json", "The location parameter is not a valid S3 uri."),
        (["s3://pieces/a"], "The location parameter is not a valid S3 uri."),
        ("s3://pieces/list.json", "The specified S3 object's content should be valid Yaml/JSON"),
        ("s3://pieces/again.json", "contains a transform itself"),
        ("s3://pieces/long.json", "too large"),
    ],
)
def test_what_cannot_be_included_says_why(world, shelf, location, why):
    shelf("list.json", "[1, 2]")
    shelf("again.json", include("s3://pieces/list.json"))
    shelf("long.json", {"List": [1] * 150_000})
    pair = {"A": include(location), "B": include(location)}
    body = {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Tags": pair}}}
    said = refused(world, body)
    assert said.startswith("Transform AWS::Include failed with: ")
    assert why in said


def test_where_it_may_not_stand_and_what_is_no_transform(world, shelf):
    place = shelf("a.json", {"Type": "String"})
    text = template(
        {"Key": KEY}, Parameters={"P": {"Type": "String", "Default": "a", **include(place)}}
    )
    assert "may not be used in the section Parameters" in refused(world, text)
    other = {"Fn::Transform": {"Name": "Mine", "Parameters": {}}}
    body = {"Key": {"Type": "AWS::KMS::Key", "Properties": other}}
    assert refused(world, body) == "No transform named Mine found."
    other["Fn::Transform"]["Name"] = "AWS::Serverless-2016-10-31"
    assert "cannot be used as Fn::Transform" in refused(world, body)


def test_it_must_be_acknowledged_and_is_declared(world, shelf):
    place = shelf("a.json", {"Description": "one"})
    body = {"Key": {"Type": "AWS::KMS::Key", "Properties": include(place)}}
    said = refused(world, body, Capabilities=[])
    assert said == "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"
    found = world.client("cloudformation").validate_template(TemplateBody=template(body))
    assert found["DeclaredTransforms"] == ["AWS::Include"]
    assert found["Capabilities"] == ["CAPABILITY_AUTO_EXPAND"]
    create(world, body)
    assert describe(world)["StackStatus"] == "CREATE_COMPLETE"
