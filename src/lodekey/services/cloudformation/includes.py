"""``AWS::Include``: pieces of a template that lie in buckets, put where the template names them.

A piece is read as the caller, at the request: what changes in the bucket later is not seen until
the stack is updated. It is a mapping, whose members become neighbors of those that stand around.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-transform.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lodekey.errors import ValidationError
from lodekey.services.cloudformation.template_text import MOST_NODES, count_nodes, read

INCLUDE = "AWS::Include"
FUNCTION = "Fn::Transform"
_NEVER = ("AWSTemplateFormatVersion", "Parameters")
_LOCATION = re.compile(r"^s3://([^/]+)/(.+)$")

Fetch = Callable[[str, str], str]
"""The text of an object: bucket and key."""

Value = Callable[[Any], Any]
"""Works out a value that may name parameters."""


def inner_transforms(tree: Any) -> Iterator[str]:
    """The names of the transforms that stand inside of a template."""
    if isinstance(tree, dict):
        for key, each in tree.items():
            if key == FUNCTION:
                yield str(each.get("Name", "")) if isinstance(each, dict) else str(each)
            else:
                yield from inner_transforms(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from inner_transforms(each)


class Includes:
    """Puts the pieces in.

    Args:
        fetch: Reads an object.
        value: Works out where one is, which may be said by parameters.
    """

    def __init__(self, fetch: Fetch, value: Value) -> None:
        self._fetch = fetch
        self._value = value
        self._texts: dict[tuple[str, str], str] = {}
        self._nodes = 0

    def inside(self, body: dict[str, Any]) -> dict[str, Any]:
        """The template with every inner piece in its place.

        Raises:
            ValidationError: One cannot be had, or may not stand where it does.
        """
        for section in _NEVER:
            if next(inner_transforms(body.get(section)), None) is not None:
                raise _failed(f"it may not be used in the section {section}")
        found: dict[str, Any] = self._put_in(body)
        return found

    def at_top(self, body: dict[str, Any], parameters: Any) -> dict[str, Any]:
        """The template with a piece that brings whole sections, or resources for them.

        Raises:
            ValidationError: It cannot be had.
        """
        piece = self._piece(parameters)
        for section in _NEVER:
            piece.pop(section, None)
        return _joined(body, piece)

    def _put_in(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return [self._put_in(each) for each in tree]
        if not isinstance(tree, dict):
            return tree
        found = {key: self._put_in(each) for key, each in tree.items() if key != FUNCTION}
        if FUNCTION in tree:
            asked = tree[FUNCTION]
            parameters = asked.get("Parameters") if isinstance(asked, dict) else None
            found = _joined(found, self._piece(parameters))
        return found

    def _piece(self, parameters: Any) -> dict[str, Any]:
        location = self._value((parameters or {}).get("Location"))
        place = _LOCATION.match(location) if isinstance(location, str) else None
        if place is None:
            raise _failed("The location parameter is not a valid S3 uri.")
        where = (place[1], place[2])
        if where not in self._texts:
            self._texts[where] = self._fetched(*where)
        try:
            piece = read(self._texts[where])
        except ValidationError:
            raise _failed("The specified S3 object's content should be valid Yaml/JSON") from None
        if next(inner_transforms(piece), None) is not None:
            raise _failed(f"{location} contains a transform itself, which a snippet may not")
        self._nodes += count_nodes(piece)
        if self._nodes > MOST_NODES:
            raise _failed("the template is too large with what it includes")
        return piece

    def _fetched(self, bucket: str, key: str) -> str:
        try:
            return self._fetch(bucket, key)
        except ValidationError as error:
            raise _failed(
                f"Fetching the Amazon S3 object failed for bucket '{bucket}' key '{key}'. "
                f"{error.message}"
            ) from None


def _joined(body: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """Both; mappings on both sides are joined, and else what stands in the template counts."""
    found = {**piece, **body}
    for key in piece.keys() & body.keys():
        if isinstance(piece[key], dict) and isinstance(body[key], dict):
            found[key] = _joined(body[key], piece[key])
    return found


def _failed(why: str) -> ValidationError:
    return ValidationError(f"Transform {INCLUDE} failed with: {why}")
