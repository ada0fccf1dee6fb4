"""Presigned URLs, of both versions."""

from __future__ import annotations

import time

import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lodekey.wire.http import HttpRequest
from lodekey.wire.sigv4 import AuthError, Claim, read_claim, verify

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def presigned(kind: str = "s3", query: str = "", token: str | None = None) -> HttpRequest:
    credentials = Credentials("AKIDEXAMPLE", SECRET, token)
    url = "http://127.0.0.1:4566/bucket/a%20key" + (f"?{query}" if query else "")
    request = AWSRequest(method="GET", url=url, headers={"Host": "127.0.0.1:4566"})
    if kind == "s3":
        S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=60).add_auth(request)
    elif kind == "sts":
        request.url = "http://127.0.0.1:4566/?Action=GetCallerIdentity"
        SigV4QueryAuth(credentials, "sts", "us-east-1", expires=60).add_auth(request)
    else:
        HmacV1QueryAuth(credentials, expires=60).add_auth(request)
    _, _, rest = request.url.partition("4566")
    path, _, asked = rest.partition("?")
    return HttpRequest("GET", path, asked, {"host": "127.0.0.1:4566"}, b"")


def claim_of(http: HttpRequest) -> Claim:
    claim = read_claim(http)
    assert claim is not None
    return claim


def believe(http: HttpRequest, ahead: float = 0, **replaced: str) -> None:
    verify(http, claim_of(http)._replace(**replaced), SECRET, time.time() + ahead)


def kind_of_refusal(http: HttpRequest, ahead: float = 0) -> str:
    with pytest.raises(AuthError) as caught:
        believe(http, ahead)
    return caught.value.kind


@pytest.mark.parametrize("kind", ["s3", "sts", "v2"])
@pytest.mark.parametrize("token", [None, "a/token+="])
def test_a_presigned_url_is_believed_while_it_lives(kind: str, token: str | None) -> None:
    http = presigned(kind, token=token)
    assert (token or "") == claim_of(http).token
    believe(http)
    believe(http, 50)
    assert "presign ended" == kind_of_refusal(http, 70)


@pytest.mark.parametrize("kind", ["s3", "sts", "v2"])
def test_a_presigned_url_is_for_what_it_says(kind: str) -> None:
    http = presigned(kind)
    for mutant in (http._replace(method="HEAD"), http._replace(path="/bucket/other")):
        assert "mismatch" == kind_of_refusal(mutant)
    assert kind_of_refusal(http._replace(query=http.query + "&versionId=1")) == "mismatch"
    with_header = http._replace(headers={**http.headers, "x-amz-acl": "public-read"})
    assert kind_of_refusal(with_header) in ("unsigned", "mismatch")


def test_a_presigned_url_from_the_future() -> None:
    assert "presign early" == kind_of_refusal(presigned(), -1000)


@pytest.mark.parametrize(
    "change",
    [
        ("X-Amz-Expires=60", "X-Amz-Expires=604801"),
        ("X-Amz-Expires=60", "X-Amz-Expires=-1"),
        ("X-Amz-Expires=60", "X-Amz-Expires=soon"),
        ("X-Amz-Expires=60", "X-Amz-Expires="),
        ("X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60"),
        ("X-Amz-SignedHeaders=host", ""),
        ("X-Amz-Signature=", "X-Amz-Signature=&X-Amz-Signature="),
    ],
)
def test_parameters_that_cannot_be(change: tuple[str, str]) -> None:
    http = presigned()
    with pytest.raises(AuthError) as caught:
        read_claim(http._replace(query=http.query.replace(*change)))
    assert "presign" == caught.value.kind


def test_two_mechanisms_at_once() -> None:
    http = presigned()
    headers = {**http.headers, "authorization": "AWS4-HMAC-SHA256 Credential=x"}
    with pytest.raises(AuthError) as caught:
        read_claim(http._replace(headers=headers))
    assert "two mechanisms" == caught.value.kind


def test_version_2_reads_objects_and_nothing_else() -> None:
    http = presigned("v2")
    believe(http)
    assert "algorithm" == kind_of_refusal(http._replace(method="PUT"))
    # Version 2 does not sign this one, so whoever holds the URL could add it.
    assert "algorithm" == kind_of_refusal(http._replace(query=http.query + "&list-type=2"))


def test_version_2_signs_what_the_answer_is_to_say() -> None:
    believe(presigned("v2", "response-content-type=text%2Fplain&versionId=3"))
