"""Authorization details, the credential report, access to services, the account."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from services.iam.calling import LAMBDA_TRUST, POLICY, refused
from world import ACCOUNT, allow


def test_everybody_and_every_policy(world: Any) -> None:
    iam = world.client("iam")
    world.user("detailed", [allow("ssm:*")])
    iam.create_group(GroupName="details")
    iam.add_user_to_group(GroupName="details", UserName="detailed")
    iam.create_role(RoleName="detail", AssumeRolePolicyDocument=LAMBDA_TRUST)
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="detail")
    arn = iam.create_policy(PolicyName="mine", PolicyDocument=POLICY)["Policy"]["Arn"]
    for each in (arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"):
        iam.attach_role_policy(RoleName="detail", PolicyArn=each)
    found = iam.get_account_authorization_details()
    (user,) = found["UserDetailList"]
    assert ("detailed", ["details"]) == (user["UserName"], user["GroupList"])
    assert "ssm:*" in user["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"]
    (role,) = found["RoleDetailList"]
    assert json.loads(LAMBDA_TRUST) == role["AssumeRolePolicyDocument"]
    assert ["profile"] == [each["InstanceProfileName"] for each in role["InstanceProfileList"]]
    assert {"mine", "ReadOnlyAccess"} == {each["PolicyName"] for each in found["Policies"]}
    assert json.loads(POLICY) == next(
        each["PolicyVersionList"][0]["Document"]
        for each in found["Policies"]
        if each["PolicyName"] == "mine"
    )
    only = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert (["mine"], []) == (
        [each["PolicyName"] for each in only["Policies"]],
        only["UserDetailList"],
    )
    pages = list(
        iam.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": 1}
        )
    )
    assert 5 == len(pages)


def test_the_credential_report(world: Any) -> None:
    iam = world.client("iam")
    with refused("ReportNotPresent", status=410):
        iam.get_credential_report()
    who = world.user("reported")
    iam.create_login_profile(UserName="reported", Password="Long-enough-1")
    world.client("sts", as_=who).get_caller_identity()
    assert "STARTED" == iam.generate_credential_report()["State"]
    assert "COMPLETE" == iam.generate_credential_report()["State"]
    report = iam.get_credential_report()
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    assert ["<root_account>", "reported"] == [row["user"] for row in rows]
    assert ("not_supported", "true") == (
        rows[0]["password_enabled"],
        rows[0]["access_key_1_active"],
    )
    mine = rows[1]
    assert ("true", "true", "false", "sts", "us-east-1") == (
        mine["password_enabled"],
        mine["access_key_1_active"],
        mine["access_key_2_active"],
        mine["access_key_1_last_used_service"],
        mine["access_key_1_last_used_region"],
    )
    world.clock.advance(4 * 3600 + 1)
    with refused("ReportExpired", status=410):
        iam.get_credential_report()
    assert "STARTED" == iam.generate_credential_report()["State"]


def test_last_access_to_services(world: Any) -> None:
    iam = world.client("iam")
    who = world.user("accessing", [allow("iam:*", "kms:ListKeys")])
    world.client("iam", as_=who).list_users()
    job = iam.generate_service_last_accessed_details(Arn=who.arn)["JobId"]
    found = iam.get_service_last_accessed_details(JobId=job)
    assert "COMPLETED" == found["JobStatus"]
    by_name = {each["ServiceNamespace"]: each for each in found["ServicesLastAccessed"]}
    assert {"iam", "kms"} == set(by_name)
    assert who.arn == by_name["iam"]["LastAuthenticatedEntity"]
    assert ("LastAuthenticated" in by_name["kms"], 0) == (
        False,
        by_name["kms"]["TotalAuthenticatedEntities"],
    )
    with refused("NoSuchEntity"):
        iam.get_service_last_accessed_details(JobId="0" * 36)


def test_which_policies_grant_access(world: Any) -> None:
    iam = world.client("iam")
    who = world.user("granted", [allow("ssm:*")])
    iam.attach_user_policy(UserName="granted", PolicyArn="arn:aws:iam::aws:policy/PowerUserAccess")
    found = iam.list_policies_granting_service_access(
        Arn=who.arn, ServiceNamespaces=["ssm", "kms", "iam"]
    )["PoliciesGrantingServiceAccess"]
    names = {
        each["ServiceNamespace"]: [policy["PolicyName"] for policy in each["Policies"]]
        for each in found
    }
    assert {
        "ssm": ["own", "PowerUserAccess"],
        "kms": ["PowerUserAccess"],
        "iam": ["PowerUserAccess"],
    } == names


def test_the_accounts_summary(world: Any) -> None:
    iam = world.client("iam")
    before = iam.get_account_summary()["SummaryMap"]
    world.user("counted")
    iam.create_policy(PolicyName="counted", PolicyDocument=POLICY)
    after = iam.get_account_summary()["SummaryMap"]
    assert (before["Users"] + 1, 1, 1) == (
        after["Users"],
        after["Policies"],
        after["AccountAccessKeysPresent"],
    )
    assert (5000, 6144) == (after["UsersQuota"], after["PolicySizeQuota"])


def test_an_alias_is_one_accounts(world: Any) -> None:
    iam = world.client("iam")
    assert [] == iam.list_account_aliases()["AccountAliases"]
    iam.create_account_alias(AccountAlias="first-name")
    iam.create_account_alias(AccountAlias="second-name")
    assert ["second-name"] == iam.list_account_aliases()["AccountAliases"]
    other = world.client("iam", as_=world.account())
    with refused("EntityAlreadyExists", "The account alias second-name already exists."):
        other.create_account_alias(AccountAlias="second-name")
    other.create_account_alias(AccountAlias="first-name")
    iam.delete_account_alias(AccountAlias="second-name")
    with refused("NoSuchEntity", "The account alias second-name cannot be found."):
        iam.delete_account_alias(AccountAlias="second-name")


def test_the_password_policy(world: Any) -> None:
    iam = world.client("iam")
    message = f"The Password Policy with domain name {ACCOUNT} cannot be found."
    with refused("NoSuchEntity", message, 404):
        iam.get_account_password_policy()
    iam.update_account_password_policy(
        MinimumPasswordLength=12, RequireNumbers=True, MaxPasswordAge=90, PasswordReusePrevention=2
    )
    shown = iam.get_account_password_policy()["PasswordPolicy"]
    assert (12, True, False, True, 90) == (
        shown["MinimumPasswordLength"],
        shown["RequireNumbers"],
        shown["RequireSymbols"],
        shown["ExpirePasswords"],
        shown["MaxPasswordAge"],
    )
    iam.create_user(UserName="passing")
    message = (
        "Password should have a minimum length of 12, Password should have at least one number"
    )
    with refused("PasswordPolicyViolation", message, 400):
        iam.create_login_profile(UserName="passing", Password="short")
    iam.create_login_profile(UserName="passing", Password="long-enough-1")
    iam.delete_account_password_policy()
    with refused("NoSuchEntity"):
        iam.delete_account_password_policy()


def test_a_user_changes_its_own_password(world: Any) -> None:
    iam = world.client("iam")
    who = world.user("changing")
    iam.attach_user_policy(
        UserName="changing", PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword"
    )
    iam.update_account_password_policy(PasswordReusePrevention=1)
    iam.create_login_profile(
        UserName="changing", Password="First-pass-1", PasswordResetRequired=True
    )
    with refused("EntityAlreadyExists", "Login Profile for user changing already exists."):
        iam.create_login_profile(UserName="changing", Password="First-pass-1")
    own = world.client("iam", as_=who)
    with refused("InvalidInput", "The old password was incorrect."):
        own.change_password(OldPassword="wrong", NewPassword="Second-pass-2")
    with refused("PasswordPolicyViolation"):
        own.change_password(OldPassword="First-pass-1", NewPassword="First-pass-1")
    own.change_password(OldPassword="First-pass-1", NewPassword="Second-pass-2")
    own.change_password(OldPassword="Second-pass-2", NewPassword="Third-pass-3")
    assert not iam.get_login_profile(UserName="changing")["LoginProfile"]["PasswordResetRequired"]
    with refused("InvalidUserType"):
        iam.change_password(OldPassword="Third-pass-3", NewPassword="Fourth-pass-4")
    iam.delete_login_profile(UserName="changing")
    with refused("NoSuchEntity", "Login Profile for User changing cannot be found."):
        iam.get_login_profile(UserName="changing")


def test_passwords_are_nowhere_in_the_trail(world: Any) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="secretive")
    iam.create_login_profile(UserName="secretive", Password="Never-To-Be-Seen-1")
    assert "Never-To-Be-Seen-1" not in repr(world.events())


@pytest.mark.parametrize(
    "call",
    ["list_ssh_public_keys", "list_signing_certificates", "list_service_specific_credentials"],
)
def test_credentials_that_are_not_offered_are_none(world: Any, call: str) -> None:
    world.client("iam").create_user(UserName="plain")
    answer = getattr(world.client("iam"), call)(UserName="plain")
    assert [] in answer.values()


def test_oidc_providers(world: Any) -> None:
    iam = world.client("iam")
    arn = iam.create_open_id_connect_provider(
        Url="https://Issuer.Example/path", ClientIDList=["a"], ThumbprintList=["A" * 40]
    )["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example/path"
    with refused("EntityAlreadyExists"):
        iam.create_open_id_connect_provider(Url="https://issuer.example/path")
    for wrong in ("http://issuer.example", "https://issuer.example?x=1", "issuer.example"):
        with refused("InvalidInput", "Invalid Open ID Connect Provider URL"):
            iam.create_open_id_connect_provider(Url=wrong)
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40]
    )
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert ("issuer.example/path", ["a", "b"], ["b" * 40]) == (
        shown["Url"],
        shown["ClientIDList"],
        shown["ThumbprintList"],
    )
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert [arn] == [each["Arn"] for each in listed]
    iam.tag_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, Tags=[{"Key": "k", "Value": "v"}]
    )
    tags = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"]
    assert [{"Key": "k", "Value": "v"}] == tags
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}"):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
