"""Template texts: JSON, and YAML with CloudFormation's short forms, read into plain data.

A short form is the long one by another spelling: ``!Ref A`` is ``{"Ref": "A"}``, ``!GetAtt A.B``
is ``{"Fn::GetAtt": ["A", "B"]}``.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from typing import Any

import yaml

from lodekey.errors import ValidationError

LONGEST_BODY = 51_200
"""Bytes of a template that comes with the request."""

LONGEST_OBJECT = 1_048_576
"""Bytes of a template that comes from a bucket."""

MOST_NODES = 200_000
"""What aliases may expand to: a short text must not become an endless tree."""

_DEEPEST = 100
_INT = "tag:yaml.org,2002:int"
_UNMEANT = frozenset({"tag:yaml.org,2002:timestamp", _INT})


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without what a template cannot mean: dates stay texts, ``1:30`` is no number."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way to say it
        first: [each for each in resolvers if each[0] not in _UNMEANT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """A mapping; a key that comes twice is refused instead of the first value being lost."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"duplicate key {key.value}", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver(_INT, re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value}


_Loader.add_multi_constructor("!", _short_form)


def read(text: str) -> dict[str, Any]:
    """Read a template's text.

    Raises:
        ValidationError: It is neither JSON nor YAML, or no mapping.
    """
    tree = _json(text) if text.lstrip()[:1] == "{" else None
    if tree is None:
        tree = _yaml(text)
    if not isinstance(tree, dict):
        raise ValidationError("Template format error: unsupported structure.")
    _measure(tree, 0, [0])
    found: dict[str, Any] = _with_text_keys(tree)
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader of ours
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        kind = "JSON" if text.lstrip()[:1] == "{" else "YAML"
        where = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        raise ValidationError(f"Template format error: {kind} not well-formed.{where}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ValidationError("Template format error: YAML not well-formed.") from None


def _measure(value: Any, depth: int, count: list[int]) -> None:
    count[0] += 1
    if depth > _DEEPEST or count[0] > MOST_NODES:
        raise ValidationError("Template format error: the template is too large or too deep.")
    if isinstance(value, dict):
        for each in value.values():
            _measure(each, depth + 1, count)
    elif isinstance(value, list):
        for each in value:
            _measure(each, depth + 1, count)


def count_nodes(value: Any) -> int:
    """How many mappings, lists and scalars there are in *value*."""
    count = [0]
    _measure(value, 0, count)
    return count[0]


def _with_text_keys(value: Any) -> Any:
    """The same with every key a text: YAML's ``404:`` is a number, JSON has none such."""
    if isinstance(value, dict):
        return {text_of(key): _with_text_keys(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(each) for each in value]
    return value


def text_of(value: Any) -> str:
    """A scalar as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
