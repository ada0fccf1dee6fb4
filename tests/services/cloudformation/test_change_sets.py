"""Change sets, as deployment tools use them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from services.cloudformation.stacking import KEY, describe, events, physical, settle, template

ONE = {
    "Secret": {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Description": "one", "Name": "one"},
    }
}
TWO = {"Secret": {**ONE["Secret"], "Properties": {"Description": "two", "Name": "two"}}}


def change(world, resources, kind="UPDATE", name="set"):
    cfn = world.client("cloudformation")
    cfn.create_change_set(
        StackName="stack",
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=template(resources),
    )
    return cfn.describe_change_set(StackName="stack", ChangeSetName=name)


def test_a_stack_is_made_and_changed_by_change_sets(world):
    cfn = world.client("cloudformation")
    first = change(world, ONE, "CREATE")
    assert first["Status"] == "CREATE_COMPLETE"
    assert [each["ResourceChange"]["Action"] for each in first["Changes"]] == ["Add"]
    assert describe(world)["StackStatus"] == "REVIEW_IN_PROGRESS"
    cfn.execute_change_set(StackName="stack", ChangeSetName="set")
    settle(world)
    assert describe(world)["StackStatus"] == "CREATE_COMPLETE"
    assert describe(world)["ChangeSetId"] == first["ChangeSetId"]
    assert [each[1] for each in events(world) if each[0] == "stack"] == [
        "REVIEW_IN_PROGRESS",
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]

    second = change(world, TWO, name="next")
    found = second["Changes"][0]["ResourceChange"]
    assert (found["Action"], found["Replacement"], found["Scope"]) == (
        "Modify",
        "True",
        ["Properties"],
    )
    assert found["PhysicalResourceId"] == physical(world, "Secret")
    names = {
        each["Target"]["Name"]: each["Target"]["RequiresRecreation"] for each in found["Details"]
    }
    assert names == {"Description": "Never", "Name": "Always"}
    cfn.execute_change_set(StackName="stack", ChangeSetName=second["ChangeSetId"])
    settle(world)
    assert describe(world)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_change_set_without_changes_fails_in_awss_words(world):
    cfn = world.client("cloudformation")
    change(world, {"Key": KEY}, "CREATE")
    cfn.execute_change_set(StackName="stack", ChangeSetName="set")
    settle(world)
    same = change(world, {"Key": KEY}, name="same")
    assert (same["Status"], same["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "The submitted information didn't contain changes." in same["StatusReason"]
    with pytest.raises(ClientError, match="cannot be executed in its current status of"):
        cfn.execute_change_set(StackName="stack", ChangeSetName="same")
    assert len(cfn.list_change_sets(StackName="stack")["Summaries"]) == 2
    cfn.delete_change_set(StackName="stack", ChangeSetName="same")
    cfn.delete_change_set(StackName="stack", ChangeSetName="same")
    assert len(cfn.list_change_sets(StackName="stack")["Summaries"]) == 1


def test_deleting_a_change_set_of_no_stack_is_no_failure(world):
    world.client("cloudformation").delete_change_set(StackName="none", ChangeSetName="none")


def test_what_a_change_set_does_not_do_is_refused(world):
    cfn = world.client("cloudformation")
    change(world, {"Key": KEY}, "CREATE")
    with pytest.raises(ClientError, match="Importing resources is not offered"):
        cfn.create_change_set(
            StackName="stack",
            ChangeSetName="set",
            ChangeSetType="IMPORT",
            TemplateBody=template({"Key": KEY}),
            ResourcesToImport=[
                {
                    "ResourceType": "AWS::KMS::Key",
                    "LogicalResourceId": "Key",
                    "ResourceIdentifier": {"KeyId": "x"},
                }
            ],
        )
    with pytest.raises(ClientError, match=r"Stack \[none\] does not exist"):
        cfn.create_change_set(
            StackName="none", ChangeSetName="set", TemplateBody=template({"Key": KEY})
        )
