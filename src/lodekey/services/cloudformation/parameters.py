"""Template parameters: what a template asks for, and the values it is given.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from lodekey.errors import ValidationError
from lodekey.lazily import lazily
from lodekey.services.cloudformation.template_text import text_of
from lodekey.services.cloudformation.templates import Template

if TYPE_CHECKING:
    import regex
else:
    regex = lazily("regex")

MASK = "****"
MATCH_SECONDS = 0.05
"""What a template's regular expression may take (ADR 0011)."""

SSM_VALUE = "AWS::SSM::Parameter::Value<"
SSM_NAME = "AWS::SSM::Parameter::Name"
# `regex` knows approximate matches ({e<=1}), which no time bounds (ADR 0011).
_FUZZY = re.compile(r"(?<!\\)\{[\d\s<=+,]*[idse]|\(\?[a-z]*[be]")
_PLAIN = frozenset({"String", "Number", "List<Number>", "List<String>", "CommaDelimitedList"})
_SPECIFIC = re.compile(r"^(?:List<)?AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+(?:<[^>]+>)?>?(?:>)?$")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter's value.

    Args:
        value: As the caller gave it, or the default.
        resolved: What the named SSM parameter held; None: it is no such type.
        hidden: NoEcho.
    """

    value: str
    resolved: str | None = None
    hidden: bool = False

    def shown(self, name: str) -> dict[str, str]:
        """The parameter as the API shows it."""
        shown = {"ParameterKey": name, "ParameterValue": MASK if self.hidden else self.value}
        if self.resolved is not None:
            shown["ResolvedValue"] = MASK if self.hidden else self.resolved
        return shown


def is_hidden(declared: Mapping[str, Any]) -> bool:
    """NoEcho."""
    return text_of(declared.get("NoEcho", False)).lower() == "true"


def check_declarations(template: Template) -> None:
    """Check the types of the parameters declared.

    Raises:
        ValidationError: There is no such type.
    """
    for name, declared in template.parameters.items():
        kind = str(declared.get("Type", ""))
        if not kind:
            raise ValidationError(
                "Template format error: Every Parameters object must contain a Type member."
            )
        if kind not in _PLAIN and not _SPECIFIC.match(kind):
            raise ValidationError(f"Template format error: Unrecognized parameter type: {kind}")
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
            raise ValidationError(
                f"Template format error: Parameter name {name} is non alphanumeric."
            )


def values(template: Template, given: list[Any], previous: Mapping[str, Given]) -> dict[str, Given]:
    """The value of each parameter: given, kept, or the default. SSM types are not looked up yet.

    Raises:
        ValidationError: One has no value, one is not declared, or a value is not allowed.
    """
    texts = dict(_texts(given, previous))
    odd = [name for name in texts if name not in template.parameters]
    if odd:
        raise ValidationError(f"Parameters: [{', '.join(odd)}] do not exist in the template")
    found: dict[str, Given] = {}
    missing = []
    for name, declared in template.parameters.items():
        if name in texts:
            text = texts[name]
        elif "Default" in declared:
            text = _default(declared["Default"])
        else:
            missing.append(name)
            continue
        found[name] = Given(value=text, hidden=is_hidden(declared))
        _check(name, declared, text)
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    return found


def _texts(given: list[Any], previous: Mapping[str, Given]) -> Any:
    for each in given:
        name = each.get("ParameterKey", "")
        if each.get("UsePreviousValue"):
            if "ParameterValue" in each:
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as "
                    "true and non empty value for a parameter"
                )
            if name not in previous:
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as "
                    "true for a parameter key not in the previous template"
                )
            yield name, previous[name].value
        elif "ParameterValue" in each:
            yield name, each["ParameterValue"]


def _default(value: Any) -> str:
    return ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def _check(name: str, declared: Mapping[str, Any], text: str) -> None:
    kind = str(declared["Type"])
    parts = [each.strip() for each in text.split(",")] if is_list(kind) else [text]
    for part in parts:
        _check_one(name, declared, kind, part)


def _refuse(name: str, declared: Mapping[str, Any], otherwise: str) -> ValidationError:
    said = declared.get("ConstraintDescription")
    return ValidationError(
        f"Parameter {name} failed to satisfy constraint: {said}" if said else otherwise
    )


def _check_one(name: str, declared: Mapping[str, Any], kind: str, text: str) -> None:
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list):
        texts = [text_of(each) for each in allowed]
        if text not in texts:
            raise _refuse(
                name,
                declared,
                f"Parameter '{name}' must be one of AllowedValues",
            )
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str) and not _matches(pattern, text):
        raise _refuse(name, declared, f"Parameter '{name}' must match pattern {pattern}")
    for word, wrong in (("MinLength", int.__gt__), ("MaxLength", int.__lt__)):
        if word in declared and wrong(int(declared[word]), len(text)):
            most = "at least" if word == "MinLength" else "at most"
            raise _refuse(
                name,
                declared,
                f"Parameter '{name}' must contain {most} {declared[word]} characters",
            )
    if "Number" in kind:
        _check_number(name, declared, text)


def _check_number(name: str, declared: Mapping[str, Any], text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        raise ValidationError(f"Parameter '{name}' must be a number.") from None
    if "MinValue" in declared and number < float(declared["MinValue"]):
        raise _refuse(
            name,
            declared,
            f"Parameter '{name}' must be a number not less than {declared['MinValue']}",
        )
    if "MaxValue" in declared and number > float(declared["MaxValue"]):
        raise _refuse(
            name,
            declared,
            f"Parameter '{name}' must be a number not greater than {declared['MaxValue']}",
        )


def _matches(pattern: str, text: str) -> bool:
    try:
        if _FUZZY.search(pattern):
            raise regex.error("approximate matching")
        return regex.fullmatch(pattern, text, timeout=MATCH_SECONDS) is not None
    except (regex.error, TimeoutError):
        raise ValidationError(
            f"Template format error: AllowedPattern {pattern} cannot be read."
        ) from None


def is_list(kind: str) -> bool:
    """Whether a parameter of this type holds several values."""
    inner = kind.removeprefix(SSM_VALUE)
    return inner.startswith(("List<", "CommaDelimitedList"))


def value_of(declared: Mapping[str, Any], given: Given) -> str | list[str]:
    """What ``Ref`` says of the parameter."""
    text = given.value if given.resolved is None else given.resolved
    if is_list(str(declared["Type"])):
        return [each.strip() for each in text.split(",")] if text else []
    return text
