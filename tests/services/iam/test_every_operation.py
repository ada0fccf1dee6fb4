"""Every operation of IAM and STS: refused without a policy, allowed with its own action alone.

The same loop notes which context keys each one carries, against the table below and AWS's own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.gate import authorize
from lodekey.gate.operation import AnyOperation
from lodekey.identity.records import Group, InstanceProfile, ManagedPolicy, Role, User
from lodekey.policy.actions import actions, has_key
from lodekey.policy.ask import Ask
from lodekey.services import iam, sts
from lodekey.services.iam.directory import enroll, find, forget
from services.iam.calling import LAMBDA_TRUST, POLICY
from world import ACCOUNT, World, allow

ARN = f"arn:aws:iam::{ACCOUNT}"
TAGS = [{"Key": "Team", "Value": "red"}]
GIVEN: dict[str, Any] = {
    "UserName": "target",
    "GroupName": "target",
    "RoleName": "target",
    "InstanceProfileName": "target",
    "PolicyName": "own",
    "PolicyDocument": POLICY,
    "AssumeRolePolicyDocument": LAMBDA_TRUST,
    "PolicyArn": f"{ARN}:policy/target",
    "PolicySourceArn": f"{ARN}:user/target",
    "Arn": f"{ARN}:user/target",
    "PermissionsBoundary": f"{ARN}:policy/target",
    "OpenIDConnectProviderArn": f"{ARN}:oidc-provider/issuer.example",
    "VersionId": "v1",
    "Tags": TAGS,
    "TagKeys": ["Team"],
    "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "Status": "Inactive",
    "AccountAlias": "an-alias",
    "AWSServiceName": "lambda.amazonaws.com",
    "DeletionTaskId": "task/aws-service-role/a/b/c",
    "Url": "https://other.example",
    "ClientID": "client",
    "ThumbprintList": ["a" * 40],
    "ActionNames": ["ssm:GetParameter"],
    "PolicyInputList": [POLICY],
    "ServiceNamespaces": ["ssm"],
    "JobId": "0" * 36,
    "OldPassword": "Old-password-1",
    "NewPassword": "New-password-1",
    "Description": "described",
    "VirtualMFADeviceName": "device",
    "SerialNumber": f"{ARN}:mfa/target",
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "123457",
    "RoleArn": f"{ARN}:role/target",
    "RoleSessionName": "session",
    "Name": "federated",
    "EncodedMessage": "message",
    "TargetPrincipal": ACCOUNT,
    "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
    "TradeInToken": "token",
    "Audience": ["audience"],
    "SigningAlgorithm": "RS256",
}
NEW = {"CreateUser", "CreateGroup", "CreateRole", "CreatePolicy", "CreateInstanceProfile"}
MORE: dict[str, dict[str, Any]] = {
    **{name: {"Tags": TAGS} for name in NEW - {"CreateGroup"}},
    "CreateUser": {"Tags": TAGS, "PermissionsBoundary": f"{ARN}:policy/target"},
    "CreateRole": {"Tags": TAGS, "PermissionsBoundary": f"{ARN}:policy/target"},
    "GetLoginProfile": {"UserName": "target"},
    "CreateLoginProfile": {"UserName": "target", "Password": "Long-enough-1"},
    "CreateOpenIDConnectProvider": {"Tags": TAGS},
    "CreateVirtualMFADevice": {"Tags": TAGS},
    "AssumeRole": {
        "Tags": TAGS,
        "TransitiveTagKeys": ["Team"],
        "ExternalId": "external",
        "SourceIdentity": "source",
    },
    "GetFederationToken": {"Tags": TAGS},
}
OWN_TAG, BOUNDARY = "iam:resourcetag/kind", "iam:permissionsboundary"
ASKED_TAGS = {"aws:requesttag/team", "aws:tagkeys"}
KEYS: dict[str, set[str]] = {
    **{
        f"iam:{verb}{kind}Policy": {BOUNDARY}
        for verb in ("Put", "Delete")
        for kind in ("User", "Role")
    },
    **{
        f"iam:{verb}{kind}Policy": {BOUNDARY, "iam:policyarn"}
        for verb in ("Attach", "Detach")
        for kind in ("User", "Role")
    },
    **{f"iam:{verb}GroupPolicy": {"iam:policyarn"} for verb in ("Attach", "Detach")},
    **{
        f"iam:{verb}{kind}PermissionsBoundary": {BOUNDARY}
        for verb in ("Put", "Delete")
        for kind in ("User", "Role")
    },
    **{f"iam:Create{kind}": {*ASKED_TAGS, BOUNDARY} for kind in ("User", "Role")},
    **{
        f"iam:Create{kind}": ASKED_TAGS
        for kind in (
            "Policy",
            "InstanceProfile",
            "OpenIDConnectProvider",
            "VirtualMFADevice",
        )
    },
    **{f"iam:Tag{kind}": ASKED_TAGS for kind in ("User", "Role")},
    **{f"iam:Untag{kind}": {"aws:tagkeys"} for kind in ("User", "Role")},
    **{
        f"iam:Tag{kind}": ASKED_TAGS
        for kind in ("Policy", "InstanceProfile", "OpenIDConnectProvider")
    },
    **{
        f"iam:Untag{kind}": {"aws:tagkeys"}
        for kind in ("Policy", "InstanceProfile", "OpenIDConnectProvider")
    },
    "iam:CreateServiceLinkedRole": {"iam:awsservicename"},
    "sts:AssumeRole": {
        *ASKED_TAGS,
        "sts:rolesessionname",
        "sts:externalid",
        "sts:sourceidentity",
        "sts:transitivetagkeys",
    },
    "sts:GetFederationToken": ASKED_TAGS,
}
"""What each action carries besides ``iam:ResourceTag/…`` of the user or role it is about."""

OWN = ("iam:", "sts:", "aws:requesttag/", "aws:tagkeys")

OPERATIONS = [
    op for service in (iam.SERVICE, sts.SERVICE) for op in service.operations if not op.open_to_all
]


class Stage:
    """A target of each kind, and a caller whose one policy changes."""

    def __init__(self, world: World) -> None:
        self.world = world
        client = world.client("iam")
        client.create_policy(PolicyName="target", PolicyDocument=POLICY)
        own = [{"Key": "Kind", "Value": "target"}]
        boundary = f"{ARN}:policy/target"
        client.create_user(UserName="target", Tags=own, PermissionsBoundary=boundary)
        trust = json.loads(LAMBDA_TRUST)
        trust["Statement"][0].update(Principal={"AWS": ACCOUNT}, Action="sts:*")
        client.create_role(
            RoleName="target",
            AssumeRolePolicyDocument=json.dumps(trust),
            Tags=own,
            PermissionsBoundary=boundary,
        )
        client.create_group(GroupName="target")
        client.create_instance_profile(InstanceProfileName="target")
        client.create_open_id_connect_provider(Url="https://issuer.example")
        self.caller = world.user("caller")
        with world.gate.store.transaction(write=False) as tx:
            self.made = [
                found
                for kind in (User, Group, Role, InstanceProfile, ManagedPolicy)
                if (found := find(tx, kind, ACCOUNT, "target")) is not None
            ]

    def restore(self) -> None:
        """Put back what another test took away or changed."""
        with self.world.gate.store.transaction(write=True) as tx:
            for entity in self.made:
                forget(tx, entity)
                enroll(tx, entity)

    def call(self, op: AnyOperation, *allowed: str) -> str:
        """The code of the answer where the caller may do only this; empty: success."""
        root = self.world.client("iam")
        statement = [allow(*allowed)] if allowed else [allow("none:None")]
        root.put_user_policy(
            UserName="caller",
            PolicyName="own",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
        )
        client = self.world.client(op.service, as_=self.caller)
        shape = client.meta.service_model.operation_model(op.name).input_shape
        required = shape.required_members if shape is not None else []
        request = {name: GIVEN[name] for name in required} | MORE.get(op.name, {})
        if op.name in NEW and "Name" in str(required):
            request = {
                name: "new" if name.endswith("Name") else value for name, value in request.items()
            }
        try:
            client._make_api_call(op.name, request)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""


@pytest.fixture(scope="module")
def stage(shared_world: World) -> Stage:
    return Stage(shared_world)


@pytest.fixture(autouse=True)
def carried(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The context keys that operations fill in, by action, while the test runs."""
    noted: dict[str, set[str]] = {}
    decide = authorize.decide

    def noting(ask: Ask, *more: Any) -> Any:
        carrying = ask.keys()
        own = {key for key in carrying if key.startswith(OWN)}
        noted.setdefault(ask.action, set()).update(own)
        return decide(ask, *more)

    monkeypatch.setattr(authorize, "decide", noting)
    return noted


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.action)
def test_it_takes_its_own_action(stage: Stage, op: AnyOperation, carried: Any) -> None:
    stage.restore()
    assert "AccessDenied" == stage.call(op)
    noted = carried.get(op.action, set())
    assert KEYS.get(op.action, set()) == noted - {OWN_TAG}
    documented = actions()[op.action.lower()]
    assert [] == [key for key in noted - {OWN_TAG} if not has_key(documented, key)]
    refused = "AccessDenied" if op.name in {"AssumeRoot", "GetDelegatedAccessToken"} else ""
    refused = "AccessDenied" if op.name == "GetScopedCredentials" else refused
    answered = stage.call(op, op.action, *op.also)
    assert refused == answered or answered not in {"AccessDenied", "InternalFailure"}


def test_what_needs_no_policy_is_known() -> None:
    free = {
        op.action
        for service in (iam.SERVICE, sts.SERVICE)
        for op in service.operations
        if op.open_to_all
    }
    assert {
        "sts:GetCallerIdentity",
        "sts:GetSessionToken",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
    } == free
