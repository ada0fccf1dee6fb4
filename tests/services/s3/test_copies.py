"""Long copies: made before the transaction that names them, and only of what is there by then."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.services.s3 import copies
from lodekey.services.s3.copies import Copying
from world import World, allow

LONG = os.urandom(9 * 1024 * 1024)


@pytest.fixture(scope="module")
def s3(shared_world: World) -> Any:
    """A client, and a bucket with an object of 9 MiB."""
    client = shared_world.client("s3")
    client.create_bucket(Bucket="copies")
    return client


@pytest.fixture(autouse=True)
def source(s3: Any) -> Iterator[None]:
    s3.put_object(Bucket="copies", Key="long", Body=LONG, Metadata={"a": "b"})
    yield
    for each in s3.list_objects_v2(Bucket="copies").get("Contents", []):
        s3.delete_object(Bucket="copies", Key=each["Key"])


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[int]]:
    """Let something happen between a copy's two transactions; returns how often it did."""

    def set_up(work: Callable[[], Any]) -> list[int]:
        happened: list[int] = []
        run = Copying.run

        def run_and_then(self: Copying) -> None:
            run(self)
            work()
            happened.append(1)

        monkeypatch.setattr(Copying, "run", run_and_then)
        return happened

    return set_up


def files(world: World) -> set[Path]:
    """All files of bodies."""
    return {path for path in (world.data / "objects").glob("*/*") if path.is_file()}


def copy(s3: Any, **more: str) -> Any:
    return s3.copy_object(Bucket="copies", Key="copy", CopySource="copies/long", **more)


@pytest.mark.parametrize("more", [{}, {"ServerSideEncryption": "aws:kms"}], ids=["", "kms"])
def test_a_long_object(shared_world: World, s3: Any, meanwhile: Any, more: dict[str, str]) -> None:
    before = files(shared_world)
    happened = meanwhile(lambda: None)
    copy(s3, **more)
    assert [1] == happened
    assert 1 == len(files(shared_world) - before)
    got = s3.get_object(Bucket="copies", Key="copy")
    assert LONG == got["Body"].read()
    assert {"a": "b"} == got["Metadata"]
    if more:
        # from under KMS to under KMS, onto itself
        s3.copy_object(
            Bucket="copies", Key="copy", CopySource="copies/copy", MetadataDirective="REPLACE"
        )
        assert LONG == s3.get_object(Bucket="copies", Key="copy")["Body"].read()


def test_a_short_one_is_copied_at_once(s3: Any, meanwhile: Any) -> None:
    happened = meanwhile(lambda: None)
    s3.put_object(Bucket="copies", Key="short", Body=b"short")
    s3.copy_object(Bucket="copies", Key="copy", CopySource="copies/short")
    assert b"short" == s3.get_object(Bucket="copies", Key="copy")["Body"].read()
    assert [] == happened


def test_a_source_that_changes_meanwhile(shared_world: World, s3: Any, meanwhile: Any) -> None:
    other = os.urandom(9 * 1024 * 1024)
    before = files(shared_world)

    def change() -> None:
        # from the thread, beside the loop that waits for it
        server = shared_world.gate
        with server.store.transaction(write=True) as tx:
            from lodekey.services.s3 import objects
            from lodekey.services.s3.buckets import BUCKETS

            bucket = BUCKETS.get(tx, "copies")
            assert bucket is not None
            version = objects.current(tx, bucket, "other")
            assert version is not None
            objects.put(tx, bucket, "long", version)

    s3.put_object(Bucket="copies", Key="other", Body=other)
    happened = meanwhile(change)
    copy(s3)
    assert [1] == happened
    assert other == s3.get_object(Bucket="copies", Key="copy")["Body"].read()
    assert 2 == len(files(shared_world) - before)  # of "other" and of the copy that counts


def test_who_may_not_read_makes_no_copy(shared_world: World, s3: Any, meanwhile: Any) -> None:
    happened = meanwhile(lambda: None)
    writer = shared_world.client("s3", as_=shared_world.user("w", allow("s3:PutObject")))
    reader = shared_world.client("s3", as_=shared_world.user("r", allow("s3:GetObject")))
    both = shared_world.user("wr", allow("s3:PutObject", "s3:GetObject"))
    for client in (writer, reader):
        with pytest.raises(ClientError) as caught:
            copy(client)
        assert "AccessDenied" == caught.value.response["Error"]["Code"]
    assert [] == happened
    copy(shared_world.client("s3", as_=both))
    assert [1] == happened


def test_a_copy_that_is_refused_leaves_nothing(
    shared_world: World, s3: Any, meanwhile: Any
) -> None:
    before = files(shared_world)
    happened = meanwhile(lambda: None)
    with pytest.raises(ClientError) as caught:
        copy(s3, MetadataDirective="REPLACE", StorageClass="SNOW")
    assert "InvalidStorageClass" == caught.value.response["Error"]["Code"]
    assert [1] == happened
    assert before == files(shared_world)


def test_a_disk_that_is_full(shared_world: World, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(shared_world)

    def no_space(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "stream", no_space)
    with pytest.raises(ClientError) as caught:
        copy(s3)
    assert "ServiceUnavailable" == caught.value.response["Error"]["Code"]
    monkeypatch.undo()
    assert before == files(shared_world)
    copy(s3)
    assert LONG == s3.get_object(Bucket="copies", Key="copy")["Body"].read()


def test_parts(s3: Any, meanwhile: Any) -> None:
    happened = meanwhile(lambda: None)
    place = {"Bucket": "copies", "Key": "parts"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    part = {**place, "UploadId": upload, "CopySource": "copies/long"}
    made = [
        s3.upload_part_copy(**part, PartNumber=1)["CopyPartResult"],
        s3.upload_part_copy(**part, PartNumber=2, CopySourceRange="bytes=1-100")["CopyPartResult"],
    ]
    said = [
        {"PartNumber": number, "ETag": each["ETag"], "ChecksumSHA256": each["ChecksumSHA256"]}
        for number, each in enumerate(made, 1)
    ]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": said})
    assert LONG + LONG[1:101] == s3.get_object(**place)["Body"].read()
    assert [1] == happened


def test_more_than_one_request_copies(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MOST_COPIED", len(LONG) - 1)
    with pytest.raises(ClientError) as caught:
        copy(s3)
    assert "InvalidRequest" == caught.value.response["Error"]["Code"]
    monkeypatch.setattr(copies, "MOST_COPIED", len(LONG))
    copy(s3)
