"""Bad input: AWS's error, never a 5xx, never a hang, nothing lost."""

from __future__ import annotations

import contextlib
import http.client
import json
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from running import Running


def post(
    running: Running, target: str, body: bytes, *, twice: str = "", signed: bool = True
) -> tuple[int, str, str]:
    """Send *body* to a JSON operation; status, code and message of the answer."""
    key, secret = running.credentials()
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", running.endpoint + "/", headers, body)
    if signed:
        service = "ssm" if "SSM" in target else "kms"
        SigV4Auth(Credentials(key, secret), service, "us-east-1").add_auth(request)
    parts = urlsplit(running.endpoint)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.putrequest("POST", "/", skip_accept_encoding=True)
    for name, value in request.headers.items():
        connection.putheader(name, value)
        if name.lower() == twice:
            connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    # The server may answer before it has read everything, and close.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    parsed = json.loads(text) if text.startswith("{") else {}
    code = parsed.get("__type", "").rpartition("#")[2]
    return answer.status, code, parsed.get("message", parsed.get("Message", ""))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"not json", "SerializationException", id="not-json"),
        pytest.param(b"[1, 2]", "SerializationException", id="not-an-object"),
        pytest.param(b'{"Limit": NaN}', "SerializationException", id="nan"),
        pytest.param(b'{"Limit": 1e999}', "SerializationException", id="infinity"),
        pytest.param(b'{"Limit": "one"}', "SerializationException", id="wrong-type"),
        pytest.param(b'{"Limit": true}', "SerializationException", id="bool-for-int"),
        pytest.param(b'{"Limit": 0}', "ValidationException", id="too-small"),
        pytest.param(b'{"Marker": "' + b"x" * 2000 + b'"}', "ValidationException", id="too-long"),
        pytest.param(
            b'{"Marker": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
            "SerializationException",
            id="deep",
        ),
        pytest.param(b'{"Marker": "\\ud800"}', "SerializationException", id="lone-surrogate"),
        pytest.param(b'{"Marker": "\xff"}', "SerializationException", id="not-utf8"),
    ],
)
def test_a_body_that_does_not_fit(running: Running, body: bytes, code: str) -> None:
    status, got, _ = post(running, "TrentService.ListKeys", body)
    assert (status, got) == (400, code)


def test_a_missing_member(running: Running) -> None:
    assert post(running, "TrentService.DescribeKey", b"{}") == (
        400,
        "ValidationException",
        "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: "
        "Member must not be null",
    )


@pytest.mark.parametrize("target", ["TrentService.NoSuchThing", "NoSuch.Thing", ""])
def test_an_unknown_operation(running: Running, target: str) -> None:
    status, code, _ = post(running, target, b"{}")
    assert (status, code) == (400, "UnknownOperationException")


def test_ten_megabytes(running: Running) -> None:
    status, code, _ = post(running, "TrentService.ListKeys", b"x" * 10_000_000)
    assert status in {400, 413}
    assert code in {"SerializationException", "RequestEntityTooLarge"}


@pytest.mark.parametrize("name", ["x-amz-target", "authorization", "x-amz-date", "content-type"])
def test_a_header_that_comes_twice(running: Running, name: str) -> None:
    status, _, _ = post(running, "TrentService.ListKeys", b"{}", twice=name)
    assert status == 400


def test_the_server_still_answers(running: Running) -> None:
    assert post(running, "TrentService.ListKeys", b"{}")[0] == 200


def test_surrogates_as_the_cli_sends_them(running: Running) -> None:
    """The seed pushes binary through the shell; both CLIs then send lone surrogates."""
    body = b'{"Name": "p", "Type": "String", "Value": "a\\udc80b"}'
    status, code, _ = post(running, "AmazonSSM.PutParameter", body)
    assert (status, code) == (400, "SerializationException")
