"""The other half of the wire: what botocore writes, and what it reads of our answers."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import botocore.model
import botocore.parsers
import botocore.serialize
import botocore.session
from botocore.awsrequest import HeadersDict

from lodekey.wire.http import HttpRequest, HttpResponse


@lru_cache
def botocore_model(service: str) -> botocore.model.ServiceModel:
    """Botocore's model of *service*, or the same class over our own service's file."""
    return botocore.session.get_session().get_service_model(service)


def written(service: str, operation: str, params: dict[str, Any]) -> HttpRequest:
    """The request that botocore writes; unsigned."""
    model = botocore_model(service)
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"], False)
    made = serializer.serialize_to_request(params, model.operation_model(operation))
    body = made["body"]
    headers = {name.lower(): str(value) for name, value in made["headers"].items()}
    headers["host"] = "127.0.0.1:4566"
    query = made["query_string"]
    path, _, fixed = made["url_path"].partition("?")
    if isinstance(body, dict):
        data = encoded(body).encode()
    else:
        data = body.encode() if isinstance(body, str) else bytes(body or b"")
    asked = "&".join(part for part in (fixed, encoded(query)) if part)
    return HttpRequest(made["method"], path, asked, headers, data)


def encoded(parameters: Any) -> str:
    """Parameters as a query string or form body."""
    pairs = parameters.items() if isinstance(parameters, dict) else parameters
    flat = [
        (name, value)
        for name, values in pairs
        for value in (values if isinstance(values, list) else [values])
    ]
    return "&".join(f"{quote(str(n), safe='-_.~')}={quote(str(v), safe='-_.~')}" for n, v in flat)


def parsed(service: str, operation: str, response: HttpResponse) -> dict[str, Any]:
    """What botocore reads of *response*, without its metadata; timestamps as seconds."""
    model = botocore_model(service)
    made = botocore.parsers.create_parser(model.metadata["protocol"])
    shape = model.operation_model(operation).output_shape
    # A streamed body is no bytes to botocore; anything else will do.
    streamed = model.operation_model(operation).has_streaming_output
    message = {
        "status_code": response.status,
        "headers": HeadersDict(response.headers),
        "body": bytearray(response.body) if streamed else response.body,
    }
    got = made.parse(message, shape)
    got.pop("ResponseMetadata")
    return plain(got)


def plain(value: Any) -> Any:
    """*value* with every datetime as seconds since the epoch."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if isinstance(value, dt.datetime) else value
