"""Signatures that botocore makes, and what may not pass."""

from __future__ import annotations

import datetime as dt

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lodekey.wire.http import HttpRequest
from lodekey.wire.sigv4 import AuthError, Claim, read_claim, verify

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def signed(
    service: str = "kms",
    body: bytes = b'{"KeyId":"k"}',
    path: str = "/",
    query: str = "",
    method: str = "POST",
    token: str | None = None,
    **headers: str,
) -> HttpRequest:
    """A request that botocore signed just now."""
    url = f"https://kms.us-east-1.amazonaws.com{path}" + (f"?{query}" if query else "")
    given = {"Host": "kms.us-east-1.amazonaws.com", "X-Amz-Target": "TrentService.Decrypt"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method=method, url=url, data=body, headers=given)
    request.context["payload_signing_enabled"] = True
    credentials = Credentials("AKIDEXAMPLE", SECRET, token)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(credentials, service, "us-east-1").add_auth(request)
    lower = {name.lower(): value for name, value in request.headers.items()}
    return HttpRequest(method, path, query, lower, body)


def now() -> float:
    return dt.datetime.now(dt.UTC).timestamp()


def claim_of(http: HttpRequest) -> Claim:
    claim = read_claim(http)
    assert claim is not None
    return claim


def believe(http: HttpRequest, at: float | None = None, service: str = "") -> None:
    verify(http, claim_of(http), SECRET, now() if at is None else at, service=service)


def refused(http: HttpRequest, at: float | None = None, service: str = "") -> AuthError:
    with pytest.raises(AuthError) as caught:
        believe(http, at, service)
    return caught.value


def test_what_botocore_signs_is_believed() -> None:
    http = signed(token="a-token")
    believe(http, service="kms")
    claim = claim_of(http)
    assert ("AKIDEXAMPLE", "us-east-1", "kms", "a-token", "header") == (
        claim.access_key_id,
        claim.region,
        claim.service,
        claim.token,
        claim.kind,
    )


@pytest.mark.parametrize("service", ["kms", "lambda", "s3"])
@pytest.mark.parametrize(
    "path",
    ["/", "/a/b", "/a%20b/c%3Ad", "/%E4%B8%AD", "/bucket/a%2Fb~c", "/2015-03-31/functions/x"],
)
@pytest.mark.parametrize(
    "query", ["", "b=1&a=2", "a=x%20y&A=%2B", "list-type=2&prefix=a%2Fb", "acl"]
)
def test_paths_and_queries(service: str, path: str, query: str) -> None:
    if service == "s3" and query == "acl":
        query = "acl="
    believe(signed(service, path=path, query=query, method="GET", body=b""))


def test_an_unsigned_request_makes_no_claim() -> None:
    assert read_claim(HttpRequest("GET", "/", "", {"host": "h"}, b"")) is None


def changed(http: HttpRequest, **headers: str) -> HttpRequest:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return http._replace(headers={**http.headers, **names})


def test_whatever_is_changed_is_noticed() -> None:
    http = signed(x_extra="1")
    believe(http)
    other = [
        http._replace(method="GET"),
        http._replace(path="/x"),
        http._replace(query="a=b"),
        http._replace(body=http.body + b" "),
        changed(http, host="kms.eu-west-1.amazonaws.com"),
        changed(http, x_amz_target="TrentService.Encrypt"),
    ]
    for mutant in other:
        assert "mismatch" == refused(mutant).kind
    with pytest.raises(AuthError) as caught:
        verify(http, claim_of(http), SECRET + "x", now())
    assert "mismatch" == caught.value.kind


def test_a_header_of_amazons_that_is_not_signed_is_refused() -> None:
    http = changed(signed(), x_amz_acl="public-read")
    assert "unsigned" == refused(http).kind


def test_the_host_must_be_signed() -> None:
    http = signed()
    signed_names = claim_of(http).signed
    authorization = http.headers["authorization"].replace(
        signed_names, signed_names.replace("host;", "")
    )
    error = refused(changed(http, authorization=authorization))
    assert "unsigned" == error.kind
    assert "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization." == (
        error.detail
    )


def test_the_window() -> None:
    http = signed()
    at = now()
    believe(http, at + 899)
    believe(http, at - 899)
    old = refused(http, at + 960)
    assert "too old" == old.kind
    stamp = claim_of(http).stamp
    assert old.detail.startswith(f"Signature expired: {stamp} is now earlier than 20")
    assert old.detail.endswith(" - 15 min.)")
    early = refused(http, at - 960)
    assert "too early" == early.kind
    assert early.detail.startswith(f"Signature not yet current: {stamp} is still later than 20")


def test_the_scope_is_for_the_service_and_the_day() -> None:
    error = refused(signed("ssm"), service="kms")
    assert "Credential should be scoped to correct service: 'kms'." == error.detail
    http = signed()
    day = claim_of(http).day
    authorization = http.headers["authorization"].replace(day, "20200101")
    error = refused(changed(http, authorization=authorization))
    assert "scope" == error.kind
    assert error.detail.startswith("Date in Credential scope does not match YYYYMMDD")


@pytest.mark.parametrize(
    ("authorization", "kind"),
    [
        ("Basic abc", "algorithm"),
        ("", "algorithm"),
        ("AWS4-HMAC-SHA256", "incomplete"),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b", "incomplete"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=b, Signature=c", "incomplete"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=b, Signature=c", "scope"),
        ("AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request,Signature=c", "incomplete"),
    ],
)
def test_what_cannot_be_read(authorization: str, kind: str) -> None:
    with pytest.raises(AuthError) as caught:
        read_claim(changed(signed(), authorization=authorization))
    assert kind == caught.value.kind


def test_the_order_and_spacing_of_the_fields_do_not_matter() -> None:
    http = signed()
    algorithm, credential, names, signature = http.headers["authorization"].split(" ")
    parts = [part.rstrip(",") for part in (signature, names, credential)]
    believe(changed(http, authorization=f"{algorithm} {','.join(parts)}"))
    parts.reverse()
    believe(changed(http, authorization=f"{algorithm} {','.join(parts)}"))


def test_spaces_in_headers_are_folded() -> None:
    http = signed(x_note="a b")
    believe(changed(http, x_note="a  b"))
