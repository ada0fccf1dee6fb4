"""Function URLs, and the links to packages."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from lodekey.services.lambda_.runtime_api import Answer
from lodekey.services.lambda_.url_events import STREAMED, response_of
from lodekey.services.lambda_.urls import URL_IDS
from lodekey.wire.http import HttpRequest
from services.lambda_.packaging import archive
from world import allow

ARN = "arn:aws:lambda:us-east-1:111122223333:function"
ANSWERS = """
import json
def handler(event, context):
    what = event["rawPath"]
    if what == "/plain":
        return {"hello": "there"}
    if what == "/spelled":
        return {"statusCode": 418, "headers": {"X-One": "1", "Content-Type": "text/plain"},
                "cookies": ["a=1", "b=2; Secure"], "body": "short"}
    if what == "/bytes":
        return {"statusCode": 200, "isBase64Encoded": True, "body": "AAEC"}
    if what == "/wrong":
        return {"statusCode": "nonsense"}
    if what == "/split":
        return {"statusCode": 200, "headers": {"x": "a\\r\\nset-cookie: b"}}
    if what == "/raise":
        raise ValueError("no")
    return {"statusCode": 200, "body": json.dumps(event)}
"""


def refusal(call, *arguments, **named):
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def get(world, url, method="GET", body=b"", **headers):
    parts = urlsplit(url)
    named = {"host": parts.netloc, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return world.handle(HttpRequest(method, parts.path, parts.query, named, body))


def signed(world, url, who, service="lambda"):
    request = AWSRequest("GET", url, headers={"host": urlsplit(url).netloc})
    credentials = Credentials(who.access_key_id, who.secret, who.token or None)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    parts = urlsplit(url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return world.handle(HttpRequest("GET", parts.path, parts.query, headers, b""))


@pytest.fixture(scope="module")
def open_url(lambdas, make) -> str:
    make("u-open", ANSWERS)
    made = lambdas.create_function_url_config(FunctionName="u-open", AuthType="NONE")
    for sid, action, more in (
        ("url", "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("invoke", "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        lambdas.add_permission(
            FunctionName="u-open", StatementId=sid, Action=action, Principal="*", **more
        )
    return made["FunctionUrl"]


def test_a_url_is_configured(lambdas, make):
    make("u-config", Publish=True)
    lambdas.create_alias(FunctionName="u-config", Name="live", FunctionVersion="1")
    made = lambdas.create_function_url_config(
        FunctionName="u-config", AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"]}
    )
    assert made["FunctionUrl"].startswith("http://127.0.0.1:4566/_lodekey/url/")
    assert (f"{ARN}:u-config", "AWS_IAM", "BUFFERED") == (
        made["FunctionArn"],
        made["AuthType"],
        made["InvokeMode"],
    )
    lambdas.create_function_url_config(FunctionName="u-config", Qualifier="live", AuthType="NONE")
    changed = lambdas.update_function_url_config(
        FunctionName="u-config", InvokeMode="RESPONSE_STREAM"
    )
    assert (made["FunctionUrl"], "RESPONSE_STREAM", {"AllowOrigins": ["*"]}) == (
        changed["FunctionUrl"],
        changed["InvokeMode"],
        changed["Cors"],
    )
    listed = lambdas.list_function_url_configs(FunctionName="u-config")["FunctionUrlConfigs"]
    assert [f"{ARN}:u-config", f"{ARN}:u-config:live"] == [each["FunctionArn"] for each in listed]
    assert (
        "ResourceConflictException"
        == refusal(lambdas.create_function_url_config, FunctionName="u-config", AuthType="NONE")[0]
    )
    lambdas.delete_function_url_config(FunctionName="u-config")
    assert (
        "ResourceNotFoundException"
        == refusal(lambdas.get_function_url_config, FunctionName="u-config")[0]
    )


@pytest.mark.slow
def test_the_event_says_what_was_asked(shared_world, open_url):
    answer = get(
        shared_world,
        open_url + "a%20b/c?x=1&x=2&y=",
        "POST",
        b"text",
        content_type="text/plain",
        cookie="a=1; b=2",
    )
    event = json.loads(answer.body)
    assert ("2.0", "/a b/c", "x=1&x=2&y=", "text", False) == (
        event["version"],
        event["rawPath"],
        event["rawQueryString"],
        event["body"],
        event["isBase64Encoded"],
    )
    assert {"x": "1,2", "y": ""} == event["queryStringParameters"]
    assert ["a=1", "b=2"] == event["cookies"]
    assert ("POST", "/a b/c") == (
        event["requestContext"]["http"]["method"],
        event["requestContext"]["http"]["path"],
    )
    assert "authorizer" not in event["requestContext"]
    binary = json.loads(get(shared_world, open_url, "PUT", b"\xff\x00").body)
    assert (True, b"\xff\x00") == (binary["isBase64Encoded"], base64.b64decode(binary["body"]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("plain", 200, b'{"hello": "there"}'),
        ("spelled", 418, b"short"),
        ("bytes", 200, b"\x00\x01\x02"),
        ("wrong", 502, b'{"Message": "Internal Server Error"}'),
        ("split", 502, b'{"Message": "Internal Server Error"}'),
        ("raise", 502, b'{"Message": "Internal Server Error"}'),
    ],
)
def test_an_answer_becomes_a_response(shared_world, open_url, path, status, body):
    answer = get(shared_world, open_url + path)
    assert (status, body) == (answer.status, answer.body)
    if path == "spelled":
        assert ("1", "text/plain", ("a=1", "b=2; Secure")) == (
            answer.headers["x-one"],
            answer.headers["content-type"],
            answer.cookies,
        )


@pytest.mark.parametrize(
    ("value", "status", "headers"),
    [
        ({"headers": {"X-A": 1, "X-B": True, "X-C": 1.5}}, 200, {"x-a": "1", "x-b": "true"}),
        ({"headers": {"X-A": None}}, 502, {}),
        ({"headers": {"X-A": ["a", "b"]}}, 502, {}),
        ({"headers": ["X-A"]}, 502, {}),
        ({"cookies": "a=1"}, 502, {}),
        ({"cookies": ["a=1", 2]}, 502, {}),
        ({"cookies": ["a=1\r\nx: y"]}, 502, {}),
        ({"statusCode": 99}, 502, {}),
        ({"statusCode": "201"}, 201, {}),
        ({"isBase64Encoded": True, "body": "?"}, 502, {}),
        ({"body": {"a": 1}}, 200, {}),
        # of payload format 1.0, which function URLs do not speak
        ({"multiValueHeaders": {"X-A": ["a", "b"]}}, 200, {"content-type": "application/json"}),
    ],
)
def test_what_an_answer_may_spell(value, status, headers):
    answer = response_of(Answer(json.dumps({"statusCode": 200, **value}).encode()))
    assert status == answer.status
    assert headers.items() <= answer.headers.items()
    assert "x-a" not in answer.headers or headers
    assert () == answer.cookies


def test_a_streamed_answer_spells_its_head():
    head = {"statusCode": 201, "headers": {"X-A": "a"}, "cookies": ["a=1", "b=2"]}
    body = json.dumps(head).encode() + bytes(8) + b"body"
    answer = response_of(Answer(body, content_type=STREAMED, streamed=True))
    assert (201, "a", ("a=1", "b=2"), b"body") == (
        answer.status,
        answer.headers["x-a"],
        answer.cookies,
        answer.body,
    )


@pytest.mark.slow
def test_a_signed_url_wants_both_permissions(lambdas, make, shared_world):
    make("u-signed", ANSWERS)
    url = lambdas.create_function_url_config(FunctionName="u-signed", AuthType="AWS_IAM")[
        "FunctionUrl"
    ]
    arn = f"{ARN}:u-signed"
    both = allow("lambda:InvokeFunctionUrl", "lambda:InvokeFunction", resource=arn)
    allowed = shared_world.user("u-both", both)
    one = shared_world.user("u-one", allow("lambda:InvokeFunctionUrl", resource=arn))
    answer = signed(shared_world, url, allowed)
    assert 200 == answer.status
    event = json.loads(answer.body)
    assert allowed.arn == event["requestContext"]["authorizer"]["iam"]["userArn"]
    assert "authorization" not in event["headers"]
    wrong = allowed._replace(secret="x" * 40)
    assert 403 == signed(shared_world, url, one).status
    assert 403 == signed(shared_world, url, wrong).status
    assert 403 == signed(shared_world, url, allowed, service="s3").status
    assert 403 == get(shared_world, url).status


def test_an_open_url_still_needs_the_policy(lambdas, make, shared_world):
    make("u-closed", ANSWERS)
    url = lambdas.create_function_url_config(FunctionName="u-closed", AuthType="NONE")
    assert 403 == get(shared_world, url["FunctionUrl"]).status
    assert 403 == get(shared_world, "http://127.0.0.1:4566/_lodekey/url/nobody/").status


@pytest.mark.slow
def test_browsers_are_told(lambdas, shared_world, open_url):
    lambdas.update_function_url_config(
        FunctionName="u-open",
        Cors={"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 7},
    )
    preflight = get(
        shared_world,
        open_url,
        "OPTIONS",
        origin="https://a.example",
        access_control_request_method="GET",
    )
    assert ("https://a.example", "GET", "7") == tuple(
        preflight.headers[f"access-control-{name}"]
        for name in ("allow-origin", "allow-methods", "max-age")
    )
    answer = get(shared_world, open_url + "plain", origin="https://a.example")
    assert "https://a.example" == answer.headers["access-control-allow-origin"]
    other = get(shared_world, open_url + "plain", origin="https://b.example")
    assert "access-control-allow-origin" not in other.headers


def test_a_deleted_functions_url_leads_nowhere(lambdas, make, shared_world):
    for _ in range(2):
        make("u-deleted", ANSWERS)
        url = lambdas.create_function_url_config(FunctionName="u-deleted", AuthType="NONE")
        lambdas.delete_function(FunctionName="u-deleted")
        assert 403 == get(shared_world, url["FunctionUrl"]).status
    with shared_world.gate.store.transaction(write=False) as tx:
        owners = {owner.name for _, owner in URL_IDS.scan(tx)}
    assert "u-deleted" not in owners


def test_a_package_can_be_had_by_its_link(lambdas, make, shared_world):
    package = archive({"h.py": "x = 1\n"})
    make("u-code", Code={"ZipFile": package})
    link = lambdas.get_function(FunctionName="u-code")["Code"]["Location"]
    assert package == get(shared_world, link).body
    assert 403 == get(shared_world, link[:-4] + "AAAA").status
    shared_world.clock.advance(601)
    assert 403 == get(shared_world, link).status
