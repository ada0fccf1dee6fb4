"""Signatures that others made: AWS's documentation, and AWS's own signer in C."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools

import pytest

from lodekey.wire.chunks import decode_body
from lodekey.wire.http import HttpRequest
from lodekey.wire.sigv4 import AuthError, read_claim, verify

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
HOST = "examplebucket.s3.amazonaws.com"
AT = calendar.timegm((2013, 5, 24, 0, 0, 30))
SCOPE = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"


def documented(
    method: str,
    path: str,
    query: str,
    signature: str,
    body: bytes = b"",
    **more: str,
) -> HttpRequest:
    """An example of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""
    headers = {"host": HOST, "x-amz-date": "20130524T000000Z", "x-amz-content-sha256": EMPTY}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    names = ";".join(sorted(headers))
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={SCOPE},SignedHeaders={names},Signature={signature}"
    )
    return HttpRequest(method, path, query, headers, body)


DOCUMENTED = [
    documented(
        "GET",
        "/test.txt",
        "",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        range="bytes=0-9",
    ),
    documented(
        "PUT",
        "/test%24file.text",
        "",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        b"Welcome to Amazon S3.",
        date="Fri, 24 May 2013 00:00:00 GMT",
        x_amz_storage_class="REDUCED_REDUNDANCY",
        x_amz_content_sha256="44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    ),
    documented(
        "GET",
        "/",
        "lifecycle",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    documented(
        "GET",
        "/",
        "max-keys=2&prefix=J",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]


@pytest.mark.parametrize("http", DOCUMENTED, ids=["get", "put", "lifecycle", "list"])
def test_the_examples_of_the_documentation(http: HttpRequest) -> None:
    claim = read_claim(http)
    assert claim is not None
    verify(http, claim, SECRET, AT, service="s3")
    with pytest.raises(AuthError):
        verify(http, claim, SECRET[:-1], AT, service="s3")


def test_a_path_that_the_client_sent_bare_and_signed_encoded() -> None:
    http = DOCUMENTED[1]._replace(path="/test$file.text")
    claim = read_claim(http)
    assert claim is not None
    verify(http, claim, SECRET, AT)


def test_the_documented_presigned_url() -> None:
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
        "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
        "&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    http = HttpRequest("GET", "/test.txt", query, {"host": HOST}, b"")
    claim = read_claim(http)
    assert claim is not None
    assert ("query", 86400) == (claim.kind, claim.expires)
    verify(http, claim, SECRET, AT)
    verify(http, claim, SECRET, AT + 86000)
    with pytest.raises(AuthError) as caught:
        verify(http, claim, SECRET, AT + 86400)
    assert "presign ended" == caught.value.kind


CHUNKS = (
    b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
    + b"a" * 65536
    + b"\r\n400;chunk-signature="
    + b"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
    + b"a" * 1024
    + b"\r\n0;chunk-signature="
    + b"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
)


def chunked(body: bytes = CHUNKS) -> HttpRequest:
    return documented(
        "PUT",
        "/examplebucket/chunkObject.txt",
        "",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        body,
        host="s3.amazonaws.com",
        content_encoding="aws-chunked",
        content_length="66824",
        x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        x_amz_decoded_content_length="66560",
        x_amz_storage_class="REDUCED_REDUNDANCY",
    )


def test_the_documented_body_in_signed_chunks() -> None:
    http = chunked()
    claim = read_claim(http)
    assert claim is not None
    verify(http, claim, SECRET, AT)
    whole = decode_body(http, claim, SECRET)
    assert b"a" * 66560 == whole.body
    assert "66560" == whole.headers["content-length"]
    assert "content-encoding" not in whole.headers


@pytest.mark.parametrize("at", [5, 30, 70, 65700, 65640, 66700, -70])
def test_a_chunk_that_was_changed(at: int) -> None:
    body = bytearray(CHUNKS)
    body[at] ^= 1
    http = chunked(bytes(body))
    claim = read_claim(http)
    assert claim is not None
    with pytest.raises(Exception) as caught:
        decode_body(http, claim, SECRET)
    assert type(caught.value).__name__ in {"AuthError", "IncompleteBody", "MalformedTrailerError"}


def crt_signed(
    method: str,
    path: str,
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    *,
    service: str,
    kind: str = "header",
    token: str | None = None,
) -> HttpRequest:
    """What AWS's common runtime makes of a request."""
    auth = pytest.importorskip("awscrt.auth")
    crt_http = pytest.importorskip("awscrt.http")
    crt_io = pytest.importorskip("awscrt.io")
    given = crt_http.HttpHeaders([*headers])
    target = path + (f"?{query}" if query else "")
    request = crt_http.HttpRequest(method, target, given, crt_io.InputStream(Reader(body)))
    s3 = service == "s3"
    signature = auth.AwsSignatureType
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4,
        signature_type=(
            signature.HTTP_REQUEST_HEADERS
            if kind == "header"
            else signature.HTTP_REQUEST_QUERY_PARAMS
        ),
        credentials_provider=auth.AwsCredentialsProvider.new_static("AKID", SECRET, token),
        region="us-east-1",
        service=service,
        date=dt.datetime.fromtimestamp(AT, dt.UTC),
        use_double_uri_encode=not s3,
        should_normalize_uri_path=not s3,
        signed_body_value=None,
        signed_body_header_type=(
            auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256
            if s3 and kind == "header"
            else auth.AwsSignedBodyHeaderType.NONE
        ),
        expiration_in_seconds=60 if kind == "query" else None,
    )
    if s3 and kind == "query":
        config = config.replace(signed_body_value="UNSIGNED-PAYLOAD")
    signed = auth.aws_sign_request(request, config).result(10)
    path, _, query = signed.path.partition("?")
    lower: dict[str, str] = {}
    for name, value in signed.headers:
        before = lower.get(name.lower())
        lower[name.lower()] = value if before is None else f"{before},{value}"
    return HttpRequest(method, path, query, lower, body)


class Reader:
    """A body that the runtime can read twice."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def read(self, size: int = -1) -> bytes:
        end = len(self.data) if size < 0 else self.at + size
        piece, self.at = self.data[self.at : end], min(end, len(self.data))
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = (0, self.at, len(self.data))[whence] + offset
        return self.at

    def tell(self) -> int:
        return self.at


PATHS = [
    "/",
    "/a/b",
    "//",
    "/example/..",
    "/example1/example2/../..",
    "/./",
    "/./example",
    "//example//",
    "/example%20space/",
    "/-._~0123456789abcXYZ",
    "/%E1%88%B4",
    "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af/code",
]
QUERIES = [
    "",
    "Param1=value1",
    "Param2=value2&Param1=value1",
    "Param1=value2&Param1=Value1",
    "=",
    "a=",
    "%E1%88%B4=bar",
    "-._~0123456789=x",
    "p=%20%2F%3D&P=1",
    "list-type=2&prefix=a%2Fb%2B",
]
HEADERS = [
    [],
    [("My-Header1", "value1"), ("My-Header2", '"a b c"')],
    [("My-Header1", "  a   b   c  ")],
    [("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3")],
]


@pytest.mark.parametrize("kind", ["header", "query"])
@pytest.mark.parametrize("service", ["service", "s3"])
def test_what_awss_own_signer_signs_is_believed(service: str, kind: str) -> None:
    count = 0
    for path, query, headers in itertools.product(PATHS, QUERIES, HEADERS):
        body = b"Param1=value1" if count % 2 else b""
        token = "a/token+with=signs" if count % 3 == 0 else None
        method = "POST" if body else "GET"
        http = crt_signed(
            method,
            path,
            query,
            [("Host", "example.amazonaws.com"), *headers],
            body,
            service=service,
            kind=kind,
            token=token,
        )
        claim = read_claim(http)
        assert claim is not None
        assert (service, token or "") == (claim.service, claim.token)
        verify(http, claim, SECRET, AT, service=service)
        count += 1
    assert 480 == count
