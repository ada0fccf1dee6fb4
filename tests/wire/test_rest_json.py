"""REST-JSON: Lambda's paths, headers, bodies and streams."""

from __future__ import annotations

import json

import pytest
from botocore.eventstream import EventStreamBuffer

from lodekey.errors import AccessDeniedException, ApiError
from lodekey.wire.codec import codec
from lodekey.wire.http import HttpRequest
from lodekey.wire.routing import NoRoute, route

SCOPE = "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/%s/aws4_request, SignedHeaders=host"
FUNCTIONS = "/2015-03-31/functions"


def request(
    method: str, path: str, body: bytes = b"", query: str = "", scope: str = "", **headers: str
) -> HttpRequest:
    given = {"host": "127.0.0.1:4566"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    if scope:
        given["authorization"] = SCOPE % scope
    return HttpRequest(method, path, query, given, body)


def read(http: HttpRequest) -> tuple[str, object]:
    found = route(http)
    return found.operation, codec(found.service, found.operation).read(http, found.captures)


def refusal(http: HttpRequest) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        read(http)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("scope", ["lambda", ""])
def test_an_invocation(scope: str) -> None:
    http = request(
        "POST",
        FUNCTIONS + "/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af/invocations",
        b"\x00 any bytes",
        "Qualifier=live",
        scope,
        x_amz_invocation_type="Event",
    )
    assert (
        "Invoke",
        {
            "FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:f",
            "InvocationType": "Event",
            "Qualifier": "live",
            "Payload": b"\x00 any bytes",
        },
    ) == read(http)


def test_an_invocation_without_a_payload() -> None:
    http = request("POST", FUNCTIONS + "/f/invocations")
    assert ("Invoke", {"FunctionName": "f"}) == read(http)


@pytest.mark.parametrize(
    ("method", "path", "query", "operation"),
    [
        ("GET", FUNCTIONS, "", "ListFunctions"),
        ("GET", FUNCTIONS + "/", "", "ListFunctions"),
        ("GET", FUNCTIONS + "/f", "", "GetFunction"),
        ("DELETE", FUNCTIONS + "/f", "Qualifier=1", "DeleteFunction"),
        ("GET", "/2018-10-31/layers", "", "ListLayers"),
        ("GET", "/2018-10-31/layers", "find=LayerVersion&Arn=x", "GetLayerVersionByArn"),
        ("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda", "", "ListTags"),
        ("DELETE", "/2017-03-31/tags/arn", "tagKeys=a&tagKeys=b", "UntagResource"),
    ],
)
def test_paths(method: str, path: str, query: str, operation: str) -> None:
    assert operation == route(request(method, path, query=query)).operation


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", FUNCTIONS),
        ("GET", FUNCTIONS + "/f/nothing"),
        ("GET", FUNCTIONS + "/f/versions/extra/more"),
        ("GET", FUNCTIONS + "/%ff"),
        ("GET", "/2015-03-31/functions//versions"),
        ("GET", "/2015-03-31/event-source-mappings"),
    ],
)
def test_what_is_no_operation(method: str, path: str) -> None:
    with pytest.raises(NoRoute) as caught:
        route(request(method, path))
    assert ("lambda", "rest-json") == (caught.value.service, caught.value.protocol)


def test_the_scope_decides_between_a_bucket_and_a_function() -> None:
    assert ("s3", "GetObject") == route(request("GET", FUNCTIONS + "/f", scope="s3"))[:2]
    assert ("lambda", "GetFunction") == route(request("GET", FUNCTIONS + "/f", scope="lambda"))[:2]
    with pytest.raises(NoRoute) as caught:
        route(request("GET", "/bucket/key", scope="lambda"))
    assert "rest-json" == caught.value.protocol


def test_what_does_not_fit() -> None:
    code, message = refusal(request("GET", FUNCTIONS, query="MaxItems=lots"))
    assert ("SerializationException", "STRING_VALUE can not be converted to an Integer") == (
        code,
        message,
    )
    code, message = refusal(request("GET", FUNCTIONS, query="MaxItems=0"))
    assert "ValidationException" == code
    assert "Value '0' at 'maxItems' failed to satisfy constraint" in message
    code, message = refusal(request("GET", FUNCTIONS + "/no%20spaces"))
    assert "ValidationException" == code
    assert message.startswith("1 validation error detected: Value 'no spaces' at 'functionName'")
    assert ("SerializationException", "") == refusal(request("POST", FUNCTIONS, b"{"))
    assert "SerializationException" == refusal(request("POST", FUNCTIONS, b"[]"))[0]


def test_members_of_the_path_cannot_be_set_in_the_body() -> None:
    http = request("PUT", FUNCTIONS + "/f/code", b'{"FunctionName": "other", "DryRun": true}')
    assert ("UpdateFunctionCode", {"FunctionName": "f", "DryRun": True}) == read(http)


def test_an_answer_in_headers_and_bytes() -> None:
    response = codec("lambda", "Invoke").write(
        {"StatusCode": 202, "FunctionError": "Unhandled\r\nX-Evil: 1", "Payload": b"{}"}, "an-id"
    )
    assert (202, b"{}") == (response.status, response.body)
    assert "Unhandled X-Evil: 1" == response.headers["X-Amz-Function-Error"]
    assert "an-id" == response.headers["x-amzn-RequestId"]


def test_an_answer_without_a_body() -> None:
    response = codec("lambda", "DeleteAlias").write(None, "an-id")
    assert (204, b"") == (response.status, response.body)
    assert "Content-Type" not in response.headers


def test_an_error_as_lambda_words_it() -> None:
    class ResourceNotFoundException(ApiError):
        pass

    error = ResourceNotFoundException("Function not found: x")
    response = codec("lambda", "GetFunction").write_error(error, "an-id")
    assert 404 == response.status
    assert "ResourceNotFoundException" == response.headers["x-amzn-ErrorType"]
    assert {"Type": "User", "Message": "Function not found: x"} == json.loads(response.body)


def test_an_error_with_a_member_in_a_header() -> None:
    class TooManyRequestsException(ApiError):
        pass

    error = TooManyRequestsException(
        "Rate exceeded", retryAfterSeconds="3", Reason="CallerRateLimitExceeded"
    )
    response = codec("lambda", "Invoke").write_error(error, "an-id")
    assert 429 == response.status
    assert "3" == response.headers["Retry-After"]
    assert "CallerRateLimitExceeded" == json.loads(response.body)["Reason"]


def test_a_denial_is_403() -> None:
    response = codec("lambda", "GetFunction").write_error(AccessDeniedException("no"), "id")
    assert (403, {"message": "no"}) == (response.status, json.loads(response.body))


def test_a_stream_of_events() -> None:
    events = [
        {"PayloadChunk": {"Payload": b"x" * 3_000_000}},
        {"PayloadChunk": {"Payload": b"end"}},
        {"InvokeComplete": {"ErrorCode": "E"}},
    ]
    response = codec("lambda", "InvokeWithResponseStream").write(
        {"StatusCode": 200, "EventStream": events, "ResponseStreamContentType": "text/plain"}, "id"
    )
    assert "text/plain" == response.headers["Content-Type"]
    buffer = EventStreamBuffer()
    buffer.add_data(response.body)
    read_back = list(buffer)
    assert b"x" * 3_000_000 + b"end" == b"".join(
        event.payload for event in read_back if event.headers[":event-type"] == "PayloadChunk"
    )
    assert {"ErrorCode": "E"} == json.loads(read_back[-1].payload)
    assert "InvokeComplete" == read_back[-1].headers[":event-type"]


def test_the_trail_sees_neither_environment_nor_payload() -> None:
    shown = codec("lambda", "CreateFunction").redact(
        {
            "FunctionName": "f",
            "Code": {"ZipFile": b"pReCiOuS", "S3Bucket": "b"},
            "Environment": {"Variables": {"A": "pReCiOuS"}},
        }
    )
    assert {"functionName": "f", "code": {"s3Bucket": "b"}, "environment": {}} == shown
    shown = codec("lambda", "Invoke").redact_answer({"StatusCode": 200, "LogResult": "pReCiOuS"})
    assert {"statusCode": 200} == shown
