"""Keys: made, named, described, listed, switched off and on, deleted at last."""

from __future__ import annotations

import json
import re

from world import allow

DAY = 86_400


def test_a_new_key_says_what_it_is(kms):
    made = kms.create_key(Description="mine", Tags=[{"TagKey": "team", "TagValue": "red"}])
    told = made["KeyMetadata"]
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", told["KeyId"])
    assert told["Arn"] == f"arn:aws:kms:us-east-1:111122223333:key/{told['KeyId']}"
    expected = {
        "AWSAccountId": "111122223333",
        "Enabled": True,
        "Description": "mine",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert expected.items() <= told.items()
    assert "DeletionDate" not in told
    assert "ExpirationModel" not in told
    assert kms.describe_key(KeyId=told["KeyId"])["KeyMetadata"] == told


def test_a_key_answers_to_id_arn_alias_and_alias_arn(kms, key):
    kms.create_alias(AliasName="alias/four-names", TargetKeyId=key)
    arn = f"arn:aws:kms:us-east-1:111122223333:key/{key}"
    alias_arn = "arn:aws:kms:us-east-1:111122223333:alias/four-names"
    for name in (key, arn, "alias/four-names", alias_arn):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == arn
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == arn


def test_what_is_not_there_is_not_found(kms, key, refused):
    gone = "11111111-2222-3333-4444-555555555555"
    arn = f"arn:aws:kms:us-east-1:111122223333:key/{gone}"
    describe = kms.describe_key
    assert refused("NotFoundException", describe, KeyId=gone) == f"Key '{arn}' does not exist"
    assert refused("NotFoundException", describe, KeyId="nonsense") == "Invalid keyId 'nonsense'"
    message = refused("NotFoundException", describe, KeyId="alias/none")
    assert message == "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found."
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    assert refused("NotFoundException", describe, KeyId=elsewhere) == "Invalid arn eu-west-1"
    refused("InvalidArnException", describe, KeyId="arn:aws:s3:::bucket")
    refused("InvalidArnException", describe, KeyId="arn:aws:kms")
    kms.create_alias(AliasName="alias/no-alias-here", TargetKeyId=key)
    message = refused("InvalidArnException", kms.disable_key, KeyId="alias/no-alias-here")
    assert message == "Key Aliases are not supported for this operation"


def test_keys_are_listed_in_pages(world, refused):
    kms = world.client("kms")
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    listed = []
    request = {"Limit": 2}
    while True:
        answer = kms.list_keys(**request)
        assert len(answer["Keys"]) <= 2
        listed += [each["KeyId"] for each in answer["Keys"]]
        if not answer["Truncated"]:
            break
        request["Marker"] = answer["NextMarker"]
    assert sorted(made) == listed
    refused("InvalidMarkerException", kms.list_keys, Marker="nonsense")
    west = world.client("kms", region="us-west-2")
    assert west.list_keys()["Keys"] == []
    refused("InvalidMarkerException", west.list_keys, Marker=request["Marker"])
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []


def test_a_disabled_key_is_of_no_use_until_it_is_enabled(kms, refused):
    key = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (told["Enabled"], told["KeyState"]) == (False, "Disabled")
    message = refused("DisabledException", kms.decrypt, CiphertextBlob=blob)
    assert message == f"{key['Arn']} is disabled."
    refused("DisabledException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    refused("DisabledException", kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256")
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_deletion_really_comes(world, refused):
    kms = world.client("kms")
    key = kms.create_key()["KeyMetadata"]
    name = key["KeyId"]
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=name)
    blob = kms.encrypt(KeyId=name, Plaintext=b"x")["CiphertextBlob"]
    answer = kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingDeletion", 7)
    assert answer["KeyId"] == key["Arn"]
    told = kms.describe_key(KeyId=name)["KeyMetadata"]
    assert told["DeletionDate"] == answer["DeletionDate"]
    message = refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob)
    assert message == f"{key['Arn']} is pending deletion."
    refused("KMSInvalidStateException", kms.enable_key, KeyId=name)
    refused("KMSInvalidStateException", kms.schedule_key_deletion, KeyId=name)
    world.clock.advance(6.9 * DAY)
    world.run_jobs()
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    world.clock.advance(0.2 * DAY)
    world.run_jobs()
    refused("NotFoundException", kms.describe_key, KeyId=name)
    assert kms.list_keys()["Keys"] == []
    assert "alias/doomed" not in {each["AliasName"] for each in kms.list_aliases()["Aliases"]}
    refused("AccessDeniedException", kms.decrypt, CiphertextBlob=blob)


def test_a_cancelled_deletion_leaves_the_key_disabled(world, refused):
    kms = world.client("kms")
    name = kms.create_key()["KeyMetadata"]["KeyId"]
    message = refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=name)
    assert message.endswith("is not pending deletion.")
    kms.schedule_key_deletion(KeyId=name)
    kms.cancel_key_deletion(KeyId=name)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Disabled"
    world.clock.advance(40 * DAY)
    world.run_jobs()
    kms.enable_key(KeyId=name)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Enabled"


def test_the_window_is_7_to_30_days(kms, refused):
    name = kms.create_key()["KeyMetadata"]["KeyId"]
    for days, bound in ((6, "greater than or equal to 7"), (31, "less than or equal to 30")):
        message = refused(
            "ValidationException", kms.schedule_key_deletion, KeyId=name, PendingWindowInDays=days
        )
        assert message == (
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to"
            f" satisfy constraint: Member must have value {bound}"
        )
    assert kms.schedule_key_deletion(KeyId=name)["PendingWindowInDays"] == 30


def test_a_description_can_change(kms):
    name = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_key_description(KeyId=name, Description="other")
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["Description"] == "other"


def test_the_last_use_is_remembered(world):
    kms = world.client("kms")
    name = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_last_usage(KeyId=name)["KeyLastUsage"] == {}
    kms.encrypt(KeyId=name, Plaintext=b"x")
    used = kms.get_key_last_usage(KeyId=name)
    assert used["KeyId"] == name
    assert used["KeyLastUsage"]["Operation"] == "Encrypt"
    kms.generate_data_key(KeyId=name, KeySpec="AES_256")
    world.run_jobs()
    assert kms.get_key_last_usage(KeyId=name)["KeyLastUsage"]["Operation"] == "GenerateDataKey"
    with_clock = kms.get_key_last_usage(KeyId=name)
    assert with_clock["TrackingStartDate"] == with_clock["KeyCreationDate"]


def test_a_refused_use_is_no_use(world, refused):
    kms = world.client("kms")
    name = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=name)
    refused("DisabledException", kms.encrypt, KeyId=name, Plaintext=b"x")
    assert kms.get_key_last_usage(KeyId=name)["KeyLastUsage"] == {}


def test_random_bytes_are_as_many_as_asked_for(kms, refused):
    one = kms.generate_random(NumberOfBytes=48)["Plaintext"]
    assert len(one) == 48
    assert one != kms.generate_random(NumberOfBytes=48)["Plaintext"]
    refused("ValidationException", kms.generate_random)
    refused(
        "CustomKeyStoreNotFoundException",
        kms.generate_random,
        NumberOfBytes=1,
        CustomKeyStoreId="cks-1234567890abcdef0",
    )


def test_tags_can_be_added_changed_and_taken(kms, refused):
    name = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=name, Tags=[{"TagKey": "b", "TagValue": "1"}])
    tags = [{"TagKey": "a", "TagValue": ""}, {"TagKey": "b", "TagValue": "2"}]
    kms.tag_resource(KeyId=name, Tags=tags)
    assert kms.list_resource_tags(KeyId=name)["Tags"] == tags
    first = kms.list_resource_tags(KeyId=name, Limit=1)
    assert first["Truncated"]
    rest = kms.list_resource_tags(KeyId=name, Marker=first["NextMarker"])
    assert first["Tags"] + rest["Tags"] == tags
    kms.untag_resource(KeyId=name, TagKeys=["a", "none"])
    assert kms.list_resource_tags(KeyId=name)["Tags"] == tags[1:]
    twice = [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]
    refused("TagException", kms.tag_resource, KeyId=name, Tags=twice)
    ours = [{"TagKey": "aws:x", "TagValue": "1"}]
    refused("TagException", kms.tag_resource, KeyId=name, Tags=ours)
    refused("TagException", kms.untag_resource, KeyId=name, TagKeys=["aws:x"])
    many = [{"TagKey": f"t{n}", "TagValue": ""} for n in range(50)]
    refused("LimitExceededException", kms.tag_resource, KeyId=name, Tags=many)
    refused("TagException", kms.create_key, Tags=twice)


def test_creating_with_tags_takes_the_permission_to_tag(world, refused):
    maker = world.client("kms", as_=world.user("maker", allow("kms:CreateKey")))
    maker.create_key()
    tags = [{"TagKey": "a", "TagValue": "1"}]
    message = refused("AccessDeniedException", maker.create_key, Tags=tags)
    assert "kms:TagResource" in message
    both = allow("kms:CreateKey", "kms:TagResource")
    assert world.client("kms", as_=world.user("both", both)).create_key(Tags=tags)


def test_the_default_policy_trusts_the_account(kms, key):
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert policy["Statement"] == [
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
