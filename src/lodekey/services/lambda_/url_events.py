"""The event that a function gets of a request to its URL, and the response that its answer means.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from lodekey.identity.principals import Principal
from lodekey.services.lambda_.runtime_api import Answer
from lodekey.services.lambda_.urls import Url
from lodekey.wire.http import HttpRequest, HttpResponse

STREAMED = "application/vnd.awslambda.http-integration-response"
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_OWN = frozenset({"connection", "content-length", "transfer-encoding", "date", "keep-alive"})
_HOP = frozenset({"authorization", "connection", "x-amz-security-token"})


def event_of(
    url: Url,
    http: HttpRequest,
    path: str,
    principal: Principal,
    request_id: str,
    now: float,
    domain: str,
) -> dict[str, Any]:
    """The event, payload format 2.0.

    Args:
        url: The URL that was asked.
        http: The request.
        path: What follows the URL's own path, with its slash.
        principal: Who asked; the anonymous where the URL is open.
        request_id: The invocation's.
        now: Seconds since the epoch.
        domain: The URL's host.
    """
    headers = {name: value for name, value in http.headers.items() if name not in _HOP}
    cookies = [part.strip() for part in headers.pop("cookie", "").split(";") if part.strip()]
    moment = datetime.fromtimestamp(now, UTC)
    decoded = unquote(path)
    context: dict[str, Any] = {
        "accountId": principal.account or "anonymous",
        "apiId": url.id,
        "domainName": domain,
        "domainPrefix": url.id,
        "http": {
            "method": http.method,
            "path": decoded,
            "protocol": "HTTP/1.1",
            "sourceIp": http.peer,
            "userAgent": http.headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    if principal.access_key_id:
        context["authorizer"] = {"iam": who(principal)}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": decoded,
        "rawQueryString": http.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    parameters = query_parameters(http.query)
    if parameters:
        event["queryStringParameters"] = parameters
    if http.body:
        text = text_of(http)
        event["isBase64Encoded"] = text is None
        event["body"] = base64.b64encode(http.body).decode() if text is None else text
    return event


def who(principal: Principal) -> dict[str, Any]:
    """The caller, as the event shows it."""
    return {
        "accessKey": principal.access_key_id,
        "accountId": principal.account,
        "callerId": principal.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": principal.arn,
        "userId": principal.user_id,
    }


def query_parameters(query: str) -> dict[str, str]:
    """The query by name; what comes several times is joined by commas."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def text_of(http: HttpRequest) -> str | None:
    """The body as text, where its type says that it is text."""
    kind = http.headers.get("content-type", "")
    if not kind.startswith(_TEXT) and "+json" not in kind:
        return None
    try:
        return http.body.decode()
    except UnicodeDecodeError:
        return None


def response_of(answer: Answer) -> HttpResponse:
    """The response that a function's answer means."""
    if answer.failed:
        return message(502, "Internal Server Error")
    if answer.streamed:
        return streamed_response(answer)
    try:
        value = json.loads(answer.body)
    except ValueError:
        return message(502, "Internal Server Error")
    if not isinstance(value, dict) or "statusCode" not in value:
        return HttpResponse(200, {"content-type": "application/json"}, answer.body)
    try:
        return proxy_response(value)
    except (TypeError, ValueError, binascii.Error):
        return message(502, "Internal Server Error")


def proxy_response(value: Mapping[str, Any]) -> HttpResponse:
    """The response that an answer with a ``statusCode`` spells.

    Raises:
        ValueError: A part of it is not what it should be.
    """
    status = int(value["statusCode"])
    if not 200 <= status <= 599:
        raise ValueError(status)
    headers = {"content-type": "application/json"}
    given = value.get("headers") or {}
    if not isinstance(given, dict):
        raise TypeError("headers")
    for name, said in given.items():
        if not name.replace("-", "").isalnum():
            raise ValueError(name)
        if name.lower() not in _OWN:
            headers[name.lower()] = one_line(said)
    cookies = value.get("cookies") or []
    if not isinstance(cookies, list) or not all(isinstance(each, str) for each in cookies):
        raise TypeError("cookies")
    body = value.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    data = base64.b64decode(text, validate=True) if value.get("isBase64Encoded") else text.encode()
    return HttpResponse(status, headers, data, cookies=tuple(map(one_line, cookies)))


def one_line(said: object) -> str:
    """A header's value: text, a number or a truth value.

    Raises:
        TypeError: It is something else.
        ValueError: It has more than one line.
    """
    if not isinstance(said, str | int | float):
        raise TypeError(said)
    text = said if isinstance(said, str) else json.dumps(said)
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text


def streamed_response(answer: Answer) -> HttpResponse:
    """The response of a streaming handler: with a prelude that spells the head, or without."""
    if answer.content_type != STREAMED:
        return HttpResponse(200, {"content-type": answer.content_type}, answer.body)
    prelude, mark, body = answer.body.partition(bytes(8))
    try:
        head = json.loads(prelude) if mark else None
        if not isinstance(head, dict):
            return message(502, "Internal Server Error")
        shown = proxy_response({"statusCode": 200, **head, "body": ""})
    except (TypeError, ValueError):
        return message(502, "Internal Server Error")
    return shown._replace(body=body)


def message(status: int, text: str) -> HttpResponse:
    """A response of Lambda's own."""
    body = json.dumps({"Message": text}).encode()
    return HttpResponse(status, {"content-type": "application/json"}, body)
