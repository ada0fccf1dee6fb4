"""Rotation: new material seals, old ciphertexts open for ever, the history tells."""

from __future__ import annotations

import pytest

DAY = 86_400


@pytest.fixture
def kms(world):
    return world.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


def pass_days(world, days):
    world.clock.advance(days * DAY)
    world.run_jobs()


def current(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]


def test_a_rotation_on_demand(kms, key):
    before = current(kms, key)
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    after = current(kms, key)
    assert before != after
    new = kms.encrypt(KeyId=key, Plaintext=b"new")["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=old)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"old", before)
    opened = kms.decrypt(CiphertextBlob=new)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"new", after)
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert len(rotations) == 1
    expected = {
        "KeyId": key,
        "KeyMaterialId": after,
        "KeyMaterialState": "CURRENT",
        "RotationType": "ON_DEMAND",
    }
    assert expected.items() <= rotations[0].items()
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [each["KeyMaterialState"] for each in everything["Rotations"]] == [
        "NON_CURRENT",
        "CURRENT",
    ]
    assert "RotationDate" not in everything["Rotations"][0]


def test_old_ciphertexts_open_after_any_number_of_rotations(kms, key, refused):
    blobs = []
    for n in range(25):
        blobs.append(kms.encrypt(KeyId=key, Plaintext=str(n).encode())["CiphertextBlob"])
        kms.rotate_key_on_demand(KeyId=key)
    refused("LimitExceededException", kms.rotate_key_on_demand, KeyId=key)
    for n, blob in enumerate(blobs):
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == str(n).encode()
    page = kms.list_key_rotations(KeyId=key, Limit=20)
    assert (len(page["Rotations"]), page["Truncated"]) == (20, True)
    rest = kms.list_key_rotations(KeyId=key, Marker=page["NextMarker"])
    assert len(rest["Rotations"]) == 5
    refused("InvalidMarkerException", kms.list_key_rotations, KeyId=key, Marker="x")


def test_a_key_rotates_itself(world, kms, key):
    status = kms.get_key_rotation_status(KeyId=key)
    assert status["KeyRotationEnabled"] is False
    assert "NextRotationDate" not in status
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    first = current(kms, key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    pass_days(world, 89)
    assert current(kms, key) == first
    pass_days(world, 1.1)
    second = current(kms, key)
    assert second != first
    pass_days(world, 90)
    assert current(kms, key) not in {first, second}
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [each["RotationType"] for each in rotations] == ["AUTOMATIC"] * 2
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    kms.disable_key_rotation(KeyId=key)
    pass_days(world, 400)
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 2


def test_a_disabled_key_rotates_when_it_is_enabled(world, kms, key):
    kms.enable_key_rotation(KeyId=key)
    first = current(kms, key)
    kms.disable_key(KeyId=key)
    pass_days(world, 400)
    assert current(kms, key) == first
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.enable_key(KeyId=key)
    world.run_jobs()
    assert current(kms, key) != first
    pass_days(world, 300)
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 1


def test_a_rotation_on_demand_leaves_the_schedule(world, kms, key, refused):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] == due
    world.clock.advance(90 * DAY - 600)
    refused("ConflictException", kms.rotate_key_on_demand, KeyId=key)


def test_a_key_that_awaits_deletion_is_not_rotated(world, kms, key, refused):
    kms.enable_key_rotation(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    refused("KMSInvalidStateException", kms.rotate_key_on_demand, KeyId=key)
    refused("KMSInvalidStateException", kms.disable_key_rotation, KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    refused("DisabledException", kms.enable_key_rotation, KeyId=key)


@pytest.mark.parametrize(
    "made",
    [
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
        {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    ],
)
def test_other_keys_do_not_rotate(kms, refused, made):
    key = kms.create_key(**made)["KeyMetadata"]["KeyId"]
    code = "UnsupportedOperationException"
    for call in (
        kms.enable_key_rotation,
        kms.disable_key_rotation,
        kms.get_key_rotation_status,
        kms.rotate_key_on_demand,
        kms.list_key_rotations,
    ):
        refused(code, call, KeyId=key)


def test_aws_managed_keys_rotate_every_year(world, kms):
    from lodekey.services.kms.managed_keys import managed_key
    from world import ACCOUNT

    with world.gate.store.transaction(write=True) as tx:
        key = managed_key(tx, ACCOUNT, "us-east-1", "ssm", world.clock()).id
    first = current(kms, key)
    pass_days(world, 366)
    assert current(kms, key) != first


def test_the_trail_tells_what_the_clock_did(world, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    first = current(kms, key)
    pass_days(world, 91)
    told = [event for event in world.events() if event["eventName"] == "RotateKey"]
    assert len(told) == 1
    expected = {
        "rotationType": "AUTOMATIC",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": first,
        "currentKeyMaterialId": current(kms, key),
        "keyId": key,
    }
    assert expected == told[0]["serviceEventDetails"]
    assert told[0]["eventType"] == "AwsServiceEvent"
    assert told[0]["userIdentity"] == {"accountId": "111122223333", "invokedBy": "AWS Internal"}
    kms.rotate_key_on_demand(KeyId=key)
    names = [event["eventName"] for event in world.events()]
    assert names.count("RotateKey") == 2
    kms.schedule_key_deletion(KeyId=key)
    pass_days(world, 31)
    assert world.events()[-1]["eventName"] == "DeleteKey"
