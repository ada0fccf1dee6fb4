"""Versioning: what is kept, what is hidden, what comes back."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from world import World, allow

PLACE = {"Bucket": "kept", "Key": "k"}


@pytest.fixture
def s3(world: World):
    """A client, and a bucket called ``kept`` that keeps versions."""
    client = world.client("s3")
    client.create_bucket(Bucket="kept")
    client.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    return client


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    code: str = caught.value.response["Error"]["Code"]
    return code


def body(s3, **more) -> bytes:
    read: bytes = s3.get_object(**PLACE, **more)["Body"].read()
    return read


def test_versions_follow_each_other(world: World, s3) -> None:
    ids = [s3.put_object(**PLACE, Body=text)["VersionId"] for text in (b"1", b"2", b"3")]
    assert 3 == len(set(ids))
    assert b"3" == body(s3)
    assert [b"1", b"2", b"3"] == [body(s3, VersionId=given) for given in ids]
    listed = s3.list_object_versions(Bucket="kept")["Versions"]
    assert ids[::-1] == [version["VersionId"] for version in listed]
    assert [True, False, False] == [version["IsLatest"] for version in listed]
    s3.delete_object(**PLACE, VersionId=ids[2])
    assert b"2" == body(s3)
    s3.delete_object(**PLACE, VersionId=ids[0])
    assert "NoSuchVersion" == refused(s3.get_object, **PLACE, VersionId=ids[0])
    assert b"2" == body(s3)
    assert 1 == len(list((world.data / "objects").glob("??/*")))


def test_a_delete_marker_hides_and_can_be_taken_away(s3) -> None:
    first = s3.put_object(**PLACE, Body=b"1")["VersionId"]
    deleted = s3.delete_object(**PLACE)
    assert deleted["DeleteMarker"]
    marker = deleted["VersionId"]
    assert "NoSuchKey" == refused(s3.get_object, **PLACE)
    assert "MethodNotAllowed" == refused(s3.get_object, **PLACE, VersionId=marker)
    assert 0 == s3.list_objects_v2(Bucket="kept")["KeyCount"]
    listed = s3.list_object_versions(Bucket="kept")
    assert [marker] == [one["VersionId"] for one in listed["DeleteMarkers"]]
    assert [first] == [one["VersionId"] for one in listed["Versions"]]
    assert "BucketNotEmpty" == refused(s3.delete_bucket, Bucket="kept")
    again = s3.delete_object(**PLACE, VersionId=marker)
    assert again["DeleteMarker"]
    assert b"1" == body(s3)
    copied = s3.copy_object(Bucket="kept", Key="copy", CopySource={**PLACE, "VersionId": first})
    assert first == copied["CopySourceVersionId"]


def test_suspended_versioning_has_one_null_version(s3) -> None:
    first = s3.put_object(**PLACE, Body=b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Suspended"})
    assert "Suspended" == s3.get_bucket_versioning(Bucket="kept")["Status"]
    assert "null" == s3.put_object(**PLACE, Body=b"2")["VersionId"]
    assert "null" == s3.put_object(**PLACE, Body=b"3")["VersionId"]
    versions = s3.list_object_versions(Bucket="kept")["Versions"]
    assert ["null", first] == [version["VersionId"] for version in versions]
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(**PLACE, Body=b"4")
    assert [b"3", b"1"] == [body(s3, VersionId=given) for given in ("null", first)]
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Suspended"})
    deleted = s3.delete_object(**PLACE)
    assert ("null", True) == (deleted["VersionId"], deleted["DeleteMarker"])
    assert 2 == len(s3.list_object_versions(Bucket="kept")["Versions"])


def test_what_was_there_before_versioning_is_the_null_version(world: World) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(**PLACE, Body=b"before")
    assert {} == {
        name: value
        for name, value in s3.get_bucket_versioning(Bucket="kept").items()
        if name != "ResponseMetadata"
    }
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(**PLACE, Body=b"after")
    assert (b"before", b"after") == (body(s3, VersionId="null"), body(s3))


def test_versions_are_listed_in_pages(s3) -> None:
    ids = [s3.put_object(**PLACE, Body=b"")["VersionId"] for _ in range(3)]
    other = s3.put_object(Bucket="kept", Key="l", Body=b"")["VersionId"]
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket="kept", PaginationConfig={"PageSize": 1}
    )
    listed = [version["VersionId"] for page in pages for version in page["Versions"]]
    assert [*ids[::-1], other] == listed


def test_reading_a_version_takes_its_own_permission(world: World, s3) -> None:
    first = s3.put_object(**PLACE, Body=b"1")["VersionId"]
    reader = world.client("s3", as_=world.user("reader", allow("s3:GetObject")))
    assert b"1" == reader.get_object(**PLACE)["Body"].read()
    assert "AccessDenied" == refused(reader.get_object, **PLACE, VersionId=first)
    deleter = world.client("s3", as_=world.user("deleter", allow("s3:DeleteObject")))
    assert "AccessDenied" == refused(deleter.delete_object, **PLACE, VersionId=first)
    deleter.delete_object(**PLACE)


def test_lifecycle_ends_old_versions(world: World, s3) -> None:
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="kept", LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(**PLACE, Body=b"1")
    s3.delete_object(**PLACE)
    s3.put_object(Bucket="kept", Key="l", Body=b"current")
    world.clock.advance(3 * 86_400)
    world.run_jobs()
    listed = s3.list_object_versions(Bucket="kept")
    assert ["l"] == [version["Key"] for version in listed["Versions"]]
    assert "DeleteMarkers" not in listed
