"""The REST-XML protocol, which S3 speaks.

Source: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from lodekey.errors import ApiError, SerializationException
from lodekey.wire.codec import Codec, Fitter, no_headers
from lodekey.wire.error_codes import REST_XML, shown
from lodekey.wire.http import HttpRequest, HttpResponse, Stream
from lodekey.wire.misfits import Unreadable, complaints, summary
from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.refusals import InvalidArgument
from lodekey.wire.rest import Headers, Located, parsed_query
from lodekey.wire.text import DIALECT
from lodekey.wire.xml_in import MalformedXML, XmlReader, parse
from lodekey.wire.xml_out import XmlWriters, escaped

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CopyObject": "CopyObjectResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
Body = Callable[[Mapping[str, Any]], bytes]


def compile_(model: Model, name: str) -> Codec:
    """The codec of the operation called *name*."""
    operation = model.operations[name]
    bare = operation.http.method == "HEAD"

    def write_failure(error: ApiError, request_id: str) -> HttpResponse:
        response = write_error(model, error, request_id)
        return response._replace(body=b"") if bare else response

    return Codec(
        model=model,
        name=name,
        read=_reader(model, operation.input),
        write=_writer(model, name),
        write_error=write_failure,
    )


def _reader(
    model: Model, member: Member | None
) -> Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]:
    if member is None:
        return no_headers
    shape = model.shape(member)
    located = Located(model, shape)
    body = _body_reader(model, shape)
    fitter = _S3Fitter(model, DIALECT)
    fit = fitter.of(member)

    def read(http: HttpRequest, captures: Mapping[str, str]) -> dict[str, Any]:
        tree = located.tree(_unhoisted(http), captures)
        if shape.payload:
            said = body(http)
            if said is not None:
                tree[shape.payload] = said
            elif shape.payload in shape.required:
                raise MissingRequestBodyError("Request Body is empty")
        fitted: dict[str, Any] = fit(tree)
        return fitted

    return read


def _unhoisted(http: HttpRequest) -> HttpRequest:
    """*http* with the headers that a presigned URL carries in its query: S3 reads them there."""
    if "X-Amz-Signature=" not in http.query or "&x-amz-" not in f"&{http.query}":
        return http
    query = parsed_query(http.query)
    said = {name: values[0] for name, values in query.items() if name.startswith("x-amz-")}
    return http._replace(headers={**said, **http.headers})


class MissingRequestBodyError(ApiError):
    """S3 wants a body where there is none."""


class _S3Fitter(Fitter):
    """S3 tells apart whether the XML or an argument does not fit."""

    def refusal(self, member: Member, tree: Any) -> ApiError:
        shape = self._model.shape(member)
        payload = shape.payload
        if payload in tree and self._complaints(shape.members[payload], tree[payload]):
            return MalformedXML()
        return InvalidArgument(summary(self._complaints(member, tree)))

    def _complaints(self, member: Member, tree: Any) -> list[str]:
        try:
            return complaints(self._model, member, tree, self._dialect)
        except Unreadable as unreadable:
            return [str(unreadable)]


def _body_reader(model: Model, shape: Shape) -> Callable[[HttpRequest], Any]:
    if not shape.payload:
        return lambda _: None
    member = shape.members[shape.payload]
    payload = model.shape(member)
    if payload.type == "blob":
        return lambda http: http.body
    if payload.type == "string":
        return _text
    reader = XmlReader(model)
    root = member.location_name or shape.payload

    def read(http: HttpRequest) -> Any:
        if not http.body:
            return None
        element = parse(http.body)
        if element.name != root:
            raise MalformedXML
        return reader.tree(member, element)

    return read


def _text(http: HttpRequest) -> str | None:
    try:
        return http.body.decode() if http.body else None
    except UnicodeError:
        raise SerializationException("The body is not UTF-8") from None


def _writer(model: Model, name: str) -> Callable[[Mapping[str, Any] | None, str], HttpResponse]:
    operation = model.operations[name]
    shape = model.shape(operation.output) if operation.output is not None else None
    in_headers = Headers(model, shape)
    body, content_type = _body_writer(model, name, operation.output)
    usual = operation.http.response_code

    def write(result: Mapping[str, Any] | None, request_id: str) -> HttpResponse:
        said: Mapping[str, Any] = result or {}
        headers = _headers(request_id)
        data = body(said)
        if content_type and data:
            headers["Content-Type"] = content_type
        in_headers.write(said, headers)
        status = 206 if "ContentRange" in said else usual
        return HttpResponse(status, headers, data, stream_of(said))

    return write


def stream_of(result: Mapping[str, Any]) -> Stream | None:
    """The answer's body, where it is one that is sent piece by piece."""
    body = result.get("Body")
    return body if isinstance(body, Stream) else None


def _body_writer(model: Model, name: str, output: Member | None) -> tuple[Body, str]:
    shape = model.shape(output) if output is not None else None
    if output is None or shape is None or model.operations[name].http.method == "HEAD":
        return _nothing, ""
    if shape.payload:
        return _payload_writer(model, name, shape)
    if all(member.location for member in shape.members.values()):
        return _nothing, ""
    writers = XmlWriters(model, milliseconds=True)
    root = _ROOTS.get(name, f"{name}Result")
    opening = f'{_DECLARATION}<{root} xmlns="{NAMESPACE}">'
    if name == "GetBucketLocation":
        # The one answer whose only member is the root itself.
        return (
            lambda result: (
                f"{opening}{escaped(result.get('LocationConstraint') or '')}</{root}>".encode()
            )
        ), "application/xml"
    content = writers.content(output)

    def write(result: Mapping[str, Any]) -> bytes:
        pieces = [opening]
        content(result, pieces.append)
        pieces.append(f"</{root}>")
        return "".join(pieces).encode()

    return write, "application/xml"


def _payload_writer(model: Model, name: str, shape: Shape) -> tuple[Body, str]:
    payload = shape.payload
    member = shape.members[payload]
    kind = model.shape(member).type
    if kind == "blob":
        return partial(_blob, payload), "binary/octet-stream"
    if kind == "string":
        return (lambda result: str(result.get(payload) or "").encode()), "application/json"
    root = _ROOTS.get(name) or member.location_name or payload
    content = XmlWriters(model, milliseconds=True).content(member)

    def write(result: Mapping[str, Any]) -> bytes:
        pieces = [f'{_DECLARATION}<{root} xmlns="{NAMESPACE}">']
        content(result.get(payload) or {}, pieces.append)
        pieces.append(f"</{root}>")
        return "".join(pieces).encode()

    return write, "application/xml"


def _blob(payload: str, result: Mapping[str, Any]) -> bytes:
    value = result.get(payload) or b""
    return b"" if isinstance(value, Stream) else bytes(value)


def _nothing(result: Mapping[str, Any]) -> bytes:
    return b""


def _headers(request_id: str) -> dict[str, str]:
    return {"x-amz-request-id": request_id, "x-amz-id-2": request_id}


def write_error(model: Model | None, error: ApiError, request_id: str) -> HttpResponse:
    """Answer with *error*."""
    code, status, _ = shown(model, REST_XML, error)
    headers = {**_headers(request_id), "Content-Type": "application/xml", **error.headers}
    if status == 304:
        return HttpResponse(status, {**_headers(request_id), **error.headers}, b"")
    members = "".join(
        f"<{name}>{escaped(str(value))}</{name}>" for name, value in error.members.items()
    )
    text = (
        f"{_DECLARATION}<Error><Code>{escaped(code)}</Code>"
        f"<Message>{escaped(error.message)}</Message>{members}"
        f"<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
    )
    return HttpResponse(status, headers, text.encode())
