"""Templates summed up and given back; values from elsewhere; drift; signals; sessions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from services.cloudformation.stacking import (
    KEY,
    TRUST,
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

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): return 1"
      AutoPublishAlias: live
"""


def test_a_template_is_validated_and_summed_up(world):
    body = """
Description: d
Parameters:
  P: {Type: String, Default: a, AllowedValues: [a, b], Description: what}
  Q: {Type: Number, NoEcho: true}
Resources:
  User: {Type: AWS::IAM::User, Properties: {UserName: maria}}
"""
    cfn = world.client("cloudformation")
    said = cfn.validate_template(TemplateBody=body)
    assert said["Parameters"] == [
        {"ParameterKey": "P", "DefaultValue": "a", "NoEcho": False, "Description": "what"},
        {"ParameterKey": "Q", "NoEcho": True},
    ]
    assert said["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    summary = cfn.get_template_summary(TemplateBody=body)
    assert summary["ResourceTypes"] == ["AWS::IAM::User"]
    allowed = summary["Parameters"][0]["ParameterConstraints"]["AllowedValues"]
    assert allowed == ["a", "b"]
    with pytest.raises(ClientError, match="InsufficientCapabilities"):
        cfn.create_stack(
            StackName="stack",
            TemplateBody=body,
            Parameters=parameters(Q="1"),
            Capabilities=["CAPABILITY_IAM"],
        )


def test_a_template_comes_back_as_it_was_and_as_it_became(world):
    stack = create(world, SAM)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    cfn = world.client("cloudformation")
    assert cfn.get_template(StackName="stack")["TemplateBody"] == SAM
    processed = cfn.get_template(StackName="stack", TemplateStage="Processed")["TemplateBody"]
    types = {each["Type"] for each in processed["Resources"].values()}
    assert {"AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::IAM::Role"} <= types
    name = physical(world, "Function")
    alias = world.client("lambda").get_alias(FunctionName=name, Name="live")
    assert alias["FunctionVersion"] == "1"
    with pytest.raises(ClientError, match=r"CAPABILITY_AUTO_EXPAND"):
        create(world, SAM, "other", Capabilities=["CAPABILITY_IAM"])


def test_a_template_comes_from_a_bucket_whatever_the_host(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="templates-here")
    s3.put_object(Bucket="templates-here", Key="a:b/t.json", Body=template({"Key": KEY}).encode())
    cfn = world.client("cloudformation")
    for number, url in enumerate(
        (
            "https://s3.amazonaws.com/templates-here/a:b/t.json",
            "https://templates-here.s3.us-east-1.amazonaws.com/a%3Ab/t.json",
            "http://127.0.0.1:4566/templates-here/a:b/t.json",
        )
    ):
        cfn.create_stack(StackName=f"s{number}", TemplateURL=url)
        settle(world)
        assert describe(world, f"s{number}")["StackStatus"] == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="TemplateURL must be a supported URL"):
        cfn.create_stack(StackName="no", TemplateURL="https://example.com/templates-here/t.json")
    alice = world.user("alice", [allow("cloudformation:*"), allow("kms:*")])
    with pytest.raises(ClientError, match="S3 error"):
        world.client("cloudformation", as_=alice).create_stack(
            StackName="no", TemplateURL="https://s3.amazonaws.com/templates-here/a:b/t.json"
        )


def test_values_come_from_parameter_store_and_secrets(world):
    ssm, secrets = world.client("ssm"), world.client("secretsmanager")
    ssm.put_parameter(Name="/ami", Type="String", Value="ami-1")
    secrets.create_secret(Name="db", SecretString=json.dumps({"password": world.sentinel}))
    body = template(
        {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {
                    "Name": "copy",
                    "Description": {"Ref": "Image"},
                    "SecretString": "{{resolve:secretsmanager:db:SecretString:password}}",
                },
            }
        },
        Parameters={
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"},
        },
    )
    stack = create(world, body)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    assert stack["Parameters"] == [
        {"ParameterKey": "Image", "ParameterValue": "/ami", "ResolvedValue": "ami-1"}
    ]
    assert secrets.get_secret_value(SecretId="copy")["SecretString"] == world.sentinel
    assert secrets.describe_secret(SecretId="copy")["Description"] == "ami-1"
    cfn = world.client("cloudformation")
    shown = [
        cfn.describe_stack_events(StackName="stack"),
        cfn.get_template(StackName="stack", TemplateStage="Processed"),
        cfn.describe_stack_resources(StackName="stack"),
        cfn.describe_stacks(StackName="stack"),
    ]
    assert world.sentinel not in str(shown)
    assert "{{resolve:secretsmanager:db" in str(shown)


def test_a_secret_is_resolved_in_the_callers_name(world):
    world.client("secretsmanager").create_secret(Name="db", SecretString=world.sentinel)
    thing = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": "{{resolve:secretsmanager:db}}"},
    }
    alice = world.user("alice", [allow("cloudformation:*"), allow("ssm:*")])
    assert create(world, {"P": thing}, as_=alice)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "secretsmanager:GetSecretValue" in str(failures(world))
    secure = {**thing, "Properties": {"Type": "String", "Value": "{{resolve:ssm-secure:/x}}"}}
    assert create(world, {"P": secure}, "other")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "SSM Secure reference is not supported in" in str(failures(world, "other"))


def test_drift_is_seen(world):
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}
    create(world, {"Key": KEY, "Group": group})
    cfn = world.client("cloudformation")

    def look():
        id_ = cfn.detect_stack_drift(StackName="stack")["StackDriftDetectionId"]
        settle(world)
        found = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=id_)
        assert found["DetectionStatus"] == "DETECTION_COMPLETE"
        return found["StackDriftStatus"], found["DriftedStackResourceCount"]

    assert look() == ("IN_SYNC", 0)
    world.client("kms").update_key_description(KeyId=physical(world, "Key"), Description="x")
    world.client("logs").delete_log_group(logGroupName=physical(world, "Group"))
    one = cfn.detect_stack_resource_drift(StackName="stack", LogicalResourceId="Key")
    difference = one["StackResourceDrift"]["PropertyDifferences"][0]
    assert (difference["PropertyPath"], difference["ActualValue"]) == ("/Description", "x")
    assert look() == ("DRIFTED", 2)
    drifts = cfn.describe_stack_resource_drifts(StackName="stack")["StackResourceDrifts"]
    assert {each["LogicalResourceId"]: each["StackResourceDriftStatus"] for each in drifts} == {
        "Key": "MODIFIED",
        "Group": "DELETED",
    }
    assert describe(world)["DriftInformation"]["StackDriftStatus"] == "DRIFTED"


def waiting(policy):
    return {"Wait": {"Type": "AWS::CloudFormation::WaitCondition", "CreationPolicy": policy}}


def begin(world, body, name="stack", **more):
    """Begin a stack and let it come to its wait."""
    cfn = world.client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=template(body), **more)
    world.run(_a_while())


async def _a_while():
    import asyncio

    await asyncio.sleep(0.3)


def test_a_signal_is_waited_for(world):
    policy = {"ResourceSignal": {"Count": 1, "Timeout": "PT10M"}}
    cfn = world.client("cloudformation")
    begin(world, waiting(policy))
    assert describe(world)["StackStatus"] == "CREATE_IN_PROGRESS"
    told = {"LogicalResourceId": "Wait", "UniqueId": "a", "Status": "SUCCESS"}
    cfn.signal_resource(StackName="stack", **told)
    settle(world)
    assert describe(world)["StackStatus"] == "CREATE_COMPLETE"
    begin(world, waiting(policy), "other")
    world.clock.advance(700)
    settle(world)
    assert describe(world, "other")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Received 0 conditions when expecting 1" in str(failures(world, "other"))


def test_a_creation_has_a_time_limit_and_can_be_broken_off(world):
    policy = {"ResourceSignal": {"Count": 1, "Timeout": "PT10H"}}
    begin(world, waiting(policy), TimeoutInMinutes=1)
    world.clock.advance(90)
    settle(world)
    assert describe(world)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Stack creation time exceeded the specified timeout" in str(events(world))
    begin(world, waiting(policy), "other")
    arn = describe(world, "other")["StackId"]
    world.client("cloudformation").delete_stack(StackName="other")
    settle(world)
    assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_can_be_called_off(world):
    policy = {"ResourceSignal": {"Count": 1, "Timeout": "PT10H"}}
    create(world, {"Key": KEY})
    cfn = world.client("cloudformation")
    cfn.update_stack(StackName="stack", TemplateBody=template({"Key": KEY, **waiting(policy)}))
    world.run(_a_while())
    cfn.cancel_update_stack(StackName="stack")
    settle(world)
    assert describe(world)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ("Wait", "CREATE_FAILED", "Resource creation cancelled") in events(world)


def test_a_rollback_that_failed_is_continued(world):
    """The update's author may put an alias on the new key only; the way back needs more."""
    aliased = {
        "One": KEY,
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "One"}},
        },
        "Name": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/n", "Type": "String", "Value": "a"},
        },
    }
    create(world, aliased)
    changed = json.loads(json.dumps(aliased))
    changed["Name"]["Properties"]["Value"] = "b"
    changed["Table"] = {"Type": "AWS::DynamoDB::Table", "DependsOn": "Name"}
    denied = {
        "Effect": "Deny",
        "Action": "ssm:PutParameter",
        "Resource": "*",
        "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2000-01-01T00:00:00Z"}},
    }
    wait = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": "Name",
        "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT1M"}},
    }
    changed["Table"] = wait
    alice = world.user("alice", [allow("cloudformation:*", "ssm:*", "kms:*")])
    cfn = world.client("cloudformation", as_=alice)
    cfn.update_stack(StackName="stack", TemplateBody=template(changed))
    world.run(_a_while())
    iam = world.client("iam")
    iam.put_user_policy(
        UserName="alice",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    world.clock.advance(120)
    settle(world)
    assert describe(world)["StackStatus"] == "UPDATE_ROLLBACK_FAILED", events(world)
    iam.delete_user_policy(UserName="alice", PolicyName="deny")
    cfn.continue_update_rollback(StackName="stack")
    settle(world)
    assert describe(world)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", events(world)
    assert world.client("ssm").get_parameter(Name="/n")["Parameter"]["Value"] == "a"


def test_a_session_acts_until_it_ends(world):
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{world.root.account}:root"},
        "Action": "sts:AssumeRole",
    }
    role = world.role("deployer", trust, allow("cloudformation:*", "kms:*"))
    session = world.assume(
        role,
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [allow("cloudformation:*", "kms:CreateKey", "kms:TagResource")],
            }
        ),
    )
    stack = create(world, {"Key": {"Type": "AWS::KMS::Key"}}, as_=session)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    made = next(each for each in world.events() if each["eventName"] == "CreateKey")
    assert made["userIdentity"]["arn"] == session.arn
    rotating = {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}}}
    assert create(world, rotating, "two", as_=session)["StackStatus"] == "ROLLBACK_FAILED"
    assert "kms:EnableKeyRotation" in str(failures(world, "two"))

    cfn = world.client("cloudformation", as_=session)
    late = {**waiting({"ResourceSignal": {"Timeout": "PT2H"}})}
    late["Key"] = {"Type": "AWS::KMS::Key", "DependsOn": "Wait"}
    cfn.create_stack(StackName="late", TemplateBody=template(late))
    world.run(_a_while())
    world.clock.advance(3700)
    told = {"LogicalResourceId": "Wait", "UniqueId": "a", "Status": "SUCCESS"}
    world.client("cloudformation").signal_resource(StackName="late", **told)
    settle(world)
    assert "The security token included in the request is expired" in str(failures(world, "late"))


def test_tags_go_on_to_the_resources(world):
    tags = [{"Key": "team", "Value": "red"}]
    own = {**KEY, "Properties": {"Tags": [{"Key": "own", "Value": "x"}]}}
    create(world, {"Key": own}, Tags=tags)
    kms, key = world.client("kms"), physical(world, "Key")

    def shown():
        return {
            each["TagKey"]: each["TagValue"]
            for each in kms.list_resource_tags(KeyId=key)["Tags"]
            if not each["TagKey"].startswith("aws:")
        }

    assert shown() == {"team": "red", "own": "x"}
    update(world, {"Key": own}, Tags=[{"Key": "team", "Value": "blue"}])
    assert shown() == {"team": "blue", "own": "x"}


def test_what_is_not_offered_is_refused_in_so_many_words(world):
    create(world, {"Key": KEY})
    cfn = world.client("cloudformation")
    with pytest.raises(ClientError, match="Stack policies are not offered"):
        cfn.set_stack_policy(StackName="stack", StackPolicyBody="{}")
    with pytest.raises(ClientError, match="stack policies are not offered"):
        create(world, {"Key": KEY}, "other", StackPolicyBody="{}")
    with pytest.raises(ClientError, match="No transform named Mine found"):
        create(world, template({"Key": KEY}, Transform="Mine"), "other")


def test_another_account_sees_nothing(world):
    arn = create(world, {"Key": KEY})["StackId"]
    other = world.client("cloudformation", as_=world.account())
    assert other.describe_stacks()["Stacks"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        other.describe_stacks(StackName=arn)
    assert outputs(describe(world, arn)) == {}


READS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
}
WRITES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}],
}


def test_drift_of_what_lets_somebody_in_is_seen(world):
    inline = {"PolicyName": "own", "PolicyDocument": READS}
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "secretsmanager:DeleteSecret",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}},
            }
        ],
    }
    block = {"BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    rules = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    create(
        world,
        {
            "One": KEY,
            "Two": KEY,
            "Alias": {
                "Type": "AWS::KMS::Alias",
                "Properties": {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "One"}},
            },
            "Managed": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": json.dumps(READS)},
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": TRUST,
                    "Policies": [inline],
                    "ManagedPolicyArns": [{"Ref": "Managed"}],
                },
            },
            "Inline": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "beside",
                    "PolicyDocument": READS,
                    "Roles": [{"Ref": "Role"}],
                },
            },
            "User": {"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Ref": "Group"}]}},
            "Group": {"Type": "AWS::IAM::Group", "Properties": {"Policies": [inline]}},
            "Secret": {"Type": "AWS::SecretsManager::Secret"},
            "Policy": {
                "Type": "AWS::SecretsManager::ResourcePolicy",
                "Properties": {"SecretId": {"Ref": "Secret"}, "ResourcePolicy": deny},
            },
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "PublicAccessBlockConfiguration": block,
                    "BucketEncryption": {"ServerSideEncryptionConfiguration": rules},
                },
            },
        },
    )
    assert describe(world)["StackStatus"] == "CREATE_COMPLETE", failures(world)
    cfn = world.client("cloudformation")

    def drifted():
        id_ = cfn.detect_stack_drift(StackName="stack")["StackDriftDetectionId"]
        settle(world)
        found = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=id_)
        assert found["DetectionStatus"] == "DETECTION_COMPLETE", found
        drifts = cfn.describe_stack_resource_drifts(
            StackName="stack", StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
        )["StackResourceDrifts"]
        return {
            each["LogicalResourceId"]: [
                part["PropertyPath"] for part in each["PropertyDifferences"]
            ]
            for each in drifts
        }

    assert drifted() == {}
    iam, text = world.client("iam"), json.dumps(WRITES)
    kms, s3 = world.client("kms"), world.client("s3")
    kms.update_alias(AliasName="alias/mine", TargetKeyId=physical(world, "Two"))
    iam.create_policy_version(
        PolicyArn=physical(world, "Managed"), PolicyDocument=text, SetAsDefault=True
    )
    role, group = physical(world, "Role"), physical(world, "Group")
    iam.put_role_policy(RoleName=role, PolicyName="another", PolicyDocument=text)
    iam.detach_role_policy(RoleName=role, PolicyArn=physical(world, "Managed"))
    iam.delete_group_policy(GroupName=group, PolicyName="own")
    iam.remove_user_from_group(GroupName=group, UserName=physical(world, "User"))
    world.client("secretsmanager").delete_resource_policy(SecretId=physical(world, "Secret"))
    s3.delete_public_access_block(Bucket=physical(world, "Bucket"))
    s3.delete_bucket_encryption(Bucket=physical(world, "Bucket"))
    assert drifted() == {
        "Alias": ["/TargetKeyId"],
        "Managed": ["/PolicyDocument"],
        "Role": ["/ManagedPolicyArns", "/Policies"],
        "Group": ["/Policies"],
        "User": ["/Groups"],
        "Policy": ["/ResourcePolicy"],
        "Bucket": ["/BucketEncryption", "/PublicAccessBlockConfiguration"],
    }
