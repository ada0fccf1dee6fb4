"""What binds a stack's work: the types that a request names, acknowledgements, others' outputs."""

from __future__ import annotations

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

GROUP = {"Type": "AWS::Logs::LogGroup"}
USER = {"Type": "AWS::IAM::User", "Properties": {"UserName": "maria"}}


def refused(call, *words, **more):
    with pytest.raises(ClientError) as error:
        call(*words, **more)
    return error.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("types", "good"),
    [
        (["AWS::KMS::Key", "AWS::Logs::LogGroup"], True),
        (["AWS::KMS::*", "AWS::Logs::*"], True),
        (["AWS::*"], True),
        (["AWS::KMS::Key"], False),
        (["AWS::KMS::*", "AWS::Logs"], False),
        (["*"], False),
    ],
)
def test_only_the_types_that_the_request_names_are_made(world, types, good):
    body = {"Key": KEY, "Group": GROUP}
    if good:
        assert create(world, body, ResourceTypes=types)["StackStatus"] == "CREATE_COMPLETE"
    else:
        said = refused(create, world, body, ResourceTypes=types)
        assert f"is not allowed by parameter ResourceTypes [{', '.join(types)}]" in said


def test_a_caller_whom_a_policy_binds_to_types_makes_no_others(world):
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
    bound = {"ForAllValues:StringEquals": {"cloudformation:ResourceTypes": ["AWS::KMS::*"]}}
    named = {"Null": {"cloudformation:ResourceTypes": "false"}}
    may = allow("cloudformation:CreateStack", "cloudformation:UpdateStack")
    change = allow("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet")
    alice = world.user(
        "alice",
        [
            {**may, "Condition": {**bound, **named}},
            {**change, "Condition": {**bound, **named}},
            allow("kms:*", "iam:*", "logs:*"),
        ],
    )
    types = {"ResourceTypes": ["AWS::KMS::*"]}
    made = {"Key": KEY}
    cfn = world.client("cloudformation", as_=alice)
    assert "not authorized" in refused(cfn.create_stack, StackName="s", TemplateBody="{}")
    assert create(world, made, as_=alice, **types)["StackStatus"] == "CREATE_COMPLETE"
    more = {**made, "User": USER}
    for begin in (create, update):
        name = "other" if begin is create else "stack"
        said = refused(begin, world, more, name, as_=alice, **types)
        assert "AWS::IAM::User is not allowed" in said
    asked = {"StackName": "stack", "ChangeSetName": "c", "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    said = refused(cfn.create_change_set, TemplateBody=template(more), **asked, **types)
    assert "AWS::IAM::User is not allowed" in said
    # what is there and does not change may be of other types
    world.client("cloudformation").update_stack(
        StackName="stack", TemplateBody=template({**made, "Group": GROUP})
    )
    settle(world)
    changed = {"Key": {**KEY, "Properties": {"Description": "two"}}, "Group": GROUP}
    assert update(world, changed, as_=alice, **types)["StackStatus"] == "UPDATE_COMPLETE"
    said = refused(update, world, {"Key": changed["Key"]}, as_=alice, **types)
    assert "AWS::Logs::LogGroup is not allowed" in said


def test_a_nested_stack_needs_what_it_makes_to_be_acknowledged(world):
    def parent(child):
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateBody": child}}
        return {"Child": nested}

    body = parent(template({"User": USER}))
    stack = create(world, body, Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Requires capabilities : [CAPABILITY_NAMED_IAM]" in str(failures(world))
    stack = create(world, body, "other", Capabilities=["CAPABILITY_NAMED_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world, "other")


def test_a_hidden_value_is_not_in_the_reason_of_a_failure(world):
    body = template(
        {
            "P": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": {"Ref": "Hidden"}, "Value": "x"},
            }
        },
        Parameters={"Hidden": {"Type": "String", "NoEcho": True}},
    )
    create(world, body, Parameters=parameters(Hidden=world.sentinel))
    assert "#/Type: **** is not a valid enum value" in str(failures(world))
    assert world.sentinel not in str(events(world))


def test_a_value_written_into_a_template_is_not_in_the_trail(world):
    """The world itself looks for the marked value when it ends."""
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Name": "s", "SecretString": world.sentinel},
    }
    body = template({"Secret": secret})
    cfn = world.client("cloudformation")
    cfn.validate_template(TemplateBody=body)
    cfn.get_template_summary(TemplateBody=body)
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateBody": body}}
    assert create(world, {"Child": nested})["StackStatus"] == "CREATE_COMPLETE", failures(world)
    more = template({"Secret": secret, "Key": KEY})
    cfn.create_change_set(
        StackName="new", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=more
    )
    child = physical(world, "Child")
    cfn.update_stack(StackName=child, TemplateBody=more)
    settle(world)
    value = world.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"]
    assert value == world.sentinel
    told = [each for each in world.events() if each["eventName"] == "CreateStack"]
    assert {each["requestParameters"]["stackName"] for each in told} >= {"stack"}
    assert all("templateBody" not in each["requestParameters"] for each in told)


def test_a_parameter_may_name_one_of_parameter_store(world):
    body = template(
        {"Key": {**KEY, "Properties": {"Description": {"Ref": "Name"}}}},
        Parameters={"Name": {"Type": "AWS::SSM::Parameter::Name"}},
    )
    said = refused(create, world, body, Parameters=parameters(Name="/none"))
    assert said == ("Unable to fetch parameters [/none] from parameter store for this account.")
    world.client("ssm").put_parameter(Name="/there", Type="SecureString", Value=world.sentinel)
    stack = create(world, body, Parameters=parameters(Name="/there"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    assert stack["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": "/there"}]
    key = world.client("kms").describe_key(KeyId=physical(world, "Key"))["KeyMetadata"]
    assert key["Description"] == "/there"
    alice = world.user("alice", [allow("cloudformation:*", "kms:*")])
    said = refused(create, world, body, "no", as_=alice, Parameters=parameters(Name="/there"))
    assert "ssm:GetParameters" in said


def reading(**argument):
    """A stack that says what another's output says."""
    return template(
        {"Key": {**KEY, "Properties": {"Description": {"Fn::GetStackOutput": argument}}}},
        Outputs={
            "Said": {"Value": {"Fn::Sub": ["<${x}>", {"x": {"Fn::GetStackOutput": argument}}]}}
        },
        Parameters={"Of": {"Type": "String", "Default": "first"}},
    )


def said_by_first(world, value, region="us-east-1"):
    cfn = world.client("cloudformation", region=region)
    body = template({"Key": KEY}, Outputs={"Word": {"Value": value}})
    try:
        cfn.create_stack(StackName="first", TemplateBody=body)
    except ClientError:
        cfn.update_stack(StackName="first", TemplateBody=body)
    settle(world)


def test_an_output_of_another_stack_is_a_weak_reference(world):
    said_by_first(world, "one")
    said_by_first(world, "far", "eu-west-1")
    body = reading(StackName={"Ref": "Of"}, OutputName="Word")
    assert outputs(create(world, body)) == {"Said": "<one>"}
    key = physical(world, "Key")
    said_by_first(world, "two")
    assert outputs(describe(world)) == {"Said": "<one>"}
    assert outputs(update(world, body)) == {"Said": "<two>"}
    kms = world.client("kms")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "two"
    far = reading(StackName="first", OutputName="Word", Region="eu-west-1")
    assert outputs(update(world, far)) == {"Said": "<far>"}
    # nothing holds the other stack
    world.client("cloudformation").delete_stack(StackName="first")
    settle(world)
    said = refused(update, world, body)
    assert said == "Stack with id first does not exist"


def test_another_stacks_output_is_read_as_who_does_the_work(world):
    said_by_first(world, "one")
    body = reading(StackName="first", OutputName="Word")
    may = allow("cloudformation:CreateStack", "kms:*")
    alice = world.user("alice", [may])
    cfn = world.client("cloudformation", as_=alice)
    said = refused(cfn.create_stack, StackName="no", TemplateBody=body)
    assert "is not authorized to perform: cloudformation:DescribeStacks" in said
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = world.role("deployer", trust, [allow("kms:*", "cloudformation:DescribeStacks")])
    bob = world.user("bob", [may, allow("iam:PassRole", resource=role)])
    stack = create(world, body, "by-role", as_=bob, RoleARN=role)
    assert outputs(stack) == {"Said": "<one>"}
    blind = world.role("blind", trust, [allow("kms:*")])
    carol = world.user(
        "carol", [may, allow("cloudformation:*"), allow("iam:PassRole", resource=blind)]
    )
    said = refused(create, world, body, "blind", as_=carol, RoleARN=blind)
    assert "assumed-role/blind/AWSCloudFormation is not authorized" in said


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ({"StackName": "first"}, "requires StackName and OutputName"),
        ({"StackName": "first", "OutputName": "W", "Else": 1}, "has no member Else"),
        (
            {"StackName": "first", "OutputName": "W", "RoleArn": "x"},
            "RoleArn of Fn::GetStackOutput is not offered",
        ),
        ({"StackName": "first", "OutputName": "W"}, "Output W of stack first does not exist"),
    ],
)
def test_an_output_that_cannot_be_had_says_why(world, argument, why):
    said_by_first(world, "one")
    assert why in refused(create, world, reading(**argument))


def test_exports_in_use_neither_change_nor_go(world):
    def exporting(value, name="word"):
        return template({"Key": KEY}, Outputs={"W": {"Value": value, "Export": {"Name": name}}})

    create(world, exporting("one"), "first")
    user = {**KEY, "Properties": {"Description": {"Fn::ImportValue": "word"}}}
    create(world, {"Key": user}, "second")
    for body, verb in ((exporting("two"), "updated"), (exporting("one", "other"), "deleted")):
        stack = update(world, body, "first")
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        reason = f"Export word cannot be {verb} as it is in use by second"
        assert reason in str(events(world, "first"))
    said = create(world, exporting("x"), "third")
    assert said["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Export with name word is already exported by stack first" in str(events(world, "third"))
    update(world, {"Key": {"Type": "AWS::KMS::Key"}}, "second")
    assert update(world, exporting("two"), "first")["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(describe(world, "first")) == {"W": "two"}
