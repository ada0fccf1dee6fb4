"""A REST service's operations by method and path, as the model writes them.

``/2015-03-31/functions/{FunctionName}/versions``: a part in braces takes one segment of the path
as the client sent it, then decoded; what stands after a ``?`` must be in the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from lodekey.wire.models import Model


class _Template(NamedTuple):
    operation: str
    segments: tuple[str, ...]
    query: frozenset[str]


class Paths:
    """Finds operations of one model."""

    def __init__(self, model: Model) -> None:
        self._templates: dict[tuple[str, int], list[_Template]] = {}
        for name, operation in model.operations.items():
            path, _, query = operation.http.request_uri.partition("?")
            segments = tuple(path.strip("/").split("/"))
            wanted = frozenset(part for part in query.split("&") if part)
            place = self._templates.setdefault((operation.http.method, len(segments)), [])
            place.append(_Template(name, segments, wanted))
        for templates in self._templates.values():
            # A literal segment goes before one in braces, a wanted parameter before none.
            templates.sort(
                key=lambda each: ([s.startswith("{") for s in each.segments], -len(each.query))
            )

    def find(self, method: str, path: str, query: str) -> tuple[str, Mapping[str, str]] | None:
        """The operation, and what the path holds; None where there is none."""
        segments = tuple(path.rstrip("/")[1:].split("/"))
        given = frozenset(query.split("&"))
        for template in self._templates.get((method, len(segments)), ()):
            if template.query <= given:
                captures = _captures(template.segments, segments)
                if captures is not None:
                    return template.operation, captures
        return None


def _captures(template: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    captures = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted.startswith("{"):
            if not given:
                return None
            try:
                captures[wanted[1:-1]] = unquote(given, errors="strict")
            except UnicodeError:
                return None
        elif wanted != given:
            return None
    return captures
