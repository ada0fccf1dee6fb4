"""The query protocol: forms in, XML out."""

from __future__ import annotations

import re

import pytest

from lodekey.errors import AccessDenied, AccessDeniedException, ApiError, InternalFailure
from lodekey.wire.codec import codec, write_error
from lodekey.wire.http import HttpRequest
from lodekey.wire.routing import NoRoute, route

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "host": "h"}


def form(body: str | bytes, query: str = "") -> HttpRequest:
    data = body.encode() if isinstance(body, str) else body
    return HttpRequest("POST" if data else "GET", "/", query, FORM, data)


def read(body: str | bytes, query: str = "") -> object:
    http = form(body, query)
    found = route(http)
    return codec(found.service, found.operation).read(http, found.captures)


def refusal(body: str | bytes) -> tuple[str, str]:
    http = form(body)
    found = route(http)
    shapes = codec(found.service, found.operation)
    with pytest.raises(ApiError) as caught:
        shapes.read(http, found.captures)
    text = shapes.write_error(caught.value, "id").body.decode()
    return re.findall("<Code>(.*)</Code>", text)[0], caught.value.message


STACK = "Action=CreateChangeSet&Version=2010-05-15&StackName=s&ChangeSetName=c"


def test_empty_lists_as_the_cli_writes_them() -> None:
    assert {
        "StackName": "s",
        "ChangeSetName": "c",
        "Parameters": [],
        "NotificationARNs": [],
    } == read(STACK + "&Parameters=&NotificationARNs=")


def test_lists_follow_their_numbers() -> None:
    many = "".join(f"&Capabilities.member.{n}=CAPABILITY_IAM" for n in range(1, 3))
    tags = "&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.10.Key=c&Tags.member.10.Value=3"
    got = read(STACK + many + tags + "&Tags.member.1.Key=a&Tags.member.1.Value=1")
    assert isinstance(got, dict)
    assert ["a", "b", "c"] == [tag["Key"] for tag in got["Tags"]]
    assert ["CAPABILITY_IAM"] * 2 == got["Capabilities"]


def test_a_query_string_does_as_well() -> None:
    assert {} == read("", "Action=GetCallerIdentity&Version=2011-06-15")


def test_plus_and_percent_are_decoded() -> None:
    got = read(
        "Action=CreateUser&Version=2010-05-08&UserName=a%40b&Path=%2Fx%2F&Tags.member.1.Key=a+b"
        "&Tags.member.1.Value=%C3%A9"
    )
    assert {"UserName": "a@b", "Path": "/x/", "Tags": [{"Key": "a b", "Value": "é"}]} == got


@pytest.mark.parametrize(
    "body",
    [
        "&UserName.x=a",
        "&UserName=a&UserName.x=b",
        "&Tags=a&UserName=a",
        "&Tags.member.x.Key=a&UserName=a",
        "&Tags.member.1=a&UserName=a",
        "&UserName=%ff",
        "&" + "a." * 50 + "b=c&UserName=a",
        "&a=b" * 30_000,
    ],
)
def test_what_cannot_be_read_is_malformed_input(body: str) -> None:
    assert "MalformedInput" == refusal("Action=CreateUser&Version=2010-05-08" + body)[0]


def test_what_does_not_fit_is_a_validation_error() -> None:
    assert (
        "ValidationError",
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: "
        "Member must not be null",
    ) == refusal("Action=CreateUser&Version=2010-05-08")
    code, message = refusal("Action=CreateUser&Version=2010-05-08&UserName=a%2Fb")
    assert "ValidationError" == code
    assert message.endswith(r"Member must satisfy regular expression pattern: [\w+=,.@-]+")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "Action=Nothing&Version=2010-05-08",
            "Could not find operation Nothing for version 2010-05-08",
        ),
        ("Action=&Version=2010-05-08", "Could not find operation  for version 2010-05-08"),
        ("Action=GetUser&Version=1999", "Could not find operation GetUser for version 1999"),
        ("Action=GetUser", "Could not find operation GetUser for version "),
    ],
)
def test_an_unknown_action(body: str, message: str) -> None:
    with pytest.raises(NoRoute) as caught:
        route(form(body))
    assert ("query", message) == (caught.value.protocol, caught.value.error.message)
    response = write_error("query", caught.value.error, "id", service="iam")
    assert 400 == response.status
    assert b"<Code>InvalidAction</Code>" in response.body


def test_the_scope_tells_the_service_where_no_version_does() -> None:
    scope = "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/sts/aws4_request, SignedHeaders=host"
    http = form("Action=GetCallerIdentity")._replace(headers={**FORM, "authorization": scope})
    assert ("sts", "GetCallerIdentity") == route(http)[:2]


def test_an_answer_is_wrapped_and_carries_the_request_id() -> None:
    response = codec("sts", "GetCallerIdentity").write({"Account": "1<2"}, "an-id")
    assert (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        "<GetCallerIdentityResult><Account>1&lt;2</Account></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>an-id</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    ) == response.body.decode()
    assert "text/xml" == response.headers["Content-Type"]


def test_an_answer_without_members_has_no_result() -> None:
    response = codec("iam", "DeleteUser").write(None, "an-id")
    assert (
        '<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        "<ResponseMetadata><RequestId>an-id</RequestId></ResponseMetadata></DeleteUserResponse>"
    ) == response.body.decode()


def test_an_error_has_the_models_code_and_status() -> None:
    class NoSuchEntityException(ApiError):
        pass

    response = codec("iam", "GetUser").write_error(NoSuchEntityException("No <user> a"), "an-id")
    assert 404 == response.status
    assert (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>'
        "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>No &lt;user&gt; a</Message></Error>"
        "<RequestId>an-id</RequestId></ErrorResponse>"
    ) == response.body.decode()


@pytest.mark.parametrize("error", [AccessDenied("no"), AccessDeniedException("no")])
def test_common_errors_are_called_as_the_protocol_calls_them(error: ApiError) -> None:
    response = codec("iam", "GetUser").write_error(error, "id")
    assert 403 == response.status
    assert b"<Code>AccessDenied</Code>" in response.body


def test_a_fault_of_ours_is_the_receivers() -> None:
    response = codec("iam", "GetUser").write_error(InternalFailure("Internal failure"), "id")
    assert 500 == response.status
    assert b"<Type>Receiver</Type><Code>InternalFailure</Code>" in response.body
