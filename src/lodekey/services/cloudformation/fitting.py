"""Requests that a resource makes of its properties, fitted to the service's model.

A template may write a number as a text and a text as a number; a request may not. What is left is
checked as it is for a request from outside, with the same words.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

from lodekey.errors import ValidationError
from lodekey.services.cloudformation.template_text import text_of
from lodekey.wire.codec import Fitter
from lodekey.wire.json_protocol import DIALECT
from lodekey.wire.models import Member, Model, model
from lodekey.wire.shapes import Decode


def fitted(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request as the operation's handler takes it.

    Raises:
        ApiError: It does not fit, in the service's words.
    """
    described = model(service)
    member = described.operations[operation].input
    if member is None:
        return {}
    tree = _spelled(described, member, request, "#")
    result: dict[str, Any] = _fit(service, operation)(tree)
    return result


@lru_cache(maxsize=512)
def _fit(service: str, operation: str) -> Decode:
    described = model(service)
    member = described.operations[operation].input
    assert member is not None
    return Fitter(described, DIALECT).of(member)


def _spelled(described: Model, member: Member, value: Any, where: str) -> Any:
    """*value* with its leaves spelled as JSON spells what the shape says.

    Raises:
        ValidationError: It has a member that the shape has not: nothing is left out in silence.
    """
    shape = described.shape(member)
    if shape.type == "structure" and isinstance(value, dict):
        for name in value:
            if name not in shape.members:
                raise ValidationError(f"{where}: extraneous key [{name}] is not permitted")
        return {
            name: _spelled(described, shape.members[name], each, f"{where}/{name}")
            for name, each in value.items()
            if each is not None
        }
    if shape.type == "list":
        items = value if isinstance(value, list) else [value]
        return [
            _spelled(described, shape.member, each, f"{where}/{number}")
            for number, each in enumerate(items)
        ]
    if shape.type == "map" and isinstance(value, dict):
        return {
            name: _spelled(described, shape.value, each, f"{where}/{name}")
            for name, each in value.items()
        }
    return _leaf(shape.type, value)


def _leaf(kind: str, value: Any) -> Any:
    if kind == "string":
        return json.dumps(value) if isinstance(value, (dict, list)) else text_of(value)
    if kind == "blob" and isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if kind == "boolean" and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if kind in {"integer", "long", "float", "double"} and isinstance(value, str):
        try:
            return int(value) if kind in {"integer", "long"} else float(value)
        except ValueError:
            return value
    return value
