"""A bucket's settings: put, read back, taken away, refused."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from world import World, allow

DAY = 86_400


@pytest.fixture
def s3(world: World):
    """A client, and a bucket called ``settings``."""
    client = world.client("s3")
    client.create_bucket(Bucket="settings")
    return client


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def test_encryption_is_always_there(s3) -> None:
    def default() -> dict:
        said = s3.get_bucket_encryption(Bucket="settings")["ServerSideEncryptionConfiguration"]
        return said["Rules"][0]

    usual = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
    assert usual == default()
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket="settings", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert rule == default()
    put = s3.put_object(Bucket="settings", Key="k", Body=b"v")
    assert "aws:kms" == put["ServerSideEncryption"]
    assert put["BucketKeyEnabled"]
    s3.delete_bucket_encryption(Bucket="settings")
    assert usual == default()
    assert b"v" == s3.get_object(Bucket="settings", Key="k")["Body"].read()


def test_tags(s3) -> None:
    assert "NoSuchTagSet" == refused(s3.get_bucket_tagging, Bucket="settings")
    tags = [{"Key": "team", "Value": "blue"}]
    s3.put_bucket_tagging(Bucket="settings", Tagging={"TagSet": tags})
    assert tags == s3.get_bucket_tagging(Bucket="settings")["TagSet"]
    twice = {"TagSet": tags + tags}
    assert "InvalidTag" == refused(s3.put_bucket_tagging, Bucket="settings", Tagging=twice)
    s3.delete_bucket_tagging(Bucket="settings")
    assert "NoSuchTagSet" == refused(s3.get_bucket_tagging, Bucket="settings")


def test_ownership_and_acl(s3) -> None:
    said = s3.get_bucket_ownership_controls(Bucket="settings")["OwnershipControls"]
    assert [{"ObjectOwnership": "BucketOwnerEnforced"}] == said["Rules"]
    for wrong in ({"ACL": "authenticated-read"}, {"ACL": "public-read"}, {"GrantRead": "id=1"}):
        assert "AccessControlListNotSupported" == refused(
            s3.put_object, Bucket="settings", Key="k", Body=b"", **wrong
        )
    for right in ("bucket-owner-full-control", "private"):
        s3.put_object(Bucket="settings", Key="k", ACL=right, Body=b"")
        s3.delete_object(Bucket="settings", Key="k")
    rules = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket="settings", OwnershipControls=rules)
    assert rules == s3.get_bucket_ownership_controls(Bucket="settings")["OwnershipControls"]
    s3.delete_bucket_ownership_controls(Bucket="settings")
    assert "OwnershipControlsNotFoundError" == refused(
        s3.get_bucket_ownership_controls, Bucket="settings"
    )
    (grant,) = s3.get_bucket_acl(Bucket="settings")["Grants"]
    assert "FULL_CONTROL" == grant["Permission"]
    assert "NotImplemented" == refused(
        s3.put_object, Bucket="settings", Key="k", Body=b"", ACL="public-read"
    )


def test_public_access_block(s3) -> None:
    everything = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    said = s3.get_public_access_block(Bucket="settings")["PublicAccessBlockConfiguration"]
    assert everything == said
    public = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [allow("s3:GetObject", resource="arn:aws:s3:::settings/*", Principal="*")],
        }
    )
    assert "AccessDenied" == refused(s3.put_bucket_policy, Bucket="settings", Policy=public)
    s3.delete_public_access_block(Bucket="settings")
    assert "NoSuchPublicAccessBlockConfiguration" == refused(
        s3.get_public_access_block, Bucket="settings"
    )
    s3.put_bucket_policy(Bucket="settings", Policy=public)
    assert s3.get_bucket_policy_status(Bucket="settings")["PolicyStatus"]["IsPublic"]


def test_a_policy_of_the_bucket(s3) -> None:
    assert "NoSuchBucketPolicy" == refused(s3.get_bucket_policy, Bucket="settings")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::settings", "arn:aws:s3:::settings/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="settings", Policy=json.dumps(policy))
    assert policy == json.loads(s3.get_bucket_policy(Bucket="settings")["Policy"])
    assert not s3.get_bucket_policy_status(Bucket="settings")["PolicyStatus"]["IsPublic"]
    s3.delete_bucket_policy(Bucket="settings")
    s3.delete_bucket_policy(Bucket="settings")
    assert "NoSuchBucketPolicy" == refused(s3.get_bucket_policy_status, Bucket="settings")


@pytest.mark.parametrize(
    "changes",
    [
        {"Resource": "arn:aws:s3:::another/*"},
        {"Resource": "*"},
        {"Action": "kms:Decrypt"},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:user/nobody"}},
        {"Effect": "Maybe"},
        {"Principal": None},
    ],
)
def test_policies_that_cannot_be(s3, changes) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::settings/*",
    }
    good = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="settings", Policy=good)
    said = {name: value for name, value in {**statement, **changes}.items() if value is not None}
    bad = json.dumps({"Version": "2012-10-17", "Statement": [said]})
    assert "MalformedPolicy" == refused(s3.put_bucket_policy, Bucket="settings", Policy=bad)


def test_a_policy_does_not_lock_its_writer_out_unasked(world: World, s3) -> None:
    alice = world.user("alice", allow("s3:*"))
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": alice.arn},
                "Action": "s3:PutBucketPolicy",
                "Resource": "arn:aws:s3:::settings",
            }
        ],
    }
    request = {"Bucket": "settings", "Policy": json.dumps(policy)}
    client = world.client("s3", as_=alice)
    assert "MalformedPolicy" == refused(client.put_bucket_policy, **request)
    client.put_bucket_policy(**request, ConfirmRemoveSelfBucketAccess=True)
    assert "AccessDenied" == refused(client.put_bucket_policy, **request)


def test_the_root_can_always_undo_a_policy(s3) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::settings", "arn:aws:s3:::settings/*"],
            }
        ],
    }
    s3.put_bucket_policy(Bucket="settings", Policy=json.dumps(policy))
    assert "AccessDenied" == refused(s3.get_bucket_location, Bucket="settings")
    s3.delete_bucket_policy(Bucket="settings")
    s3.get_bucket_location(Bucket="settings")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({}, "InvalidRequest"),
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, "NotImplemented"),
        ({"Expiration": {"Days": 1}, "Prefix": ""}, "MalformedXML"),
    ],
)
def test_lifecycle_rules_that_cannot_be(s3, rule, code) -> None:
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, **rule}
    assert code == refused(
        s3.put_bucket_lifecycle_configuration,
        Bucket="settings",
        LifecycleConfiguration={"Rules": [rule]},
    )


def test_lifecycle_rules_act(world: World, s3) -> None:
    rule = {
        "ID": "logs",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 3},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    s3.put_bucket_lifecycle_configuration(
        Bucket="settings", LifecycleConfiguration={"Rules": [rule]}
    )
    assert [rule] == s3.get_bucket_lifecycle_configuration(Bucket="settings")["Rules"]
    s3.put_object(Bucket="settings", Key="logs/old", Body=b"v")
    s3.put_object(Bucket="settings", Key="kept", Body=b"v")
    s3.create_multipart_upload(Bucket="settings", Key="logs/part")
    world.clock.advance(2.5 * DAY)
    world.run_jobs()
    assert 2 == s3.list_objects_v2(Bucket="settings")["KeyCount"]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="settings")
    world.clock.advance(2 * DAY)
    world.run_jobs()
    (left,) = s3.list_objects_v2(Bucket="settings")["Contents"]
    assert "kept" == left["Key"]
    s3.delete_bucket_lifecycle(Bucket="settings")
    assert "NoSuchLifecycleConfiguration" == refused(
        s3.get_bucket_lifecycle_configuration, Bucket="settings"
    )
