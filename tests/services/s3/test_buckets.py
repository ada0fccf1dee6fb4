"""Buckets: names, Regions, owners; listings of what is in them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from lodekey.identity.principals_of import root_principal
from lodekey.services.s3.housekeeping import named_files
from world import ACCOUNT, World


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    code: str = caught.value.response["Error"]["Code"]
    return code


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 64, "Upper", "under_score", "-begin", "end-", "two..dots", "1.2.3.4", "xn--x"]
    + ["x-s3alias", "sthree-x"],
)
def test_names_that_cannot_be(shared_world: World, name: str) -> None:
    client = shared_world.client("s3")
    assert "InvalidBucketName" == refused(client.create_bucket, Bucket=name)


def test_regions(world: World) -> None:
    first, west = world.client("s3"), world.client("s3", region="eu-west-1")
    there = {"LocationConstraint": "eu-west-1"}
    assert "IllegalLocationConstraintException" == refused(west.create_bucket, Bucket="west-1")
    assert "IllegalLocationConstraintException" == refused(
        west.create_bucket,
        Bucket="west-1",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
    )
    west.create_bucket(Bucket="west-1", CreateBucketConfiguration=there)
    first.create_bucket(Bucket="west-2", CreateBucketConfiguration=there)
    first.create_bucket(Bucket="first")
    assert "eu-west-1" == west.get_bucket_location(Bucket="west-1")["LocationConstraint"]
    assert "eu-west-1" == west.head_bucket(Bucket="west-2")["BucketRegion"]
    assert first.get_bucket_location(Bucket="first")["LocationConstraint"] is None
    assert "BucketAlreadyOwnedByYou" == refused(
        west.create_bucket, Bucket="west-1", CreateBucketConfiguration=there
    )
    first.create_bucket(Bucket="first")  # as AWS has it, in the first Region alone


def test_a_bucket_of_somebody_else(world: World) -> None:
    world.client("s3").create_bucket(Bucket="taken")
    other = world.client("s3", as_=world.account())
    assert "BucketAlreadyExists" == refused(other.create_bucket, Bucket="taken")
    assert [] == other.list_buckets()["Buckets"]


def test_a_full_bucket_stays(world: World) -> None:
    client = world.client("s3")
    client.create_bucket(Bucket="full")
    client.put_object(Bucket="full", Key="k", Body=b"old")
    assert "BucketNotEmpty" == refused(client.delete_bucket, Bucket="full")
    client.delete_object(Bucket="full", Key="k")
    upload = client.create_multipart_upload(Bucket="full", Key="k")["UploadId"]
    client.upload_part(Bucket="full", Key="k", UploadId=upload, PartNumber=1, Body=b"part")
    client.delete_bucket(Bucket="full")
    assert [] == list((world.data / "objects").glob("??/*"))
    client.create_bucket(Bucket="full")
    assert 0 == client.list_objects_v2(Bucket="full")["KeyCount"]


def test_buckets_are_listed_in_pages(world: World) -> None:
    client = world.client("s3")
    for n in range(5):
        client.create_bucket(Bucket=f"bucket-{n}")
    pages = client.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2})
    assert [2, 2, 1] == [len(page["Buckets"]) for page in pages]
    some = client.list_buckets(Prefix="bucket-3")["Buckets"]
    assert ["bucket-3"] == [bucket["Name"] for bucket in some]


@pytest.fixture(scope="module")
def listed(shared_world: World):
    """A client, and a bucket of a few keys."""
    client = shared_world.client("s3")
    client.create_bucket(Bucket="listed")
    for key in ("a", "b/1", "b/2", "b/c/3", "c d", "d/4", "é"):
        client.put_object(Bucket="listed", Key=key, Body=b"")
    return client


def names(answer) -> tuple[list[str], list[str]]:
    return (
        [entry["Key"] for entry in answer.get("Contents", [])],
        [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])],
    )


@pytest.mark.parametrize(
    ("request_", "keys", "prefixes"),
    [
        ({}, ["a", "b/1", "b/2", "b/c/3", "c d", "d/4", "é"], []),
        ({"Delimiter": "/"}, ["a", "c d", "é"], ["b/", "d/"]),
        ({"Prefix": "b/"}, ["b/1", "b/2", "b/c/3"], []),
        ({"Prefix": "b/", "Delimiter": "/"}, ["b/1", "b/2"], ["b/c/"]),
        ({"Prefix": "b/c"}, ["b/c/3"], []),
        ({"Prefix": "zz"}, [], []),
        ({"Prefix": "b", "Delimiter": "/"}, [], ["b/"]),
        ({"Delimiter": " "}, ["a", "b/1", "b/2", "b/c/3", "d/4", "é"], ["c "]),
    ],
)
def test_listings(listed, request_, keys, prefixes) -> None:
    for page in (1, 2, 1000):
        for call in ("list_objects", "list_objects_v2"):
            pages = listed.get_paginator(call).paginate(
                Bucket="listed", PaginationConfig={"PageSize": page}, **request_
            )
            got = [names(answer) for answer in pages]
            assert keys == [key for some, _ in got for key in some]
            assert prefixes == [prefix for _, some in got for prefix in some]


def test_listings_begin_where_they_are_told(listed) -> None:
    after = listed.list_objects_v2(Bucket="listed", StartAfter="b/2")
    assert ["b/c/3", "c d", "d/4", "é"] == names(after)[0]
    before = listed.list_objects_v2(Bucket="listed", StartAfter="a", Prefix="b/")
    assert ["b/1", "b/2", "b/c/3"] == names(before)[0]
    marker = listed.list_objects(Bucket="listed", Marker="d/4")
    assert ["é"] == names(marker)[0]
    nothing = listed.list_objects_v2(Bucket="listed", MaxKeys=0)
    assert (0, False) == (nothing["KeyCount"], nothing["IsTruncated"])
    owned = listed.list_objects_v2(Bucket="listed", FetchOwner=True)["Contents"][0]
    assert owned["Owner"]["ID"]


def test_tokens_are_only_those_that_were_given(listed) -> None:
    assert "InvalidArgument" == refused(
        listed.list_objects_v2, Bucket="listed", ContinuationToken="made up"
    )
    assert "InvalidArgument" == refused(listed.list_objects_v2, Bucket="listed", MaxKeys=-1)


def test_a_reset_leaves_nothing(tmp_path) -> None:
    world = World(tmp_path / "data", dev=True)
    try:
        client = world.client("s3")
        client.create_bucket(Bucket="forgotten")
        client.put_bucket_versioning(
            Bucket="forgotten", VersioningConfiguration={"Status": "Enabled"}
        )
        for body in (b"1", b"2"):
            client.put_object(Bucket="forgotten", Key="k", Body=body)
        upload = client.create_multipart_upload(Bucket="forgotten", Key="k")["UploadId"]
        part = {"Bucket": "forgotten", "Key": "k", "UploadId": upload, "PartNumber": 1}
        client.upload_part(**part, Body=b"part")
        reset = world.gate.operation("lodekey", "Reset")
        with world.gate.store.transaction(write=False) as tx:
            root = root_principal(tx, ACCOUNT, world.root.access_key_id)
        world.run(world.gate.background.run_as(root, reset, {}, region="us-east-1"))
        assert [] == client.list_buckets()["Buckets"]
        with world.gate.store.transaction(write=False) as tx:
            assert [] == list(named_files(tx))
    finally:
        world.close()
