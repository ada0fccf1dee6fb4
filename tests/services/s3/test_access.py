"""Who may do what: identity policies, bucket policies, the anonymous, other accounts, KMS."""

from __future__ import annotations

import json

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

from world import World, allow


@pytest.fixture
def s3(world: World):
    """The owner's client, and a bucket called ``guarded`` with an object."""
    client = world.client("s3")
    client.create_bucket(Bucket="guarded")
    client.put_object(Bucket="guarded", Key="open/a", Body=b"a", Tagging="team=blue")
    client.put_object(Bucket="guarded", Key="shut/b", Body=b"b")
    return client


def outcome(call, **request) -> str:
    try:
        call(**request)
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return "ok"


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


OBJECTS = "arn:aws:s3:::guarded/*"
BUCKET = "arn:aws:s3:::guarded"


def test_actions_are_amazons_not_the_operations(world: World, s3) -> None:
    reader = world.user("reader", allow("s3:GetObject", resource="arn:aws:s3:::guarded/open/*"))
    client = world.client("s3", as_=reader)
    assert "ok" == outcome(client.get_object, Bucket="guarded", Key="open/a")
    assert "ok" == outcome(client.head_object, Bucket="guarded", Key="open/a")
    assert "AccessDenied" == outcome(client.get_object, Bucket="guarded", Key="shut/b")
    assert "403" == outcome(client.head_object, Bucket="guarded", Key="shut/b")
    assert "AccessDenied" == outcome(client.list_objects_v2, Bucket="guarded")
    assert "403" == outcome(client.head_bucket, Bucket="guarded")
    assert "AccessDenied" == outcome(client.list_buckets)


def test_who_may_not_list_may_not_learn_what_is_not_there(world: World, s3) -> None:
    reader = world.user("reader", allow("s3:GetObject"))
    lister = world.user("lister", allow("s3:GetObject", "s3:ListBucket"))
    missing = {"Bucket": "guarded", "Key": "missing"}
    assert "AccessDenied" == outcome(world.client("s3", as_=reader).get_object, **missing)
    assert "NoSuchKey" == outcome(world.client("s3", as_=lister).get_object, **missing)


def test_listing_is_bound_to_a_prefix(world: World, s3) -> None:
    lister = world.user(
        "lister",
        allow(
            "s3:ListBucket",
            resource=BUCKET,
            Condition={
                "StringLike": {"s3:prefix": "open/*"},
                "NumericLessThanEquals": {"s3:max-keys": "10"},
            },
        ),
    )
    client = world.client("s3", as_=lister)
    good = {"Bucket": "guarded", "Prefix": "open/", "MaxKeys": 10}
    assert "ok" == outcome(client.list_objects_v2, **good)
    assert "AccessDenied" == outcome(client.list_objects_v2, **{**good, "Prefix": "shut/"})
    assert "AccessDenied" == outcome(client.list_objects_v2, **{**good, "MaxKeys": 11})
    assert "AccessDenied" == outcome(client.list_objects_v2, Bucket="guarded")


def test_tags_of_the_object_and_of_the_request(world: World, s3) -> None:
    user = world.user(
        "tagger",
        [
            allow(
                "s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/team": "blue"}}
            ),
            allow(
                "s3:PutObject",
                "s3:PutObjectTagging",
                Condition={"StringEquals": {"s3:RequestObjectTag/team": "blue"}},
            ),
        ],
    )
    client = world.client("s3", as_=user)
    assert "ok" == outcome(client.get_object, Bucket="guarded", Key="open/a")
    assert "AccessDenied" == outcome(client.get_object, Bucket="guarded", Key="shut/b")
    new = {"Bucket": "guarded", "Key": "new", "Body": b""}
    assert "ok" == outcome(client.put_object, **new, Tagging="team=blue")
    assert "AccessDenied" == outcome(client.put_object, **new, Tagging="team=red")
    assert "AccessDenied" == outcome(client.put_object, **new)


def test_the_tags_of_what_is_there_let_nobody_write_or_delete(world: World, s3) -> None:
    # AWS has s3:ExistingObjectTag for reading and tagging alone
    blue = {"StringEquals": {"s3:ExistingObjectTag/team": "blue"}}
    actions = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging")
    client = world.client("s3", as_=world.user("blue", allow(*actions, Condition=blue)))
    there = {"Bucket": "guarded", "Key": "open/a"}
    assert "ok" == outcome(client.get_object, **there)
    assert "ok" == outcome(client.get_object_tagging, **there)
    assert "AccessDenied" == outcome(client.put_object, **there, Body=b"x")
    assert "AccessDenied" == outcome(client.delete_object, **there)
    batch = {"Bucket": "guarded", "Delete": {"Objects": [{"Key": "open/a"}]}}
    assert [each["Code"] for each in client.delete_objects(**batch)["Errors"]] == ["AccessDenied"]
    assert "ok" == outcome(client.get_object, **there)
    # a control: without the condition they do
    client = world.client("s3", as_=world.user("free", allow(*actions)))
    assert "ok" == outcome(client.put_object, **there, Body=b"x")
    assert [each["Key"] for each in client.delete_objects(**batch)["Deleted"]] == ["open/a"]


def test_writing_over_can_be_forbidden_to_those_who_make_objects(world: World, s3) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    making = {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }
    deny = {**allow("s3:PutObject", resource=OBJECTS, Condition=making), "Effect": "Deny"}
    s3.put_bucket_policy(Bucket="guarded", Policy=policy({**deny, "Principal": "*"}))
    new = {"Bucket": "guarded", "Key": "new"}
    assert "AccessDenied" == outcome(s3.put_object, **new, Body=b"x")
    copy = {**new, "CopySource": "guarded/open/a"}
    assert "AccessDenied" == outcome(s3.copy_object, **copy)
    upload = s3.create_multipart_upload(**new)["UploadId"]
    tag = s3.upload_part(**new, UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.upload_part_copy(**copy, UploadId=upload, PartNumber=2)
    parts = {"Parts": [{"ETag": tag, "PartNumber": 1}]}
    whole = {**new, "UploadId": upload, "MultipartUpload": parts}
    assert "AccessDenied" == outcome(s3.complete_multipart_upload, **whole)
    assert "ok" == outcome(s3.complete_multipart_upload, **whole, IfNoneMatch="*")
    other = {"Bucket": "guarded", "Key": "other", "Body": b"x"}
    assert "ok" == outcome(s3.put_object, **other, IfNoneMatch="*")


def test_members_of_other_requests_are_no_condition_keys(world: World, s3) -> None:
    prefix = {"StringEquals": {"s3:prefix": "open/"}}
    user = world.user(
        "lister", allow("s3:ListBucketMultipartUploads", "s3:ListBucket", Condition=prefix)
    )
    client = world.client("s3", as_=user)
    asked = {"Bucket": "guarded", "Prefix": "open/"}
    assert "AccessDenied" == outcome(client.list_multipart_uploads, **asked)
    assert "ok" == outcome(client.list_objects_v2, **asked)


def test_signatures_can_be_bound_in_kind_and_age(world: World, s3) -> None:
    old = {"NumericGreaterThan": {"s3:signatureAge": "600000"}}
    by_header = {"StringEquals": {"s3:authType": "REST-HEADER"}}
    fresh = world.user("fresh", [allow("s3:*"), {**allow("s3:*", Condition=old), "Effect": "Deny"}])
    assert "ok" == outcome(world.client("s3", as_=fresh).list_objects, Bucket="guarded")
    user = world.user("by-header", allow("s3:*", Condition=by_header))
    assert "ok" == outcome(world.client("s3", as_=user).list_objects, Bucket="guarded")
    stale = world.user("stale", allow("s3:*", Condition=old))
    assert "AccessDenied" == outcome(world.client("s3", as_=stale).list_objects, Bucket="guarded")


def test_tags_of_a_new_bucket_count(world: World, s3) -> None:
    bound = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    user = world.user("maker", allow("s3:CreateBucket", "s3:PutBucketTagging", Condition=bound))
    client = world.client("s3", as_=user)
    blue = {"Tags": [{"Key": "team", "Value": "blue"}]}
    assert "AccessDenied" == outcome(client.create_bucket, Bucket="plain")
    client.create_bucket(Bucket="tagged", CreateBucketConfiguration=blue)
    assert blue["Tags"] == s3.get_bucket_tagging(Bucket="tagged")["TagSet"]


def test_tagging_takes_its_own_permission(world: World, s3) -> None:
    writer = world.client("s3", as_=world.user("writer", allow("s3:PutObject")))
    new = {"Bucket": "guarded", "Key": "new", "Body": b""}
    assert "ok" == outcome(writer.put_object, **new)
    assert "AccessDenied" == outcome(writer.put_object, **new, Tagging="a=b")


def test_encryption_can_be_demanded(world: World, s3) -> None:
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_policy(
        Bucket="guarded",
        Policy=policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": OBJECTS,
                "Condition": {
                    "StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}
                },
            }
        ),
    )
    new = {"Bucket": "guarded", "Key": "new", "Body": b""}
    assert "AccessDenied" == outcome(s3.put_object, **new)
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert "ok" == outcome(s3.put_object, **new, **sealed)


def test_another_account_needs_both_sides(world: World, s3) -> None:
    other = world.account()
    friend = world.user("friend", allow("s3:*"), as_=other)
    stranger = world.user("stranger", as_=other)
    reading = {"Bucket": "guarded", "Key": "open/a"}
    assert "AccessDenied" == outcome(world.client("s3", as_=friend).get_object, **reading)
    s3.put_bucket_policy(
        Bucket="guarded",
        Policy=policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": other.account},
                "Action": "s3:GetObject",
                "Resource": OBJECTS,
            }
        ),
    )
    assert "ok" == outcome(world.client("s3", as_=friend).get_object, **reading)
    assert "AccessDenied" == outcome(world.client("s3", as_=stranger).get_object, **reading)
    assert "BucketAlreadyExists" == outcome(
        world.client("s3", as_=friend).create_bucket, Bucket="guarded"
    )
    assert "AccessDenied" == outcome(
        world.client("s3", as_=friend).get_object, **reading, ExpectedBucketOwner=other.account
    )


def anonymous(world: World):
    """A client that signs nothing."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:4566",
        config=botocore.config.Config(signature_version=botocore.UNSIGNED),
    )
    client.meta.events.register("before-send", world._send)
    return client


def test_the_anonymous_come_in_by_a_public_policy_alone(world: World, s3) -> None:
    nobody = anonymous(world)
    reading = {"Bucket": "guarded", "Key": "open/a"}
    public = policy(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::guarded/open/*",
        }
    )
    assert "AccessDenied" == outcome(nobody.get_object, **reading)
    s3.delete_public_access_block(Bucket="guarded")
    s3.put_bucket_policy(Bucket="guarded", Policy=public)
    assert "ok" == outcome(nobody.get_object, **reading)
    assert "AccessDenied" == outcome(nobody.get_object, Bucket="guarded", Key="shut/b")
    assert "AccessDenied" == outcome(nobody.list_objects_v2, Bucket="guarded")
    assert "AccessDenied" == outcome(nobody.put_object, **reading, Body=b"")
    s3.put_public_access_block(
        Bucket="guarded", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    assert "AccessDenied" == outcome(nobody.get_object, **reading)


def test_deleting_many_is_allowed_key_by_key(world: World, s3) -> None:
    user = world.user("sweeper", allow("s3:DeleteObject", resource="arn:aws:s3:::guarded/open/*"))
    answer = world.client("s3", as_=user).delete_objects(
        Bucket="guarded", Delete={"Objects": [{"Key": "open/a"}, {"Key": "shut/b"}]}
    )
    assert ["open/a"] == [one["Key"] for one in answer["Deleted"]]
    (error,) = answer["Errors"]
    assert ("shut/b", "AccessDenied") == (error["Key"], error["Code"])
    left = s3.list_objects_v2(Bucket="guarded")["Contents"]
    assert ["shut/b"] == [one["Key"] for one in left]


def test_kms_is_asked_as_the_caller(world: World, s3) -> None:
    kms = world.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    place = {"Bucket": "guarded", "Key": "open/kms"}
    put = s3.put_object(**place, Body=b"secret", **sealed)
    assert key == put["SSEKMSKeyId"]
    bare = world.client("s3", as_=world.user("bare", allow("s3:*")))
    assert "AccessDenied" == outcome(bare.get_object, **place)
    assert "AccessDenied" == outcome(bare.put_object, **place, Body=b"", **sealed)
    through = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    both = world.user("both", [allow("s3:*"), allow("kms:*", resource=key, Condition=through)])
    client = world.client("s3", as_=both)
    assert b"secret" == client.get_object(**place)["Body"].read()
    assert "AccessDeniedException" == outcome(world.client("kms", as_=both).describe_key, KeyId=key)
    kms.disable_key(KeyId=key)
    assert "KMS.DisabledException" == outcome(client.get_object, **place)
    asked = [e for e in world.events() if e["eventName"] == "Decrypt" and "errorCode" not in e]
    arn = {"aws:s3:arn": "arn:aws:s3:::guarded/open/kms"}
    assert arn == asked[-1]["requestParameters"]["encryptionContext"]


def test_copying_takes_reading(world: World, s3) -> None:
    user = world.user("writer", allow("s3:PutObject"))
    request = {"Bucket": "guarded", "Key": "copy", "CopySource": "guarded/shut/b"}
    assert "AccessDenied" == outcome(world.client("s3", as_=user).copy_object, **request)
    both = world.user("both", allow("s3:PutObject", "s3:GetObject"))
    assert "ok" == outcome(world.client("s3", as_=both).copy_object, **request)


@pytest.mark.parametrize(("loopback", "expected"), [(True, "ok"), (False, "AccessDenied")])
def test_plain_http_is_denied_where_a_policy_says_so(tmp_path, loopback, expected) -> None:
    world = World(tmp_path / "data", secure_loopback=loopback)
    try:
        client = world.client("s3")
        client.create_bucket(Bucket="deployment")
        client.put_bucket_policy(
            Bucket="deployment",
            Policy=policy(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::deployment/*", "arn:aws:s3:::deployment"],
                    "Condition": {"Bool": {"aws:SecureTransport": False}},
                }
            ),
        )
        assert expected == outcome(client.put_object, Bucket="deployment", Key="k", Body=b"")
    finally:
        world.close()
