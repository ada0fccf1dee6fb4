"""Signatures at the door: what is not believed is refused with AWS's code and status."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from running import Running

Change = Callable[[AWSRequest], None]


def send(
    running: Running,
    *,
    key: tuple[str, ...] = (),
    change: Change = lambda _: None,
    age: int = 0,
    service: str = "kms",
) -> tuple[int, str]:
    """Send one ListKeys (or GetCallerIdentity), tampered with after signing; status and code."""
    access_key, secret, *token = key or running.credentials()
    credentials = Credentials(access_key, secret, token[0] if token else None)
    if service == "kms":
        body, headers = (
            b'{"Limit":1}',
            {"x-amz-target": "TrentService.ListKeys", "content-type": "application/x-amz-json-1.1"},
        )
    else:
        body, headers = (
            b"Action=GetCallerIdentity&Version=2011-06-15",
            {"content-type": "application/x-www-form-urlencoded"},
        )
    request = AWSRequest("POST", running.endpoint + "/", headers, body)
    signer = SigV4Auth(credentials, service, "us-east-1")
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)
    request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    del request.headers["X-Amz-Date"]
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    signer._inject_signature_to_request(request, signer.signature(to_sign, request))
    change(request)
    raw = urllib.request.Request(
        running.endpoint + "/", request.data, dict(request.headers.items()), method="POST"
    )
    try:
        with urllib.request.urlopen(raw) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        if text.startswith("{"):
            return error.code, json.loads(text)["__type"].rpartition("#")[2]
        return error.code, text.partition("<Code>")[2].partition("</Code>")[0]


def changed_body(request: AWSRequest) -> None:
    request.data = b'{"Limit":2}'


def test_the_untampered_request_is_answered(running: Running) -> None:
    """The control of every refusal below."""
    assert send(running) == (200, "")
    assert send(running, service="sts") == (200, "")


def test_a_wrong_secret(running: Running) -> None:
    key, _ = running.credentials()
    assert send(running, key=(key, "wrong")) == (400, "InvalidSignatureException")
    assert send(running, key=(key, "wrong"), service="sts") == (403, "SignatureDoesNotMatch")


def test_a_changed_body(running: Running) -> None:
    assert send(running, change=changed_body) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("age", [16 * 60, -16 * 60])
def test_a_date_too_far_away(running: Running, age: int) -> None:
    assert send(running, age=age) == (400, "InvalidSignatureException")
    assert send(running, age=age // 16 * 14) == (200, "")


def test_an_unknown_key(running: Running) -> None:
    unknown = ("AKIAIOSFODNN7EXAMPLE", "secret")
    assert send(running, key=unknown) == (400, "UnrecognizedClientException")
    assert send(running, key=unknown, service="sts") == (403, "InvalidClientTokenId")


def test_an_inactive_key(running: Running) -> None:
    iam = running.client("iam")
    iam.create_user(UserName="sleeper")
    made = iam.create_access_key(UserName="sleeper")["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    assert send(running, key=key, service="sts") == (200, "")
    iam.update_access_key(UserName="sleeper", AccessKeyId=key[0], Status="Inactive")
    assert send(running, key=key, service="sts") == (403, "InvalidClientTokenId")
    assert send(running, key=key) == (400, "UnrecognizedClientException")


def test_a_missing_session_token(running: Running) -> None:
    made = running.client("sts").get_session_token()["Credentials"]
    whole = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    assert send(running, key=whole, service="sts") == (200, "")
    assert send(running, key=whole[:2], service="sts") == (403, "InvalidClientTokenId")
    assert send(running, key=whole[:2]) == (400, "UnrecognizedClientException")
    other = (*whole[:2], whole[2][:-8] + "AAAAAAAA")
    assert send(running, key=other, service="sts") == (403, "InvalidClientTokenId")


def drop(*names: str) -> Change:
    def change(request: AWSRequest) -> None:
        for name in names:
            del request.headers[name]

    return change


def test_no_signature_at_all(running: Running) -> None:
    assert send(running, change=drop("Authorization")) == (
        400,
        "MissingAuthenticationTokenException",
    )


def broken(request: AWSRequest) -> None:
    del request.headers["Authorization"]
    request.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=x"


def test_a_signature_that_cannot_be_read(running: Running) -> None:
    assert send(running, change=broken) == (400, "IncompleteSignatureException")
