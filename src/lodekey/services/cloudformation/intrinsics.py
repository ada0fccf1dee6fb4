"""The intrinsic functions: a template's values, worked out.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lodekey.errors import ValidationError
from lodekey.services.cloudformation.parameters import Given, value_of
from lodekey.services.cloudformation.template_text import text_of
from lodekey.services.cloudformation.templates import Template

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""Stands for what is known only when the resource is there."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_ZONES = ("a", "b", "c")


class NoValue:
    """``AWS::NoValue``: the property is left out."""


NO_VALUE = NoValue()


class Things(Protocol):
    """What there is to refer to."""

    def ref(self, logical: str) -> Any:
        """What ``Ref`` says of a resource; raises KeyError where there is none."""

    def attribute(self, logical: str, name: str) -> Any:
        """What ``Fn::GetAtt`` says of it; raises KeyError."""

    def imported(self, name: str) -> str:
        """An export's value; raises KeyError."""


@dataclass(slots=True)
class Scope:
    """Everything that a value may depend on.

    Args:
        template: The template, after its transforms.
        parameters: The parameters' values.
        pseudo: The pseudo parameters by name.
        things: The resources and exports.
        zones: Letters of the availability zones.
    """

    template: Template
    parameters: Mapping[str, Given]
    pseudo: Mapping[str, Any]
    things: Things
    _conditions: dict[str, bool] = field(default_factory=dict)

    # -- values

    def value(self, tree: Any) -> Any:
        """Work out *tree*; parts that are ``AWS::NoValue`` are left out.

        Raises:
            ValidationError: A function is used wrongly, or names what is not there.
        """
        if isinstance(tree, dict):
            return self._mapping(tree)
        if isinstance(tree, list):
            return [each for each in map(self.value, tree) if each is not NO_VALUE]
        return tree

    def _mapping(self, tree: dict[str, Any]) -> Any:
        if len(tree) == 1:
            name, argument = next(iter(tree.items()))
            function = FUNCTIONS.get(name)
            if function is not None:
                return function(self, argument)
            if name.startswith("Fn::"):
                raise ValidationError(f"Template error: {name} is not supported here")
        found = {key: self.value(each) for key, each in tree.items()}
        return {key: each for key, each in found.items() if each is not NO_VALUE}

    def text(self, tree: Any, function: str) -> str:
        """Work out what must be a text."""
        value = self.value(tree)
        if isinstance(value, (dict, list)) or value is None or value is NO_VALUE:
            raise ValidationError(
                f"Template error: every {function} object must have a String value."
            )
        return text_of(value)

    # -- conditions

    def holds(self, name: str) -> bool:
        """Whether the condition of that name holds.

        Raises:
            ValidationError: There is none, or it depends on itself.
        """
        if name not in self._conditions:
            if name not in self.template.conditions:
                raise ValidationError(
                    "Template format error: Unresolved condition dependency "
                    f"{name} in the Conditions block of the template"
                )
            self._conditions[name] = False
            self._conditions[name] = self.truth(self.template.conditions[name])
        return self._conditions[name]

    def truth(self, tree: Any) -> bool:
        """Work out what must be true or false."""
        value = self.value(tree)
        if isinstance(value, str) and value in {"true", "false"}:
            return value == "true"
        if not isinstance(value, bool):
            raise ValidationError(
                "Template format error: Every Condition member must be a boolean condition."
            )
        return value

    def wanted(self, logical: str) -> bool:
        """Whether the resource's condition holds; True where it has none."""
        name = self.template.resources[logical].get("Condition")
        return name is None or self.holds(str(name))


def _ref(scope: Scope, name: Any) -> Any:
    if not isinstance(name, str):
        raise ValidationError("Template format error: Every Ref must be a single string value.")
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.pseudo:
        return scope.pseudo[name]
    if name in scope.parameters:
        return value_of(scope.template.parameters[name], scope.parameters[name])
    try:
        return scope.things.ref(name)
    except KeyError:
        raise ValidationError(
            f"Template format error: Unresolved resource dependencies [{name}] in the Resources "
            "block of the template"
        ) from None


def _get_att(scope: Scope, argument: Any) -> Any:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) < 2:
        raise ValidationError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the "
            "resource name and the resource attribute"
        )
    logical = scope.text(argument[0], "Fn::GetAtt")
    name = ".".join(scope.text(each, "Fn::GetAtt") for each in argument[1:])
    try:
        return scope.things.attribute(logical, name)
    except KeyError:
        raise ValidationError(
            f"Template error: resource {logical} does not support attribute type {name} in "
            "Fn::GetAtt"
        ) from None


def _sub(scope: Scope, argument: Any) -> str:
    text, own = argument, {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        text, own = argument
    if not isinstance(text, str):
        raise ValidationError(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected "
            "arguments. Specify a string as first argument, and an optional second argument to "
            "specify a mapping of values to replace in the string"
        )

    def put(found: re.Match[str]) -> str:
        literal, name = found[1], found[2].strip()
        if literal:
            return "${" + found[2] + "}"
        if name in own:
            return scope.text(own[name], "Fn::Sub")
        value = _get_att(scope, name) if "." in name else _ref(scope, name)
        if isinstance(value, list):
            raise ValidationError(
                "Template error: Fn::Sub expects a string for ${" + name + "}, not a list"
            )
        return text_of(value)

    return _VARIABLE.sub(put, text)


def _join(scope: Scope, argument: Any) -> str:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError(
            "Template error: every Fn::Join object requires two parameters, (1) a string "
            "delimiter and (2) a list of strings to be joined or a function that returns a list "
            "of strings (such as Fn::GetAZs) to be joined."
        )
    parts = scope.value(argument[1])
    if parts == UNKNOWN:
        return UNKNOWN
    if not isinstance(parts, list):
        raise ValidationError("Template error: Fn::Join expects a list of strings")
    return text_of(argument[0]).join(text_of(each) for each in parts)


def _select(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError(
            "Template error: Fn::Select requires a list argument with two elements: an integer "
            "index and a list"
        )
    index, items = scope.text(argument[0], "Fn::Select"), scope.value(argument[1])
    if items == UNKNOWN:
        return UNKNOWN
    if not index.isdigit() or not isinstance(items, list) or int(index) >= len(items):
        raise ValidationError(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        )
    return items[int(index)]


def _split(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not argument[0]:
        raise ValidationError(
            "Template error: every Fn::Split object requires two parameters, (1) a string "
            "delimiter and (2) a string to be split or a function that returns a string to be "
            "split."
        )
    text = scope.text(argument[1], "Fn::Split")
    return UNKNOWN if UNKNOWN in text else text.split(text_of(argument[0]))


def _find_in_map(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in {3, 4}:
        raise ValidationError(
            "Template error: every Fn::FindInMap object requires three parameters, the map name, "
            "map key and the attribute for return value"
        )
    keys = [scope.text(each, "Fn::FindInMap") for each in argument[:3]]
    place: Any = scope.template.mappings
    for depth, key in enumerate(keys):
        if not isinstance(place, dict) or key not in place:
            if len(argument) == 4 and isinstance(argument[3], dict):
                return scope.value(argument[3].get("DefaultValue"))
            raise ValidationError(_not_in_map(keys, depth))
        place = place[key]
    return place


def _not_in_map(keys: list[str], depth: int) -> str:
    if depth == 0:
        return (
            f"Template error: Mapping named '{keys[0]}' is not present in the 'Mappings' section "
            "of template."
        )
    return f"Template error: Unable to get mapping for {'::'.join(keys)}"


def _if(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
        raise ValidationError("Template error: Fn::If requires a list argument with three elements")
    return scope.value(argument[1] if scope.holds(argument[0]) else argument[2])


def _equals(scope: Scope, argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError(
            "Template error: Fn::Equals requires a list argument with two elements"
        )
    left, right = (scope.value(each) for each in argument)
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return bool(left == right)
    return text_of(left) == text_of(right)


def _several(scope: Scope, argument: Any, name: str) -> list[bool]:
    if not isinstance(argument, list) or not 1 <= len(argument) <= 10:
        raise ValidationError(
            f"Template error: {name} requires a list argument with 2 to 10 elements"
        )
    return [scope.truth(each) for each in argument]


def _not(scope: Scope, argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) != 1:
        raise ValidationError("Template error: Fn::Not requires a list argument with one element")
    return not scope.truth(argument[0])


def _cidr(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in {2, 3}:
        raise ValidationError("Template error: Fn::Cidr requires two or three parameters")
    block, count, *bits = (scope.text(each, "Fn::Cidr") for each in argument)
    if UNKNOWN in block:
        return UNKNOWN
    try:
        network = ipaddress.ip_network(block)
        longest = network.max_prefixlen
        prefix = longest - int(bits[0] if bits else 8)
        found: list[str] = []
        for each in network.subnets(new_prefix=prefix):
            if len(found) == int(count):
                break
            found.append(str(each))
    except ValueError:
        raise ValidationError(f"Template error: Fn::Cidr cannot divide {block}") from None
    if not 1 <= int(count) <= 256 or len(found) < int(count):
        raise ValidationError(f"Template error: Fn::Cidr cannot make {count} blocks of {block}")
    return found


def _get_azs(scope: Scope, argument: Any) -> list[str]:
    region = scope.text(argument, "Fn::GetAZs") or scope.pseudo["AWS::Region"]
    return [f"{region}{letter}" for letter in _ZONES]


def _import_value(scope: Scope, argument: Any) -> str:
    name = scope.text(argument, "Fn::ImportValue")
    try:
        return scope.things.imported(name)
    except KeyError:
        raise ValidationError(f"No export named {name} found.") from None


def _length(scope: Scope, argument: Any) -> int:
    items = scope.value(argument)
    if not isinstance(items, list):
        raise ValidationError("Template error: Fn::Length expects a list")
    return len(items)


def _to_json(scope: Scope, argument: Any) -> str:
    value = scope.value(argument)
    if not isinstance(value, (dict, list)):
        raise ValidationError("Template error: Fn::ToJsonString expects an object or a list")
    return json.dumps(value, separators=(",", ":"))


def _contains(scope: Scope, argument: Any) -> bool:
    items, value = _pair(scope, argument, "Fn::Contains")
    return text_of(value) in [text_of(each) for each in _list(items)]


def _each_member_in(scope: Scope, argument: Any) -> bool:
    some, all_ = _pair(scope, argument, "Fn::EachMemberIn")
    return {text_of(each) for each in _list(some)} <= {text_of(each) for each in _list(all_)}


def _each_member_equals(scope: Scope, argument: Any) -> bool:
    items, value = _pair(scope, argument, "Fn::EachMemberEquals")
    return all(text_of(each) == text_of(value) for each in _list(items))


def _pair(scope: Scope, argument: Any, name: str) -> tuple[Any, Any]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError(f"Template error: {name} requires a list argument with two elements")
    return scope.value(argument[0]), scope.value(argument[1])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Condition": lambda scope, name: scope.holds(str(name)),
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::And": lambda scope, all_: all(_several(scope, all_, "Fn::And")),
    "Fn::Or": lambda scope, any_: any(_several(scope, any_, "Fn::Or")),
    "Fn::Not": _not,
    "Fn::Base64": lambda scope, text: base64.b64encode(
        scope.text(text, "Fn::Base64").encode()
    ).decode(),
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json,
    "Fn::Contains": _contains,
    "Fn::EachMemberIn": _each_member_in,
    "Fn::EachMemberEquals": _each_member_equals,
}


def check_rules(scope: Scope) -> None:
    """Check the template's rules against the parameters.

    Raises:
        ValidationError: An assertion does not hold.
    """
    for name, rule in scope.template.rules.items():
        if "RuleCondition" in rule and not scope.truth(rule["RuleCondition"]):
            continue
        for each in rule.get("Assertions", []):
            if not scope.truth(each.get("Assert")):
                said = each.get("AssertDescription", "")
                raise ValidationError(
                    f"Template error: Rule {name} failed: {said}"
                    if said
                    else f"Template error: Rule {name} failed"
                )
