"""A stack's life: made, changed, rolled back, deleted; and what its events say."""

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

ALIASED = {
    "Key": KEY,
    "Alias": {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "Key"}},
    },
}


def test_a_stack_is_made_in_order_and_tells_of_it(world):
    body = template(ALIASED, Outputs={"Id": {"Value": {"Ref": "Key"}, "Description": "of it"}})
    stack = create(world, body)
    assert stack["StackStatus"] == "CREATE_COMPLETE", events(world)
    key = world.client("kms").describe_key(KeyId="alias/mine")["KeyMetadata"]
    assert outputs(stack) == {"Id": key["KeyId"]}
    assert events(world) == [
        ("stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Key", "CREATE_IN_PROGRESS", ""),
        ("Key", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Key", "CREATE_COMPLETE", ""),
        ("Alias", "CREATE_IN_PROGRESS", ""),
        ("Alias", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Alias", "CREATE_COMPLETE", ""),
        ("stack", "CREATE_COMPLETE", ""),
    ]


def test_an_update_changes_in_place_and_replaces(world):
    create(world, ALIASED)
    key = physical(world, "Key")
    again = {**ALIASED, "Key": {**KEY, "Properties": {"Description": "two"}}}
    assert update(world, again)["StackStatus"] == "UPDATE_COMPLETE", events(world)
    assert physical(world, "Key") == key
    assert world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Description"] == "two"

    def grouped(name):
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}
        value = {"Type": "String", "Value": {"Ref": "Group"}, "Name": "/group"}
        return {"Group": group, "Value": {"Type": "AWS::SSM::Parameter", "Properties": value}}

    assert update(world, grouped("a"))["StackStatus"] == "UPDATE_COMPLETE", events(world)
    assert world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == (
        "PendingDeletion"
    )
    assert update(world, grouped("b"))["StackStatus"] == "UPDATE_COMPLETE", events(world)
    groups = world.client("logs").describe_log_groups()["logGroups"]
    assert [each["logGroupName"] for each in groups] == ["b"]
    assert world.client("ssm").get_parameter(Name="/group")["Parameter"]["Value"] == "b"


def test_an_update_without_changes_is_refused(world):
    create(world, ALIASED)
    with pytest.raises(ClientError, match="No updates are to be performed"):
        update(world, ALIASED)


def test_a_failed_update_leaves_what_was_there(world):
    create(world, ALIASED)
    world.client("kms").create_alias(AliasName="alias/taken", TargetKeyId=physical(world, "Key"))
    bad = {
        "Key": {**KEY, "Properties": {"Description": "two"}},
        "Other": {
            "Type": "AWS::KMS::Alias",
            "DependsOn": "Key",
            "Properties": {"AliasName": "alias/taken", "TargetKeyId": {"Ref": "Key"}},
        },
    }
    stack = update(world, bad)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", events(world)
    key = world.client("kms").describe_key(KeyId="alias/mine")["KeyMetadata"]
    assert (key["Description"], key["KeyState"]) == ("one", "Enabled")
    world.client("kms").describe_key(KeyId="alias/taken")
    statuses = [status for name, status, _ in events(world) if name == "stack"]
    assert statuses[-4:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]


def test_a_stack_is_deleted_and_still_tells_by_its_arn(world):
    arn = create(world, ALIASED)["StackId"]
    key = physical(world, "Key")
    world.client("cloudformation").delete_stack(StackName="stack")
    settle(world)
    with pytest.raises(ClientError, match="Stack with id stack does not exist"):
        describe(world)
    assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE"
    told = events(world, arn)
    assert [each[:2] for each in told[-6:]] == [
        ("stack", "DELETE_IN_PROGRESS"),
        ("Alias", "DELETE_IN_PROGRESS"),
        ("Alias", "DELETE_COMPLETE"),
        ("Key", "DELETE_IN_PROGRESS"),
        ("Key", "DELETE_COMPLETE"),
        ("stack", "DELETE_COMPLETE"),
    ]
    state = world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    assert state == "PendingDeletion"
    world.client("cloudformation").delete_stack(StackName="stack")


def test_who_may_not_make_keys_makes_none_by_a_stack(world):
    alice = world.user("alice", allow("cloudformation:*"))
    stack = create(world, {"Key": KEY}, as_=alice)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE", events(world)
    failed = next(each for each in events(world) if each[1] == "CREATE_FAILED")
    assert failed[0] == "Key"
    assert f"User: {alice.arn} is not authorized to perform: kms:CreateKey" in failed[2]
    assert "HandlerErrorCode: AccessDenied" in failed[2]
    assert (
        "stack",
        "ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [Key]. Rollback requested by user.",
    ) in events(world)
    bob = world.user("bob", [allow("cloudformation:*"), allow("kms:CreateKey", "kms:TagResource")])
    assert create(world, {"Key": KEY}, "other", as_=bob)["StackStatus"] == "CREATE_COMPLETE"


def test_a_stacks_role_acts_in_its_callers_stead(world):
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = world.role("deployer", trust, allow("kms:*"))
    alice = world.user("alice", allow("cloudformation:*"))
    with pytest.raises(ClientError, match="iam:PassRole"):
        create(world, {"Key": KEY}, as_=alice, RoleARN=role)
    carol = world.user("carol", [allow("cloudformation:*"), allow("iam:PassRole", resource=role)])
    stack = create(world, {"Key": KEY}, as_=carol, RoleARN=role)
    assert stack["StackStatus"] == "CREATE_COMPLETE", events(world)
    assert stack["RoleARN"] == role
    made = next(each for each in world.events() if each["eventName"] == "CreateKey")
    assert made["userIdentity"]["arn"].endswith("assumed-role/deployer/AWSCloudFormation")


def test_on_failure_decides_what_is_left(world):
    named_badly = {"AliasName": "no", "TargetKeyId": {"Ref": "Key"}}
    bad = {"Key": KEY, "Alias": {**ALIASED["Alias"], "Properties": named_badly}}
    assert create(world, bad, OnFailure="DO_NOTHING")["StackStatus"] == "CREATE_FAILED"
    key = physical(world, "Key")
    assert world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    cfn = world.client("cloudformation")
    arn = cfn.create_stack(StackName="gone", TemplateBody=template(bad), OnFailure="DELETE")
    settle(world)
    assert describe(world, arn["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_protected_stack_is_not_deleted(world):
    create(world, {"Key": KEY}, EnableTerminationProtection=True)
    cfn = world.client("cloudformation")
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        cfn.delete_stack(StackName="stack")
    cfn.update_termination_protection(StackName="stack", EnableTerminationProtection=False)
    cfn.delete_stack(StackName="stack")


def test_what_is_retained_stays(world):
    kept = {"Key": {**KEY, "DeletionPolicy": "Retain"}}
    arn = create(world, kept)["StackId"]
    key = physical(world, "Key")
    world.client("cloudformation").delete_stack(StackName="stack")
    settle(world)
    assert ("Key", "DELETE_SKIPPED", "") in events(world, arn)
    assert world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_exports_are_imported_and_held(world):
    exporting = template(
        {"Key": KEY}, Outputs={"Id": {"Value": {"Ref": "Key"}, "Export": {"Name": "the-key"}}}
    )
    create(world, exporting, "first")
    importing = {
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {
                "AliasName": "alias/far",
                "TargetKeyId": {"Fn::ImportValue": "the-key"},
            },
        }
    }
    assert create(world, importing, "second")["StackStatus"] == "CREATE_COMPLETE"
    cfn = world.client("cloudformation")
    assert cfn.list_imports(ExportName="the-key")["Imports"] == ["second"]
    assert cfn.list_exports()["Exports"][0]["Name"] == "the-key"
    with pytest.raises(ClientError, match="cannot be deleted as it is in use by second"):
        cfn.delete_stack(StackName="first")


def test_hidden_parameters_are_never_shown(world):
    body = template(
        {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"Name": "hidden", "SecretString": {"Ref": "Value"}},
            }
        },
        Parameters={"Value": {"Type": "String", "NoEcho": True}},
    )
    stack = create(world, body, Parameters=parameters(Value=world.sentinel))
    assert stack["StackStatus"] == "CREATE_COMPLETE", events(world)
    assert stack["Parameters"] == [{"ParameterKey": "Value", "ParameterValue": "****"}]
    value = world.client("secretsmanager").get_secret_value(SecretId="hidden")["SecretString"]
    assert value == world.sentinel
    shown = world.client("cloudformation").describe_stack_events(StackName="stack")
    assert world.sentinel not in str(shown)


def test_an_update_that_is_not_rolled_back_is_gone_on_with(world):
    thing = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "a"}}
    named = {**thing, "Properties": {**thing["Properties"], "AllowedPattern": "^[ab]$"}}
    create(world, {"P": named})
    bad = {**named, "Properties": {**named["Properties"], "Value": "c"}}
    more = {"P": bad, "Key": {**KEY, "DependsOn": "P"}}
    stack = update(world, more, DisableRollback=True)
    assert stack["StackStatus"] == "UPDATE_FAILED", events(world)
    good = {**named, "Properties": {**named["Properties"], "Value": "b"}}
    stack = update(world, {**more, "P": good})
    assert stack["StackStatus"] == "UPDATE_COMPLETE", events(world)
    value = world.client("ssm").get_parameter(Name=physical(world, "P"))["Parameter"]["Value"]
    assert value == "b"


def test_tags_of_a_stack_come_back_when_its_update_fails(world):
    one, two = ([{"Key": "team", "Value": each}] for each in ("one", "two"))
    create(world, {"Key": KEY}, Tags=one)
    bad = {"Type": "AWS::KMS::Alias", "DependsOn": "Key", "Properties": {"AliasName": "none"}}
    stack = update(world, {"Key": KEY, "Bad": bad}, Tags=two)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", failures(world)
    tags = world.client("kms").list_resource_tags(KeyId=physical(world, "Key"))["Tags"]
    assert {"TagKey": "team", "TagValue": "one"} in tags
