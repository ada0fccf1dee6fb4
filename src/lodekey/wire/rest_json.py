"""The REST-JSON protocol, which Lambda speaks.

Source: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from lodekey.errors import ApiError
from lodekey.wire.codec import Codec, Fitter, no_headers
from lodekey.wire.error_codes import REST_JSON, shown
from lodekey.wire.event_stream import EventWriter
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.json_protocol import DIALECT as JSON_DIALECT
from lodekey.wire.json_protocol import parse
from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.rest import Headers, Located, harmless
from lodekey.wire.shapes import Misfit
from lodekey.wire.text import DIALECT as TEXT_DIALECT

_encode = msgspec.json.Encoder().encode
_JSON = "application/json"


def compile_(model: Model, name: str) -> Codec:
    """The codec of the operation called *name*."""
    operation = model.operations[name]
    return Codec(
        model=model,
        name=name,
        read=_reader(model, operation.input),
        write=_writer(model, name),
        write_error=lambda error, request_id: write_error(model, error, request_id),
    )


def _reader(
    model: Model, member: Member | None
) -> Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]:
    if member is None:
        return no_headers
    shape = model.shape(member)
    located = Located(model, shape)
    body = _body_reader(model, shape)
    fit = Fitter(model, JSON_DIALECT).of(member)
    plain = _plain_leaves(model, shape)

    def read(http: HttpRequest, captures: Mapping[str, str]) -> dict[str, Any]:
        tree = located.tree(http, captures)
        for name, convert in plain.items():
            if name in tree:
                tree[name] = convert(tree[name])
        fitted: dict[str, Any] = fit(body(http, tree))
        return fitted

    return read


def _plain_leaves(model: Model, shape: Shape) -> dict[str, Callable[[Any], Any]]:
    """For members outside the body: how text becomes what JSON would have said."""
    readers = {
        "integer": TEXT_DIALECT.integer,
        "long": TEXT_DIALECT.long,
        "float": TEXT_DIALECT.number,
        "double": TEXT_DIALECT.number,
        "boolean": TEXT_DIALECT.boolean,
    }

    def tolerant(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def convert(value: Any) -> Any:
            try:
                return read(value)
            except Misfit:
                return value  # the shape's decoder finds and words it

        return convert

    return {
        name: tolerant(readers[model.shape(member).type])
        for name, member in shape.members.items()
        if member.location and model.shape(member).type in readers
    }


def _body_reader(model: Model, shape: Shape) -> Callable[[HttpRequest, dict[str, Any]], Any]:
    payload = shape.payload
    required = payload in shape.required

    def blob(http: HttpRequest, tree: dict[str, Any]) -> Any:
        if http.body or required:
            tree[payload] = http.body
        return tree

    def structure(http: HttpRequest, tree: dict[str, Any]) -> Any:
        if http.body:
            tree[payload] = parse(http.body)
        return tree

    names = frozenset(name for name, member in shape.members.items() if not member.location)

    def members(http: HttpRequest, tree: dict[str, Any]) -> Any:
        if not http.body or not names:
            return tree
        said = parse(http.body)
        if type(said) is not dict:
            return said
        return {name: value for name, value in said.items() if name in names} | tree

    if not payload:
        return members
    kind = model.shape(shape.members[payload]).type
    return blob if kind in ("blob", "string") else structure


def _writer(model: Model, name: str) -> Callable[[Mapping[str, Any] | None, str], HttpResponse]:
    operation = model.operations[name]
    shape = model.shape(operation.output) if operation.output is not None else None
    in_headers = Headers(model, shape)
    body, content_type = _body_writer(model, shape)
    usual = operation.http.response_code

    def write(result: Mapping[str, Any] | None, request_id: str) -> HttpResponse:
        said: Mapping[str, Any] = result or {}
        headers = {"x-amzn-RequestId": request_id}
        data = body(said)
        if content_type and (data or usual != 204):
            headers["Content-Type"] = content_type
        in_headers.write(said, headers)
        return HttpResponse(in_headers.status(said, usual), headers, data)

    return write


def _body_writer(
    model: Model, shape: Shape | None
) -> tuple[Callable[[Mapping[str, Any]], bytes], str]:
    if shape is None:
        return (lambda _: b""), ""
    if shape.payload:
        payload = model.shape(shape.members[shape.payload])
        if payload.eventstream:
            events = EventWriter(model, payload)
            return (lambda result: events.write(result.get(shape.payload, ()))), (
                "application/vnd.amazon.eventstream"
            )
        return (lambda result: bytes(result.get(shape.payload) or b"")), _JSON
    located = frozenset(name for name, member in shape.members.items() if member.location)
    if not located:
        return _encode, _JSON
    if len(located) == len(shape.members):
        return (lambda _: b""), ""
    return (lambda result: _encode({n: v for n, v in result.items() if n not in located})), _JSON


def write_error(model: Model | None, error: ApiError, request_id: str) -> HttpResponse:
    """Answer with *error*."""
    code, status, sender = shown(model, REST_JSON, error)
    shape = model.error(error.code) if model is not None else None
    members = shape.members if shape is not None else {}
    body: dict[str, Any] = {}
    if "Type" in members:
        body["Type"] = "User" if sender else "Server"
    headers = {
        "Content-Type": _JSON,
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": code,
        **error.headers,
    }
    for name, value in error.members.items():
        if name in members and members[name].location == "header":
            headers[members[name].location_name] = harmless(str(value))
        else:
            body[name] = value
    if error.message:
        body["Message" if "Message" in members else "message"] = error.message
    return HttpResponse(status, headers, _encode(body))
