"""Service and resource control policies of an organization file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.identity.organization import MalformedOrganization, read, remember
from services.iam.calling import refused
from world import ACCOUNT, World, allow

MEMBER = "444455556666"
DENY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Kept", "Effect": "Deny", "Action": "iam:DeleteUser", "Resource": "*"}],
}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def organization(**more: Any) -> dict[str, Any]:
    unit = {
        "Id": "ou-root-prod",
        "Name": "prod",
        "Accounts": [{"Id": MEMBER}],
        **more.pop("unit", {}),
    }
    return {
        "Id": "o-example",
        "MasterAccountId": ACCOUNT,
        "Policies": {
            "p-kept": {"Type": "SERVICE_CONTROL_POLICY", "Name": "Kept", "Content": DENY},
            "p-narrow": {
                "Type": "SERVICE_CONTROL_POLICY",
                "Content": policy(allow("iam:List*", "iam:CreateUser", "iam:PutUserPolicy")),
            },
            "p-inside": {
                "Type": "RESOURCE_CONTROL_POLICY",
                "Name": "Inside",
                "Content": policy(
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "sts:AssumeRole",
                        "Resource": "*",
                        "Condition": {
                            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}
                        },
                    }
                ),
            },
        },
        "Root": {
            "Id": "r-root",
            "Accounts": [{"Id": ACCOUNT}],
            "OrganizationalUnits": [unit],
        },
        **more,
    }


Make = Callable[[dict[str, Any]], World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A server with an organization file, and the member account in it."""
    worlds: list[World] = []

    def build(described: dict[str, Any]) -> World:
        from lodekey.identity.accounts import make_account

        data = tmp_path / "data"
        data.mkdir()
        (data / "organization.json").write_text(json.dumps(described))
        world = World(data)
        with world.gate.store.transaction(write=True) as tx:
            made = make_account(tx, MEMBER, world.clock())
        arn = f"arn:aws:iam::{MEMBER}:root"
        world.__dict__["member"] = world.root._replace(
            access_key_id=made.id, secret=made.secret, arn=arn, account=MEMBER
        )
        worlds.append(world)
        return world

    yield build
    for world in worlds:
        world.close()


def test_a_control_policy_binds_a_members_root(make: Make) -> None:
    world = make(organization(unit={"ServiceControlPolicies": ["p-FullAWSAccess", "p-kept"]}))
    member = world.client("iam", as_=world.__dict__["member"])
    member.create_user(UserName="kept")
    message = (
        f"User: arn:aws:iam::{MEMBER}:root is not authorized to perform: iam:DeleteUser on "
        "resource: user kept with an explicit deny in a service control policy"
    )
    with refused("AccessDenied", message, 403):
        member.delete_user(UserName="kept")


def test_the_management_account_is_not_bound(make: Make) -> None:
    described = organization()
    described["Root"]["ServiceControlPolicies"] = ["p-FullAWSAccess", "p-kept"]
    world = make(described)
    iam = world.client("iam")
    iam.create_user(UserName="free")
    iam.delete_user(UserName="free")
    member = world.client("iam", as_=world.__dict__["member"])
    member.create_user(UserName="kept")
    with refused("AccessDenied"):
        member.delete_user(UserName="kept")


def test_every_level_has_to_allow(make: Make) -> None:
    world = make(organization(unit={"ServiceControlPolicies": ["p-narrow"]}))
    member = world.client("iam", as_=world.__dict__["member"])
    assert [] == member.list_users()["Users"]
    message = (
        f"User: arn:aws:iam::{MEMBER}:root is not authorized to perform: iam:CreateRole on "
        f"resource: arn:aws:iam::{MEMBER}:role/r because no service control policy allows the "
        "iam:CreateRole action"
    )
    with refused("AccessDenied", message):
        member.create_role(
            RoleName="r",
            AssumeRolePolicyDocument=json.dumps(
                policy(
                    {"Effect": "Allow", "Principal": {"AWS": MEMBER}, "Action": "sts:AssumeRole"}
                )
            ),
        )


def test_an_empty_level_allows_nothing(make: Make) -> None:
    world = make(organization(unit={"ServiceControlPolicies": []}))
    with refused("AccessDenied"):
        world.client("iam", as_=world.__dict__["member"]).list_users()
    assert world.client("sts", as_=world.__dict__["member"]).get_caller_identity()


def test_a_resource_control_policy_keeps_strangers_out(make: Make) -> None:
    world = make(organization(unit={"ResourceControlPolicies": ["p-inside"]}))
    member = world.__dict__["member"]
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    arn = world.client("iam", as_=member).create_role(
        RoleName="open", AssumeRolePolicyDocument=json.dumps(trust)
    )["Role"]["Arn"]
    insider = world.user("insider", allow("sts:AssumeRole"))
    assert world.assume(arn, as_=insider).token
    outside = world.account()
    stranger = world.user("stranger", allow("sts:AssumeRole"), as_=outside)
    with refused("AccessDenied"):
        world.assume(arn, as_=stranger)


def test_resource_control_policies_reach_keys_and_secrets_and_no_parameters(make: Make) -> None:
    """The list of services: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""
    described = organization(unit={"ResourceControlPolicies": ["p-inside"]})
    content = described["Policies"]["p-inside"]["Content"]
    content["Statement"][0]["Action"] = ["kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:*"]
    world = make(described)
    member = world.__dict__["member"]
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}
    kms, secrets = (world.client(name, as_=member) for name in ("kms", "secretsmanager"))
    key = kms.create_key(Policy=json.dumps(policy(everybody)))["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    secret = secrets.create_secret(Name="s", SecretString="v", KmsKeyId=key)["ARN"]
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(policy(everybody)))
    parameters = world.client("ssm", as_=member)
    parameters.put_parameter(Name="/p", Value="v", Type="String", Tier="Advanced")
    parameter = f"arn:aws:ssm:us-east-1:{MEMBER}:parameter/p"
    shared = policy({**everybody, "Action": "ssm:GetParameter", "Resource": parameter})
    parameters.put_resource_policy(ResourceArn=parameter, Policy=json.dumps(shared))
    may = allow("kms:*", "secretsmanager:*", "ssm:*")
    stranger = world.user("stranger", may, as_=world.account())
    insider = world.user("insider", may)
    for who, is_let in ((insider, True), (stranger, False)):
        reads: list[tuple[Any, dict[str, Any]]] = [
            (world.client("kms", as_=who).decrypt, {"KeyId": key, "CiphertextBlob": blob}),
            (world.client("secretsmanager", as_=who).get_secret_value, {"SecretId": secret}),
        ]
        for read_, request in reads:
            if is_let:
                read_(**request)
                continue
            with pytest.raises(ClientError) as caught:
                read_(**request)
            assert "AccessDeniedException" == caught.value.response["Error"]["Code"]
            assert "with an explicit deny in a resource control policy" in str(caught.value)
        assert world.client("ssm", as_=who).get_parameter(Name=parameter)
    # its own root is inside
    kms.decrypt(KeyId=key, CiphertextBlob=blob)


def test_a_new_resource_control_policy_counts_at_the_next_request(make: Make) -> None:
    """Allows are kept with the principal; a change of the organization makes it anew."""
    world = make(organization())
    member = world.__dict__["member"]
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}
    kms = world.client("kms", as_=member)
    key = kms.create_key(Policy=json.dumps(policy(everybody)))["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    stranger = world.user("stranger", allow("kms:*"), as_=world.account())
    reading = world.client("kms", as_=stranger)
    for _ in range(3):
        reading.decrypt(KeyId=key, CiphertextBlob=blob)
    tighter = organization(unit={"ResourceControlPolicies": ["p-inside"]})
    tighter["Policies"]["p-inside"]["Content"]["Statement"][0]["Action"] = "kms:Decrypt"
    with world.gate.store.transaction(write=True) as tx:
        remember(tx, json.dumps(tighter))
    with refused("AccessDeniedException"):
        reading.decrypt(KeyId=key, CiphertextBlob=blob)
    kms.decrypt(KeyId=key, CiphertextBlob=blob)


def test_members_carry_the_organization(make: Make) -> None:
    world = make(organization())
    condition = {
        "StringEquals": {"aws:PrincipalOrgID": "o-example", "aws:ResourceOrgID": "o-example"},
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example/r-root/ou-root-prod/*"},
    }
    member = world.__dict__["member"]
    me = world.user("member", allow("iam:ListUsers", Condition=condition), as_=member)
    assert world.client("iam", as_=me).list_users()["Users"]
    outside = world.user(
        "outside", allow("iam:ListUsers", Condition=condition), as_=world.account()
    )
    with refused("AccessDenied"):
        world.client("iam", as_=outside).list_users()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Root": {}}, "'Id' is missing"),
        ({"Policies": {}}, "'p-kept' is missing or not defined"),
        (
            {"Policies": {"p-kept": {"Type": "RESOURCE_CONTROL_POLICY", "Content": DENY}}},
            "does not meet the requirements",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_says_where(change: dict[str, Any], words: str) -> None:
    described = organization(unit={"ServiceControlPolicies": ["p-kept"]})
    with pytest.raises(MalformedOrganization, match=words):
        read(json.dumps({**described, **change}))


def test_a_malformed_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "organization.json").write_text("{")
    with pytest.raises(MalformedOrganization):
        World(tmp_path)
