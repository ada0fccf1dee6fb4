"""Roles, trust policies, managed policies, boundaries, instance profiles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.iam.calling import LAMBDA_TRUST, POLICY, refused


@pytest.fixture
def iam(shared_world: Any) -> Any:
    return shared_world.client("iam")


def trust(principal: Any, **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_role_is_shown_as_made(iam: Any) -> None:
    made = iam.create_role(
        RoleName="Shown",
        Path="/app/",
        AssumeRolePolicyDocument=LAMBDA_TRUST,
        Description="shows",
        MaxSessionDuration=7200,
        Tags=[{"Key": "k", "Value": "v"}],
    )["Role"]
    shown = iam.get_role(RoleName="Shown")["Role"]
    assert {} == shown.pop("RoleLastUsed")
    assert made == shown
    assert json.loads(LAMBDA_TRUST) == shown["AssumeRolePolicyDocument"]
    assert ("shows", 7200) == (shown["Description"], shown["MaxSessionDuration"])
    listed = iam.list_roles(PathPrefix="/app/")["Roles"]
    assert ["Shown"] == [role["RoleName"] for role in listed]
    assert "Tags" not in listed[0]


def test_a_trust_policy_remembers_who_it_meant(shared_world: Any, iam: Any) -> None:
    who = shared_world.user("trusted")
    iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=trust({"AWS": who.arn}))
    shown = iam.get_role(RoleName="trusting")["Role"]["AssumeRolePolicyDocument"]
    assert who.arn == shown["Statement"][0]["Principal"]["AWS"]
    user_id = iam.get_user(UserName="trusted")["User"]["UserId"]
    iam.delete_access_key(UserName="trusted", AccessKeyId=who.access_key_id)
    iam.delete_user(UserName="trusted")
    shown = iam.get_role(RoleName="trusting")["Role"]["AssumeRolePolicyDocument"]
    assert user_id == shown["Statement"][0]["Principal"]["AWS"]
    again = shared_world.user("trusted")
    with refused("AccessDenied"):
        shared_world.assume("arn:aws:iam::111122223333:role/trusting", as_=again)
    iam.update_assume_role_policy(RoleName="trusting", PolicyDocument=trust({"AWS": again.arn}))
    assert shared_world.assume("arn:aws:iam::111122223333:role/trusting", as_=again).token


@pytest.mark.parametrize(
    ("principal", "shown"),
    [
        (
            {"AWS": "arn:aws:iam::111122223333:user/never"},
            '"AWS":"arn:aws:iam::111122223333:user/never"',
        ),
        (
            {"AWS": "arn:aws:iam::111122223333:role/never"},
            '"AWS":"arn:aws:iam::111122223333:role/never"',
        ),
        ({"AWS": "never"}, '"AWS":"never"'),
    ],
)
def test_a_trust_policy_names_only_who_is(iam: Any, principal: Any, shown: str) -> None:
    with refused("MalformedPolicyDocument", f"Invalid principal in policy: {shown}", 400):
        iam.create_role(RoleName="unnamed", AssumeRolePolicyDocument=trust(principal))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("no json", "This policy contains invalid Json"),
        (POLICY, None),
        (trust({"AWS": "*"}, Resource="*"), "Has prohibited field Resource"),
        (
            trust({"AWS": "*"}, Action="s3:GetObject"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
    ],
)
def test_what_is_no_trust_policy_is_refused(iam: Any, document: str, message: str | None) -> None:
    with refused("MalformedPolicyDocument", message, 400):
        iam.create_role(RoleName="untrusting", AssumeRolePolicyDocument=document)


def test_a_trust_policy_has_its_size(iam: Any) -> None:
    long = trust({"Service": "lambda.amazonaws.com"}, Sid="s" * 2100)
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409):
        iam.create_role(RoleName="long", AssumeRolePolicyDocument=long)


def test_a_role_goes_only_when_nothing_hangs_on_it(iam: Any) -> None:
    iam.create_role(RoleName="held", AssumeRolePolicyDocument=LAMBDA_TRUST)
    iam.put_role_policy(RoleName="held", PolicyName="p", PolicyDocument=POLICY)
    iam.create_instance_profile(InstanceProfileName="holder")
    iam.add_role_to_instance_profile(InstanceProfileName="holder", RoleName="held")
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first."):
        iam.delete_role(RoleName="held")
    iam.delete_role_policy(RoleName="held", PolicyName="p")
    message = "Cannot delete entity, must remove roles from instance profile first."
    with refused("DeleteConflict", message):
        iam.delete_role(RoleName="held")
    with refused("LimitExceeded"):
        iam.add_role_to_instance_profile(InstanceProfileName="holder", RoleName="held")
    profiles = iam.list_instance_profiles_for_role(RoleName="held")["InstanceProfiles"]
    assert ["held"] == [role["RoleName"] for role in profiles[0]["Roles"]]
    iam.remove_role_from_instance_profile(InstanceProfileName="holder", RoleName="held")
    iam.delete_instance_profile(InstanceProfileName="holder")
    iam.delete_role(RoleName="held")
    with refused("NoSuchEntity", "The role with name held cannot be found."):
        iam.get_role(RoleName="held")


def test_versions_of_a_policy(iam: Any) -> None:
    made = iam.create_policy(PolicyName="versioned", PolicyDocument=POLICY)["Policy"]
    arn = made["Arn"]
    assert (0, "v1") == (made["AttachmentCount"], made["DefaultVersionId"])
    for number in range(2, 6):
        version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)["PolicyVersion"]
        assert (f"v{number}", False) == (version["VersionId"], version["IsDefaultVersion"])
    with refused("LimitExceeded", status=409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v3")
    with refused("DeleteConflict", "Cannot delete the default version of a policy."):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    assert "v6" == version["PolicyVersion"]["VersionId"]
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert ["v6", "v5", "v4", "v3", "v2"] == [each["VersionId"] for each in listed]
    shown = iam.get_policy_version(PolicyArn=arn, VersionId="v6")["PolicyVersion"]
    assert json.loads(POLICY) == shown["Document"]
    with refused("DeleteConflict", status=409):
        iam.delete_policy(PolicyArn=arn)
    for name in ("v2", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=name)
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {arn} was not found."):
        iam.get_policy(PolicyArn=arn)


def test_attaching_counts_and_holds(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="attached", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_user(UserName="attacher", PermissionsBoundary=arn)
    iam.attach_user_policy(UserName="attacher", PolicyArn=arn)
    iam.attach_user_policy(UserName="attacher", PolicyArn=arn)
    shown = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (1, 1) == (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"])
    users = iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]
    assert ["attacher"] == [user["UserName"] for user in users]
    listed = iam.list_attached_user_policies(UserName="attacher")["AttachedPolicies"]
    assert [{"PolicyName": "attached", "PolicyArn": arn}] == listed
    with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_user_policy(UserName="attacher", PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {arn} was not found."):
        iam.detach_user_policy(UserName="attacher", PolicyArn=arn)
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName="attacher")
    iam.delete_policy(PolicyArn=arn)


def test_ten_policies_and_no_more(iam: Any) -> None:
    iam.create_role(RoleName="ten", AssumeRolePolicyDocument=LAMBDA_TRUST)
    for number in range(11):
        arn = iam.create_policy(PolicyName=f"ten-{number}", PolicyDocument=POLICY)["Policy"]["Arn"]
        if number < 10:
            iam.attach_role_policy(RoleName="ten", PolicyArn=arn)
    with refused("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10", 409):
        iam.attach_role_policy(RoleName="ten", PolicyArn=arn)


def test_what_cannot_be_attached(iam: Any) -> None:
    iam.create_role(RoleName="bare", AssumeRolePolicyDocument=LAMBDA_TRUST)
    gone = "arn:aws:iam::111122223333:policy/gone"
    with refused("NoSuchEntity", f"Policy {gone} does not exist or is not attachable."):
        iam.attach_role_policy(RoleName="bare", PolicyArn=gone)
    with refused("InvalidInput", "ARN not-an-arn-at-all-but-long is not valid."):
        iam.attach_role_policy(RoleName="bare", PolicyArn="not-an-arn-at-all-but-long")
    linked = (
        "arn:aws:iam::aws:policy/aws-service-role/"
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
    )
    with refused("PolicyNotAttachable"):
        iam.attach_role_policy(RoleName="bare", PolicyArn=linked)
    with refused("NoSuchEntity", f"Scope ARN: {gone} does not exist."):
        iam.put_role_permissions_boundary(RoleName="bare", PermissionsBoundary=gone)


def test_aws_policies_can_be_seen_and_not_changed(iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    shown = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert [{"Effect": "Allow", "Action": "*", "Resource": "*"}] == shown["Statement"]
    for change in (
        lambda: iam.delete_policy(PolicyArn=arn),
        lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY),
        lambda: iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}]),
    ):
        with refused("AccessDenied", status=403):
            change()
    names = {
        policy["PolicyName"]
        for page in iam.get_paginator("list_policies").paginate(Scope="AWS")
        for policy in page["Policies"]
    }
    assert {"AdministratorAccess", "SecretsManagerReadWrite", "AWSLambdaBasicExecutionRole"} < names


def test_a_boundary_cuts_what_policies_give(shared_world: Any, iam: Any) -> None:
    who = shared_world.user("bounded", [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}])
    own = shared_world.client("iam", as_=who)
    assert own.list_users()["Users"]
    boundary = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}],
        }
    )
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=boundary)["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=arn)
    assert own.get_user()["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    message = (
        f"User: {who.arn} is not authorized to perform: iam:ListUsers on resource: "
        "arn:aws:iam::111122223333:user/ because no permissions boundary allows the "
        "iam:ListUsers action"
    )
    with refused("AccessDenied", message):
        own.list_users()


def test_pass_role_is_asked_for(shared_world: Any, iam: Any) -> None:
    iam.create_role(RoleName="passed", AssumeRolePolicyDocument=LAMBDA_TRUST)
    iam.create_instance_profile(InstanceProfileName="passing")
    allow = {"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "*"}
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::111122223333:role/passed",
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    }
    without = shared_world.client("iam", as_=shared_world.user("without-pass", [allow]))
    message = (
        "User: arn:aws:iam::111122223333:user/without-pass is not authorized to perform: "
        "iam:PassRole on resource: arn:aws:iam::111122223333:role/passed because no "
        "identity-based policy allows the iam:PassRole action"
    )
    with refused("AccessDenied", message, 403):
        without.add_role_to_instance_profile(InstanceProfileName="passing", RoleName="passed")
    with_it = shared_world.client("iam", as_=shared_world.user("with-pass", [allow, passing]))
    with_it.add_role_to_instance_profile(InstanceProfileName="passing", RoleName="passed")


def test_service_linked_roles_are_their_services(shared_world: Any, iam: Any) -> None:
    made = iam.create_service_linked_role(AWSServiceName="mrk.kms.amazonaws.com")["Role"]
    name = made["RoleName"]
    assert made["Path"] == "/aws-service-role/mrk.kms.amazonaws.com/"
    assert 1 == len(iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"])
    message = (
        f"Cannot perform the operation on the protected role '{name}' - this role is only "
        "modifiable by AWS"
    )
    for change in (
        lambda: iam.delete_role(RoleName=name),
        lambda: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=POLICY),
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=LAMBDA_TRUST),
    ):
        with refused("UnmodifiableEntity", message, 400):
            change()
    with refused("InvalidInput"):
        iam.create_service_linked_role(AWSServiceName="mrk.kms.amazonaws.com")
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert "SUCCEEDED" == status["Status"]
    with refused("NoSuchEntity"):
        iam.get_role(RoleName=name)


def test_another_account_sees_nothing(shared_world: Any, iam: Any) -> None:
    other = shared_world.client("iam", as_=shared_world.account())
    arn = iam.create_policy(PolicyName="private", PolicyDocument=POLICY)["Policy"]["Arn"]
    with refused("AccessDenied", status=403):
        other.get_policy(PolicyArn=arn)
    other.create_role(RoleName="theirs", AssumeRolePolicyDocument=LAMBDA_TRUST)
    with refused("NoSuchEntity"):
        other.attach_role_policy(RoleName="theirs", PolicyArn=arn)
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="theirs")
