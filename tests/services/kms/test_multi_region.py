"""Multi-Region keys: one material in several Regions, one primary, one that goes last."""

from __future__ import annotations

import json
import os

import pytest

from services.kms.test_import import Importer
from world import ACCOUNT, allow

DAY = 86_400
EAST, WEST, EU = "us-east-1", "us-west-2", "eu-west-1"


@pytest.fixture
def kms(world):
    return {region: world.client("kms", region=region) for region in (EAST, WEST, EU)}


@pytest.fixture
def key(kms):
    return kms[EAST].create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]


def arn(region, key):
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}"


def describe(kms, region, key):
    return kms[region].describe_key(KeyId=key)["KeyMetadata"]


def test_a_replica_is_the_same_key_elsewhere(kms, key, refused):
    assert key.startswith("mrk-")
    kms[EAST].update_key_description(KeyId=key, Description="primary")
    tags = [{"TagKey": "a", "TagValue": "b"}]
    made = kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST, Tags=tags, Description="west")
    told = made["ReplicaKeyMetadata"]
    assert (told["KeyId"], told["Arn"], told["KeyState"]) == (key, arn(WEST, key), "Enabled")
    assert told["Description"] == "west"
    assert made["ReplicaTags"] == tags
    assert json.loads(made["ReplicaPolicy"])["Id"] == "key-default-1"
    expected = {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": arn(EAST, key), "Region": EAST},
        "ReplicaKeys": [{"Arn": arn(WEST, key), "Region": WEST}],
    }
    assert told["MultiRegionConfiguration"] == expected
    primary = describe(kms, EAST, key)
    assert primary["MultiRegionConfiguration"] == {**expected, "MultiRegionKeyType": "PRIMARY"}
    assert primary["CurrentKeyMaterialId"] == told["CurrentKeyMaterialId"]
    blob = kms[EAST].encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})
    opened = kms[WEST].decrypt(CiphertextBlob=blob["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", arn(WEST, key))
    refused("AccessDeniedException", kms[EU].decrypt, CiphertextBlob=blob["CiphertextBlob"])
    code = "AlreadyExistsException"
    refused(code, kms[EAST].replicate_key, KeyId=key, ReplicaRegion=WEST)
    refused(code, kms[EAST].replicate_key, KeyId=key, ReplicaRegion=EAST)


def test_only_a_primary_is_replicated(kms, key, refused):
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    code = "UnsupportedOperationException"
    refused(code, kms[WEST].replicate_key, KeyId=key, ReplicaRegion=EU)
    single = kms[EAST].create_key()["KeyMetadata"]["KeyId"]
    refused(code, kms[EAST].replicate_key, KeyId=single, ReplicaRegion=WEST)
    kms[EAST].disable_key(KeyId=key)
    refused("DisabledException", kms[EAST].replicate_key, KeyId=key, ReplicaRegion=EU)


def test_asymmetric_keys_have_replicas_too(kms):
    made = kms[EAST].create_key(MultiRegion=True, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    key = made["KeyMetadata"]["KeyId"]
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    request = {"KeyId": key, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms[EAST].sign(**request)["Signature"]
    assert kms[WEST].verify(**request, Signature=signature)["SignatureValid"]


def test_state_tags_policy_and_aliases_are_their_own(kms, key):
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    kms[EAST].disable_key(KeyId=key)
    kms[EAST].tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}])
    kms[EAST].create_alias(AliasName="alias/a", TargetKeyId=key)
    assert describe(kms, WEST, key)["KeyState"] == "Enabled"
    assert kms[WEST].list_resource_tags(KeyId=key)["Tags"] == []
    assert kms[WEST].list_aliases(KeyId=key)["Aliases"] == []


def test_rotation_is_the_primarys_and_reaches_all(world, kms, key, refused):
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    for call in ("enable_key_rotation", "disable_key_rotation", "rotate_key_on_demand"):
        refused("UnsupportedOperationException", getattr(kms[WEST], call), KeyId=key)
    blob = kms[WEST].encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    kms[EAST].rotate_key_on_demand(KeyId=key)
    ids = {describe(kms, region, key)["CurrentKeyMaterialId"] for region in (EAST, WEST)}
    assert len(ids) == 1
    names = [(event["eventName"], event["awsRegion"]) for event in world.events()]
    assert ("SynchronizeMultiRegionKey", WEST) in names
    assert kms[EAST].decrypt(CiphertextBlob=blob)["Plaintext"] == b"old"
    kms[EAST].enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = [kms[region].get_key_rotation_status(KeyId=key) for region in (EAST, WEST)]
    assert [each["KeyRotationEnabled"] for each in status] == [True, True]
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=EU)
    world.clock.advance(91 * DAY)
    world.run_jobs()
    after = {describe(kms, region, key)["CurrentKeyMaterialId"] for region in (EAST, WEST, EU)}
    assert len(after) == 1
    assert after != ids
    assert kms[EU].decrypt(CiphertextBlob=blob)["Plaintext"] == b"old"
    histories = [kms[region].list_key_rotations(KeyId=key)["Rotations"] for region in (EAST, WEST)]
    assert [len(each) for each in histories] == [2, 2]
    dates = {kms[region].get_key_rotation_status(KeyId=key)["NextRotationDate"]
             for region in (EAST, WEST, EU)}  # fmt: skip
    assert len(dates) == 1


def test_the_primary_moves(kms, key, refused):
    for region in (WEST, EU):
        kms[EAST].replicate_key(KeyId=key, ReplicaRegion=region)
    kms[EAST].update_primary_region(KeyId=key, PrimaryRegion=EU)
    told = describe(kms, WEST, key)["MultiRegionConfiguration"]
    assert told["PrimaryKey"]["Region"] == EU
    assert [each["Region"] for each in told["ReplicaKeys"]] == [EAST, WEST]
    kms[EU].rotate_key_on_demand(KeyId=key)
    refused("UnsupportedOperationException", kms[EAST].rotate_key_on_demand, KeyId=key)
    code = "UnsupportedOperationException"
    refused(code, kms[EAST].update_primary_region, KeyId=key, PrimaryRegion=WEST)
    refused(
        "NotFoundException", kms[EU].update_primary_region, KeyId=key, PrimaryRegion="sa-east-1"
    )
    refused("ValidationException", kms[EU].update_primary_region, KeyId=key, PrimaryRegion=EU)
    single = kms[EAST].create_key()["KeyMetadata"]["KeyId"]
    refused("NotFoundException", kms[EAST].update_primary_region, KeyId=single, PrimaryRegion=EU)


def test_moving_the_primary_takes_permission_on_both(world, kms, key, refused):
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    request = {"KeyId": key, "PrimaryRegion": WEST}
    for at in (EAST, WEST):
        user = world.user(f"only-{at}", allow("kms:UpdatePrimaryRegion", resource=arn(at, key)))
        client = world.client("kms", as_=user)
        refused("AccessDeniedException", client.update_primary_region, **request)
    both = allow("kms:UpdatePrimaryRegion", resource=[arn(EAST, key), arn(WEST, key)])
    world.client("kms", as_=world.user("both", both)).update_primary_region(**request)


def test_replicating_takes_permission_to_create(world, kms, key, refused):
    where = {"StringEquals": {"kms:ReplicaRegion": WEST}}
    replicate = allow("kms:ReplicateKey", Condition=where)
    create = allow("kms:CreateKey", Condition={"StringEquals": {"aws:RequestedRegion": WEST}})
    tag = allow("kms:TagResource")
    request = {"KeyId": key, "ReplicaRegion": WEST, "Tags": [{"TagKey": "a", "TagValue": "b"}]}
    needed = {"replicate": replicate, "create": create, "tag": tag}
    for missing in needed:
        rest = [each for name, each in needed.items() if name != missing]
        client = world.client("kms", as_=world.user(f"no-{missing}", rest))
        refused("AccessDeniedException", client.replicate_key, **request)
    all_of_them = world.client("kms", as_=world.user("all", list(needed.values())))
    refused("AccessDeniedException", all_of_them.replicate_key, **{**request, "ReplicaRegion": EU})
    all_of_them.replicate_key(**request)


def test_the_primary_goes_last(world, kms, key, refused):
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    answer = kms[EAST].schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingReplicaDeletion"
    assert "DeletionDate" not in answer
    told = describe(kms, EAST, key)
    assert told["PendingDeletionWindowInDays"] == 7
    assert "DeletionDate" not in told
    refused("KMSInvalidStateException", kms[EAST].encrypt, KeyId=key, Plaintext=b"x")
    world.clock.advance(60 * DAY)
    world.run_jobs()
    assert describe(kms, EAST, key)["KeyState"] == "PendingReplicaDeletion"
    kms[WEST].encrypt(KeyId=key, Plaintext=b"x")
    kms[WEST].schedule_key_deletion(KeyId=key, PendingWindowInDays=8)
    world.clock.advance(8.1 * DAY)
    world.run_jobs()
    refused("NotFoundException", kms[WEST].describe_key, KeyId=key)
    assert describe(kms, EAST, key)["KeyState"] == "PendingDeletion"
    assert describe(kms, EAST, key)["MultiRegionConfiguration"]["ReplicaKeys"] == []
    world.clock.advance(7.1 * DAY)
    world.run_jobs()
    refused("NotFoundException", kms[EAST].describe_key, KeyId=key)


def test_a_replica_can_be_made_again(world, kms, key):
    blob = kms[EAST].encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    kms[WEST].schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    world.clock.advance(8 * DAY)
    world.run_jobs()
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert kms[WEST].decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_imported_material_is_imported_everywhere(kms, refused):
    bring = {region: Importer(kms[region]) for region in (EAST, WEST)}
    key = bring[EAST].new(MultiRegion=True)
    first, second = os.urandom(32), os.urandom(32)
    one = bring[EAST](key, first)["KeyMaterialId"]
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert describe(kms, WEST, key)["KeyState"] == "PendingImport"
    code = "IncorrectKeyMaterialException"
    refused(code, kms[WEST].import_key_material, **bring[WEST].request(key, second))
    assert bring[WEST](key, first)["KeyMaterialId"] == one
    blob = kms[WEST].encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms[EAST].decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    new = {"ImportType": "NEW_KEY_MATERIAL"}
    refused(code, kms[WEST].import_key_material, **bring[WEST].request(key, second, **new))
    two = bring[EAST](key, second, **new)["KeyMaterialId"]

    def waits(region):
        listed = kms[region].list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
        return {each["KeyMaterialId"]: each["KeyMaterialState"] for each in listed["Rotations"]}[
            two
        ]

    assert waits(EAST) == "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    refused("KMSInvalidStateException", kms[EAST].rotate_key_on_demand, KeyId=key)
    bring[WEST](key, second, ImportType="EXISTING_KEY_MATERIAL")
    assert waits(EAST) == waits(WEST) == "PENDING_ROTATION"
    kms[EAST].rotate_key_on_demand(KeyId=key)
    for region in (EAST, WEST):
        assert describe(kms, region, key)["CurrentKeyMaterialId"] == two
        assert kms[region].decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_late_replica_needs_all_the_material(kms, refused):
    """A replica made after a rotation opens what was sealed before it, or nothing."""
    bring = {region: Importer(kms[region]) for region in (EAST, WEST)}
    key = bring[EAST].new(MultiRegion=True)
    first, second = os.urandom(32), os.urandom(32)
    bring[EAST](key, first)
    old = kms[EAST].encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    bring[EAST](key, second, ImportType="NEW_KEY_MATERIAL")
    kms[EAST].rotate_key_on_demand(KeyId=key)
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    bring[WEST](key, second)
    assert describe(kms, WEST, key)["KeyState"] == "PendingImport"
    refused("KMSInvalidStateException", kms[WEST].decrypt, CiphertextBlob=old)
    bring[WEST](key, first)
    assert describe(kms, WEST, key)["KeyState"] == "Enabled"
    assert kms[WEST].decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    new = kms[WEST].encrypt(KeyId=key, Plaintext=b"new")["CiphertextBlob"]
    assert kms[EAST].decrypt(CiphertextBlob=new)["Plaintext"] == b"new"
