"""``Fn::ForEach`` of AWS::LanguageExtensions: one declaration becomes many.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from typing import Any

from lodekey.errors import ValidationError
from lodekey.services.cloudformation.template_text import text_of

_LOOP = "Fn::ForEach::"
_VARIABLE = re.compile(r"([$&])\{([A-Za-z0-9]+)\}")
_ODD = re.compile(r"[^A-Za-z0-9]")


def without_loops(body: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The template with every loop unrolled.

    Args:
        body: The template.
        values: The parameters' values, which loops may run over.

    Raises:
        ValidationError: A loop is not written as one.
    """
    found: dict[str, Any] = _unrolled(body, {}, values)
    return found


def _unrolled(tree: Any, names: dict[str, str], values: dict[str, Any]) -> Any:
    if isinstance(tree, list):
        return [_unrolled(each, names, values) for each in tree]
    if isinstance(tree, str):
        return _put(tree, names)
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1 and isinstance(tree.get("Ref"), str) and tree["Ref"] in names:
        return names[tree["Ref"]]
    found: dict[str, Any] = {}
    for key, each in tree.items():
        if key.startswith(_LOOP):
            found.update(_loop(each, names, values))
        else:
            found[_put(key, names)] = _unrolled(each, names, values)
    return found


def _put(text: str, names: dict[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        if found[2] not in names:
            return found[0]
        value = names[found[2]]
        return _ODD.sub("", value) if found[1] == "&" else value

    return _VARIABLE.sub(put, text)


def _loop(loop: Any, names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], dict):
        raise ValidationError(
            "Transform AWS::LanguageExtensions failed with: Fn::ForEach layout is incorrect"
        )
    name, over, body = loop
    items = values.get(over["Ref"]) if isinstance(over, dict) and "Ref" in over else over
    if not isinstance(items, list):
        raise ValidationError(
            "Transform AWS::LanguageExtensions failed with: Fn::ForEach could not resolve its "
            "collection"
        )
    found: dict[str, Any] = {}
    for item in _unrolled(items, names, values):
        made = _unrolled(body, {**names, str(name): text_of(item)}, values)
        for key, each in made.items():
            if key in found:
                raise ValidationError(
                    "Transform AWS::LanguageExtensions failed with: Fn::ForEach makes the key "
                    f"{key} twice"
                )
            found[key] = each
    return found
