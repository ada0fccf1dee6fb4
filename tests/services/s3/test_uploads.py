"""Multipart uploads."""

from __future__ import annotations

import base64
import hashlib
import os

import pytest
from botocore.exceptions import ClientError

from world import World

PART = 5 * 1024 * 1024
PLACE = {"Bucket": "parts", "Key": "whole"}


@pytest.fixture(scope="module")
def bodies() -> tuple[bytes, bytes]:
    """Two parts."""
    return os.urandom(PART), os.urandom(1000)


@pytest.fixture(scope="module")
def s3(shared_world: World):
    """A client, and a bucket called ``parts``."""
    client = shared_world.client("s3", request_checksum_calculation="when_required")
    client.create_bucket(Bucket="parts")
    return client


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    code: str = caught.value.response["Error"]["Code"]
    return code


def uploaded(s3, bodies, algorithm: str = "", **more) -> tuple[str, list[dict]]:
    """An upload of all parts, and how CompleteMultipartUpload names them."""
    with_algorithm = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    given = s3.create_multipart_upload(**PLACE, **with_algorithm, **more)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = s3.upload_part(
            **PLACE, UploadId=given, PartNumber=number, Body=body, **with_algorithm
        )
        sums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": answer["ETag"], **sums})
    return given, parts


def test_parts_become_an_object(shared_world: World, s3, bodies) -> None:
    s3.delete_object(**PLACE)
    before = set((shared_world.data / "objects").glob("??/*"))
    given, parts = uploaded(s3, bodies, Metadata={"a": "1"}, Tagging="t=1")
    listed = s3.list_parts(**PLACE, UploadId=given, MaxParts=1)
    assert (1, True) == (listed["NextPartNumberMarker"], listed["IsTruncated"])
    listed = s3.list_multipart_uploads(Bucket="parts")["Uploads"]
    assert given in [upload["UploadId"] for upload in listed]
    whole = s3.complete_multipart_upload(**PLACE, UploadId=given, MultipartUpload={"Parts": parts})
    md5s = b"".join(hashlib.md5(body).digest() for body in bodies)
    assert f'"{hashlib.md5(md5s).hexdigest()}-2"' == whole["ETag"]
    answer = s3.get_object(**PLACE)
    assert b"".join(bodies) == answer["Body"].read()
    assert {"a": "1"} == answer["Metadata"]
    across = s3.get_object(**PLACE, Range=f"bytes={PART - 2}-{PART + 1}")["Body"].read()
    assert bodies[0][-2:] + bodies[1][:2] == across
    second = s3.get_object(**PLACE, PartNumber=2)
    assert (bodies[1], 2) == (second["Body"].read(), second["PartsCount"])
    assert "416" == refused(s3.head_object, **PLACE, PartNumber=3)
    assert "NoSuchUpload" == refused(s3.list_parts, **PLACE, UploadId=given)
    s3.delete_object(**PLACE)
    assert before == set((shared_world.data / "objects").glob("??/*"))


@pytest.mark.parametrize("algorithm", ["CRC64NVME", "CRC32", "SHA256"])
def test_checksums_of_the_whole(s3, bodies, algorithm: str) -> None:
    given, parts = uploaded(s3, bodies, algorithm)
    whole = s3.complete_multipart_upload(**PLACE, UploadId=given, MultipartUpload={"Parts": parts})
    name = f"Checksum{algorithm}"
    if algorithm == "CRC64NVME":
        put = s3.put_object(
            Bucket="parts", Key="same", Body=b"".join(bodies), ChecksumAlgorithm=algorithm
        )
        assert (put[name], "FULL_OBJECT") == (whole[name], whole["ChecksumType"])
    else:
        assert whole[name].endswith("-2")
        assert "COMPOSITE" == whole["ChecksumType"]
    if algorithm == "SHA256":
        digests = b"".join(hashlib.sha256(body).digest() for body in bodies)
        made = base64.b64encode(hashlib.sha256(digests).digest()).decode()
        assert f"{made}-2" == whole[name]
    attributes = s3.get_object_attributes(**PLACE, ObjectAttributes=["ObjectParts"])
    sizes = [part["Size"] for part in attributes["ObjectParts"]["Parts"]]
    assert [len(body) for body in bodies] == sizes
    wrong_type = {"CRC64NVME": "COMPOSITE", "SHA256": "FULL_OBJECT"}.get(algorithm)
    if wrong_type:
        assert "InvalidRequest" == refused(
            s3.create_multipart_upload,
            **PLACE,
            ChecksumAlgorithm=algorithm,
            ChecksumType=wrong_type,
        )


def test_crcs_of_whole_objects_are_joined(s3, bodies) -> None:
    given, parts = uploaded(s3, bodies, "CRC32C", ChecksumType="FULL_OBJECT")
    whole = s3.complete_multipart_upload(**PLACE, UploadId=given, MultipartUpload={"Parts": parts})
    put = s3.put_object(
        Bucket="parts", Key="same", Body=b"".join(bodies), ChecksumAlgorithm="CRC32C"
    )
    assert put["ChecksumCRC32C"] == whole["ChecksumCRC32C"]


def test_an_answer_that_got_lost_is_given_again(s3, bodies) -> None:
    given, parts = uploaded(s3, bodies)
    said = {**PLACE, "UploadId": given, "MultipartUpload": {"Parts": parts}}
    first, again = s3.complete_multipart_upload(**said), s3.complete_multipart_upload(**said)
    for answer in (first, again):
        del answer["ResponseMetadata"]
    assert first == again
    # the control: what was made is the current version no more
    s3.put_object(**PLACE, Body=b"")
    assert "NoSuchUpload" == refused(s3.complete_multipart_upload, **said)


def test_what_cannot_be_completed(s3, bodies) -> None:
    given, parts = uploaded(s3, (bodies[1], bodies[1]))

    def complete(*chosen: dict) -> str:
        return refused(
            s3.complete_multipart_upload,
            **PLACE,
            UploadId=given,
            MultipartUpload={"Parts": list(chosen)},
        )

    assert "EntityTooSmall" == complete(*parts)
    assert "InvalidPartOrder" == complete(*parts[::-1])
    assert "InvalidPart" == complete({**parts[0], "ETag": "x"})
    assert "InvalidPart" == complete({"PartNumber": 9, "ETag": "x"})
    assert "MalformedXML" == complete()
    s3.abort_multipart_upload(**PLACE, UploadId=given)
    assert "NoSuchUpload" == refused(s3.abort_multipart_upload, **PLACE, UploadId=given)
    assert "NoSuchUpload" == complete(*parts)
    assert "InvalidArgument" == refused(
        s3.upload_part, **PLACE, UploadId=given, PartNumber=10_001, Body=b""
    )


def test_a_part_replaces_its_namesake(shared_world: World, s3) -> None:
    given = s3.create_multipart_upload(**PLACE)["UploadId"]
    files = set((shared_world.data / "objects").glob("??/*"))
    for body in (b"one", b"two"):
        s3.upload_part(**PLACE, UploadId=given, PartNumber=1, Body=body)
    assert 1 == len(set((shared_world.data / "objects").glob("??/*")) - files)
    s3.complete_multipart_upload(
        **PLACE,
        UploadId=given,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": hashlib.md5(b"two").hexdigest()}]},
    )
    assert b"two" == s3.get_object(**PLACE)["Body"].read()


def test_uploads_under_kms(shared_world: World, s3, bodies) -> None:
    given, parts = uploaded(s3, bodies, ServerSideEncryption="aws:kms")
    s3.complete_multipart_upload(**PLACE, UploadId=given, MultipartUpload={"Parts": parts})
    answer = s3.get_object(**PLACE)
    assert "aws:kms" == answer["ServerSideEncryption"]
    assert b"".join(bodies) == answer["Body"].read()


def test_uploads_are_listed_in_pages(s3) -> None:
    s3.create_bucket(Bucket="begun")
    ids = [
        s3.create_multipart_upload(Bucket="begun", Key=key)["UploadId"]
        for key in ("p/a", "p/a", "p/b", "q")
    ]
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="begun", PaginationConfig={"PageSize": 1}
    )
    listed = [upload["UploadId"] for page in pages for upload in page.get("Uploads", [])]
    assert sorted(ids) == sorted(listed)
    rolled = s3.list_multipart_uploads(Bucket="begun", Delimiter="/")
    assert ["p/"] == [prefix["Prefix"] for prefix in rolled["CommonPrefixes"]]
    assert ["q"] == [upload["Key"] for upload in rolled["Uploads"]]


def test_parts_are_copied(s3, bodies) -> None:
    s3.put_object(Bucket="parts", Key="source", Body=b"".join(bodies))
    upload = s3.create_multipart_upload(**PLACE)["UploadId"]
    part = {**PLACE, "UploadId": upload, "CopySource": "parts/source"}
    first = s3.upload_part_copy(**part, PartNumber=1, CopySourceRange=f"bytes=0-{PART - 1}")
    last = s3.upload_part_copy(**part, PartNumber=2, CopySourceRange=f"bytes=5-{PART + 5}")
    s3.complete_multipart_upload(
        **PLACE,
        UploadId=upload,
        MultipartUpload={
            "Parts": [
                {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}
                for number, answer in enumerate((first, last), 1)
            ]
        },
    )
    whole = b"".join(bodies)
    assert whole[:PART] + whole[5 : PART + 6] == s3.get_object(**PLACE)["Body"].read()
    for wrong in ("bytes=1-", "bytes=2-1", "bytes=0-99999999"):
        assert "InvalidArgument" == refused(
            s3.upload_part_copy,
            **{**part, "UploadId": s3.create_multipart_upload(**PLACE)["UploadId"]},
            PartNumber=1,
            CopySourceRange=wrong,
        )
