"""The query protocol: a form in, XML out.

Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from lodekey.errors import ApiError, SerializationException
from lodekey.wire.codec import Codec, Fitter, no_headers
from lodekey.wire.error_codes import QUERY, shown
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.text import DIALECT
from lodekey.wire.xml_out import XmlWriters, escaped

MOST_PARAMETERS = 20_000
DEEPEST = 24
_FORM = "application/x-www-form-urlencoded"


def is_form(http: HttpRequest) -> bool:
    """Whether the body is a form."""
    return http.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


def parameters(http: HttpRequest) -> dict[str, str]:
    """All parameters of the query string and of the form; of several with one name, the first.

    Raises:
        SerializationException: They are too many, or no UTF-8.
    """
    parts = http.query.split("&") if http.query else []
    if http.body and is_form(http):
        parts += http.body.decode("latin-1").split("&")
    if len(parts) > MOST_PARAMETERS:
        raise SerializationException("Too many parameters")
    found: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name:
            found.setdefault(decoded(name), decoded(value))
    return found


def decoded(text: str) -> str:
    """What *text* says, once it is no longer part of a form.

    Raises:
        SerializationException: It is not UTF-8.
    """
    if "%" not in text and "+" not in text and text.isascii():
        return text
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode()
    except UnicodeError:
        raise SerializationException("The request is not UTF-8") from None


def nested(flat: Mapping[str, str]) -> dict[str, Any]:
    """Parameters as a tree: ``Tags.member.1.Key`` stands four deep.

    Raises:
        SerializationException: A name both has a value and holds others, or is too deep.
    """
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        steps = name.split(".")
        if len(steps) > DEEPEST:
            raise SerializationException("Parameters are nested too deep")
        place = tree
        for step in steps[:-1]:
            place = place.setdefault(step, {})
            if type(place) is not dict:
                raise SerializationException(f"Unexpected complex element at {name[:200]}")
        if place.setdefault(steps[-1], value) is not value:
            raise SerializationException(f"Unexpected simple element at {name[:200]}")
    return tree


class _Shaper:
    """Makes of a tree of parameters one of members, lists and maps."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def shaped(self, member: Member, node: Any) -> Any:
        shape = self._model.shape(member)
        if shape.type == "structure":
            return self._structure(shape, node)
        if shape.type == "list":
            return self._list(member, shape, node)
        return self._map(member, shape, node) if shape.type == "map" else node

    def _structure(self, shape: Shape, node: Any) -> Any:
        if node == "":
            return {}
        if type(node) is not dict:
            return node
        made = {}
        for name, member in shape.members.items():
            word = member.location_name or name
            if word in node:
                made[name] = self.shaped(member, node[word])
        return made

    def _list(self, member: Member, shape: Shape, node: Any) -> Any:
        if node == "":
            return []
        entries = node
        if type(node) is dict and not (member.flattened or shape.flattened):
            entries = node.get(shape.member.location_name or "member")
        numbered = _numbered(entries)
        return node if numbered is None else [self.shaped(shape.member, item) for item in numbered]

    def _map(self, member: Member, shape: Shape, node: Any) -> Any:
        if node == "":
            return {}
        entries = node
        if type(node) is dict and not (member.flattened or shape.flattened):
            entries = node.get("entry")
        numbered = _numbered(entries)
        if numbered is None:
            return node
        key, value = shape.key.location_name or "key", shape.value.location_name or "value"
        made = {}
        for item in numbered:
            if type(item) is not dict or type(item.get(key)) is not str:
                return item
            made[item[key]] = self.shaped(shape.value, item.get(value, ""))
        return made


def _numbered(entries: Any) -> list[Any] | None:
    """The entries in the order of their numbers; None where they have none."""
    if type(entries) is not dict or not all(n.isdecimal() and len(n) < 10 for n in entries):
        return None
    return [entries[number] for number in sorted(entries, key=int)]


def compile_(model: Model, name: str) -> Codec:
    """The codec of the operation called *name*."""
    operation = model.operations[name]
    return Codec(
        model=model,
        name=name,
        read=_reader(model, operation.input),
        write=_writer(model, name, operation.output),
        write_error=lambda error, request_id: write_error(model, error, request_id),
    )


def _reader(
    model: Model, member: Member | None
) -> Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]:
    if member is None:
        return no_headers
    fit = Fitter(model, DIALECT).of(member)
    shaper = _Shaper(model)

    def read(http: HttpRequest, captures: Mapping[str, str]) -> dict[str, Any]:
        fitted: dict[str, Any] = fit(shaper.shaped(member, nested(parameters(http))))
        return fitted

    return read


def _writer(
    model: Model, name: str, output: Member | None
) -> Callable[[Mapping[str, Any] | None, str], HttpResponse]:
    content = None
    if output is not None:
        content = XmlWriters(model, milliseconds=False).content(output)
    wrapper = output.result_wrapper if output is not None else ""
    head = f'<{name}Response xmlns="{model.metadata.xml_namespace}">'

    def write(result: Mapping[str, Any] | None, request_id: str) -> HttpResponse:
        pieces = [head]
        if content is not None:
            pieces.append(f"<{wrapper}>" if wrapper else "")
            content(result or {}, pieces.append)
            pieces.append(f"</{wrapper}>" if wrapper else "")
        pieces.append(
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            f"</{name}Response>"
        )
        return HttpResponse(200, _headers(request_id), "".join(pieces).encode())

    return write


def _headers(request_id: str) -> dict[str, str]:
    return {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}


def write_error(model: Model | None, error: ApiError, request_id: str) -> HttpResponse:
    """Answer with *error*."""
    code, status, sender = shown(model, QUERY, error)
    space = f' xmlns="{model.metadata.xml_namespace}"' if model is not None else ""
    members = "".join(
        f"<{name}>{escaped(str(value))}</{name}>" for name, value in error.members.items()
    )
    text = (
        f"<ErrorResponse{space}><Error><Type>{'Sender' if sender else 'Receiver'}</Type>"
        f"<Code>{escaped(code)}</Code><Message>{escaped(error.message)}</Message>{members}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return HttpResponse(status, {**_headers(request_id), **error.headers}, text.encode())
