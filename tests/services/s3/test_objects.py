"""Objects: written, read in whole and in part, under conditions, copied, deleted."""

from __future__ import annotations

import base64
import hashlib
import os
import time

import pytest
from botocore.exceptions import ClientError

from world import World


@pytest.fixture(scope="module")
def s3(shared_world: World):
    """A client, and a bucket called ``things``."""
    client = shared_world.client("s3")
    client.create_bucket(Bucket="things")
    return client


def refusal(call, **request) -> dict:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response


def refused(call, **request) -> str:
    code: str = refusal(call, **request)["Error"]["Code"]
    return code


def test_what_is_said_of_an_object_comes_back(s3) -> None:
    said = {
        "Metadata": {"filesha256": "abc=", "other": "two words"},
        "ContentType": "application/zip",
        "CacheControl": "no-store",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "eo",
        "Expires": 1_900_000_000,
        "WebsiteRedirectLocation": "/elsewhere",
        "StorageClass": "STANDARD_IA",
    }
    s3.put_object(Bucket="things", Key="said", Body=b"body", **said)
    for answer in (
        s3.head_object(Bucket="things", Key="said"),
        s3.get_object(Bucket="things", Key="said"),
    ):
        got = {name: answer[name] for name in said if name != "Expires"}
        assert {name: value for name, value in said.items() if name != "Expires"} == got
        assert 1_900_000_000 == answer["Expires"].timestamp()
        assert 4 == answer["ContentLength"]
        assert f'"{hashlib.md5(b"body").hexdigest()}"' == answer["ETag"]
    s3.put_object(Bucket="things", Key="unsaid", Body=b"")
    bare = s3.head_object(Bucket="things", Key="unsaid")
    assert "binary/octet-stream" == bare["ContentType"]
    assert "StorageClass" not in bare
    changed = s3.get_object(
        Bucket="things", Key="said", ResponseContentType="text/plain", ResponseCacheControl="x"
    )
    assert ("text/plain", "x") == (changed["ContentType"], changed["CacheControl"])


@pytest.mark.parametrize("key", ["a", "a/b", "/", "//x", "ä b+c%20", "\x01\x02", ".", "a" * 1024])
def test_keys_of_every_kind(s3, key: str) -> None:
    s3.put_object(Bucket="things", Key=key, Body=key.encode())
    assert key.encode() == s3.get_object(Bucket="things", Key=key)["Body"].read()
    listed = s3.list_objects_v2(Bucket="things", Prefix=key)["Contents"]
    assert key in [entry["Key"] for entry in listed]
    s3.delete_object(Bucket="things", Key=key)
    assert "NoSuchKey" == refused(s3.get_object, Bucket="things", Key=key)


def test_keys_that_cannot_be(s3) -> None:
    assert "KeyTooLongError" == refused(s3.put_object, Bucket="things", Key="a" * 1025)
    assert "InvalidArgument" == refused(s3.put_object, Bucket="things", Key="\U0010ffff")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1-", 1, 3_000_000),
        ("bytes=-5", 2_999_996, 3_000_000),
        ("bytes=1048575-1048576", 1_048_575, 1_048_576),
        ("bytes=5-99999999", 5, 3_000_000),
        ("bytes=-99999999", 0, 3_000_000),
    ],
)
def test_ranges(s3, text: str, first: int, last: int) -> None:
    body = os.urandom(3_000_001)
    s3.put_object(Bucket="things", Key="long", Body=body)
    answer = s3.get_object(Bucket="things", Key="long", Range=text)
    assert 206 == answer["ResponseMetadata"]["HTTPStatusCode"]
    assert f"bytes {first}-{last}/3000001" == answer["ContentRange"]
    assert body[first : last + 1] == answer["Body"].read()
    head = s3.head_object(Bucket="things", Key="long", Range=text)
    assert last + 1 - first == head["ContentLength"]


def test_ranges_that_are_none(s3) -> None:
    s3.put_object(Bucket="things", Key="short", Body=b"short")
    for text in ("bytes=3-1", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=-"):
        answer = s3.get_object(Bucket="things", Key="short", Range=text)
        assert b"short" == answer["Body"].read()
    outside = refusal(s3.get_object, Bucket="things", Key="short", Range="bytes=5-9")
    assert 416 == outside["ResponseMetadata"]["HTTPStatusCode"]
    assert ("InvalidRange", "5") == (outside["Error"]["Code"], outside["Error"]["ActualObjectSize"])


def test_conditions_of_readers(s3) -> None:
    etag = s3.put_object(Bucket="things", Key="cond", Body=b"v")["ETag"]
    now = time.time()

    def status(**conditions) -> int:
        try:
            answer = s3.get_object(Bucket="things", Key="cond", **conditions)
        except ClientError as error:
            answer = error.response
        code: int = answer["ResponseMetadata"]["HTTPStatusCode"]
        return code

    assert 200 == status(IfMatch=etag)
    assert 412 == status(IfMatch='"other"')
    assert 304 == status(IfNoneMatch=etag)
    assert 200 == status(IfNoneMatch='"other"')
    assert 304 == status(IfModifiedSince=now + 60)
    assert 200 == status(IfModifiedSince=now - 3600)
    assert 412 == status(IfUnmodifiedSince=now - 3600)
    assert 200 == status(IfUnmodifiedSince=now - 3600, IfMatch=etag)
    assert 200 == status(IfModifiedSince=now + 60, IfNoneMatch='"other"')


def test_conditions_of_writers(s3) -> None:
    first = s3.put_object(Bucket="things", Key="once", Body=b"1", IfNoneMatch="*")
    place = {"Bucket": "things", "Key": "once"}
    assert "PreconditionFailed" == refused(s3.put_object, **place, Body=b"2", IfNoneMatch="*")
    assert "PreconditionFailed" == refused(s3.put_object, **place, Body=b"2", IfMatch='"x"')
    s3.put_object(**place, Body=b"2", IfMatch=first["ETag"])
    assert "PreconditionFailed" == refused(s3.delete_object, **place, IfMatch=first["ETag"])
    assert b"2" == s3.get_object(**place)["Body"].read()
    assert "NoSuchKey" == refused(s3.put_object, Bucket="things", Key="no", Body=b"", IfMatch="x")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_verified_and_returned(s3, algorithm: str) -> None:
    body = os.urandom(5000)
    place = {"Bucket": "things", "Key": algorithm}
    put = s3.put_object(**place, Body=body, ChecksumAlgorithm=algorithm)
    assert put[f"Checksum{algorithm}"]
    head = s3.head_object(**place, ChecksumMode="ENABLED")
    assert put[f"Checksum{algorithm}"] == head[f"Checksum{algorithm}"]
    assert "FULL_OBJECT" == head["ChecksumType"]
    assert body == s3.get_object(**place)["Body"].read()
    attributes = s3.get_object_attributes(**place, ObjectAttributes=["Checksum", "ObjectSize"])
    assert put[f"Checksum{algorithm}"] == attributes["Checksum"][f"Checksum{algorithm}"]
    assert 5000 == attributes["ObjectSize"]
    wrong = {f"Checksum{algorithm}": put[f"Checksum{algorithm}"]}
    assert "BadDigest" == refused(s3.put_object, **place, Body=body + b"!", **wrong)
    assert "InvalidRequest" == refused(
        s3.put_object, **place, Body=body, **{f"Checksum{algorithm}": "AAA="}
    )
    assert body == s3.get_object(**place)["Body"].read()


def test_content_md5(s3) -> None:
    md5 = base64.b64encode(hashlib.md5(b"body").digest()).decode()
    s3.put_object(Bucket="things", Key="md5", Body=b"body", ContentMD5=md5)
    place = {"Bucket": "things", "Key": "md5"}
    assert "BadDigest" == refused(s3.put_object, **place, Body=b"other", ContentMD5=md5)
    assert "InvalidDigest" == refused(s3.put_object, **place, Body=b"body", ContentMD5="x")


def test_copies(s3) -> None:
    s3.put_object(
        Bucket="things", Key="from here", Body=b"v", Metadata={"a": "1"}, Tagging="team=blue"
    )
    source = {"Bucket": "things", "Key": "from here"}
    s3.copy_object(Bucket="things", Key="to", CopySource=source)
    copied = s3.get_object(Bucket="things", Key="to")
    assert (b"v", {"a": "1"}, 1) == (
        copied["Body"].read(),
        copied["Metadata"],
        copied["TagCount"],
    )
    s3.copy_object(
        Bucket="things",
        Key="to",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        TaggingDirective="REPLACE",
    )
    replaced = s3.head_object(Bucket="things", Key="to")
    assert {"b": "2"} == replaced["Metadata"]
    assert "TagCount" not in replaced
    same = {"Bucket": "things", "Key": "from here", "CopySource": source}
    assert "InvalidRequest" == refused(s3.copy_object, **same)
    nowhere = {"Bucket": "things", "Key": "no such"}
    assert "NoSuchKey" == refused(s3.copy_object, Bucket="things", Key="x", CopySource=nowhere)
    assert "InvalidArgument" == refused(s3.copy_object, Bucket="things", Key="x", CopySource="b")
    assert "PreconditionFailed" == refused(
        s3.copy_object, Bucket="things", Key="x", CopySource=source, CopySourceIfMatch="no"
    )


def test_tags_of_objects(s3) -> None:
    place = {"Bucket": "things", "Key": "tagged"}
    s3.put_object(**place, Body=b"", Tagging="a=1&b=")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    assert tags == s3.get_object_tagging(**place)["TagSet"]
    s3.put_object_tagging(**place, Tagging={"TagSet": tags[:1]})
    assert tags[:1] == s3.get_object_tagging(**place)["TagSet"]
    s3.delete_object_tagging(**place)
    assert [] == s3.get_object_tagging(**place)["TagSet"]
    many = "&".join(f"k{n}=v" for n in range(11))
    assert "InvalidTag" == refused(s3.put_object, **place, Body=b"", Tagging=many)


def test_deleting_many(s3) -> None:
    for n in range(3):
        s3.put_object(Bucket="things", Key=f"many/{n}", Body=b"")
    names = [{"Key": f"many/{n}"} for n in (0, 1, 7)]
    answer = s3.delete_objects(Bucket="things", Delete={"Objects": names})
    assert names == answer["Deleted"]
    quiet = s3.delete_objects(Bucket="things", Delete={"Objects": names, "Quiet": True})
    assert "Deleted" not in quiet
    left = s3.list_objects_v2(Bucket="things", Prefix="many/")["Contents"]
    assert ["many/2"] == [entry["Key"] for entry in left]


def test_what_is_not_there(s3) -> None:
    missing = refusal(s3.get_object, Bucket="things", Key="missing")["Error"]
    assert ("NoSuchKey", "missing") == (missing["Code"], missing["Key"])
    bucket = refusal(s3.get_object, Bucket="no-such-bucket", Key="k")["Error"]
    assert ("NoSuchBucket", "no-such-bucket") == (bucket["Code"], bucket["BucketName"])
    assert "404" == refused(s3.head_object, Bucket="things", Key="missing")
    assert "404" == refused(s3.head_bucket, Bucket="no-such-bucket")
    s3.delete_object(Bucket="things", Key="missing")


def test_what_is_not_offered(s3) -> None:
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    assert "NotImplemented" == refused(s3.put_object, Bucket="things", Key="c", Body=b"", **key)
    assert "InvalidRequest" == refused(
        s3.put_object, Bucket="things", Key="c", Body=b"", ObjectLockLegalHoldStatus="ON"
    )
    assert "MetadataTooLarge" == refused(
        s3.put_object, Bucket="things", Key="c", Body=b"", Metadata={"a": "x" * 2048}
    )


def test_bodies_are_sealed_and_go_with_their_objects(shared_world: World, s3) -> None:
    secret = shared_world.sentinel.encode() * 100
    before = set((shared_world.data / "objects").glob("??/*"))
    s3.put_object(Bucket="things", Key="sealed", Body=secret)
    (file,) = set((shared_world.data / "objects").glob("??/*")) - before
    assert 0o600 == file.stat().st_mode & 0o777
    assert shared_world.sentinel.encode() not in file.read_bytes()
    s3.put_object(Bucket="things", Key="sealed", Body=b"")
    assert not file.exists()


def test_a_changed_file_is_not_read(shared_world: World, s3, caplog) -> None:
    before = set((shared_world.data / "objects").glob("??/*"))
    s3.put_object(Bucket="things", Key="tampered", Body=b"x" * 3_000_000)
    (file,) = set((shared_world.data / "objects").glob("??/*")) - before
    sealed = file.read_bytes()
    chunk = 12 + (1 << 20) + 16
    for changed in (
        sealed[:-1],
        sealed[:100] + b"!" + sealed[101:],
        sealed[chunk : 2 * chunk] + sealed[:chunk] + sealed[2 * chunk :],
    ):
        file.write_bytes(changed)
        answer = refusal(s3.get_object, Bucket="things", Key="tampered")
        assert 500 == answer["ResponseMetadata"]["HTTPStatusCode"]
    file.write_bytes(sealed)
    assert 3_000_000 == len(s3.get_object(Bucket="things", Key="tampered")["Body"].read())


def test_files_that_nobody_names_are_swept(shared_world: World, s3) -> None:
    shelf = shared_world.data / "objects" / "ab"
    shelf.mkdir(exist_ok=True)
    (shelf / "abandoned").write_bytes(b"")
    (shelf / "abyoung").write_bytes(b"")
    os.utime(shelf / "abandoned", (0, 0))
    s3.put_object(Bucket="things", Key="swept", Body=b"kept")
    for path in (shared_world.data / "objects").glob("??/*"):
        if not path.name.startswith("ab"):
            os.utime(path, (0, 0))
    shared_world.run_jobs()
    assert not (shelf / "abandoned").exists()
    assert (shelf / "abyoung").exists()
    assert b"kept" == s3.get_object(Bucket="things", Key="swept")["Body"].read()
