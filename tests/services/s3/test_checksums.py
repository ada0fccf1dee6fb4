"""CRCs against published values and another implementation; public policies."""

from __future__ import annotations

import json
import os
import zlib

import pytest
from awscrt import checksums as reference

from lodekey.services.s3.crc import CRC32, CRC32C, CRC64NVME
from lodekey.services.s3.public_access import is_public

CHECK = b"123456789"


def test_published_values() -> None:
    assert 0xE3069283 == CRC32C.of(CHECK)
    assert 0xAE8B14860A799888 == CRC64NVME.of(CHECK)
    assert 0xCBF43926 == CRC32.of(CHECK)


@pytest.mark.parametrize("size", [0, 1, 2047, 2048, 2049, 4100, 65_537, 1_000_003])
def test_against_another_implementation(size: int) -> None:
    data, more = os.urandom(size), os.urandom(333)
    assert reference.crc32c(data) == CRC32C.of(data)
    assert reference.crc64nvme(data) == CRC64NVME.of(data)
    assert zlib.crc32(data) == CRC32.of(data)
    assert reference.crc64nvme(data + more) == CRC64NVME.of(more, CRC64NVME.of(data))
    assert reference.crc32c(data + more) == CRC32C.joined(CRC32C.of(data), CRC32C.of(more), 333)


@pytest.mark.parametrize(
    ("principal", "condition", "public"),
    [
        ("*", {}, True),
        ({"AWS": "*"}, {}, True),
        ({"AWS": ["111122223333", "*"]}, {}, True),
        ({"AWS": "111122223333"}, {}, False),
        ({"Service": "cloudtrail.amazonaws.com"}, {}, False),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}, False),
        ("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}}, True),
        ("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}}, True),
        ("*", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, True),
        ("*", {"StringLike": {"aws:PrincipalArn": "*"}}, True),
        ("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::mine"}}, False),
        ("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ("*", {"StringEquals": {"aws:PrincipalTag/a": "b"}}, True),
    ],
)
def test_what_is_public(principal: object, condition: object, public: bool) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Condition": condition}})
    assert public == is_public(text)
    denied = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Effect": "Deny"}})
    assert not is_public(denied)
