"""The AWS JSON 1.0 and 1.1 protocols: one POST, ``X-Amz-Target``, JSON both ways.

Source: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

import binascii
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from lodekey.errors import ApiError, SerializationException
from lodekey.wire.codec import Codec, Fitter, no_headers
from lodekey.wire.error_codes import JSON, shown
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.models import Member, Model
from lodekey.wire.shapes import Decode, Dialect, Misfit

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder().decode
_YEAR_10000 = 253402300800.0
_ASSUMED = "application/x-amz-json-1.1"


def parse(body: bytes) -> Any:
    """Parse JSON from a stranger: no NaN, no lone surrogates, no bottomless nesting.

    Raises:
        SerializationException: It is not JSON.
    """
    try:
        return _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise SerializationException from None


def _integer(low: int, high: int) -> Decode:
    def integer(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and low <= value <= high:
            return value
        raise Misfit

    return integer


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int and -(1 << 63) <= value < 1 << 64:
        return value
    raise Misfit


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise Misfit


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        if type(value) is bytes:  # a body that is itself the member
            return value
        raise Misfit
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        raise Misfit from None


def seconds(value: float) -> float:
    """*value* if it is a time that a calendar can show.

    Raises:
        Misfit: It is not.
    """
    if -62135596800.0 <= value < _YEAR_10000:
        return value
    raise Misfit


def _epoch(value: Any) -> float:
    if type(value) in (int, float):
        return seconds(value)
    raise Misfit


def iso8601(value: Any) -> float:
    """``2026-11-24T23:15:00Z`` as seconds since the epoch.

    Raises:
        Misfit: It is another thing.
    """
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Misfit from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def _timestamp(form: str) -> Decode:
    return iso8601 if form == "iso8601" else _epoch


DIALECT = Dialect(
    name="json",
    integer=_integer(-(1 << 31), (1 << 31) - 1),
    long=_integer(-(1 << 63), (1 << 63) - 1),
    number=_number,
    boolean=_boolean,
    blob=_blob,
    timestamp=_timestamp,
)


def compile_(model: Model, name: str) -> Codec:
    """The codec of the operation called *name*."""
    operation = model.operations[name]
    content_type = f"application/x-amz-json-{model.metadata.json_version}"

    def write(result: Mapping[str, Any] | None, request_id: str) -> HttpResponse:
        headers = {"Content-Type": content_type, "x-amzn-RequestId": request_id}
        if result is None or operation.output is None:
            return HttpResponse(200, headers, b"" if operation.output is None else b"{}")
        return HttpResponse(200, headers, _encode(result))

    return Codec(
        model=model,
        name=name,
        read=_reader(Fitter(model, DIALECT), operation.input),
        write=write,
        write_error=lambda error, request_id: write_error(model, error, request_id),
    )


def _reader(
    fitter: Fitter, member: Member | None
) -> Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]:
    if member is None:
        return no_headers
    fit = fitter.of(member)

    def read(http: HttpRequest, captures: Mapping[str, str]) -> dict[str, Any]:
        fitted: dict[str, Any] = fit(parse(http.body) if http.body else {})
        return fitted

    return read


def write_error(model: Model | None, error: ApiError, request_id: str) -> HttpResponse:
    """Answer with *error*."""
    code, status, _ = shown(model, JSON, error)
    shape = model.error(error.code) if model is not None else None
    body: dict[str, Any] = {"__type": code, **error.members}
    if error.message:
        word = "Message" if shape is not None and "Message" in shape.members else "message"
        body[word] = error.message
    version = f"application/x-amz-json-{model.metadata.json_version}" if model else _ASSUMED
    headers = {"Content-Type": version, "x-amzn-RequestId": request_id, **error.headers}
    return HttpResponse(status, headers, _encode(body))
