"""A template, checked: its sections, and what they say without knowing any value.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lodekey.errors import ValidationError
from lodekey.services.cloudformation.graph import in_order

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Rules",
        "Mappings",
        "Conditions",
        "Transform",
        "Resources",
        "Outputs",
        "Hooks",
    }
)
RESOURCE_WORDS = frozenset(
    {
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "Metadata",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "CreationPolicy",
        "UpdatePolicy",
        "Version",
    }
)
PSEUDO = frozenset(
    {
        "AWS::AccountId",
        "AWS::NotificationARNs",
        "AWS::NoValue",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)
IAM_TYPES = frozenset(
    {
        "AWS::IAM::AccessKey",
        "AWS::IAM::Group",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::IAM::UserToGroupAddition",
    }
)
_NAMED = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
POLICIES = {
    "DeletionPolicy": frozenset({"Delete", "Retain", "Snapshot", "RetainExceptOnCreate"}),
    "UpdateReplacePolicy": frozenset({"Delete", "Retain", "Snapshot"}),
}
_MOST_RESOURCES = 500
_VARIABLE = re.compile(r"\$\{(?!!)([^}]*)\}")
_NAME = re.compile(r"^[A-Za-z0-9]+$")


@dataclass(frozen=True, slots=True)
class Template:
    """What a template says, after its transforms."""

    body: dict[str, Any]
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """What the template says of itself."""
        return str(self.body.get("Description", ""))

    def capabilities(self) -> tuple[list[str], list[str]]:
        """The capabilities that it needs, and the logical ids for which it needs them."""
        made = [i for i, each in self.resources.items() if each["Type"] in IAM_TYPES]
        named = [
            i for i in made if _NAMED.get(self.resources[i]["Type"], "") in _properties(self, i)
        ]
        if named:
            return ["CAPABILITY_NAMED_IAM"], named
        return (["CAPABILITY_IAM"], made) if made else ([], [])


def _properties(template: Template, logical: str) -> dict[str, Any]:
    found = template.resources[logical].get("Properties")
    return found if isinstance(found, dict) else {}


def declared_transforms(body: dict[str, Any]) -> list[str]:
    """The macros that a template names at its top."""
    named = body.get("Transform", [])
    named = named if isinstance(named, list) else [named]
    return [str(each.get("Name", "")) if isinstance(each, dict) else str(each) for each in named]


def check(body: dict[str, Any]) -> Template:
    """Check a template's form.

    Raises:
        ValidationError: In CloudFormation's words.
    """
    odd = [name for name in body if name not in SECTIONS]
    if odd:
        raise ValidationError(f"Invalid template property or properties [{', '.join(odd)}]")
    version = body.get("AWSTemplateFormatVersion", "2010-09-09")
    if version != "2010-09-09":
        raise bad(f"unsupported value for AWSTemplateFormatVersion: {version}")
    if not isinstance(body.get("Description", ""), str):
        raise bad("Description must be a string.")
    template = Template(
        body=body,
        parameters=_section(body, "Parameters"),
        mappings=_section(body, "Mappings"),
        conditions=_section(body, "Conditions", deep=False),
        rules=_section(body, "Rules"),
        resources=_section(body, "Resources"),
        outputs=_section(body, "Outputs"),
    )
    if not template.resources:
        raise bad("At least one Resources member must be defined.")
    if len(template.resources) > _MOST_RESOURCES:
        raise bad(
            f"Number of resources, {len(template.resources)}, is greater than the maximum "
            f"allowed, {_MOST_RESOURCES}"
        )
    for logical, resource in template.resources.items():
        _check_resource(logical, resource)
    _check_outputs(template)
    _check_references(template)
    in_order(dependencies(template))
    return template


@contextmanager
def well_formed() -> Iterator[None]:
    """Word as a fault of the template what no rule foresaw: a list where a text belongs.

    Raises:
        ValidationError: Something inside took the template for better than it is.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise bad("a value in the template is not of the form that belongs there.") from None


def bad(message: str) -> ValidationError:
    """A template that is not one."""
    return ValidationError(f"Template format error: {message}")


def _section(body: dict[str, Any], name: str, *, deep: bool = True) -> dict[str, Any]:
    found = body.get(name, {})
    if not isinstance(found, dict):
        raise bad(f"{name} section must be an object." if found is not None else f"'{name}' null")
    for key, each in found.items():
        if each is None:
            raise bad(f"[/{name}/{key}] 'null' values are not allowed in templates")
        if deep and not isinstance(each, dict):
            raise bad(f"Every {name} object must be an object: [/{name}/{key}]")
    return found


def _check_resource(logical: str, resource: dict[str, Any]) -> None:
    where = f"[/Resources/{logical}]"
    if not _NAME.match(logical):
        raise bad(f"Resource name {logical} is non alphanumeric.")
    if not isinstance(resource.get("Type"), str):
        raise bad(f"{where} Every Resources object must contain a Type member.")
    odd = [word for word in resource if word not in RESOURCE_WORDS]
    if odd:
        raise ValidationError(f"Invalid template resource property '{odd[0]}'")
    if not isinstance(resource.get("Properties", {}), dict):
        raise bad(f"[/Resources/{logical}/Properties] Properties must be an object.")
    for word, values in POLICIES.items():
        value = resource.get(word)
        if isinstance(value, str) and value not in values:
            raise bad(f"Unrecognized {word} {value} for resource {logical}")
    _refuse_nulls(resource, f"/Resources/{logical}")


def _refuse_nulls(value: Any, where: str) -> None:
    if value is None:
        raise bad(f"[{where}] 'null' values are not allowed in templates")
    if isinstance(value, dict):
        for key, each in value.items():
            if key != "Metadata":
                _refuse_nulls(each, f"{where}/{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            _refuse_nulls(each, f"{where}/{number}")


def _check_outputs(template: Template) -> None:
    for name, output in template.outputs.items():
        if not _NAME.match(name):
            raise bad(f"Output name {name} is non alphanumeric.")
        if "Value" not in output:
            raise bad(f"Every Outputs member must contain a Value object: {name}")


def _check_references(template: Template) -> None:
    known = set(template.resources) | set(template.parameters) | PSEUDO
    for section in ("Resources", "Outputs"):
        lost = set()
        for each in template.body.get(section, {}).values():
            lost |= {name for name in named_in(_without_metadata(each)) if name not in known}
            if isinstance(each.get("DependsOn"), (str, list)):
                lost |= {name for name in depends_on(each) if name not in template.resources}
        if lost:
            names = ", ".join(sorted(lost))
            raise bad(
                f"Unresolved resource dependencies [{names}] in the {section} block of the template"
            )
    lost = {
        name
        for each in (*template.resources.values(), *template.outputs.values(), template.conditions)
        for name in conditions_in(each)
        if name not in template.conditions
    }
    if lost:
        names = ", ".join(sorted(lost))
        raise bad(
            f"Unresolved condition dependencies [{names}] in the Conditions block of the template"
        )


def _without_metadata(each: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in each.items() if key not in {"Metadata", "Type"}}


def depends_on(resource: dict[str, Any]) -> list[str]:
    """What a resource says it depends on."""
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else [str(each) for each in named]


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every function call in *value*: the function's name, and its argument."""
    if isinstance(value, dict):
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                yield name, argument
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def named_in(value: Any) -> set[str]:
    """The parameters and resources that *value* refers to."""
    found: set[str] = set()
    for name, argument in walk(value):
        if name == "Ref" and isinstance(argument, str):
            found.add(argument)
        elif name == "Fn::GetAtt":
            target = argument[0] if isinstance(argument, list) and argument else argument
            if isinstance(target, str):
                found.add(target.partition(".")[0])
        elif name == "Fn::Sub":
            found |= _named_in_sub(argument)
    return found


def _named_in_sub(argument: Any) -> set[str]:
    text, own = (argument, {}) if isinstance(argument, str) else (None, {})
    if isinstance(argument, list) and len(argument) == 2:
        text, own = argument
    if not isinstance(text, str) or not isinstance(own, dict):
        return set()
    names = {name.strip().partition(".")[0] for name in _VARIABLE.findall(text)}
    return {name for name in names if name not in own}


def conditions_in(value: Any) -> set[str]:
    """The conditions that *value* refers to."""
    found: set[str] = set()
    if isinstance(value, dict) and "Type" in value and isinstance(value.get("Condition"), str):
        found.add(value["Condition"])
    if isinstance(value, dict) and "Value" in value and isinstance(value.get("Condition"), str):
        found.add(value["Condition"])
    if isinstance(value, dict) and "Type" in value:
        value = value.get("Properties", {})
    for name, argument in walk(value):
        if name == "Fn::If" and isinstance(argument, list) and argument:
            found.add(str(argument[0]))
    return found


def dependencies(template: Template) -> dict[str, set[str]]:
    """What each resource waits for: what it names, and what it says it depends on."""
    return {
        logical: {
            name
            for name in (*named_in(_without_metadata(resource)), *depends_on(resource))
            if name in template.resources
        }
        for logical, resource in template.resources.items()
    }


def compact(value: Any) -> str:
    """JSON without blanks, keys in order: for comparing and for keeping."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, default=str)
