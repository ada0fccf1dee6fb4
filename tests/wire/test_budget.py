"""The wire's price for one Decrypt, in calls: they do not depend on the machine's mood.

A step that grows beyond its budget is either worth it, and then the budget is raised with the
reason in the commit, or it is not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lodekey.wire.claims import Claim, read_claim
from lodekey.wire.http import HttpRequest
from lodekey.wire.json_protocol import compile_
from lodekey.wire.models import model
from lodekey.wire.routing import route
from lodekey.wire.sigv4 import moment, verify

BODY = b'{"CiphertextBlob": "' + b"QUFB" * 60 + b'", "EncryptionContext": {"a": "b"}}'


def signed() -> HttpRequest:
    headers = {
        "Host": "127.0.0.1:4566",
        "X-Amz-Target": "TrentService.Decrypt",
        "Content-Type": "application/x-amz-json-1.1",
    }
    request = AWSRequest("POST", "http://127.0.0.1:4566/", headers, BODY)
    SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "kms", "us-east-1").add_auth(request)
    lower = {name.lower(): str(value) for name, value in request.headers.items()}
    return HttpRequest("POST", "/", "", lower, BODY)


HTTP = signed()
CODEC = compile_(model("kms"), "Decrypt")  # without the net that tests spread under answers


def claim() -> Claim:
    found = read_claim(HTTP)
    assert found is not None
    return found


CLAIM = claim()
NOW = moment(CLAIM.stamp)
ANSWER = {"KeyId": "arn", "Plaintext": b"abc", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def calls(work: Callable[[], Any]) -> int:
    """How many functions *work* calls, once it is warm."""
    for _ in range(3):
        work()
    count = 0

    def tick(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count - 1  # the one that ends the count


@pytest.mark.parametrize(
    ("work", "budget"),
    [
        (lambda: route(HTTP), 4),
        (lambda: read_claim(HTTP), 10),
        (lambda: verify(HTTP, CLAIM, "secret", NOW, service="kms"), 38),
        (lambda: CODEC.read(HTTP, {}), 23),
        (lambda: CODEC.redact({"CiphertextBlob": b"", "EncryptionContext": {"a": "b"}}), 6),
        (lambda: CODEC.write(ANSWER, "id"), 6),
    ],
    ids=["route", "claim", "verify", "read", "redact", "write"],
)
def test_a_step_keeps_to_its_budget(work: Callable[[], Any], budget: int) -> None:
    assert calls(work) <= budget
