"""Values are sealed and opened through KMS, as the caller, and only so."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

from world import allow, document

DENIED = "Access to KMS is not allowed"


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


def key_policy(*statements):
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return document([root, *statements])


@pytest.fixture
def key(world):
    return world.client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def secrets(world):
    return world.client("secretsmanager")


def calls(world, *names):
    return [event for event in world.events() if event["eventName"] in names]


def test_the_default_key_needs_no_kms_permission(world, secrets):
    alice = world.user("alice", allow("secretsmanager:*"))
    hers = world.client("secretsmanager", as_=alice)
    hers.create_secret(Name="s", SecretString="a")
    assert hers.get_secret_value(SecretId="s")["SecretString"] == "a"
    assert "KmsKeyId" not in hers.describe_secret(SecretId="s")
    aliases = world.client("kms").list_aliases()["Aliases"]
    assert "alias/aws/secretsmanager" in [alias["AliasName"] for alias in aliases]


def test_naming_the_default_key_is_naming_none(secrets):
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId="alias/aws/secretsmanager")
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="s")


def test_a_key_is_named_by_id_arn_or_alias_and_shown_so(world, secrets, key):
    world.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key)
    for at, named in enumerate((key, key.rpartition("/")[2], "alias/mine")):
        secrets.create_secret(Name=f"s{at}", SecretString="a", KmsKeyId=named)
        assert named == secrets.describe_secret(SecretId=f"s{at}")["KmsKeyId"]
        assert secrets.get_secret_value(SecretId=f"s{at}")["SecretString"] == "a"


def test_each_version_has_a_data_key_bound_to_it(world, secrets, key):
    arn = secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)["ARN"]
    version = secrets.put_secret_value(SecretId="s", SecretString="b")["VersionId"]
    contexts = [
        event["requestParameters"]["encryptionContext"] for event in calls(world, "GenerateDataKey")
    ]
    assert {"SecretARN": arn, "SecretVersionId": version} in contexts
    assert {"SecretARN": arn, "SecretVersionId": "RequestToValidateKeyAccess"} in contexts
    secrets.get_secret_value(SecretId="s")
    opened = calls(world, "Decrypt")[-1]
    assert opened["requestParameters"]["encryptionContext"] == {
        "SecretARN": arn,
        "SecretVersionId": version,
    }
    assert opened["sourceIPAddress"] == "secretsmanager.amazonaws.com"


def test_who_may_not_use_the_key_reads_and_writes_nothing(world, secrets, key):
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)
    alice = world.user("alice", allow("secretsmanager:*"))
    hers = world.client("secretsmanager", as_=alice)
    assert refused("AccessDeniedException", hers.get_secret_value, SecretId="s") == DENIED
    assert (
        refused("AccessDeniedException", hers.put_secret_value, SecretId="s", SecretString="b")
        == DENIED
    )
    assert refused("AccessDeniedException", hers.create_secret, Name="t", KmsKeyId=key) == DENIED
    refused("ResourceNotFoundException", secrets.describe_secret, SecretId="t")
    # the control: with the key, the same calls succeed
    bob = world.user(
        "bob", [allow("secretsmanager:*"), allow("kms:GenerateDataKey", "kms:Decrypt")]
    )
    his = world.client("secretsmanager", as_=bob)
    assert his.get_secret_value(SecretId="s")["SecretString"] == "a"
    his.put_secret_value(SecretId="s", SecretString="b")
    his.create_secret(Name="t", KmsKeyId=key)


def test_setting_a_key_takes_generate_data_key_and_decrypt(world, secrets, key):
    for only in ("kms:GenerateDataKey", "kms:Decrypt"):
        who = world.user(only[4:], [allow("secretsmanager:*"), allow(only)])
        theirs = world.client("secretsmanager", as_=who)
        assert (
            refused("AccessDeniedException", theirs.create_secret, Name="t", KmsKeyId=key) == DENIED
        )
        secrets.create_secret(Name="u")
        assert (
            refused("AccessDeniedException", theirs.update_secret, SecretId="u", KmsKeyId=key)
            == DENIED
        )
        assert "KmsKeyId" not in secrets.describe_secret(SecretId="u")
        secrets.delete_secret(SecretId="u", ForceDeleteWithoutRecovery=True)


def test_a_key_policy_may_bind_the_key_to_one_secret_through_this_service(world, secrets):
    reader = world.user("reader", allow("secretsmanager:GetSecretValue"))
    arn = secrets.create_secret(Name="s")["ARN"]
    use = {
        "Effect": "Allow",
        "Principal": {"AWS": reader.arn},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
                "kms:EncryptionContext:SecretARN": arn,
            }
        },
    }
    key = world.client("kms").create_key(Policy=key_policy(use))["KeyMetadata"]["Arn"]
    secrets.update_secret(SecretId="s", KmsKeyId=key, SecretString="a")
    secrets.create_secret(Name="other", KmsKeyId=key, SecretString="b")
    his = world.client("secretsmanager", as_=reader)
    assert his.get_secret_value(SecretId="s")["SecretString"] == "a"
    assert refused("AccessDeniedException", his.get_secret_value, SecretId="other") == DENIED


@pytest.mark.parametrize("end", ["disable", "delete"])
def test_a_key_that_cannot_work_closes_the_secret(world, secrets, key, end):
    kms = world.client("kms")
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)
    if end == "disable":
        kms.disable_key(KeyId=key)
    else:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    refused("DecryptionFailure", secrets.get_secret_value, SecretId="s")
    refused("EncryptionFailure", secrets.put_secret_value, SecretId="s", SecretString="b")
    refused("EncryptionFailure", secrets.create_secret, Name="t", KmsKeyId=key)
    if end == "disable":
        kms.enable_key(KeyId=key)
        assert secrets.get_secret_value(SecretId="s")["SecretString"] == "a"
        return
    world.clock.advance(8 * 86_400)
    world.run_jobs()
    # KMS does not tell a key that is gone from one that may not be used
    assert refused("AccessDeniedException", secrets.get_secret_value, SecretId="s") == DENIED


def test_a_key_that_is_not_there_is_refused(secrets):
    gone = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    refused("EncryptionFailure", secrets.create_secret, Name="s", KmsKeyId=gone)
    refused("EncryptionFailure", secrets.create_secret, Name="s", KmsKeyId="alias/nowhere")
    refused("ResourceNotFoundException", secrets.describe_secret, SecretId="s")


def test_the_sealed_data_key_opens_with_its_context_and_only_with_it(world, secrets, key):
    made = secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)
    generated = [e for e in world.events() if e["eventName"] == "GenerateDataKey"]
    assert generated
    with world.gate.store.transaction(write=False) as tx:
        from lodekey.services.secretsmanager.secrets import find, version_of

        secret = find(tx, "s", "111122223333", "us-east-1")
        blob = version_of(tx, secret, made["VersionId"]).keys[0].blob
    context = {"SecretARN": made["ARN"], "SecretVersionId": made["VersionId"]}
    kms = world.client("kms")
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert len(opened["Plaintext"]) == 32
    wrong = {**context, "SecretVersionId": "x" * 32}
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong)
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob)
    assert base64.b64encode(opened["Plaintext"]).decode() not in json.dumps(
        world.events(), default=str
    )


# -- changing the key


def test_a_new_key_seals_the_labeled_versions_as_well(world, secrets, key):
    kms = world.client("kms")
    new = kms.create_key()["KeyMetadata"]["Arn"]
    first = secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)["VersionId"]
    for value in "bc":
        secrets.put_secret_value(SecretId="s", SecretString=value)
    secrets.put_secret_value(SecretId="s", SecretString="d", VersionStages=["AWSPENDING"])
    secrets.update_secret(SecretId="s", KmsKeyId=new)
    keys = {
        each["VersionId"]: each["KmsKeyIds"]
        for each in secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)[
            "Versions"
        ]
    }
    assert keys.pop(first) == [key]
    assert list(keys.values()) == [[new, key]] * 3
    for stage, value in (("AWSCURRENT", "c"), ("AWSPREVIOUS", "b"), ("AWSPENDING", "d")):
        assert secrets.get_secret_value(SecretId="s", VersionStage=stage)["SecretString"] == value
    # either key opens them, as AWS says
    kms.disable_key(KeyId=key)
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "c"
    refused("DecryptionFailure", secrets.get_secret_value, SecretId="s", VersionId=first)
    kms.enable_key(KeyId=key)
    kms.disable_key(KeyId=new)
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "c"
    kms.disable_key(KeyId=key)
    refused("DecryptionFailure", secrets.get_secret_value, SecretId="s")


def test_a_version_made_after_the_change_opens_with_the_new_key_alone(world, secrets, key):
    kms = world.client("kms")
    new = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)
    secrets.update_secret(SecretId="s", KmsKeyId=new, SecretString="b")
    kms.disable_key(KeyId=new)
    refused("DecryptionFailure", secrets.get_secret_value, SecretId="s")
    assert secrets.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "a"


def test_an_empty_key_id_goes_back_to_the_default_key(secrets, key):
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)
    secrets.update_secret(SecretId="s", KmsKeyId="")
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="s")
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"][0]
    assert listed["KmsKeyIds"] == ["DefaultEncryptionKey", key]


def test_who_may_not_encrypt_changes_the_key_but_not_the_old_versions(world, secrets, key):
    new = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key)
    alice = world.user(
        "alice", [allow("secretsmanager:*"), allow("kms:GenerateDataKey", "kms:Decrypt")]
    )
    world.client("secretsmanager", as_=alice).update_secret(SecretId="s", KmsKeyId=new)
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"][0]
    assert listed["KmsKeyIds"] == [key]
    bob = world.user("bob", [allow("secretsmanager:*"), allow("kms:Decrypt", resource=new)])
    message = refused(
        "AccessDeniedException",
        world.client("secretsmanager", as_=bob).get_secret_value,
        SecretId="s",
    )
    assert message == (
        f"{DENIED}. This version of secret is not encrypted with the current KMS key."
    )


def test_a_retry_is_compared_under_the_callers_own_permissions(world, secrets, key):
    once = "t" * 32
    secrets.create_secret(Name="s", SecretString="a", KmsKeyId=key, ClientRequestToken=once)
    alice = world.user("alice", [allow("secretsmanager:*"), allow("kms:GenerateDataKey")])
    hers = world.client("secretsmanager", as_=alice)
    message = refused(
        "AccessDeniedException",
        hers.put_secret_value,
        SecretId="s",
        SecretString="a",
        ClientRequestToken=once,
    )
    assert message == DENIED


def test_a_swapped_record_does_not_open(world, secrets):
    from lodekey.crypto.aead import Tampered
    from lodekey.services.secretsmanager.secrets import find, put_version, version_of

    one = secrets.create_secret(Name="s", SecretString="a")["VersionId"]
    two = secrets.put_secret_value(SecretId="s", SecretString="b")["VersionId"]
    assert Tampered
    with world.gate.store.transaction(write=True) as tx:
        import msgspec

        secret = find(tx, "s", "111122223333", "us-east-1")
        old = version_of(tx, secret, one)
        put_version(tx, secret, msgspec.structs.replace(old, id=two))
    refused("DecryptionFailure", secrets.get_secret_value, SecretId="s")
