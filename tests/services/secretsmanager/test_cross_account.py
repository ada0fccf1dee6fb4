"""A copy in another account."""

import pytest
from botocore.exceptions import ClientError

from world import allow, document


def refused(code, call, *args, **request):
    with pytest.raises(ClientError) as caught:
        call(*args, **request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def ours(world):
    return world.client("secretsmanager")


@pytest.fixture
def other(world):
    return world.account()


@pytest.fixture
def theirs(world, other):
    return world.client("secretsmanager", as_=other)


@pytest.fixture
def key(world, other):
    """A key of the other account that ours may encrypt with."""
    root = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": other.arn}}
    share = {
        **root,
        "Action": "kms:Encrypt",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    }
    kms = world.client("kms", as_=other)
    return kms.create_key(Policy=document([root, share]))["KeyMetadata"]["Arn"]


@pytest.fixture
def pair(ours, theirs, key):
    primary = ours.create_secret(Name="s", SecretString="a")["ARN"]
    replica = theirs.create_secret(Name="copy", KmsKeyId=key, CrossAccountPrimaryARN=primary)["ARN"]
    return primary, replica


def link(ours, pair, **more):
    more = {"ReplicaRestriction": "NoRestriction", **more}
    return ours.associate_cross_account_replica(
        SecretId="s", CrossAccountReplicaARN=pair[1], **more
    )


def test_a_replica_waits_then_follows_then_is_let_go(ours, theirs, pair):
    primary, replica = pair
    waiting = theirs.describe_secret(SecretId="copy")["CrossAccountPrimary"]
    assert waiting == {"PrimarySecretARN": primary, "ReplicationStatus": "Pending"}
    refused("ResourceNotFoundException", theirs.get_secret_value, SecretId="copy")
    answer = link(ours, pair)
    assert answer["ReplicationStatus"] == "InSync"
    assert theirs.get_secret_value(SecretId="copy")["SecretString"] == "a"
    ours.put_secret_value(SecretId="s", SecretString="b")
    read = theirs.get_secret_value(SecretId="copy")
    assert (read["SecretString"], read["ARN"]) == ("b", replica)
    assert (
        theirs.get_secret_value(SecretId="copy", VersionStage="AWSPREVIOUS")["SecretString"] == "a"
    )
    assert ours.describe_secret(SecretId="s")["CrossAccountReplicas"] == [
        {"ReplicaSecretARN": replica, "ReplicationStatus": "InSync"}
    ]
    refused("InvalidRequestException", theirs.put_secret_value, SecretId="copy", SecretString="c")
    refused("InvalidRequestException", theirs.delete_secret, SecretId="copy")
    refused("InvalidRequestException", ours.delete_secret, SecretId="s")
    ours.disassociate_cross_account_replica(SecretId="s", CrossAccountReplicaARN=replica)
    status = theirs.describe_secret(SecretId="copy")["CrossAccountPrimary"]["ReplicationStatus"]
    assert status == "Detached"
    ours.put_secret_value(SecretId="s", SecretString="d")
    assert theirs.get_secret_value(SecretId="copy")["SecretString"] == "b"
    theirs.stop_replication_to_replica(SecretId="copy")
    theirs.put_secret_value(SecretId="copy", SecretString="own")
    assert "CrossAccountPrimary" not in theirs.describe_secret(SecretId="copy")
    ours.delete_secret(SecretId="s")


def test_the_replicas_side_may_end_it(ours, theirs, pair):
    link(ours, pair)
    theirs.stop_replication_to_replica(SecretId="copy")
    assert (
        ours.describe_secret(SecretId="s")["CrossAccountReplicas"][0]["ReplicationStatus"]
        == "Detached"
    )
    ours.put_secret_value(SecretId="s", SecretString="b")
    assert theirs.get_secret_value(SecretId="copy")["SecretString"] == "a"
    assert "ResourcePolicy" not in theirs.get_resource_policy(SecretId="copy")


def test_a_replica_cannot_have_what_its_primary_gives(theirs, key, pair):
    primary, _ = pair
    for more in (
        {"SecretString": "x"},
        {"SecretBinary": b"x"},
        {"Description": "x"},
        {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
    ):
        refused(
            "InvalidParameterException",
            theirs.create_secret,
            Name="more",
            KmsKeyId=key,
            CrossAccountPrimaryARN=primary,
            **more,
        )
    refused(
        "InvalidParameterException",
        theirs.create_secret,
        Name="more",
        CrossAccountPrimaryARN=primary,
    )
    refused(
        "InvalidParameterException",
        theirs.create_secret,
        Name="more",
        KmsKeyId=key,
        CrossAccountPrimaryARN=primary[:-7],
    )


def test_both_sides_must_agree(world, ours, theirs, key, pair):
    plain = theirs.create_secret(Name="plain", KmsKeyId=key)["ARN"]
    refused("AccessDeniedException", link, ours, (pair[0], plain))
    alice = world.user(
        "alice", [allow("secretsmanager:Associate*", "secretsmanager:GetSecretValue")]
    )
    hers = world.client("secretsmanager", as_=alice)
    refused("AccessDeniedException", link, hers, pair)
    ours.create_secret(Name="t", SecretString="x")
    refused(
        "InvalidRequestException",
        ours.associate_cross_account_replica,
        SecretId="t",
        CrossAccountReplicaARN=pair[1],
        ReplicaRestriction="NoRestriction",
    )
    refused("InvalidRequestException", link, ours, pair, ReplicaRestriction="SameOrg")
    refused("InvalidParameterException", link, ours, (pair[0], pair[0]))
    assert link(ours, pair)["ReplicationStatus"] == "InSync"
    assert link(ours, pair)["ReplicationStatus"] == "InSync"
    second = theirs.create_secret(Name="second", KmsKeyId=key, CrossAccountPrimaryARN=pair[0])[
        "ARN"
    ]
    refused("LimitExceededException", link, ours, (pair[0], second))
    refused(
        "ResourceNotFoundException",
        ours.disassociate_cross_account_replica,
        SecretId="s",
        CrossAccountReplicaARN=second,
    )


def test_a_failed_association_changes_nothing(world, ours, theirs, other, pair, key):
    world.client("kms", as_=other).disable_key(KeyId=key)
    refused("InvalidRequestException", link, ours, pair)
    assert "CrossAccountReplicas" not in ours.describe_secret(SecretId="s")
    status = theirs.describe_secret(SecretId="copy")["CrossAccountPrimary"]["ReplicationStatus"]
    assert status == "Pending"


def test_a_role_may_replicate_in_the_callers_place(world, ours, theirs, pair):
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "secretsmanager.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    may = [
        allow("secretsmanager:AcceptCrossAccountReplication"),
        allow("kms:Decrypt", "kms:Encrypt"),
    ]
    role = world.role("copier", trust, may)
    link(ours, pair, ReplicationRoleARN=role)
    writer = world.user("writer", allow("secretsmanager:PutSecretValue"))
    world.client("secretsmanager", as_=writer).put_secret_value(SecretId="s", SecretString="b")
    assert theirs.get_secret_value(SecretId="copy")["SecretString"] == "b"
    world.client("iam").put_role_policy(
        RoleName="copier", PolicyName="own", PolicyDocument=document(allow("kms:Decrypt"))
    )
    ours.put_secret_value(SecretId="s", SecretString="c")
    replica = ours.describe_secret(SecretId="s")["CrossAccountReplicas"][0]
    assert (replica["ReplicationStatus"], replica["ReplicationRoleARN"]) == ("Failed", role)
    assert theirs.get_secret_value(SecretId="copy")["SecretString"] == "b"
    stranger = world.role(
        "stranger", {**trust, "Principal": {"Service": "lambda.amazonaws.com"}}, may
    )
    ours.disassociate_cross_account_replica(SecretId="s", CrossAccountReplicaARN=pair[1])
    refused("AccessDeniedException", link, ours, pair, ReplicationRoleARN=stranger)
