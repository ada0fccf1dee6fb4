"""Who may do what: identity policies, resource policies, context keys, words of refusal."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from world import allow, document


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def secrets(world):
    return world.client("secretsmanager")


def as_user(world, *statements, **more):
    name = f"u{uuid.uuid4().hex[:8]}"
    return world.client("secretsmanager", as_=world.user(name, list(statements) or None), **more)


def on(arn, *principals, action="secretsmanager:GetSecretValue", effect="Allow", **more):
    who = {"AWS": list(principals)} if principals else "*"
    return document({"Effect": effect, "Principal": who, "Action": action, "Resource": arn, **more})


def test_a_refusal_shows_the_secret_id_as_it_was_sent(world, secrets):
    arn = secrets.create_secret(Name="app/s", SecretString="a")["ARN"]
    alice = world.user("alice")
    hers = world.client("secretsmanager", as_=alice)
    for sent in ("app/s", arn, arn[:-7]):
        message = refused("AccessDeniedException", hers.get_secret_value, SecretId=sent)
        assert message.startswith(
            f"User: {alice.arn} is not authorized to perform: secretsmanager:GetSecretValue "
            f"on resource: {sent} because no identity-based policy allows the "
            "secretsmanager:GetSecretValue action"
        )
    message = refused("AccessDeniedException", hers.create_secret, Name="new")
    assert "secretsmanager:CreateSecret on resource: new because" in message


def test_who_may_not_look_does_not_learn_what_is_there(world, secrets):
    secrets.create_secret(Name="there", SecretString="a")
    hers = as_user(
        world,
        allow("secretsmanager:GetSecretValue", resource="arn:aws:secretsmanager:*:*:secret:mine-*"),
    )
    refused("AccessDeniedException", hers.get_secret_value, SecretId="there")
    refused("AccessDeniedException", hers.get_secret_value, SecretId="not-there")
    refused("ResourceNotFoundException", hers.get_secret_value, SecretId="mine-not-there")


@pytest.mark.parametrize(
    ("resource", "matches"),
    [
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:app-??????", True),
        ("arn:aws:secretsmanager:*:*:secret:app-*", True),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:app", False),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:ap-*", False),
    ],
)
def test_the_arn_has_a_suffix(world, secrets, resource, matches):
    secrets.create_secret(Name="app", SecretString="a")
    hers = as_user(world, allow("secretsmanager:GetSecretValue", resource=resource))
    if matches:
        assert hers.get_secret_value(SecretId="app")["SecretString"] == "a"
    else:
        refused("AccessDeniedException", hers.get_secret_value, SecretId="app")


CONDITIONS = [
    ("secretsmanager:SecretId", "s", "get_secret_value", {"SecretId": "s"}, {"SecretId": "ARN"}),
    (
        "secretsmanager:VersionStage",
        "AWSCURRENT",
        "get_secret_value",
        {"SecretId": "s", "VersionStage": "AWSCURRENT"},
        {"SecretId": "s"},
    ),
    (
        "secretsmanager:VersionId",
        "VERSION",
        "get_secret_value",
        {"SecretId": "s", "VersionId": "VERSION"},
        {"SecretId": "s"},
    ),
    (
        "secretsmanager:ResourceTag/team",
        "blue",
        "describe_secret",
        {"SecretId": "s"},
        {"SecretId": "red"},
    ),
    ("aws:ResourceTag/team", "blue", "describe_secret", {"SecretId": "s"}, {"SecretId": "red"}),
    ("secretsmanager:Name", "made", "create_secret", {"Name": "made"}, {"Name": "other"}),
    (
        "secretsmanager:Description",
        "d",
        "create_secret",
        {"Name": "made", "Description": "d"},
        {"Name": "made"},
    ),
    (
        "secretsmanager:KmsKeyId",
        "KEY",
        "create_secret",
        {"Name": "made", "KmsKeyId": "KEY"},
        {"Name": "made"},
    ),
    (
        "secretsmanager:KmsKeyArn",
        "KEY",
        "create_secret",
        {"Name": "made", "KmsKeyId": "alias/mine"},
        {"Name": "made"},
    ),
    (
        "aws:RequestTag/team",
        "blue",
        "create_secret",
        {"Name": "made", "Tags": [{"Key": "team", "Value": "blue"}]},
        {"Name": "made"},
    ),
    (
        "secretsmanager:AddReplicaRegions",
        "eu-west-1",
        "create_secret",
        {"Name": "made", "AddReplicaRegions": [{"Region": "eu-west-1"}]},
        {"Name": "made"},
    ),
    (
        "secretsmanager:RecoveryWindowInDays",
        "7",
        "delete_secret",
        {"SecretId": "s", "RecoveryWindowInDays": 7},
        {"SecretId": "s", "RecoveryWindowInDays": 8},
    ),
    (
        "secretsmanager:ForceDeleteWithoutRecovery",
        "true",
        "delete_secret",
        {"SecretId": "s", "ForceDeleteWithoutRecovery": True},
        {"SecretId": "s"},
    ),
    (
        "secretsmanager:BlockPublicPolicy",
        "true",
        "put_resource_policy",
        {"SecretId": "s", "BlockPublicPolicy": True, "ResourcePolicy": "POLICY"},
        {"SecretId": "s", "ResourcePolicy": "POLICY"},
    ),
    (
        "aws:TagKeys",
        "a",
        "untag_resource",
        {"SecretId": "s", "TagKeys": ["a"]},
        {"SecretId": "s", "TagKeys": ["b"]},
    ),
]


@pytest.mark.parametrize(("key", "value", "call", "passes", "fails"), CONDITIONS)
def test_context_keys(world, secrets, key, value, call, passes, fails):
    kms_key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    world.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=kms_key)
    made = secrets.create_secret(
        Name="s", SecretString="a", Tags=[{"Key": "team", "Value": "blue"}]
    )
    secrets.create_secret(Name="red", SecretString="a", Tags=[{"Key": "team", "Value": "red"}])
    plain = on("*", "arn:aws:iam::111122223333:root")
    names = {"ARN": made["ARN"], "VERSION": made["VersionId"], "KEY": kms_key, "POLICY": plain}

    def filled(request):
        return {k: names.get(v, v) if isinstance(v, str) else v for k, v in request.items()}

    action = "".join(part.title() for part in call.split("_"))
    operator = (
        "ForAnyValue:StringEquals"
        if key in {"aws:TagKeys", "secretsmanager:AddReplicaRegions"}
        else "StringEquals"
    )
    hers = as_user(
        world,
        allow(f"secretsmanager:{action}", Condition={operator: {key: names.get(value, value)}}),
        allow("kms:*", "secretsmanager:TagResource", "secretsmanager:ReplicateSecretToRegions"),
    )
    refused("AccessDeniedException", getattr(hers, call), **filled(fails))
    assert getattr(hers, call)(**filled(passes))


def test_tags_and_replicas_at_creation_take_permissions_of_their_own(world):
    hers = as_user(world, allow("secretsmanager:CreateSecret"))
    message = refused(
        "AccessDeniedException", hers.create_secret, Name="s", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert "secretsmanager:TagResource" in message
    message = refused(
        "AccessDeniedException",
        hers.create_secret,
        Name="s",
        AddReplicaRegions=[{"Region": "eu-west-1"}],
    )
    assert "secretsmanager:ReplicateSecretToRegions" in message
    hers.create_secret(Name="s")


def test_nobody_tags_themselves_out(world, secrets):
    secrets.create_secret(Name="s", Tags=[{"Key": "team", "Value": "blue"}])
    hers = as_user(
        world,
        allow("secretsmanager:*", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}),
    )
    refused(
        "AccessDeniedException",
        hers.tag_resource,
        SecretId="s",
        Tags=[{"Key": "team", "Value": "red"}],
    )
    refused("AccessDeniedException", hers.untag_resource, SecretId="s", TagKeys=["team"])
    hers.tag_resource(SecretId="s", Tags=[{"Key": "more", "Value": "red"}])
    assert hers.describe_secret(SecretId="s")["Tags"][0] == {"Key": "team", "Value": "blue"}


# -- resource policies


def test_a_resource_policy_lets_a_user_in_and_keeps_one_out(world, secrets):
    arn = secrets.create_secret(Name="s", SecretString="a")["ARN"]
    alice, bob = world.user("alice"), world.user("bob", allow("secretsmanager:*"))
    hers, his = (world.client("secretsmanager", as_=who) for who in (alice, bob))
    refused("AccessDeniedException", hers.get_secret_value, SecretId="s")
    assert his.get_secret_value(SecretId="s")
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=on(arn, alice.arn))
    assert hers.get_secret_value(SecretId="s")["SecretString"] == "a"
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=on("*", bob.arn, effect="Deny"))
    refused("AccessDeniedException", hers.get_secret_value, SecretId="s")
    message = refused("AccessDeniedException", his.get_secret_value, SecretId="s")
    assert "explicit deny in a resource-based policy" in message
    secrets.delete_resource_policy(SecretId="s")
    assert his.get_secret_value(SecretId="s")


def test_another_account_reads_by_arn_with_a_policy_and_a_key_of_ours(world, secrets):
    other = world.account()
    theirs = world.client("secretsmanager", as_=other)
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    share = {**root, "Principal": {"AWS": other.arn}, "Action": "kms:Decrypt"}
    key = world.client("kms").create_key(Policy=document([root, share]))["KeyMetadata"]["Arn"]
    arn = secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)["ARN"]
    refused("AccessDeniedException", theirs.get_secret_value, SecretId=arn)
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=on("*", other.arn))
    assert theirs.get_secret_value(SecretId=arn)["SecretString"] == "a"
    refused("ResourceNotFoundException", theirs.get_secret_value, SecretId="s")
    # the default key serves its own account alone
    secrets.update_secret(SecretId="s", KmsKeyId="", SecretString="b")
    message = refused("AccessDeniedException", theirs.get_secret_value, SecretId=arn)
    assert message == "Access to KMS is not allowed"


def test_a_policy_is_shown_as_it_was_written(world, secrets):
    secrets.create_secret(Name="s")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
    assert secrets.list_resource_policies(SecretId="s")["ResourcePolicies"] == []
    alice = world.user("alice")
    text = on("*", alice.arn)
    answer = secrets.put_resource_policy(SecretId="s", ResourcePolicy=text)
    assert answer["PolicyName"] == "default"
    shown = secrets.get_resource_policy(SecretId="s")["ResourcePolicy"]
    assert json.loads(shown) == json.loads(text)
    assert secrets.list_resource_policies(SecretId="s")["ResourcePolicies"] == [
        {"PolicyName": "default"}
    ]
    refused(
        "InvalidNextTokenException", secrets.list_resource_policies, SecretId="s", NextToken="x"
    )
    # who takes the name of a deleted user does not take their rights
    iam = world.client("iam")
    iam.delete_access_key(UserName="alice", AccessKeyId=alice.access_key_id)
    iam.delete_user(UserName="alice")
    assert alice.arn not in secrets.get_resource_policy(SecretId="s")["ResourcePolicy"]
    again = world.client("secretsmanager", as_=world.user("alice"))
    refused("AccessDeniedException", again.get_secret_value, SecretId="s")


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "{}",
        '{"Statement": []}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}',
    ],
)
def test_a_text_that_is_no_policy_is_refused(secrets, text):
    secrets.create_secret(Name="s")
    message = refused(
        "MalformedPolicyDocumentException",
        secrets.put_resource_policy,
        SecretId="s",
        ResourcePolicy=text,
    )
    assert message == "This resource policy contains a syntax error."


def test_a_principal_that_is_not_there_is_refused(secrets):
    secrets.create_secret(Name="s")
    message = refused(
        "MalformedPolicyDocumentException",
        secrets.put_resource_policy,
        SecretId="s",
        ResourcePolicy=on("*", "arn:aws:iam::111122223333:user/nobody"),
    )
    assert message == "This resource policy contains an unsupported principal."


def test_a_public_policy_is_refused_where_that_is_asked_for(secrets):
    secrets.create_secret(Name="s")
    refused(
        "PublicPolicyException",
        secrets.put_resource_policy,
        SecretId="s",
        ResourcePolicy=on("*"),
        BlockPublicPolicy=True,
    )
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=on("*"))
    bound = on("*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=bound, BlockPublicPolicy=True)


def test_only_the_default_policy_can_be_named(secrets):
    secrets.create_secret(Name="s")
    plain = on("*", "arn:aws:iam::111122223333:root")
    refused(
        "InvalidParameterException",
        secrets.put_resource_policy,
        SecretId="s",
        ResourcePolicy=plain,
        PolicyName="x",
    )
    refused(
        "InvalidParameterException", secrets.delete_resource_policy, SecretId="s", PolicyName="x"
    )
    refused("ResourceNotFoundException", secrets.get_resource_policy, SecretId="s", PolicyName="x")


def test_validation_names_what_is_wrong(world, secrets):
    secrets.create_secret(Name="s")

    def checks(text, client=secrets, **more):
        answer = client.validate_resource_policy(ResourcePolicy=text, **more)
        found = [error["CheckName"] for error in answer["ValidationErrors"]]
        assert answer["PolicyValidationPassed"] == (not found)
        return found

    assert checks(on("*", "arn:aws:iam::111122223333:root"), SecretId="s") == []
    assert checks(on("*", "arn:aws:iam::111122223333:root")) == []
    assert checks("{", SecretId="s") == ["SYNTAX_CHECK"]
    assert checks(on("*"), SecretId="s") == ["PUBLIC_POLICY_CHECK"]
    locked = on("*", action="secretsmanager:*", effect="Deny")
    alice = as_user(world, allow("secretsmanager:*"))
    assert checks(locked, alice, SecretId="s") == ["LOCKOUT_CHECK"]
    refused(
        "ResourceNotFoundException",
        secrets.validate_resource_policy,
        SecretId="no",
        ResourcePolicy="{}",
    )
    only = as_user(world, allow("secretsmanager:ValidateResourcePolicy"))
    refused(
        "AccessDeniedException", only.validate_resource_policy, SecretId="s", ResourcePolicy="{}"
    )
