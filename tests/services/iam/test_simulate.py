"""The simulator, and which keys policies read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.iam.calling import LAMBDA_TRUST, refused
from world import ACCOUNT, allow

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def iam(shared_world: Any) -> Any:
    return shared_world.client("iam")


def decisions(answer: Any) -> dict[str, str]:
    return {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}


def test_what_a_user_may(shared_world: Any, iam: Any) -> None:
    deny = {"Effect": "Deny", "Action": "ssm:DeleteParameter", "Resource": "*"}
    me = shared_world.user("simulated", [allow("ssm:*"), deny])
    iam.attach_user_policy(
        UserName="simulated", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    )
    answer = iam.simulate_principal_policy(
        PolicySourceArn=me.arn,
        ActionNames=["ssm:GetParameter", "ssm:DeleteParameter", "kms:Decrypt", "iam:GetUser"],
    )
    assert {
        "ssm:GetParameter": "allowed",
        "ssm:DeleteParameter": "explicitDeny",
        "kms:Decrypt": "implicitDeny",
        "iam:GetUser": "allowed",
    } == decisions(answer)
    by_action = {each["EvalActionName"]: each for each in answer["EvaluationResults"]}
    (denying,) = by_action["ssm:DeleteParameter"]["MatchedStatements"]
    assert ("user_simulated_own", "user") == (
        denying["SourcePolicyId"],
        denying["SourcePolicyType"],
    )
    start, end = denying["StartPosition"], denying["EndPosition"]
    assert 1 == start["Line"] == end["Line"]
    assert start["Column"] < end["Column"]
    (managed,) = by_action["iam:GetUser"]["MatchedStatements"]
    assert ("IAMReadOnlyAccess", "aws-managed") == (
        managed["SourcePolicyId"],
        managed["SourcePolicyType"],
    )
    assert by_action["ssm:GetParameter"]["EvalResourceName"].endswith(
        "parameter/${ParameterNameWithoutLeadingSlash}"
    )


def test_resources_one_by_one(iam: Any) -> None:
    allowed = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/a"
    other = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/b"
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("ssm:GetParameter", resource=allowed))],
        ActionNames=["ssm:GetParameter"],
        ResourceArns=[allowed, other],
    )
    (result,) = answer["EvaluationResults"]
    assert "implicitDeny" == result["EvalDecision"]
    assert {allowed: "allowed", other: "implicitDeny"} == {
        each["EvalResourceName"]: each["EvalResourceDecision"]
        for each in result["ResourceSpecificResults"]
    }


def test_context_counts_and_what_is_missing_is_said(iam: Any) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    policy = document(allow("ssm:GetParameter", Condition=condition))
    request = {"PolicyInputList": [policy], "ActionNames": ["ssm:GetParameter"]}
    (without,) = iam.simulate_custom_policy(**request)["EvaluationResults"]
    assert ("implicitDeny", ["aws:requestedregion"]) == (
        without["EvalDecision"],
        [each.lower() for each in without["MissingContextValues"]],
    )
    for region, decision in (("eu-west-1", "allowed"), ("us-east-1", "implicitDeny")):
        entry = {
            "ContextKeyName": "aws:RequestedRegion",
            "ContextKeyValues": [region],
            "ContextKeyType": "string",
        }
        answer = iam.simulate_custom_policy(**request, ContextEntries=[entry])
        assert decision == decisions(answer)["ssm:GetParameter"]


def test_a_boundary_is_told_apart(iam: Any) -> None:
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("*"))],
        PermissionsBoundaryPolicyInputList=[document(allow("ssm:*"))],
        ActionNames=["ssm:GetParameter", "kms:Decrypt"],
    )
    told = {
        each["EvalActionName"]: each["PermissionsBoundaryDecisionDetail"][
            "AllowedByPermissionsBoundary"
        ]
        for each in answer["EvaluationResults"]
    }
    assert {"ssm:GetParameter": True, "kms:Decrypt": False} == told
    assert "implicitDeny" == decisions(answer)["kms:Decrypt"]


def test_a_resource_policy_counts_if_it_is_brought(shared_world: Any, iam: Any) -> None:
    me = shared_world.user("resourceful")
    key_policy = document(
        {"Effect": "Allow", "Principal": {"AWS": me.arn}, "Action": "kms:*", "Resource": "*"}
    )
    request = {
        "PolicySourceArn": me.arn,
        "ActionNames": ["kms:Decrypt"],
        "ResourceArns": [KEY],
    }
    assert "implicitDeny" == decisions(iam.simulate_principal_policy(**request))["kms:Decrypt"]
    answer = iam.simulate_principal_policy(**request, ResourcePolicy=key_policy, CallerArn=me.arn)
    assert "allowed" == decisions(answer)["kms:Decrypt"]
    (matched,) = answer["EvaluationResults"][0]["MatchedStatements"]
    assert "resource" == matched["SourcePolicyType"]


def test_excluded_policies_do_not_count(shared_world: Any, iam: Any) -> None:
    me = shared_world.user("excluding", [allow("ssm:*")])
    arn = "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"
    iam.attach_user_policy(UserName="excluding", PolicyArn=arn)
    request = {"PolicySourceArn": me.arn, "ActionNames": ["ssm:GetParameter"]}
    assert "allowed" == decisions(iam.simulate_principal_policy(**request))["ssm:GetParameter"]
    inline = {
        "InlinePolicyIdentifier": {
            "PolicyName": "own",
            "AttachmentType": "user",
            "AttachmentName": "excluding",
        }
    }
    for excluded, decision in (
        ([inline], "allowed"),
        ([{"PolicyArn": arn}], "allowed"),
        ([inline, {"PolicyArn": "arn:aws:iam::aws:policy/AmazonSSM*"}], "implicitDeny"),
        ([{"PolicyType": "inline"}, {"PolicyType": "aws-managed"}], "implicitDeny"),
    ):
        answer = iam.simulate_principal_policy(**request, PolicyExclusionList=excluded)
        assert decision == decisions(answer)["ssm:GetParameter"]


def test_groups_and_roles_can_be_asked(iam: Any) -> None:
    iam.create_group(GroupName="asked")
    iam.put_group_policy(GroupName="asked", PolicyName="p", PolicyDocument=document(allow("ssm:*")))
    iam.create_role(RoleName="asked", AssumeRolePolicyDocument=LAMBDA_TRUST)
    for kind, decision in (("group", "allowed"), ("role", "implicitDeny")):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:{kind}/asked",
            ActionNames=["ssm:GetParameter"],
        )
        assert decision == decisions(answer)["ssm:GetParameter"]


def test_service_control_policies_of_a_request(iam: Any) -> None:
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("*"))],
        OrderedOrganizationPolicyInputList=[
            {"ServiceControlPolicyInputList": [document(allow("*"))]},
            {"ServiceControlPolicyInputList": [document(allow("ssm:*"))]},
        ],
        ActionNames=["ssm:GetParameter", "kms:Decrypt"],
    )
    assert {"ssm:GetParameter": "allowed", "kms:Decrypt": "implicitDeny"} == decisions(answer)
    told = [each["OrganizationsDecisionDetail"] for each in answer["EvaluationResults"]]
    assert [{"AllowedByOrganizations": True}, {"AllowedByOrganizations": False}] == told


def test_simulations_come_in_pages(iam: Any) -> None:
    actions = [f"ssm:Get{letter}" for letter in "ABCDE"]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(allow("ssm:*"))],
        ActionNames=actions,
        PaginationConfig={"PageSize": 2},
    )
    found = [each["EvalActionName"] for page in pages for each in page["EvaluationResults"]]
    assert actions == found


def test_what_cannot_be_simulated(iam: Any) -> None:
    gone = f"arn:aws:iam::{ACCOUNT}:user/gone"
    with refused("NoSuchEntity", "The user with name gone cannot be found."):
        iam.simulate_principal_policy(PolicySourceArn=gone, ActionNames=["ssm:GetParameter"])
    with refused("InvalidInput"):
        iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:root", ActionNames=["ssm:GetParameter"]
        )
    with refused("InvalidInput", "PolicyInputList.1: Syntax errors in policy."):
        iam.simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["ssm:GetParameter"])


def test_which_keys_policies_read(shared_world: Any, iam: Any) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "${aws:ResourceTag/Team}"}}
    policy = document(
        allow("ssm:*", resource="arn:aws:ssm:*:*:parameter/${aws:username}/*", Condition=condition)
    )
    custom = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])["ContextKeyNames"]
    assert ["aws:PrincipalTag/Team", "aws:ResourceTag/Team", "aws:username"] == custom
    me = shared_world.user("reading", json.loads(policy)["Statement"])
    own = iam.get_context_keys_for_principal_policy(PolicySourceArn=me.arn)["ContextKeyNames"]
    assert custom == own
