"""S3 over sockets: chunked bodies, Expect, virtual hosts, presigned URLs, TLS, crashes."""

from __future__ import annotations

import base64
import http.client
import os
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from click.testing import CliRunner

from lodekey.app.run import s3_domains
from lodekey.cli.group import cli
from running import Running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def s3(running: Running):
    """A client of a running server, and a bucket called ``wire``."""
    client = running.client("s3")
    client.create_bucket(Bucket="wire")
    return client


def signed(running: Running, method: str, path: str, headers: dict, host: str = "") -> dict:
    """The headers of a request, signed."""
    address = urlsplit(running.endpoint).netloc
    request = botocore.awsrequest.AWSRequest(
        method, f"http://{host or address}{path}", headers=headers
    )
    credentials = botocore.credentials.Credentials(*running.credentials())
    signer = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    signer.payload = lambda _: headers["x-amz-content-sha256"]
    signer.add_auth(request)
    return dict(request.headers.items())


def test_a_stream_in_chunks_with_a_trailer(running: Running, s3) -> None:
    body = os.urandom(300_000)
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)]
    encoded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big"))

    def send(trailer: bytes) -> int:
        said = {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-sdk-checksum-algorithm": "CRC32",
            "x-amz-decoded-content-length": str(len(body)),
            "content-encoding": "aws-chunked",
            "host": urlsplit(running.endpoint).netloc,
        }
        headers = signed(running, "PUT", "/wire/chunked", said)
        headers["transfer-encoding"] = "chunked"
        connection = http.client.HTTPConnection(urlsplit(running.endpoint).netloc, timeout=20)
        whole = encoded + b"0\r\nx-amz-checksum-crc32:" + trailer + b"\r\n\r\n"
        chunks = [whole[at : at + 10_000] for at in range(0, len(whole), 10_000)]
        connection.request("PUT", "/wire/chunked", iter(chunks), headers, encode_chunked=True)
        status = connection.getresponse().status
        connection.close()
        return status

    assert 200 == send(crc)
    answer = s3.get_object(Bucket="wire", Key="chunked")
    assert body == answer["Body"].read()
    assert "ContentEncoding" not in answer
    assert 400 == send(base64.b64encode(b"\0\0\0\0"))


def test_a_file_with_expect_100_continue(running: Running, s3, tmp_path: Path) -> None:
    body = os.urandom(12 * 1024 * 1024)
    (tmp_path / "file").write_bytes(body)
    with (tmp_path / "file").open("rb") as file:
        s3.put_object(Bucket="wire", Key="one", Body=file)
    s3.upload_file(str(tmp_path / "file"), "wire", "many")
    assert s3.head_object(Bucket="wire", Key="many")["ETag"].endswith('-2"')
    for key in ("one", "many"):
        s3.download_file("wire", key, str(tmp_path / "back"))
        assert body == (tmp_path / "back").read_bytes()


def resident(running: Running) -> int:
    """The most memory that the server ever had, bytes."""
    assert running.process is not None
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_a_long_object_is_sent_piece_by_piece(running: Running, s3) -> None:
    part = os.urandom(8 * 1024 * 1024)
    place = {"Bucket": "wire", "Key": "long"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=part)["ETag"],
        }
        for number in range(1, 13)
    ]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    before = resident(running)
    got = s3.get_object(**place)["Body"]
    for _ in range(12):
        assert part == got.read(len(part))
    assert b"" == got.read()
    assert resident(running) - before < 40 * 1024 * 1024
    files = set((running.data / "objects").glob("??/*"))
    reading = s3.get_object(**place)["Body"]
    beginning = reading.read(1000)
    leaving = running.client("s3").get_object(**place)["Body"]
    leaving.read(1000)
    leaving.close()
    s3.delete_object(**place)
    assert part * 12 == beginning + reading.read()
    wait_until(lambda: len(files) - len(set((running.data / "objects").glob("??/*"))) == 12)


def wait_until(holds) -> None:
    """Wait for what the server does soon."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("wire.s3.us-east-1.amazonaws.com", (200, b"by host")),
        ("wire.s3.amazonaws.com", (200, b"by host")),
        ("wire.localhost:4566", (200, b"by host")),
        ("wire.objects.example.test", (200, b"by host")),
        ("WIRE.Objects.Example.Test:80", (200, b"by host")),
        # names that nobody gave us: the path is all that counts
        ("wire.example.test", (404, b"NoSuchBucket")),
        ("objects.example.test", (404, b"NoSuchBucket")),
    ],
)
def test_the_bucket_in_the_host(
    running: Running, s3, host: str, expected: tuple[int, bytes]
) -> None:
    s3.put_object(Bucket="wire", Key="a key", Body=b"by host")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    said = {"host": host, "x-amz-content-sha256": empty}
    headers = signed(running, "GET", "/a%20key", said, host)
    connection = http.client.HTTPConnection(urlsplit(running.endpoint).netloc, timeout=20)
    connection.request("GET", "/a%20key", headers=headers)
    answer = connection.getresponse()
    status, text = expected
    assert (status, True) == (answer.status, text in answer.read())
    connection.close()


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("http://127.0.0.1:4566", ["more.test"]),
        ("http://[::1]:4566", ["more.test"]),
        ("http://lodekey.test:4566/", ["lodekey.test", "more.test"]),
    ],
)
def test_buckets_are_below_the_endpoints_name_too(endpoint: str, expected: list[str]) -> None:
    assert expected == s3_domains(endpoint, ("more.test",))


@pytest.mark.parametrize("name", ["http://a.test", "a.test:80", "", "a..test", "*.test"])
def test_what_is_no_domain(tmp_path: Path, name: str) -> None:
    words = ["up", "--data", str(tmp_path), "--s3-domain", name]
    done = CliRunner().invoke(cli, words)
    assert (2, True) == (done.exit_code, "is no name of a domain" in done.output)


def fetch(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> bytes:
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        read: bytes = answer.read()
        return read


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_reading(running: Running, s3, version: str) -> None:
    s3.put_object(Bucket="wire", Key="pre/signed ü", Body=b"read")
    client = running.client("s3", signature_version=version)
    place = {"Bucket": "wire", "Key": "pre/signed ü"}
    url = client.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    assert b"read" == fetch(url)
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(url.replace("pre/", "other/"))
    assert 403 == caught.value.code
    caught.value.close()


def test_presigned_writing(running: Running, s3) -> None:
    client = running.client("s3", signature_version="s3v4")
    params = {"Bucket": "wire", "Key": "put", "ContentType": "text/plain"}
    url = client.generate_presigned_url("put_object", Params=params, ExpiresIn=60)
    fetch(url, "PUT", b"written", **{"Content-Type": "text/plain"})
    assert b"written" == s3.get_object(Bucket="wire", Key="put")["Body"].read()
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(url, "PUT", b"written", **{"Content-Type": "text/html"})
    assert 403 == caught.value.code
    caught.value.close()


def test_headers_in_the_query_of_a_presigned_url(running: Running, s3) -> None:
    """As JavaScript's presigner puts them."""
    request = botocore.awsrequest.AWSRequest(
        "PUT",
        f"{running.endpoint}/wire/hoisted?x-amz-meta-color=blue&x-amz-tagging=a%3Db",
    )
    credentials = botocore.credentials.Credentials(*running.credentials())
    botocore.auth.S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=60).add_auth(request)
    fetch(request.url, "PUT", b"body")
    head = s3.head_object(Bucket="wire", Key="hoisted")
    assert ({"color": "blue"}, 1) == (head["Metadata"], head["TagCount"])


def test_objects_outlive_a_kill(tmp_path: Path) -> None:
    server = Running(tmp_path / "data", "--quiet")
    try:
        client = server.client("s3")
        client.create_bucket(Bucket="durable")
        body = os.urandom(2_500_000)
        client.put_object(Bucket="durable", Key="k", Body=body)
        server.kill()
        server.start()
        read = server.client("s3").get_object(Bucket="durable", Key="k")["Body"].read()
        assert body == read
    finally:
        server.stop()
