"""What an update does, in which order, and what is left when it fails."""

from __future__ import annotations

import asyncio
import json

import pytest
from botocore.exceptions import ClientError

from services.cloudformation.stacking import (
    KEY,
    create,
    describe,
    events,
    failures,
    outputs,
    parameters,
    physical,
    settle,
    template,
    update,
)
from world import allow

ANEW = "Requested update requires the creation of a new physical resource; hence creating one."
BAD = {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "none", "TargetKeyId": "none"}}


def group(name, **more):
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **more}


def groups(world):
    return [
        each["logGroupName"] for each in world.client("logs").describe_log_groups()["logGroups"]
    ]


def since(world, number, name="stack"):
    """The events after the first *number*, without those that say nothing new."""
    return events(world, name)[number:]


def test_a_replacement_tells_its_steps_in_awss_order(world):
    create(world, {"Group": group("a")})
    before = len(events(world))
    update(world, {"Group": group("b")})
    assert since(world, before) == [
        ("stack", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Group", "UPDATE_IN_PROGRESS", ANEW),
        ("Group", "UPDATE_IN_PROGRESS", "Resource update Initiated"),
        ("Group", "UPDATE_COMPLETE", ""),
        ("stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("Group", "DELETE_IN_PROGRESS", ""),
        ("Group", "DELETE_COMPLETE", ""),
        ("stack", "UPDATE_COMPLETE", ""),
    ]
    assert groups(world) == ["b"]


def test_a_creation_that_fails_tells_its_steps_in_awss_order(world):
    create(world, {"Group": group("a"), "Bad": {**BAD, "DependsOn": "Group"}})
    told = events(world)
    reason = told[5][2]
    assert "Resource handler returned message:" in reason
    assert told == [
        ("stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Group", "CREATE_IN_PROGRESS", ""),
        ("Group", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Group", "CREATE_COMPLETE", ""),
        ("Bad", "CREATE_IN_PROGRESS", ""),
        ("Bad", "CREATE_FAILED", reason),
        (
            "stack",
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [Bad]. Rollback requested by user.",
        ),
        ("Group", "DELETE_IN_PROGRESS", ""),
        ("Group", "DELETE_COMPLETE", ""),
        ("stack", "ROLLBACK_COMPLETE", ""),
    ]
    assert groups(world) == []


def test_an_update_that_fails_tells_its_steps_in_awss_order(world):
    create(world, {"Group": group("a")})
    before = len(events(world))
    update(world, {"Group": group("b"), "Bad": {**BAD, "DependsOn": "Group"}})
    told = since(world, before)
    assert [each[:2] for each in told] == [
        ("stack", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_COMPLETE"),
        ("Bad", "CREATE_IN_PROGRESS"),
        ("Bad", "CREATE_FAILED"),
        ("stack", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Group", "UPDATE_COMPLETE"),
        ("stack", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Group", "DELETE_IN_PROGRESS"),
        ("Group", "DELETE_COMPLETE"),
        ("stack", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert told[6][2] == "The following resource(s) failed to create: [Bad]. "
    assert groups(world) == ["a"]
    assert physical(world, "Group") == "a"


@pytest.mark.parametrize(
    ("policy", "left"),
    [("Delete", ["b"]), ("Retain", ["a", "b"])],
)
def test_update_replace_policy_decides_what_becomes_of_the_old_one(world, policy, left):
    create(world, {"Group": group("a", UpdateReplacePolicy=policy)})
    update(world, {"Group": group("b", UpdateReplacePolicy=policy)})
    assert groups(world) == left


def test_what_leaves_the_template_goes_or_is_retained(world):
    kept = group("kept", DeletionPolicy="Retain")
    create(world, {"Key": KEY, "Kept": kept, "Gone": group("gone")})
    assert update(world, {"Key": KEY})["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert groups(world) == ["kept"]
    assert ("Kept", "DELETE_SKIPPED", "") in events(world)


def test_retain_except_on_create_keeps_what_was_there_before(world):
    policy = {"DeletionPolicy": "RetainExceptOnCreate"}
    stack = create(world, {"Group": group("a", **policy), "Bad": {**BAD, "DependsOn": "Group"}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert groups(world) == []
    create(world, {"Group": group("a", **policy)}, "other")
    world.client("cloudformation").delete_stack(StackName="other")
    settle(world)
    assert groups(world) == ["a"]


def test_conditions_make_and_unmake(world):
    text = template(
        {"Key": KEY, "Group": group("maybe", Condition="Wanted")},
        Parameters={"Want": {"Type": "String", "Default": "yes"}},
        Conditions={"Wanted": {"Fn::Equals": [{"Ref": "Want"}, "yes"]}},
        Outputs={
            "Name": {"Condition": "Wanted", "Value": {"Ref": "Group"}},
            "Either": {"Value": {"Fn::If": ["Wanted", {"Ref": "Group"}, "none"]}},
        },
    )
    assert outputs(create(world, text)) == {"Name": "maybe", "Either": "maybe"}
    stack = update(world, text, Parameters=parameters(Want="no"))
    assert (outputs(stack), groups(world)) == ({"Either": "none"}, [])
    stack = update(world, text, Parameters=parameters(Want="yes"))
    assert (outputs(stack), groups(world)) == ({"Name": "maybe", "Either": "maybe"}, ["maybe"])


def test_the_former_template_and_values_may_be_kept(world):
    text = template(
        {"Key": {**KEY, "Properties": {"Description": {"Fn::Sub": "${A} ${B}"}}}},
        Parameters={"A": {"Type": "String"}, "B": {"Type": "String", "NoEcho": True}},
    )
    create(world, text, Parameters=parameters(A="one", B="hidden"))
    cfn = world.client("cloudformation")
    kept = {"ParameterKey": "B", "UsePreviousValue": True}
    given = [*parameters(A="two"), kept]
    cfn.update_stack(StackName="stack", UsePreviousTemplate=True, Parameters=given)
    settle(world)
    key = world.client("kms").describe_key(KeyId=physical(world, "Key"))["KeyMetadata"]
    assert key["Description"] == "two hidden"
    with pytest.raises(ClientError, match=r"Parameters: \[B\] must have values"):
        cfn.update_stack(
            StackName="stack", UsePreviousTemplate=True, Parameters=parameters(A="three")
        )


def test_references_name_versions_stages_and_keys(world):
    ssm, secrets = world.client("ssm"), world.client("secretsmanager")
    for value in ("one", "two"):
        ssm.put_parameter(Name="/v", Type="String", Value=value, Overwrite=value == "two")
    arn = secrets.create_secret(Name="s", SecretString=json.dumps({"k": "old"}))["ARN"]
    secrets.put_secret_value(SecretId="s", SecretString=json.dumps({"k": "new", "n": 5}))
    references = {
        "A": ("{{resolve:ssm:/v}}", "two"),
        "B": ("{{resolve:ssm:/v:1}}", "one"),
        "C": (f"{{{{resolve:secretsmanager:{arn}:SecretString:k}}}}", "new"),
        "D": ("{{resolve:secretsmanager:s:SecretString:k:AWSPREVIOUS}}", "old"),
        "E": ("a-{{resolve:secretsmanager:s:SecretString:n}}-{{resolve:ssm:/v:2}}-z", "a-5-two-z"),
        "F": ({"Fn::Sub": "{{resolve:ssm:/v:${Version}}}"}, "one"),
    }
    resources = {
        logical: {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": f"/{logical}", "Type": "String", "Value": value},
        }
        for logical, (value, _) in references.items()
    }
    text = template(resources, Parameters={"Version": {"Type": "String", "Default": "1"}})
    assert create(world, text)["StackStatus"] == "CREATE_COMPLETE", failures(world)
    for logical, (_, value) in references.items():
        assert ssm.get_parameter(Name=f"/{logical}")["Parameter"]["Value"] == value
    ssm.put_parameter(Name="/secure", Type="SecureString", Value=world.sentinel)
    for number, (reference, why) in enumerate(
        (
            ("{{resolve:ssm:/none}}", "Parameters: [ssm:/none] cannot be found."),
            ("{{resolve:ssm:/v:9}}", "Parameters: [ssm:/v:9] cannot be found."),
            ("{{resolve:ssm:/secure}}", "Non-secure ssm prefix was used for secure parameter"),
            ("{{resolve:secretsmanager:s:SecretString:none}}", "Could not find a value associated"),
            ("{{resolve:secretsmanager:none}}", "can't find the specified secret"),
        )
    ):
        one = {"Description": reference}
        stack = create(world, {"Key": {**KEY, "Properties": one}}, f"bad{number}")
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert why in failures(world, f"bad{number}")[0][2]
    create(world, {"Key": {**KEY, "Properties": {"Description": "{{resolve:vault:x}}"}}}, "no")
    assert "Unable to resolve dynamic reference service: vault" in failures(world, "no")[0][2]


def test_the_reason_names_what_failed_and_what_was_called_off(world):
    wait = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT10H"}},
    }
    create(world, {"Wait": wait, "Bad": BAD, "Later": {**KEY, "DependsOn": "Wait"}})
    assert ("Wait", "CREATE_FAILED", "Resource creation cancelled") in events(world)
    reason = "The following resource(s) failed to create: [Bad, Wait]. Rollback requested by user."
    assert ("stack", "ROLLBACK_IN_PROGRESS", reason) in events(world)
    parameter = {"Type": "String", "Value": "a", "AllowedPattern": "^a$"}
    thing = {"Type": "AWS::SSM::Parameter", "Properties": parameter}
    create(world, {"P": thing}, "other")
    other = {"P": {**thing, "Properties": {**parameter, "Value": "b"}}, "Wait": wait}
    update(world, other, "other")
    reason = (
        "The following resource(s) failed to create: [Wait]. The following resource(s) failed to "
        "update: [P]. "
    )
    assert ("other", "UPDATE_ROLLBACK_IN_PROGRESS", reason) in events(world, "other")


def nested(text, **values):
    properties = {"TemplateBody": text, "Parameters": values}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties}


CHILD = template(
    {
        "Inner": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/inner", "Type": "String", "Value": {"Ref": "Text"}},
        }
    },
    Parameters={"Text": {"Type": "String"}},
    Outputs={"Value": {"Value": {"Fn::GetAtt": ["Inner", "Value"]}}},
)


def test_a_nested_stack_goes_back_with_its_parent(world):
    create(world, {"Child": nested(CHILD, Text="one")})
    inner = physical(world, "Child")
    bad = {"Child": nested(CHILD, Text="two"), "Bad": {**BAD, "DependsOn": "Child"}}
    assert update(world, bad)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    value = world.client("ssm").get_parameter(Name="/inner")["Parameter"]["Value"]
    assert (value, outputs(describe(world, inner))) == ("one", {"Value": "one"})
    # a child that fails by itself takes its parent back
    broken = template(
        {**json.loads(CHILD)["Resources"], "Bad": BAD}, Parameters={"Text": {"Type": "String"}}
    )
    stack = update(world, {"Child": nested(broken, Text="three")})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Embedded stack {inner} was not successfully updated" in str(failures(world))
    assert world.client("ssm").get_parameter(Name="/inner")["Parameter"]["Value"] == "one"
    assert describe(world, inner)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    stack = update(world, {"Child": nested(CHILD, Text="four")})
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)


def test_a_nested_stack_that_cannot_be_made_leaves_nothing(world):
    broken = template({"Key": KEY, "Bad": {**BAD, "DependsOn": "Key"}})
    stack = create(world, {"Child": nested(broken)})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "was not successfully created: The following resource(s) failed to create: [Bad]" in (
        str(failures(world))
    )
    states = {
        world.client("kms").describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"]
        for each in world.client("kms").list_keys()["Keys"]
    }
    assert states <= {"PendingDeletion"}


def full(world, stack):
    """Fill the stack's bucket, so that it does not go."""
    bucket = physical(world, "Bucket", stack)
    world.client("s3").put_object(Bucket=bucket, Key="left", Body=b"x")
    return bucket


def test_a_deletion_may_be_forced_past_what_does_not_go(world):
    arn = create(world, {"Bucket": {"Type": "AWS::S3::Bucket"}, "Key": KEY})["StackId"]
    bucket = full(world, "stack")
    cfn = world.client("cloudformation")
    with pytest.raises(ClientError, match="RetainResources can only be used"):
        cfn.delete_stack(StackName="stack", RetainResources=["Bucket"])
    cfn.delete_stack(StackName="stack")
    settle(world)
    assert describe(world)["StackStatus"] == "DELETE_FAILED"
    reason = "The following resource(s) failed to delete: [Bucket]. "
    assert ("stack", "DELETE_FAILED", reason) in events(world)
    cfn.delete_stack(StackName="stack", DeletionMode="FORCE_DELETE_STACK")
    settle(world)
    assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE"
    assert [each["Name"] for each in world.client("s3").list_buckets()["Buckets"]] == [bucket]


def test_a_rollback_may_leave_out_what_stands_in_its_way(world):
    def body(value):
        properties = {"Name": "/n", "Type": "String", "Value": value}
        return {"P": {"Type": "AWS::SSM::Parameter", "Properties": properties}}

    create(world, body("a"))
    wait = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": "P",
        "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT1M"}},
    }
    alice = world.user("alice", [allow("cloudformation:*", "ssm:*")])
    cfn = world.client("cloudformation", as_=alice)
    cfn.update_stack(StackName="stack", TemplateBody=template({**body("b"), "Wait": wait}))
    world.run(asyncio.sleep(0.3))
    denied = {"Effect": "Deny", "Action": "ssm:PutParameter", "Resource": "*"}
    world.client("iam").put_user_policy(
        UserName="alice",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    world.clock.advance(120)
    settle(world)
    assert describe(world)["StackStatus"] == "UPDATE_ROLLBACK_FAILED", events(world)
    with pytest.raises(ClientError, match="can not be updated"):
        cfn.update_stack(StackName="stack", TemplateBody=template(body("c")))
    cfn.continue_update_rollback(StackName="stack", ResourcesToSkip=["P"])
    settle(world)
    assert describe(world)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", events(world)
    assert world.client("ssm").get_parameter(Name="/n")["Parameter"]["Value"] == "b"


def test_a_role_that_does_not_trust_cloudformation_makes_nothing(world):
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = world.role("fn", trust, allow("kms:*"))
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        create(world, {"Key": KEY}, RoleARN=role)
    assert world.client("kms").list_keys()["Keys"] == []
