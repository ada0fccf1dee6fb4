"""Whatever comes in: an answer in AWS's words, never an exception of ours, never slow."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botocore_wire import written
from lodekey.errors import ApiError
from lodekey.wire.chunks import decode_body
from lodekey.wire.codec import codec, write_error
from lodekey.wire.error_codes import shown
from lodekey.wire.http import HttpRequest
from lodekey.wire.models import model, services
from lodekey.wire.refusals import AuthError, word
from lodekey.wire.routing import NoRoute, Route, route
from lodekey.wire.sigv4 import Claim, read_claim, verify
from shape_values import Values

OFFERED = [(s, name) for s in services() if s != "lodekey" for name in model(s).operations]
PROTOCOLS = ("json", "rest-json", "query", "rest-xml")
CLAIM = Claim("AKID", "20261124", "us-east-1", "s3", "host", "0" * 64, "20261124T000000Z", "")


def answered(http: HttpRequest) -> int:
    """Let the wire read a request, and say how it went; 200 where it was read."""
    try:
        found = route(http)
    except NoRoute as refused:
        return write_error(refused.protocol, refused.error, "id", service=refused.service).status
    shapes = codec(found.service, found.operation)
    try:
        read = shapes.read(http, found.captures)
    except ApiError as error:
        return shapes.write_error(error, "id").status
    shapes.redact(read)
    return 200


def claimed(http: HttpRequest, now: float = 1.8e9) -> str:
    """Let the wire read and verify a claim, and say how it went."""
    try:
        claim = read_claim(http)
        if claim is None:
            return "none"
        verify(http, claim, "secret", now)
    except AuthError as error:
        for protocol in PROTOCOLS:
            assert 400 <= shown(None, protocol, word(error, protocol)).status < 500
        return error.kind
    return "believed"


texts = st.text(st.characters(max_codepoint=255), max_size=30)
NAMES = """x-amz-target content-type host authorization x-amz-date date x-amz-content-sha256
    x-amz-security-token x-amz-copy-source x-amz-meta-a if-match range x-amz-trailer
    x-amz-decoded-content-length x-amz-object-attributes x-amz-invocation-type"""
VALUES = """TrentService.Decrypt AmazonSSM.PutParameter application/x-www-form-urlencoded
    application/xml bucket.s3.amazonaws.com b.localhost 20261124T000000Z
    STREAMING-UNSIGNED-PAYLOAD-TRAILER AWS4-HMAC-SHA256"""
names = st.sampled_from(NAMES.split())
values = st.one_of(
    texts,
    st.sampled_from(VALUES.split()),
    st.builds(
        "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature={}".format, texts, texts, texts
    ),
    st.builds(
        "AWS4-HMAC-SHA256 Credential=A/20261124/r/{}/aws4_request, SignedHeaders=host, "
        "Signature={}".format,
        st.sampled_from(["s3", "lambda", "sts", "kms", "nobody"]),
        texts,
    ),
)
queries = st.one_of(
    texts,
    st.builds("{}={}&{}={}".format, texts, texts, texts, texts),
    st.builds("Action={}&Version=2010-05-08&{}={}".format, texts, texts, texts),
    st.builds(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261124%2Fr%2Fs3%2Faws4_request"
        "&X-Amz-Date=20261124T000000Z&X-Amz-Expires={}&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature={}".format,
        texts,
        texts,
    ),
    st.sampled_from(["acl", "uploads", "list-type=2", "uploadId=1&partNumber=%ff", "delete"]),
)
paths = st.one_of(
    texts.map("/{}".format),
    st.builds("/2015-03-31/functions/{}".format, texts),
    st.builds("/2018-10-31/layers/{}/versions/{}".format, texts, texts),
    st.builds("/bucket/{}".format, texts),
)
requests = st.builds(
    HttpRequest,
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "get", ""]),
    paths,
    queries,
    st.dictionaries(names, values, max_size=6),
    st.one_of(
        st.binary(max_size=200),
        texts.map(lambda text: text.encode("latin-1")),
        queries.map(lambda text: text.encode("latin-1")),
        st.sampled_from(
            [
                b"<Delete><Object><Key>a</Key></Object></Delete>",
                b"<!DOCTYPE a [<!ENTITY b 'c'>]><Delete>&b;</Delete>",
                b"<a>" * 10_000,
                b'{"a":' * 10_000,
            ]
        ),
    ),
)


@settings(max_examples=400, deadline=None)
@given(requests)
def test_any_request_is_answered(http: HttpRequest) -> None:
    assert answered(http) in {200, 400, 403, 404, 405, 501}


@settings(max_examples=400, deadline=None)
@given(requests)
def test_any_claim_is_judged(http: HttpRequest) -> None:
    assert "believed" != claimed(http)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.builds(
            lambda size, data, rest: b"%x\r\n%s\r\n0\r\n%s" % (size, data, rest),
            st.integers(0, 20),
            st.binary(max_size=20),
            st.binary(max_size=30),
        ),
    ),
    st.sampled_from(
        [
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        ]
    ),
    texts,
)
def test_any_chunks_are_read_or_refused(body: bytes, kind: str, length: str) -> None:
    headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": length}
    for claim in (CLAIM, None):
        try:
            decode_body(HttpRequest("PUT", "/b/k", "", headers, body), claim, "secret")
        except (AuthError, ApiError):
            continue


def mutated(data: bytes, random: Random) -> bytes:
    """*data* with a few bytes changed, moved, doubled or lost."""
    out = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(out) + 1)
        kind = random.randrange(4)
        if kind == 0 and at < len(out):
            out[at] = random.randrange(256)
        elif kind == 1:
            out[at:at] = random.choice(
                [b"\x00", b"\xff", b"\\ud800", b"[", b"{", b'"', b"%", b"null", b"9" * 30, b"<"]
            )
        elif kind == 2:
            del out[at : at + random.randint(1, 5)]
        else:
            out[at:at] = out[at : at + random.randint(1, 20)]
    return bytes(out)


def fuzz(rounds: int, seed: int) -> None:
    random = Random(seed)
    originals = []
    for number, (service, operation) in enumerate(OFFERED):
        member = model(service).operations[operation].input
        sent = {} if member is None else Values(model(service), number).of(member)
        http = written(service, operation, sent)
        originals.append((http, route(http)))
    for _ in range(rounds):
        http, found = random.choice(originals)
        kind = random.randrange(4)
        if kind < 2:
            http = http._replace(body=mutated(http.body, random))
        elif kind == 2:
            http = http._replace(query=mutated(http.query.encode(), random).decode("latin-1"))
        else:
            http = http._replace(
                path="/" + mutated(http.path[1:].encode(), random).decode("latin-1")
            )
        started = time.perf_counter()
        status = answered(http)
        assert status in {200, 400, 404, 405, 501}, (found, http)
        assert time.perf_counter() - started < 5


def test_requests_with_a_few_bytes_changed() -> None:
    fuzz(8000, 1)


@pytest.mark.torture
def test_ten_million_requests_with_a_few_bytes_changed() -> None:
    fuzz(10_000_000, 2)


def test_every_operation_refuses_noise_in_its_own_words() -> None:
    random = Random(5)
    for service, operation in OFFERED:
        shapes = codec(service, operation)
        for _ in range(4):
            http = HttpRequest(
                "POST",
                "/",
                "",
                {"content-type": "application/x-www-form-urlencoded", "host": "h"},
                random.randbytes(50),
            )
            try:
                shapes.read(http, Route(service, operation, {}).captures)
            except ApiError as error:
                assert 400 <= shapes.write_error(error, "id").status < 500
