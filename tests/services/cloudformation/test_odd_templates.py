"""Templates that nobody means: each is refused in words, none is a fault of ours."""

from __future__ import annotations

import copy
import json
import random

from botocore.exceptions import ClientError

BASE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "d",
    "Parameters": {"P": {"Type": "String", "Default": "a", "AllowedValues": ["a"]}},
    "Mappings": {"M": {"a": {"b": 1}}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}},
    "Rules": {"R": {"Assertions": [{"Assert": {"Fn::Contains": [["a"], {"Ref": "P"}]}}]}},
    "Resources": {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Condition": "C",
            "DependsOn": ["Other"],
            "DeletionPolicy": "Retain",
            "Metadata": {"a": 1},
            "Properties": {
                "Description": {
                    "Fn::Sub": ["${x} ${P}", {"x": {"Fn::FindInMap": ["M", "a", "b"]}}]
                },
                "Tags": [{"Key": "k", "Value": {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}}],
            },
        },
        "Other": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Value": {"Fn::Join": ["-", [{"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}]]},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"a": {"Ref": "P"}}}],
            },
        },
    },
    "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "e"}}},
}
ODD = (None, 0, -1, True, "", "x", "Key", [], {}, [[]], [None], {"Ref": "P"}, {"Ref": 1})
ODD = (*ODD, {"Ref": []}, {"Fn::Sub": {}}, {"Fn::GetAtt": "Key"}, {"Fn::If": ["C"]}, {"": 1}, 1e400)


def places(tree, path=()):
    """Every place in a tree."""
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items if isinstance(tree, (dict, list)) else ():
        yield from (
            places(value, (*path, key)) if isinstance(value, (dict, list)) else [(*path, key)]
        )


def broken(lots):
    """The template with something odd at some place."""
    tree = copy.deepcopy(BASE)
    for _ in range(lots.choice((1, 1, 2, 3))):
        path = lots.choice([each for each in places(tree) if each])
        inner = tree
        for key in path[:-1]:
            inner = inner[key]
        if lots.random() < 0.2 and isinstance(inner, dict):
            inner[lots.choice(("Fn::Sub", "Ref", "Fn::GetAtt", "Fn::ForEach::X", "Type"))] = (
                inner.pop(path[-1])
            )
        else:
            inner[path[-1]] = copy.deepcopy(lots.choice(ODD))
    return tree


def test_no_template_is_a_fault_of_ours(world):
    cfn = world.client("cloudformation")
    lots = random.Random(6)
    words = {"Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]}
    refused = 0
    for number in range(150):
        tree = broken(lots)
        if number % 3 == 0:
            tree["Transform"] = "AWS::LanguageExtensions"
        body = json.dumps(tree)
        for call, more in (
            (cfn.validate_template, {}),
            (cfn.get_template_summary, {}),
            (
                cfn.create_change_set,
                {
                    "ChangeSetName": f"c{number}",
                    "ChangeSetType": "CREATE",
                    "StackName": "s",
                    **words,
                },
            ),
        ):
            try:
                call(TemplateBody=body, **more)
            except ClientError as error:
                refused += 1
                code = error.response["Error"]["Code"]
                assert code in {"ValidationError", "InsufficientCapabilitiesException"}, (
                    code,
                    body,
                )
    assert refused > 50


def test_odd_values_fail_their_resource_and_nothing_else(world):
    cfn = world.client("cloudformation")
    lots = random.Random(7)
    words = {"Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]}
    begun = []
    for number in range(40):
        try:
            answer = cfn.create_stack(
                StackName=f"s{number}", TemplateBody=json.dumps(broken(lots)), **words
            )
        except ClientError:
            continue
        world.run(world.settle())
        begun.append(answer["StackId"])
        stack = cfn.describe_stacks(StackName=answer["StackId"])["Stacks"][0]
        assert stack["StackStatus"] in {"CREATE_COMPLETE", "ROLLBACK_COMPLETE"}, stack
    assert len(begun) > 5
