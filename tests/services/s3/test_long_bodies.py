"""Bodies that are longer than what is held in memory: taken in while they come."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

from canary import SENTINEL
from fronts import read_one, wait_for
from running import Running

MIB = 1024 * 1024
BODY = os.urandom(3 * MIB + 12_345)
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def s3(running: Running) -> Any:
    """A client of a running server, and a bucket called ``long``."""
    client = running.client("s3")
    client.create_bucket(Bucket="long")
    return client


@pytest.fixture(autouse=True)
def nothing_stays(running: Running, s3: Any) -> Iterator[None]:
    """What is not kept is nowhere, and what is kept is where it belongs."""
    before = settled(running)
    yield
    wait_for(lambda: not coming(running))
    objects = s3.list_objects_v2(Bucket="long").get("Contents", [])
    uploads = s3.list_multipart_uploads(Bucket="long").get("Uploads", [])
    parts = [
        part
        for upload in uploads
        for part in s3.list_parts(
            Bucket="long", Key=upload["Key"], UploadId=upload["UploadId"]
        ).get("Parts", [])
    ]
    wait_for(lambda: len(objects) + len(parts) == len(settled(running) - before))
    for each in objects:
        s3.delete_object(Bucket="long", Key=each["Key"])
    for upload in uploads:
        s3.abort_multipart_upload(Bucket="long", Key=upload["Key"], UploadId=upload["UploadId"])
    wait_for(lambda: settled(running) <= before)


def coming(running: Running) -> list[Path]:
    """The files of bodies that are on their way."""
    return list((running.data / "objects/coming").glob("*"))


def settled(running: Running) -> set[Path]:
    """The files of bodies that are kept."""
    return set((running.data / "objects").glob("??/*"))


def head_of(
    running: Running,
    path: str,
    headers: dict[str, str],
    key: tuple[str, ...] = (),
    method: str = "PUT",
) -> tuple[bytes, str]:
    """A signed head, and its signature."""
    address = urlsplit(running.endpoint).netloc
    request = botocore.awsrequest.AWSRequest(method, f"http://{address}{path}", headers=headers)
    credentials = botocore.credentials.Credentials(*(key or running.credentials()))
    signer = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    signer.payload = lambda _: headers["x-amz-content-sha256"]
    signer.add_auth(request)
    lines = [f"{method} {path} HTTP/1.1", f"host: {address}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    signature = request.headers["Authorization"].rpartition("Signature=")[2]
    return "\r\n".join([*lines, "", ""]).encode(), signature


def connect(running: Running) -> socket.socket:
    address = urlsplit(running.endpoint)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def ask(running: Running, head: bytes, body: bytes) -> tuple[int, bytes]:
    """The status and the body that come back."""
    with connect(running) as connection:
        connection.sendall(head)
        connection.sendall(body)
        status, _, answer = read_one(connection)
        return status, answer


def plain(body: bytes = BODY, **more: str) -> dict[str, str]:
    """The headers of a body that is signed as a whole."""
    said = {name.replace("_", "-"): value for name, value in more.items()}
    hashed = hashlib.sha256(body).hexdigest()
    return {"content-length": str(len(body)), "x-amz-content-sha256": hashed, **said}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"ChecksumAlgorithm": "SHA256"},
        {"ChecksumAlgorithm": "SHA1"},
        {"ChecksumAlgorithm": "CRC32C"},
        {"ChecksumAlgorithm": "CRC64NVME"},
        {"ChecksumSHA256": base64.b64encode(hashlib.sha256(BODY).digest()).decode()},
        {"ContentMD5": base64.b64encode(hashlib.md5(BODY).digest()).decode()},
        {"ServerSideEncryption": "aws:kms"},
    ],
    ids=lambda more: "-".join(map(str, more)),
)
def test_an_object(running: Running, s3: Any, more: dict[str, str]) -> None:
    put = s3.put_object(Bucket="long", Key="k", Body=BODY, Metadata={"a": "b"}, **more)
    assert f'"{hashlib.md5(BODY).hexdigest()}"' == put["ETag"]
    got = s3.get_object(Bucket="long", Key="k", ChecksumMode="ENABLED")
    assert BODY == got["Body"].read()
    assert {"a": "b"} == got["Metadata"]
    if "ChecksumAlgorithm" in more:
        name = f"Checksum{more['ChecksumAlgorithm']}"
        assert put[name] == got[name]
    small = s3.get_object(Bucket="long", Key="k", Range="bytes=1048570-1048589")
    assert BODY[1048570:1048590] == small["Body"].read()


def test_without_checksums(running: Running, s3: Any) -> None:
    client = running.client("s3", request_checksum_calculation="when_required")
    client.put_object(Bucket="long", Key="k", Body=BODY)
    assert BODY == s3.get_object(Bucket="long", Key="k")["Body"].read()


def test_a_body_that_the_signature_does_not_cover(running: Running, s3: Any) -> None:
    said = {**plain(), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    head, _ = head_of(running, "/long/k", said)
    assert 200 == ask(running, head, BODY)[0]
    assert BODY == s3.get_object(Bucket="long", Key="k")["Body"].read()


def test_a_presigned_url(running: Running, s3: Any) -> None:
    client = running.client("s3", signature_version="s3v4")
    params = {"Bucket": "long", "Key": "k"}
    url = urlsplit(client.generate_presigned_url("put_object", Params=params))
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nhost: {url.netloc}\r\n"
    head += f"content-length: {len(BODY)}\r\n\r\n"
    assert 200 == ask(running, head.encode(), BODY)[0]
    assert BODY == s3.get_object(Bucket="long", Key="k")["Body"].read()
    assert 403 == ask(running, head.replace("/long/k", "/long/j").encode(), BODY)[0]


def test_parts(running: Running, s3: Any) -> None:
    place = {"Bucket": "long", "Key": "k"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    pieces = [BODY * 2, BODY]
    parts = []
    for number, piece in enumerate(pieces, 1):
        head, _ = head_of(running, f"/long/k?partNumber={number}&uploadId={upload}", plain(piece))
        assert 200 == ask(running, head, piece)[0]
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        etag = hashlib.md5(piece).hexdigest()
        parts.append({"PartNumber": number, "ETag": etag, "ChecksumSHA256": digest})
    said = {"Parts": parts}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=said)
    assert b"".join(pieces) == s3.get_object(**place)["Body"].read()
    s3.delete_object(**place)


# -- chunks


def chunked(
    running: Running, path: str, pieces: list[bytes], *, trailing: bool
) -> tuple[bytes, list[bytes]]:
    """A head and signed chunks, made by AWS's description and nothing of ours."""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailing else "")
    whole = b"".join(pieces)
    trailer = b"x-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(whole).to_bytes(4, "big"))
    said = {
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(len(whole)),
        **({"x-amz-trailer": "x-amz-checksum-crc32"} if trailing else {}),
    }
    head, last = head_of(running, path, said)
    stamp = head.partition(b"X-Amz-Date: ")[2][:16].decode()
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    key = b"AWS4" + running.credentials()[1].encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    chunks = []

    def sign(kind: str, *hashes: str) -> str:
        nonlocal last
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", stamp, scope, last, *hashes])
        last = hmac.digest(key, text.encode(), "sha256").hex()
        return last

    for piece in [*pieces, b""]:
        signature = sign("PAYLOAD", EMPTY, hashlib.sha256(piece).hexdigest())
        chunks.append(f"{len(piece):x};chunk-signature={signature}\r\n".encode() + piece + b"\r\n")
    if trailing:
        signature = sign("TRAILER", hashlib.sha256(trailer + b"\n").hexdigest())
        end = f"\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode()
        chunks[-1] = chunks[-1][:-2] + trailer + end
    return head, chunks


def sized(head: bytes, body: bytes) -> bytes:
    """A head that announces *body*; that header is not signed."""
    return head[:-2] + b"content-length: %d\r\n\r\n" % len(body)


@pytest.mark.parametrize("trailing", [False, True])
def test_signed_chunks(running: Running, s3: Any, trailing: bool) -> None:
    pieces = [BODY[at : at + 300_001] for at in range(0, len(BODY), 300_001)]
    head, chunks = chunked(running, "/long/k", pieces, trailing=trailing)
    body = b"".join(chunks)
    assert 200 == ask(running, sized(head, body), body)[0]
    got = s3.get_object(Bucket="long", Key="k", ChecksumMode="ENABLED")
    assert BODY == got["Body"].read()
    assert trailing == ("ChecksumCRC32" in got)


@pytest.mark.parametrize("at", [0, 5, 10])
def test_a_signed_chunk_that_was_changed(running: Running, s3: Any, at: int) -> None:
    pieces = [BODY[at : at + 300_001] for at in range(0, len(BODY), 300_001)]
    head, chunks = chunked(running, "/long/k", pieces, trailing=True)
    chunks[at] = chunks[at][:1000] + bytes([chunks[at][1000] ^ 1]) + chunks[at][1001:]
    body = b"".join(chunks)
    status, answer = ask(running, sized(head, body), body)
    assert (403, True) == (status, b"SignatureDoesNotMatch" in answer)


def test_a_signed_trailer_that_was_changed(running: Running, s3: Any) -> None:
    head, chunks = chunked(running, "/long/k", [BODY], trailing=True)
    wrong = chunks[-1].replace(b"crc32:", b"crc32:A")
    wrong = wrong.replace(b"==\r\n", b"=\r\n")
    body = chunks[0] + wrong
    status, answer = ask(running, sized(head, body), body)
    assert (403, True) == (status, b"SignatureDoesNotMatch" in answer)


def test_fewer_chunks_than_were_announced(running: Running, s3: Any) -> None:
    head, chunks = chunked(running, "/long/k", [BODY], trailing=False)
    status, answer = ask(running, sized(head, chunks[0]), chunks[0])
    assert (400, True) == (status, b"IncompleteBody" in answer)


# -- refusals


def test_a_hash_of_another_body(running: Running, s3: Any) -> None:
    head, _ = head_of(running, "/long/k", plain())
    status, answer = ask(running, head, bytes(len(BODY)))
    assert (400, True) == (status, b"XAmzContentSHA256Mismatch" in answer)
    assert 200 == ask(running, head, BODY)[0]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"content-md5": base64.b64encode(bytes(16)).decode()}, b"BadDigest"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, b"BadDigest"),
        ({"x-amz-checksum-sha256": "AAAAAA=="}, b"InvalidRequest"),
        ({"x-amz-storage-class": "SNOW"}, b"InvalidStorageClass"),
        ({"if-match": "nothing"}, b"NoSuchKey"),
    ],
)
def test_what_does_not_fit_is_not_kept(
    running: Running, s3: Any, said: dict[str, str], code: bytes
) -> None:
    head, _ = head_of(running, "/long/k", {**plain(), **said})
    status, answer = ask(running, head, BODY)
    assert (True, True) == (400 <= status < 500, code in answer)


def user(running: Running, name: str, action: str) -> tuple[str, str]:
    """The access key of a new user who may do *action*."""
    iam = running.client("iam")
    iam.create_user(UserName=name)
    policy = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.fixture(scope="module")
def reader(running: Running) -> tuple[str, str]:
    """Somebody who may read and not write."""
    return user(running, "reader", "s3:Get*")


def before_the_body(running: Running, head: bytes) -> bytes:
    """What comes back for a head alone, whose client waits for a 100."""
    with connect(running) as connection:
        connection.sendall(head)
        return connection.recv(1 << 16)


@pytest.mark.parametrize(
    ("path", "wrong", "code"),
    [
        ("/long/k", b"", b"HTTP/1.1 100 "),
        ("/long/k", b"signature", b"<Code>SignatureDoesNotMatch<"),
        ("/none-such/k", b"", b"<Code>NoSuchBucket<"),
        ("/long/k?partNumber=1&uploadId=none", b"", b"<Code>NoSuchUpload<"),
        ("/long/k?partNumber=0&uploadId=none", b"", b"<Code>InvalidArgument<"),
    ],
)
def test_refused_before_the_body(
    running: Running, s3: Any, path: str, wrong: bytes, code: bytes
) -> None:
    head, signature = head_of(running, path, plain(expect="100-continue"))
    if wrong:
        head = head.replace(signature.encode(), b"0" * 64)
    assert code in before_the_body(running, head)


def test_who_may_not_write_is_told_before_the_body(
    running: Running, s3: Any, reader: tuple[str, str]
) -> None:
    head, _ = head_of(running, "/long/k", plain(expect="100-continue"), reader)
    answer = before_the_body(running, head)
    assert b"HTTP/1.1 403 " in answer
    assert b"<Code>AccessDenied<" in answer
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        running.client("s3", key=reader).put_object(Bucket="long", Key="k", Body=BODY)
    assert "AccessDenied" == caught.value.response["Error"]["Code"]
    assert "x-lodekey-decision-id" in caught.value.response["ResponseMetadata"]["HTTPHeaders"]


def test_who_sends_all_the_same_reads_why(running: Running, s3: Any) -> None:
    head, signature = head_of(running, "/long/k", plain(BODY * 4))
    wrong = head.replace(signature.encode(), b"0" * 64)
    status, answer = ask(running, wrong, BODY * 4)
    assert (403, True) == (status, b"SignatureDoesNotMatch" in answer)
    assert 200 == ask(running, head, BODY * 4)[0]


def test_nobody_may_write(running: Running, s3: Any) -> None:
    address = urlsplit(running.endpoint).netloc
    head = f"PUT /long/k HTTP/1.1\r\nhost: {address}\r\ncontent-length: {len(BODY)}\r\n"
    answer = before_the_body(running, f"{head}expect: 100-continue\r\n\r\n".encode())
    assert b"<Code>AccessDenied<" in answer


@pytest.mark.parametrize("path", ["/long/k", "/long/k?partNumber=1&uploadId=UPLOAD"])
def test_more_than_five_gibibytes(running: Running, s3: Any, path: str) -> None:
    upload = s3.create_multipart_upload(Bucket="long", Key="k")["UploadId"]
    path = path.replace("UPLOAD", upload)
    most = 5 * 1024 * MIB
    said = {"expect": "100-continue", "content-length": str(most + 1)}
    answer = before_the_body(running, head_of(running, path, {**plain(), **said})[0])
    assert b"HTTP/1.1 400 " in answer
    assert b"<Code>EntityTooLarge</Code>" in answer
    assert f"<ProposedSize>{most + 1}</ProposedSize>".encode() in answer
    assert f"<MaxSizeAllowed>{most}</MaxSizeAllowed>".encode() in answer
    said = {**said, "content-length": str(most)}
    answer = before_the_body(running, head_of(running, path, {**plain(), **said})[0])
    # the control: as much as that is taken, where the disk has room for it
    assert b"HTTP/1.1 100 " in answer or b"<Code>SlowDown</Code>" in answer


# -- what is on the way


def begun(running: Running, body: bytes, key: str = "k") -> socket.socket:
    """A connection that has sent some of a body, which is on the disk."""
    head, _ = head_of(running, f"/long/{key}", plain(body))
    before = len(coming(running))
    connection = connect(running)
    connection.sendall(head + body[: 2 * MIB + 5])
    wait_for(lambda: len(coming(running)) == before + 1)
    return connection


def test_a_client_that_goes(running: Running, s3: Any) -> None:
    connection = begun(running, BODY)
    connection.close()
    wait_for(lambda: not coming(running))


def test_what_is_on_the_way_is_sealed(running: Running, s3: Any) -> None:
    body = (SENTINEL.encode() + bytes(100)) * 40_000
    assert SENTINEL.encode() in body
    with begun(running, body) as connection:
        wait_for(lambda: sum(path.stat().st_size for path in coming(running)) > MIB)
        for path in coming(running):
            assert SENTINEL.encode() not in path.read_bytes()
            assert bytes(64) not in path.read_bytes()
        connection.sendall(body[2 * MIB + 5 :])
        assert 200 == read_one(connection)[0]
    for path in settled(running):
        assert SENTINEL.encode() not in path.read_bytes()
    assert body == s3.get_object(Bucket="long", Key="k")["Body"].read()


def test_requests_behind_a_long_one_wait_for_it(running: Running, s3: Any) -> None:
    first, _ = head_of(running, "/long/k", plain())
    second, _ = head_of(running, "/long/k", {"x-amz-content-sha256": EMPTY}, method="GET")
    with connect(running) as connection:
        connection.sendall(first + BODY + second)
        assert 200 == read_one(connection)[0]
        status, _, got = read_one(connection)
    assert (200, BODY) == (status, got)


def test_a_body_behind_the_last_request(running: Running, s3: Any) -> None:
    """Nobody will answer it, so nothing of it may stay."""
    said = {"x-amz-content-sha256": EMPTY, "connection": "close"}
    last, _ = head_of(running, "/long", said, method="HEAD")
    late, _ = head_of(running, "/long/k", plain())
    with connect(running) as connection:
        connection.sendall(last + late + BODY[: 64 * 1024])
        status = read_head(connection)
        assert 200 == status
        assert b"" == connection.recv(1)
    wait_for(lambda: not coming(running))


def read_head(connection: socket.socket) -> int:
    """The status of the answer to a HEAD: there is no body, whatever its length is said to be."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1)
    return int(data.split()[1])


def test_rights_that_end_while_a_body_comes(running: Running, s3: Any) -> None:
    key = user(running, "leaver", "s3:*")
    iam = running.client("iam")
    head, _ = head_of(running, "/long/k", plain(), key)
    answers = []
    for leave in (False, True):
        with connect(running) as connection:
            connection.sendall(head + BODY[: 2 * MIB])
            wait_for(lambda: bool(coming(running)))
            if leave:
                iam.delete_user_policy(UserName="leaver", PolicyName="p")
            connection.sendall(BODY[2 * MIB :])
            answers.append(read_one(connection)[0])
    assert [200, 403] == answers


# -- servers of their own


def test_a_kill_leaves_nothing_for_long(tmp_path: Path) -> None:
    server = Running(tmp_path / "data", "--quiet")
    try:
        server.client("s3").create_bucket(Bucket="long")
        with begun(server, BODY):
            server.kill()
        assert 1 == len(coming(server))
        server.start()
        wait_for(lambda: not coming(server))
        # the control: what is coming to a server that lives is left alone by the sweep
        with begun(server, BODY) as connection:
            other = Running(tmp_path / "data", "--quiet", "--port", "0")
            try:
                time.sleep(0.5)
                assert 1 == len(coming(server))
            finally:
                other.stop()
            connection.sendall(BODY[2 * MIB + 5 :])
            assert 200 == read_one(connection)[0]
    finally:
        server.stop()


def test_an_operator_who_wants_less(tmp_path: Path) -> None:
    server = Running(tmp_path / "data", "--quiet", "--longest-put", "8", "--long-bodies", "12")
    try:
        server.client("s3").create_bucket(Bucket="long")
        large = bytes(8 * MIB + 1)
        status, answer = ask(server, head_of(server, "/long/k", plain(large))[0], large)
        assert (400, True) == (status, b"<MaxSizeAllowed>8388608</MaxSizeAllowed>" in answer)
        first = bytes(8 * MIB)
        with begun(server, first) as connection:
            head, _ = head_of(server, "/long/j", plain(first))
            status, answer = ask(server, head, first)
            assert (503, True) == (status, b"<Code>SlowDown</Code>" in answer)
            connection.sendall(first[2 * MIB + 5 :])
            assert 200 == read_one(connection)[0]
        assert 200 == ask(server, head, first)[0]
        # of a body of unknown length it is seen when it comes
        said = {**plain(large), "transfer-encoding": "chunked"}
        del said["content-length"]
        head, _ = head_of(server, "/long/i", said)
        chunk = b"100000\r\n" + bytes(MIB) + b"\r\n"
        with connect(server) as connection:
            connection.sendall(head + chunk * 12)
            status, _, answer = read_one(connection)
        assert (503, True) == (status, b"<Code>SlowDown</Code>" in answer)
        assert 2 == len(settled(server))
        wait_for(lambda: not coming(server))
    finally:
        server.stop()


def resident(running: Running) -> int:
    """The most memory that the server ever had, bytes."""
    assert running.process is not None
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.parametrize(
    ("size", "connections"),
    [
        pytest.param(64 * MIB, 3, marks=pytest.mark.slow),
        pytest.param(1024 * MIB, 4, marks=pytest.mark.torture),
    ],
)
def test_memory(tmp_path: Path, size: int, connections: int) -> None:
    server = Running(tmp_path / "data", "--quiet")
    try:
        client = server.client("s3")
        client.create_bucket(Bucket="long")
        client.put_object(Bucket="long", Key="warm", Body=BODY)
        piece = os.urandom(MIB)
        said = {"content-length": str(size), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        before = resident(server)
        statuses = []

        def send(number: int) -> None:
            head, _ = head_of(server, f"/long/{number}", said)
            with connect(server) as connection:
                connection.settimeout(300)
                connection.sendall(head)
                for _ in range(size // MIB):
                    connection.sendall(piece)
                statuses.append(read_one(connection)[0])

        threads = [threading.Thread(target=send, args=(number,)) for number in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [200] * connections == statuses
        assert resident(server) - before < 40 * MIB
        whole = hashlib.sha256()
        got = client.get_object(Bucket="long", Key="0")["Body"]
        for block in got.iter_chunks(MIB):
            whole.update(block)
        assert hashlib.sha256(piece * (size // MIB)).digest() == whole.digest()
        client.copy_object(Bucket="long", Key="copy", CopySource="long/0")
        assert resident(server) - before < 60 * MIB
    finally:
        server.stop()


def test_the_day_of_the_signature() -> None:
    """What is signed holds from when its head came, however long the body takes."""
    from lodekey.wire.http import HttpRequest, Incoming
    from lodekey.wire.sigv4 import AuthError, read_claim, verify

    url = "http://h/b/k"
    request = botocore.awsrequest.AWSRequest("PUT", url, headers={"host": "h"})
    signer = botocore.auth.S3SigV4Auth(
        botocore.credentials.Credentials("AKIAEXAMPLEEXAMPLE00", "secret"), "s3", "us-east-1"
    )
    signer.add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    now = dt.datetime.now(dt.UTC).timestamp()
    body = Incoming()
    body.began, body.ended = now, True
    body.sha256 = headers["x-amz-content-sha256"]
    http = HttpRequest("PUT", "/b/k", "", headers, body)
    claim = read_claim(http)
    assert claim is not None
    verify(http, claim, "secret", now + 3600)
    with pytest.raises(AuthError):
        verify(http._replace(body=b""), claim, "secret", now + 3600)
    body.sha256 = "0" * 64
    with pytest.raises(AuthError):
        verify(http, claim, "secret", now + 3600)
