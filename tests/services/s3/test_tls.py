"""S3 over TLS, where boto3 sends bodies in chunks that only TLS protects."""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
import pytest

from certificates import self_signed
from running import Running

pytestmark = pytest.mark.slow
SMALL, LONG = os.urandom(1000), os.urandom(2_500_000)
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::plain/*", "arn:aws:s3:::plain"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def server(
    factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch, *options: str, tls: bool
) -> Running:
    where = factory.mktemp("s3tls")
    if tls:
        certificate, key = map(str, self_signed(where))
        patch.setenv("SSL_CERT_FILE", certificate)
        patch.setenv("AWS_CA_BUNDLE", certificate)
        options += ("--tls-certificate", certificate, "--tls-key", key)
    return Running(where / "data", "--quiet", *options)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        made = server(tmp_path_factory, patch, "--strict-transport", tls=True)
        try:
            yield made
        finally:
            made.stop()


def guarded(running: Running) -> Any:
    """A client, and a bucket that denies whatever is not over TLS."""
    client = running.client("s3")
    client.create_bucket(Bucket="plain")
    document = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})
    client.put_bucket_policy(Bucket="plain", Policy=document)
    return client


@pytest.fixture(scope="module")
def s3(secure: Running) -> Any:
    return guarded(secure)


@pytest.mark.parametrize("algorithm", ["", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
@pytest.mark.parametrize("body", [SMALL, LONG], ids=["small", "long"])
def test_checksums_behind_the_body(s3: Any, algorithm: str, body: bytes) -> None:
    sent = []
    event = "before-send.s3.PutObject"
    s3.meta.events.register(event, lambda request, **_: sent.append(request.headers))
    more = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    put = s3.put_object(Bucket="plain", Key="k", Body=body, **more)
    assert b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" == sent[-1]["X-Amz-Content-SHA256"]
    got = s3.get_object(Bucket="plain", Key="k", ChecksumMode="ENABLED")
    assert body == got["Body"].read()
    member = f"Checksum{algorithm or 'CRC32'}"
    assert put[member] == got[member]
    if member == "ChecksumCRC32":
        assert base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode() == got[member]


@pytest.mark.parametrize("body", [SMALL, LONG], ids=["small", "long"])
def test_without_checksums(secure: Running, s3: Any, body: bytes) -> None:
    client = secure.client("s3", request_checksum_calculation="when_required")
    answer = client.put_object(Bucket="plain", Key="k", Body=body)
    assert not [name for name in answer if name.startswith("Checksum")]
    assert body == client.get_object(Bucket="plain", Key="k")["Body"].read()


@pytest.mark.parametrize(
    ("options", "expected"), [((), "ok"), (("--strict-transport",), "AccessDenied")]
)
def test_plain_http_on_loopback(
    tmp_path_factory: pytest.TempPathFactory, options: tuple[str, ...], expected: str
) -> None:
    """It counts as secure, unless the operator says otherwise; above is the control over TLS."""
    with pytest.MonkeyPatch.context() as patch:
        running = server(tmp_path_factory, patch, *options, tls=False)
    try:
        client = guarded(running)
        try:
            client.put_object(Bucket="plain", Key="k", Body=LONG)
            outcome = "ok"
        except botocore.exceptions.ClientError as error:
            outcome = error.response["Error"]["Code"]
        assert expected == outcome
    finally:
        running.stop()
