"""The service models: what each operation takes, answers and refuses, as Amazon wrote it down.

``models/SERVICE.json`` is made from botocore's model by ``tools/generate_models.py``; a service of
our own has one written by hand. A file is one JSON object in botocore's own words:

``metadata``
    ``protocol`` (json, query, rest-json, rest-xml), ``apiVersion``, ``endpointPrefix``,
    ``signingName`` where it is not the endpoint prefix, ``jsonVersion`` and ``targetPrefix`` for
    json, ``xmlNamespace`` for query; ``source``: which botocore it was made from.
``operations``
    By name: ``http`` (``method``, ``requestUri``, ``responseCode``), ``input`` and ``output``
    (``{"shape": ..., "resultWrapper": ..., "locationName": ..., "xmlNamespace": ...}``, either may
    lack), ``errors``: names of shapes.
``others``
    Names of the operations that the service has and this server does not offer.
``shapes``
    By name: ``type`` (structure, list, map, string, integer, long, float, double, boolean, blob,
    timestamp), then what the type needs: ``members`` and ``required``; ``member``; ``key`` and
    ``value``; ``min``, ``max``, ``pattern``, ``enum``; ``sensitive``; for errors ``exception``,
    ``fault`` and ``error`` (``code``, ``httpStatusCode``, ``senderFault``); for the REST protocols
    ``payload`` on structures and ``location``, ``locationName``, ``flattened``, ``streaming``,
    ``xmlAttribute``, ``xmlNamespace`` on members, which are objects with at least ``shape``.

A minimal file of a JSON service::

    {"metadata": {"protocol": "json", "jsonVersion": "1.1", "apiVersion": "2026-11-01",
                  "endpointPrefix": "lodekey", "targetPrefix": "Lodekey_20261101"},
     "operations": {"Ping": {"http": {"method": "POST", "requestUri": "/"},
                             "input": {"shape": "PingRequest"}}},
     "others": [],
     "shapes": {"PingRequest": {"type": "structure", "members": {"Word": {"shape": "Word"}}},
                "Word": {"type": "string", "max": 8}}}
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

MODELS = Path(__file__).parent / "models"


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """A reference to a shape, and where in a message the value stands."""

    shape: str
    location: str = ""
    location_name: str = ""
    flattened: bool = False
    streaming: bool = False
    eventpayload: bool = False
    xml_namespace: dict[str, str] | str | None = None
    xml_attribute: bool = False
    timestamp_format: str = ""
    result_wrapper: str = ""


NO_MEMBER = Member(shape="")
"""Stands where a shape has no items, keys or values."""


class Fault(msgspec.Struct, frozen=True, rename="camel"):
    """How an error shows itself on the wire."""

    code: str = ""
    http_status_code: int = 0
    sender_fault: bool = True


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """A shape; see the module's docstring."""

    type: str
    members: dict[str, Member] = {}
    required: tuple[str, ...] = ()
    member: Member = NO_MEMBER
    key: Member = NO_MEMBER
    value: Member = NO_MEMBER
    min: float | None = None
    max: float | None = None
    pattern: str = ""
    enum: tuple[str, ...] = ()
    sensitive: bool = False
    flattened: bool = False
    payload: str = ""
    timestamp_format: str = ""
    eventstream: bool = False
    event: bool = False
    streaming: bool = False
    xml_namespace: dict[str, str] | str | None = None
    exception: bool = False
    fault: bool = False
    error: Fault | None = None


class Http(msgspec.Struct, frozen=True, rename="camel"):
    """An operation's method and path."""

    method: str
    request_uri: str
    response_code: int = 200


class OperationModel(msgspec.Struct, frozen=True, rename="camel"):
    """An operation of the model."""

    http: Http
    input: Member | None = None
    output: Member | None = None
    errors: tuple[str, ...] = ()


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """What holds for a whole service."""

    protocol: str
    api_version: str
    endpoint_prefix: str
    json_version: str = "1.1"
    service_id: str = ""
    signing_name: str = ""
    target_prefix: str = ""
    xml_namespace: str = ""
    source: str = ""


class Model(msgspec.Struct, frozen=True, rename="camel"):
    """One service's model."""

    metadata: Metadata
    operations: dict[str, OperationModel]
    shapes: dict[str, Shape]
    others: frozenset[str] = frozenset()

    def shape(self, member: Member) -> Shape:
        """The shape that *member* refers to."""
        return self.shapes[member.shape]

    def error(self, name: str) -> Shape | None:
        """The error shape called *name*; None where the service has none such."""
        shape = self.shapes.get(name)
        return shape if shape is not None and shape.exception else None

    @property
    def signing_name(self) -> str:
        """The service as credential scopes name it."""
        return self.metadata.signing_name or self.metadata.endpoint_prefix


_decode: Any = msgspec.json.Decoder(Model).decode


@lru_cache(maxsize=64)
def model(service: str) -> Model:
    """The model of *service* (botocore's name), read on first use.

    Raises:
        LookupError: There is no such model.
    """
    try:
        found: Model = _decode((MODELS / f"{service}.json").read_bytes())
    except FileNotFoundError:
        raise LookupError(service) from None
    return found


def services() -> tuple[str, ...]:
    """The services that have a model, sorted."""
    names = (entry.name for entry in MODELS.iterdir() if entry.name.endswith(".json"))
    return tuple(sorted(name.removesuffix(".json") for name in names))
