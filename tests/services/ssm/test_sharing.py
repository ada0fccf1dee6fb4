"""Parameters shared with other accounts by resource policy."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import ACCOUNT, Identity, World

ARN = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/p"


def policy(account: str, *actions: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": actions or ["ssm:GetParameter", "ssm:GetParameters"],
                    "Resource": ARN,
                }
            ],
        }
    )


def code_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def other(world: World) -> Identity:
    return world.account()


def test_share(world: World, other: Identity) -> None:
    ssm, theirs = world.client("ssm"), world.client("ssm", as_=other)
    ssm.put_parameter(Name="/p", Value="v", Type="String", Tier="Advanced")
    assert code_of(theirs.get_parameter, Name=ARN) == "AccessDeniedException"
    made = ssm.put_resource_policy(ResourceArn=ARN, Policy=policy(other.account))
    assert theirs.get_parameter(Name=ARN)["Parameter"]["Value"] == "v"
    assert theirs.get_parameters(Names=[ARN])["Parameters"][0]["ARN"] == ARN
    assert code_of(theirs.get_parameter_history, Name=ARN) == "AccessDeniedException"
    # The name alone means a parameter of one's own.
    assert code_of(theirs.get_parameter, Name="/p") == "ParameterNotFound"
    # Nothing but reads goes across.
    assert code_of(theirs.delete_parameter, Name=ARN) == "ValidationException"
    assert code_of(theirs.put_resource_policy, ResourceArn=ARN, Policy=policy(ACCOUNT)) == (
        "AccessDeniedException"
    )
    [read] = ssm.get_resource_policies(ResourceArn=ARN)["Policies"]
    assert (read["PolicyId"], read["PolicyHash"]) == (made["PolicyId"], made["PolicyHash"])
    ssm.delete_resource_policy(
        ResourceArn=ARN, PolicyId=made["PolicyId"], PolicyHash=made["PolicyHash"]
    )
    assert code_of(theirs.get_parameter, Name=ARN) == "AccessDeniedException"
    assert ssm.get_resource_policies(ResourceArn=ARN)["Policies"] == []


def test_a_shared_secure_string_needs_the_key_too(world: World, other: Identity) -> None:
    ssm, kms = world.client("ssm"), world.client("kms")
    theirs = world.client("ssm", as_=other)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    ssm.put_parameter(
        Name="/p", Value=world.sentinel, Type="SecureString", Tier="Advanced", KeyId=key
    )
    ssm.put_resource_policy(ResourceArn=ARN, Policy=policy(other.account))
    assert code_of(theirs.get_parameter, Name=ARN, WithDecryption=True) == "AccessDeniedException"
    own = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    own["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{other.account}:root"},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": ARN}},
        }
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(own))
    got = theirs.get_parameter(Name=ARN, WithDecryption=True)
    assert got["Parameter"]["Value"] == world.sentinel


def test_what_cannot_be_shared(world: World, other: Identity) -> None:
    ssm = world.client("ssm")
    given = {"ResourceArn": ARN, "Policy": policy(other.account)}
    assert code_of(ssm.put_resource_policy, **given) == "ResourceNotFoundException"
    ssm.put_parameter(Name="/p", Value="v", Type="SecureString")
    invalid = "ResourcePolicyInvalidParameterException"
    assert code_of(ssm.put_resource_policy, **given) == invalid
    ssm.put_parameter(Name="/p", Value="v", Tier="Advanced", Overwrite=True)
    # Under the AWS managed key.
    assert code_of(ssm.put_resource_policy, **given) == invalid
    assert (
        code_of(
            ssm.put_resource_policy,
            ResourceArn="arn:aws:ssm:us-east-1:1:opsitemgroup/default",
            Policy=given["Policy"],
        )
        == invalid
    )


def test_errors_of_policies(world: World, other: Identity) -> None:
    ssm = world.client("ssm")
    ssm.put_parameter(Name="/p", Value="v", Type="String", Tier="Advanced")
    text = policy(other.account)
    call = ssm.put_resource_policy
    malformed = "MalformedResourcePolicyDocumentException"
    assert code_of(call, ResourceArn=ARN, Policy="{}") == malformed
    assert code_of(call, ResourceArn=ARN, Policy="rubbish") == malformed
    assert code_of(call, ResourceArn=ARN, Policy=text + " " * 1024) == (
        "ResourcePolicyLimitExceededException"
    )
    made = call(ResourceArn=ARN, Policy=text)
    assert code_of(call, ResourceArn=ARN, Policy=text) == "ResourcePolicyLimitExceededException"
    id_, hash_ = made["PolicyId"], made["PolicyHash"]
    assert code_of(call, ResourceArn=ARN, Policy=text, PolicyId=id_) == (
        "ResourcePolicyInvalidParameterException"
    )
    for change in (
        lambda **more: code_of(call, ResourceArn=ARN, Policy=text, **more),
        lambda **more: code_of(ssm.delete_resource_policy, ResourceArn=ARN, **more),
    ):
        assert change(PolicyId=id_, PolicyHash="x") == "ResourcePolicyConflictException"
        assert change(PolicyId="x", PolicyHash=hash_) == "ResourcePolicyNotFoundException"
    changed = call(
        ResourceArn=ARN,
        Policy=policy(other.account, "ssm:GetParameterHistory"),
        PolicyId=id_,
        PolicyHash=hash_,
    )
    assert changed["PolicyId"] == id_
    assert changed["PolicyHash"] != hash_


def test_a_role_made_anew_is_not_the_one_it_was_shared_with(world: World, other: Identity) -> None:
    ssm, iam = world.client("ssm"), world.client("iam", as_=other)
    ssm.put_parameter(Name="/p", Value="v", Type="String", Tier="Advanced")
    trust = {"Principal": {"AWS": other.arn}, "Effect": "Allow", "Action": "sts:AssumeRole"}
    read = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}

    def reader() -> Any:
        role = iam.create_role(
            RoleName="reader",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )["Role"]["Arn"]
        own = json.dumps({"Version": "2012-10-17", "Statement": [read]})
        iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=own)
        return role

    iam.create_user(UserName="u")
    grant = json.dumps(
        {"Version": "2012-10-17", "Statement": [{**read, "Action": "sts:AssumeRole"}]}
    )
    iam.put_user_policy(UserName="u", PolicyName="own", PolicyDocument=grant)
    made = iam.create_access_key(UserName="u")["AccessKey"]
    user = Identity(made["AccessKeyId"], made["SecretAccessKey"], "", "", other.account)
    role = reader()
    text = policy(other.account).replace(f"arn:aws:iam::{other.account}:root", role)
    given = ssm.put_resource_policy(ResourceArn=ARN, Policy=text)
    theirs = world.client("ssm", as_=world.assume(role, as_=user))
    assert theirs.get_parameter(Name=ARN)["Parameter"]["Value"] == "v"
    [shown] = ssm.get_resource_policies(ResourceArn=ARN)["Policies"]
    assert json.loads(shown["Policy"]) == json.loads(text)
    iam.delete_role_policy(RoleName="reader", PolicyName="own")
    iam.delete_role(RoleName="reader")
    [shown] = ssm.get_resource_policies(ResourceArn=ARN)["Policies"]
    assert role not in shown["Policy"]
    assert "AROA" in shown["Policy"]
    assert role == reader()
    theirs = world.client("ssm", as_=world.assume(role, as_=user))
    assert code_of(theirs.get_parameter, Name=ARN) == "AccessDeniedException"
    # Naming the new one brings the access back.
    ids = {"PolicyId": given["PolicyId"], "PolicyHash": given["PolicyHash"]}
    ssm.put_resource_policy(ResourceArn=ARN, Policy=text, **ids)
    assert theirs.get_parameter(Name=ARN)["Parameter"]["Value"] == "v"
    iam.delete_role_policy(RoleName="reader", PolicyName="own")
    iam.delete_role(RoleName="reader")
    message = code_of(ssm.put_resource_policy, ResourceArn=ARN, Policy=text, **ids)
    assert message == "MalformedResourcePolicyDocumentException"
