"""What botocore writes we read; what we write botocore reads: every operation offered."""

from __future__ import annotations

import pytest

from botocore_wire import parsed, written
from lodekey.wire.codec import codec
from lodekey.wire.models import model, services
from lodekey.wire.routing import route
from shape_values import Values

OFFERED = [
    (service, name)
    for service in services()
    if service != "lodekey"
    for name in model(service).operations
]
# Two answers that botocore's parsers alone do not read: an event stream, and one that a hook reads.
HOOKED = {("lambda", "InvokeWithResponseStream"), ("s3", "GetBucketLocation")}


def test_there_are_many() -> None:
    assert len(OFFERED) > 380


@pytest.mark.parametrize(("service", "operation"), OFFERED)
def test_what_botocore_writes_is_read_back(service: str, operation: str) -> None:
    member = model(service).operations[operation].input
    for seed in range(6):
        sent = {} if member is None else Values(model(service), seed).of(member)
        http = written(service, operation, sent)
        found = route(http)
        assert (service, operation) == (found.service, found.operation)
        if "Metadata" in sent:  # headers have no case
            sent["Metadata"] = {name.lower(): text for name, text in sent["Metadata"].items()}
        assert sent == codec(service, operation).read(http, found.captures)


@pytest.mark.parametrize(("service", "operation"), [o for o in OFFERED if o not in HOOKED])
def test_what_is_written_botocore_reads(service: str, operation: str) -> None:
    member = model(service).operations[operation].output
    for seed in range(6):
        result = {} if member is None else Values(model(service), seed).of(member)
        response = codec(service, operation).write(result, "a-request-id")
        lower = {name.lower(): value for name, value in response.headers.items()}
        assert "a-request-id" == lower.get("x-amzn-requestid", lower.get("x-amz-request-id"))
        got = parsed(service, operation, response)
        if operation == "GetObject":
            result.setdefault("ContentType", "binary/octet-stream")
        if "Metadata" in got:
            result.setdefault("Metadata", {})
        assert result == got
