"""REST-XML: S3's paths, hosts, headers, documents and chunks."""

from __future__ import annotations

import re

import pytest

from lodekey.errors import AccessDeniedException, ApiError
from lodekey.wire.chunks import IncompleteBody, MalformedTrailerError, decode_body
from lodekey.wire.codec import codec
from lodekey.wire.http import HttpRequest
from lodekey.wire.refusals import AuthError
from lodekey.wire.routing import NoRoute, route
from lodekey.wire.s3_paths import add_base_host
from lodekey.wire.xml_in import DEEPEST, MalformedXML, parse


def request(
    method: str, path: str, query: str = "", body: bytes = b"", **headers: str
) -> HttpRequest:
    given = {"host": "127.0.0.1:4566"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method, path, query, given, body)


def read(http: HttpRequest) -> tuple[str, object]:
    found = route(http)
    assert "s3" == found.service
    return found.operation, codec("s3", found.operation).read(http, found.captures)


def refusal(http: HttpRequest) -> tuple[int, str, str]:
    try:
        found = route(http)
    except NoRoute as caught:
        shapes, error = codec("s3", "GetObject"), caught.error
    else:
        shapes = codec("s3", found.operation)
        with pytest.raises(ApiError) as raised:
            shapes.read(http, found.captures)
        error = raised.value
    response = shapes.write_error(error, "an-id")
    code = re.findall("<Code>(.*)</Code>", response.body.decode())[0]
    return response.status, code, error.message


@pytest.mark.parametrize(
    ("method", "path", "query", "operation", "captures"),
    [
        ("GET", "/", "", "ListBuckets", {}),
        ("GET", "/b", "", "ListObjects", {"Bucket": "b"}),
        ("GET", "/b/", "", "ListObjects", {"Bucket": "b"}),
        ("GET", "/b", "list-type=2&prefix=a", "ListObjectsV2", {"Bucket": "b"}),
        ("GET", "/b", "versions", "ListObjectVersions", {"Bucket": "b"}),
        ("GET", "/b", "location", "GetBucketLocation", {"Bucket": "b"}),
        ("HEAD", "/b", "", "HeadBucket", {"Bucket": "b"}),
        ("PUT", "/b", "", "CreateBucket", {"Bucket": "b"}),
        ("POST", "/b", "delete", "DeleteObjects", {"Bucket": "b"}),
        ("PUT", "/b", "policy=", "PutBucketPolicy", {"Bucket": "b"}),
        ("GET", "/b/k", "", "GetObject", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/k", "partNumber=1", "GetObject", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/k", "x-id=GetObject", "GetObject", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/a/b%20c//d", "", "GetObject", {"Bucket": "b", "Key": "a/b c//d"}),
        ("GET", "/b/k", "uploadId=1", "ListParts", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/k", "attributes", "GetObjectAttributes", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k", "", "PutObject", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k", "partNumber=1&uploadId=x", "UploadPart", {"Bucket": "b", "Key": "k"}),
        ("POST", "/b/k", "uploads", "CreateMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("POST", "/b/k", "uploadId=x", "CompleteMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("DELETE", "/b/k", "uploadId=x", "AbortMultipartUpload", {"Bucket": "b", "Key": "k"}),
    ],
)
def test_paths(method: str, path: str, query: str, operation: str, captures: object) -> None:
    assert ("s3", operation, captures) == route(request(method, path, query))


def test_a_copy_is_told_by_its_header() -> None:
    assert "CopyObject" == route(request("PUT", "/b/k", x_amz_copy_source="/b/j")).operation


@pytest.mark.parametrize(
    ("host", "path", "bucket", "key"),
    [
        ("b.s3.amazonaws.com", "/k", "b", "k"),
        ("b.s3.us-east-1.amazonaws.com:443", "/k/l", "b", "k/l"),
        ("b.s3-eu-west-1.amazonaws.com", "/k", "b", "k"),
        ("B.c.s3.amazonaws.com", "/k", "b.c", "k"),
        ("b.localhost:4566", "/k", "b", "k"),
        ("b.objects.example.org", "/k", "b", "k"),
        ("s3.amazonaws.com", "/b/k", "b", "k"),
        ("s3.us-east-1.amazonaws.com", "/b/k", "b", "k"),
        ("localhost:4566", "/b/k", "b", "k"),
        ("127.0.0.1:4566", "/b/k", "b", "k"),
        ("example.org", "/b/k", "b", "k"),
    ],
)
def test_hosts(host: str, path: str, bucket: str, key: str) -> None:
    add_base_host("objects.example.org")
    found = route(request("GET", path, host=host))
    assert {"Bucket": bucket, "Key": key} == found.captures


@pytest.mark.parametrize(
    ("http", "expected"),
    [
        (request("GET", "/b", "cors"), (501, "NotImplemented")),
        (request("GET", "/b/k", "torrent"), (501, "NotImplemented")),
        (request("PUT", "/b/k", "acl"), (501, "NotImplemented")),
        (request("PUT", "/b/k", "uploadId=x"), (501, "NotImplemented")),
        (request("FROB", "/b/k"), (405, "MethodNotAllowed")),
        (request("POST", "/"), (405, "MethodNotAllowed")),
        (request("GET", "/%ff/k"), (400, "InvalidURI")),
        (request("GET", "/b", "max-keys=lots"), (400, "InvalidArgument")),
        (request("PUT", "/b/k", x_amz_acl="everybody"), (400, "InvalidArgument")),
        (request("PUT", "/b", "tagging"), (400, "MissingRequestBodyError")),
        (request("PUT", "/b", "tagging", b"<Tagging>"), (400, "MalformedXML")),
        (request("PUT", "/b", "tagging", b"<Other/>"), (400, "MalformedXML")),
        (request("PUT", "/b", "tagging", b"<Tagging/>"), (400, "MalformedXML")),
        (
            request(
                "PUT",
                "/b",
                "versioning",
                b"<VersioningConfiguration><Status>On</Status></VersioningConfiguration>",
            ),
            (400, "MalformedXML"),
        ),
    ],
)
def test_refusals(http: HttpRequest, expected: tuple[int, str]) -> None:
    assert expected == refusal(http)[:2]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"\xff\xfe<",
        b"<a>&nbsp;</a>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
        b"<a>" + b"<b/>" * 70_000 + b"</a>",
    ],
)
def test_documents_that_only_an_attacker_sends(document: bytes) -> None:
    with pytest.raises(MalformedXML):
        parse(document)


def test_a_document_with_prefixes_and_references() -> None:
    http = request(
        "PUT",
        "/b",
        "tagging",
        b'<?xml version="1.0" encoding="UTF-8"?><x:Tagging xmlns:x="http://s3.amazonaws.com/doc/'
        b'2006-03-01/"><x:TagSet><x:Tag><x:Key>a&amp;&#x42;</x:Key><x:Value><![CDATA[<c>]]>'
        b"</x:Value></x:Tag></x:TagSet></x:Tagging>",
    )
    assert (
        "PutBucketTagging",
        {"Bucket": "b", "Tagging": {"TagSet": [{"Key": "a&B", "Value": "<c>"}]}},
    ) == read(http)


def test_metadata_and_dates_in_headers() -> None:
    operation, got = read(
        request(
            "PUT",
            "/b/k",
            body=b"content",
            x_amz_meta_filesha256="abc=",
            content_type="text/plain",
            expires="Tue, 24 Nov 2026 23:15:00 GMT",
        )
    )
    assert "PutObject" == operation
    assert {
        "Bucket": "b",
        "Key": "k",
        "Body": b"content",
        "ContentType": "text/plain",
        "Metadata": {"filesha256": "abc="},
        "Expires": got["Expires"] if isinstance(got, dict) else None,
    } == got


def test_an_object_is_its_bytes() -> None:
    response = codec("s3", "GetObject").write(
        {
            "Body": b"\x00content",
            "ContentLength": 8,
            "ETag": '"e"',
            "LastModified": 1795562100.0,
            "Metadata": {"a": "b\r\nc"},
        },
        "an-id",
    )
    assert (200, b"\x00content") == (response.status, response.body)
    assert {
        "Content-Length": "8",
        "Content-Type": "binary/octet-stream",
        "ETag": '"e"',
        "Last-Modified": "Tue, 24 Nov 2026 23:15:00 GMT",
        "x-amz-meta-a": "b c",
        "x-amz-request-id": "an-id",
        "x-amz-id-2": "an-id",
    } == response.headers


def test_a_part_of_an_object_is_206() -> None:
    answer = {"Body": b"c", "ContentRange": "bytes 0-0/7"}
    assert 206 == codec("s3", "GetObject").write(answer, "id").status


def test_a_list_of_objects() -> None:
    response = codec("s3", "ListObjectsV2").write(
        {
            "Name": "b",
            "KeyCount": 2,
            "IsTruncated": False,
            "Contents": [{"Key": "a", "LastModified": 1795562100.0}, {"Key": "<b>"}],
        },
        "an-id",
    )
    assert (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        "<IsTruncated>false</IsTruncated><Contents><Key>a</Key>"
        "<LastModified>2026-11-24T23:15:00.000Z</LastModified></Contents>"
        "<Contents><Key>&lt;b&gt;</Key></Contents><Name>b</Name><KeyCount>2</KeyCount>"
        "</ListBucketResult>"
    ) == response.body.decode()


@pytest.mark.parametrize(("region", "inside"), [("eu-west-1", "eu-west-1"), (None, "")])
def test_the_location_is_the_document_itself(region: str | None, inside: str) -> None:
    answer = {} if region is None else {"LocationConstraint": region}
    text = codec("s3", "GetBucketLocation").write(answer, "id").body.decode()
    assert text.endswith(
        f'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}'
        "</LocationConstraint>"
    )


def test_an_owner_s_kind_is_an_attribute() -> None:
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": "i"}, "Permission": "READ"}]
    text = codec("s3", "GetBucketAcl").write({"Grants": grants}, "id").body.decode()
    assert (
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:type="CanonicalUser"><ID>i</ID></Grantee>'
    ) in text


class NoSuchKey(ApiError):
    """As S3's room has it."""


def test_an_error_as_s3_words_it() -> None:
    error = NoSuchKey("The specified key does not exist.", Key="a<b")
    response = codec("s3", "GetObject").write_error(error, "an-id")
    assert 404 == response.status
    assert (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
        "<Message>The specified key does not exist.</Message><Key>a&lt;b</Key>"
        "<RequestId>an-id</RequestId><HostId>an-id</HostId></Error>"
    ) == response.body.decode()


def test_an_error_of_a_head_has_no_body() -> None:
    response = codec("s3", "HeadObject").write_error(NoSuchKey("no"), "an-id")
    assert (404, b"") == (response.status, response.body)


def test_not_modified_is_no_document() -> None:
    class NotModified(ApiError):
        pass

    response = codec("s3", "GetObject").write_error(NotModified("Not Modified"), "an-id")
    assert (304, b"") == (response.status, response.body)


def test_a_denial() -> None:
    response = codec("s3", "GetObject").write_error(AccessDeniedException("Access Denied"), "id")
    assert 403 == response.status
    assert b"<Code>AccessDenied</Code>" in response.body


def chunked(body: bytes, length: int, trailer: str = "x-amz-checksum-crc32") -> HttpRequest:
    return request(
        "PUT",
        "/b/k",
        body=body,
        content_encoding="gzip,aws-chunked",
        x_amz_content_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        x_amz_decoded_content_length=str(length),
        x_amz_trailer=trailer,
    )


def test_chunks_with_a_checksum_behind() -> None:
    http = decode_body(
        chunked(b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 5), None, ""
    )
    assert b"abcde" == http.body
    assert ("AAAAAA==", "gzip", "5") == (
        http.headers["x-amz-checksum-crc32"],
        http.headers["content-encoding"],
        http.headers["content-length"],
    )


def test_what_is_not_in_chunks_is_left_alone() -> None:
    http = request("PUT", "/b/k", body=b"abc", x_amz_content_sha256="UNSIGNED-PAYLOAD")
    assert http is decode_body(http, None, "")


@pytest.mark.parametrize(
    ("http", "error"),
    [
        (chunked(b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:A\r\n\r\n", 4), IncompleteBody),
        (chunked(b"3\r\nab", 3), IncompleteBody),
        (chunked(b"x\r\n", 0), IncompleteBody),
        (chunked(b"", 0), IncompleteBody),
        (chunked(b"3\r\nabcde\r\n", 3), IncompleteBody),
        (chunked(b"0\r\n\r\n", 0), MalformedTrailerError),
        (chunked(b"0\r\nauthorization:x\r\n\r\n", 0), MalformedTrailerError),
        (chunked(b"0\r\nx-amz-acl:public\r\n\r\n", 0, "x-amz-acl"), MalformedTrailerError),
        (
            chunked(b"0\r\nx-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:B\r\n\r\n", 0),
            MalformedTrailerError,
        ),
    ],
)
def test_chunks_that_cannot_be(http: HttpRequest, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode_body(http, None, "")


def test_signed_chunks_need_a_signature() -> None:
    headers = {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    with pytest.raises(AuthError):
        decode_body(HttpRequest("PUT", "/b/k", "", headers, b"0\r\n\r\n"), None, "")
