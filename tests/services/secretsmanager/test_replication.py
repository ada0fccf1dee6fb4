"""Copies in other regions."""

import pytest
from botocore.exceptions import ClientError

from world import allow, document

REPLICA = (
    "Operation not permitted on a replica secret. Call must be made in primary secret's region."
)


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def east(world):
    return world.client("secretsmanager")


@pytest.fixture
def west(world):
    return world.client("secretsmanager", region="eu-west-1")


WEST = [{"Region": "eu-west-1"}]


def test_a_copy_follows_its_primary(world, east, west):
    made = east.create_secret(
        Name="s",
        SecretString="a",
        Description="d",
        Tags=[{"Key": "k", "Value": "v"}],
        AddReplicaRegions=WEST,
    )
    assert made["ReplicationStatus"][0]["Status"] == "InSync"
    assert west.get_secret_value(SecretId="s")["SecretString"] == "a"
    copy = west.describe_secret(SecretId="s")
    assert copy["ARN"] == made["ARN"].replace("us-east-1", "eu-west-1")
    assert (copy["PrimaryRegion"], copy["Description"]) == ("us-east-1", "d")
    assert copy["Tags"] == [{"Key": "k", "Value": "v"}]
    assert "ReplicationStatus" not in copy
    east.put_secret_value(SecretId="s", SecretString="b")
    east.tag_resource(SecretId="s", Tags=[{"Key": "k", "Value": "w"}])
    east.update_secret(SecretId="s", Description="e")
    read = west.get_secret_value(SecretId="s")
    primary = east.get_secret_value(SecretId="s")
    assert (read["SecretString"], read["VersionId"]) == ("b", primary["VersionId"])
    assert read["VersionStages"] == primary["VersionStages"]
    assert west.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "a"
    copy = west.describe_secret(SecretId="s")
    assert (copy["Description"], copy["Tags"][0]["Value"]) == ("e", "w")
    described = east.describe_secret(SecretId="s")
    assert described["PrimaryRegion"] == "us-east-1"
    assert described["ReplicationStatus"][0]["LastAccessedDate"]


def test_a_copy_is_sealed_under_a_key_of_its_region(world, east, west):
    key = world.client("kms", region="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    east.create_secret(Name="s", SecretString="a")
    answer = east.replicate_secret_to_regions(
        SecretId="s", AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": key}]
    )
    assert answer["ReplicationStatus"] == [
        {"Region": "eu-west-1", "KmsKeyId": key, "Status": "InSync"}
    ]
    assert west.get_secret_value(SecretId="s")["SecretString"] == "a"
    world.client("kms", region="eu-west-1").disable_key(KeyId=key)
    refused("DecryptionFailure", west.get_secret_value, SecretId="s")
    assert east.get_secret_value(SecretId="s")["SecretString"] == "a"


def test_a_copy_is_not_changed_from_its_own_region(east, west):
    version = east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)["VersionId"]
    calls = [
        (west.put_secret_value, {"SecretString": "b"}),
        (west.update_secret, {"SecretString": "b"}),
        (west.update_secret, {"Description": "b"}),
        (west.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (west.untag_resource, {"TagKeys": ["a"]}),
        (west.delete_secret, {}),
        (west.delete_secret, {"ForceDeleteWithoutRecovery": True}),
        (west.put_resource_policy, {"ResourcePolicy": "{}"}),
        (west.delete_resource_policy, {}),
        (west.rotate_secret, {}),
        (west.cancel_rotate_secret, {}),
        (west.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "eu-north-1"}]}),
        (west.update_secret_version_stage, {"VersionStage": "x", "MoveToVersionId": version}),
    ]
    for call, more in calls:
        assert refused("InvalidRequestException", call, SecretId="s", **more) == REPLICA
    assert west.get_secret_value(SecretId="s")["SecretString"] == "a"


def test_a_copys_key_is_its_own_to_change(world, east, west):
    east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)
    key = world.client("kms", region="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    west.update_secret(SecretId="s", KmsKeyId=key)
    assert west.describe_secret(SecretId="s")["KmsKeyId"] == key
    east.put_secret_value(SecretId="s", SecretString="b")
    assert west.get_secret_value(SecretId="s")["SecretString"] == "b"
    assert west.list_secret_version_ids(SecretId="s")["Versions"][-1]["KmsKeyIds"] == [key]


def test_a_name_that_is_taken_fails_the_copy_unless_it_may_be_overwritten(east, west):
    west.create_secret(Name="s", SecretString="mine")
    made = east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)
    status = made["ReplicationStatus"][0]
    assert (status["Status"], status["StatusMessage"]) == (
        "Failed",
        "Secret with this name already exists in this region.",
    )
    assert west.get_secret_value(SecretId="s")["SecretString"] == "mine"
    again = east.replicate_secret_to_regions(
        SecretId="s", AddReplicaRegions=WEST, ForceOverwriteReplicaSecret=True
    )
    assert again["ReplicationStatus"][0]["Status"] == "InSync"
    assert west.get_secret_value(SecretId="s")["SecretString"] == "a"


def test_regions_have_rules(east):
    east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)
    for regions in ([{"Region": "us-east-1"}], WEST, [{"KmsKeyId": "alias/x"}]):
        refused(
            "InvalidParameterException",
            east.replicate_secret_to_regions,
            SecretId="s",
            AddReplicaRegions=regions,
        )
    refused(
        "InvalidParameterException",
        east.remove_regions_from_replication,
        SecretId="s",
        RemoveReplicaRegions=["eu-north-1"],
    )


def test_a_primary_is_not_deleted_before_its_copies(east, west):
    east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)
    message = refused("InvalidRequestException", east.delete_secret, SecretId="s")
    assert message == "You can't delete secret s that still has replica regions [eu-west-1]"
    refused(
        "InvalidRequestException", east.delete_secret, SecretId="s", ForceDeleteWithoutRecovery=True
    )
    answer = east.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=["eu-west-1"])
    assert answer["ReplicationStatus"] == []
    refused("ResourceNotFoundException", west.describe_secret, SecretId="s")
    east.delete_secret(SecretId="s")


def test_a_promoted_copy_lives_its_own_life(east, west):
    made = east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)
    refused("InvalidRequestException", east.stop_replication_to_replica, SecretId="s")
    answer = west.stop_replication_to_replica(SecretId="s")
    assert answer["ARN"] == made["ARN"].replace("us-east-1", "eu-west-1")
    west.put_secret_value(SecretId="s", SecretString="west")
    east.put_secret_value(SecretId="s", SecretString="east")
    assert west.get_secret_value(SecretId="s")["SecretString"] == "west"
    assert east.get_secret_value(SecretId="s")["SecretString"] == "east"
    assert "ReplicationStatus" not in east.describe_secret(SecretId="s")
    east.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    assert west.get_secret_value(SecretId="s")["SecretString"] == "west"


def test_a_copy_falls_behind_where_its_key_fails_and_says_so(world, east, west):
    kms = world.client("kms", region="eu-west-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    east.create_secret(
        Name="s", SecretString="a", AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": key}]
    )
    kms.disable_key(KeyId=key)
    east.put_secret_value(SecretId="s", SecretString="b")
    status = east.describe_secret(SecretId="s")["ReplicationStatus"][0]
    assert status["Status"] == "Failed"
    assert "can't encrypt" in status["StatusMessage"]
    assert east.get_secret_value(SecretId="s")["SecretString"] == "b"
    kms.enable_key(KeyId=key)
    assert west.get_secret_value(SecretId="s")["SecretString"] == "a"
    east.put_secret_value(SecretId="s", SecretString="c")
    assert west.get_secret_value(SecretId="s")["SecretString"] == "c"
    assert west.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "b"
    assert east.describe_secret(SecretId="s")["ReplicationStatus"][0]["Status"] == "InSync"


def test_who_replicates_needs_the_keys_as_aws_documents(world, east, west):
    kms = world.client("kms", region="eu-west-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    east.create_secret(Name="s", SecretString="a")
    replica = [{"Region": "eu-west-1", "KmsKeyId": key}]
    right = ("kms:GenerateDataKey", "kms:Encrypt")
    for at, actions in enumerate([(), right[:1], right[1:], right]):
        who = world.user(
            f"u{at}", [allow("secretsmanager:*"), *([allow(*actions)] if actions else [])]
        )
        theirs = world.client("secretsmanager", as_=who)
        answer = theirs.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=replica)
        expected = "InSync" if actions == right else "Failed"
        assert answer["ReplicationStatus"][0]["Status"] == expected
    assert west.get_secret_value(SecretId="s")["SecretString"] == "a"


def test_a_resource_policy_goes_along(world, east, west):
    alice = world.user("alice")
    east.create_secret(Name="s", SecretString="a", AddReplicaRegions=WEST)
    hers = world.client("secretsmanager", as_=alice, region="eu-west-1")
    refused("AccessDeniedException", hers.get_secret_value, SecretId="s")
    policy = document(allow("secretsmanager:GetSecretValue", Principal={"AWS": alice.arn}))
    east.put_resource_policy(SecretId="s", ResourcePolicy=policy)
    assert hers.get_secret_value(SecretId="s")["SecretString"] == "a"
