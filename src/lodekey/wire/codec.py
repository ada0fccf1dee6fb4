"""One operation's wire: a request read, an answer or an error written, secrets left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any

from lodekey.errors import (
    ApiError,
    SerializationException,
    ValidationError,
    ValidationException,
)
from lodekey.wire.answers import must_fit
from lodekey.wire.error_codes import QUERY
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.misfits import Unreadable, complaints, summary
from lodekey.wire.models import Member, Model, model
from lodekey.wire.redact import redactor
from lodekey.wire.shapes import Decode, Decoders, Dialect, Misfit

_PROTOCOLS = {
    "json": "lodekey.wire.json_protocol",
    "query": "lodekey.wire.query_protocol",
    "rest-json": "lodekey.wire.rest_json",
    "rest-xml": "lodekey.wire.rest_xml",
}
Read = Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]
Write = Callable[[Mapping[str, Any] | None, str], HttpResponse]


class InvalidParameterException(ApiError):
    """What CloudWatch Logs calls a request that does not fit its shape."""


_WORDS: dict[str, type[ApiError]] = {"logs": InvalidParameterException}


@dataclass(slots=True)
class Codec:
    """What the wire knows of one operation.

    Args:
        model: The service's model.
        name: The operation.
        read: Reads a request and its path's captures: the members as handlers take them. Raises
            ApiError in AWS's words where it cannot be read or does not fit.
        write: Writes an answer; None is an empty one. The second argument is the request id.
        write_error: Writes an error.
        signing_name: The service as credential scopes must name it.
        redact: What the trail may show of a request: JSON-able, member names as CloudTrail spells
            them, without blobs and without what is marked sensitive.
        redact_answer: The same for an answer.
    """

    model: Model
    name: str
    read: Read
    write: Write
    write_error: Callable[[ApiError, str], HttpResponse]
    signing_name: str = field(init=False)
    redact: Callable[[Mapping[str, Any]], dict[str, Any]] = field(init=False)
    redact_answer: Callable[[Mapping[str, Any]], dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        operation = self.model.operations[self.name]
        self.signing_name = self.model.signing_name
        self.redact = redactor(self.model, operation.input)
        self.redact_answer = redactor(self.model, operation.output)


class Fitter:
    """Fits trees to shapes, and words what does not fit."""

    def __init__(self, model: Model, dialect: Dialect) -> None:
        self._model = model
        self._dialect = dialect
        self._decoders = decoders(model, dialect)

    def of(self, member: Member) -> Decode:
        """A function that fits a tree to *member*, or raises the ApiError that says why not."""
        decode = self._decoders.of(member)

        def fit(tree: Any) -> Any:
            try:
                return decode(tree)
            except Misfit:
                raise self.refusal(member, tree) from None

        return fit

    def refusal(self, member: Member, tree: Any) -> ApiError:
        """Why *tree* does not fit *member*."""
        try:
            found = complaints(self._model, member, tree, self._dialect)
        except Unreadable as unreadable:
            return SerializationException(str(unreadable))
        error = _WORDS.get(self._model.metadata.endpoint_prefix)
        if error is None:
            query = self._model.metadata.protocol == QUERY
            error = ValidationError if query else ValidationException
        return error(summary(found))


_decoders: dict[tuple[int, str], Decoders] = {}


def decoders(model: Model, dialect: Dialect) -> Decoders:
    """The decoders of *model* in *dialect*; shared by all its operations."""
    name = (id(model), dialect.name)
    if name not in _decoders:
        _decoders[name] = Decoders(model, dialect)
    return _decoders[name]


def no_headers(http: HttpRequest, captures: Mapping[str, str]) -> dict[str, Any]:
    """Read the request of an operation that takes nothing."""
    return {}


@lru_cache(maxsize=2048)
def codec(service: str, operation: str) -> Codec:
    """The codec of an operation offered, compiled on first use.

    Raises:
        LookupError: There is no such service or operation.
    """
    described = model(service)
    described.operations[operation]
    protocol = import_module(_PROTOCOLS[described.metadata.protocol])
    compiled: Codec = protocol.compile_(described, operation)
    if check_answers:
        compiled.write = _checked(compiled)
    return compiled


check_answers = False
"""Whether answers are held to the model before they are written; tests say so."""


def _checked(compiled: Codec) -> Write:
    write = compiled.write
    output = compiled.model.operations[compiled.name].output

    def checked(result: Mapping[str, Any] | None, request_id: str) -> HttpResponse:
        must_fit(compiled.model, output, result)
        return write(result, request_id)

    return checked


def write_error(
    protocol: str, error: ApiError, request_id: str, *, service: str = ""
) -> HttpResponse:
    """Answer with *error* where no operation is known; *service* may lack too."""
    described = model(service) if service else None
    response: HttpResponse = import_module(_PROTOCOLS[protocol]).write_error(
        described, error, request_id
    )
    return response
