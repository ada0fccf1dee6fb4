"""Read a template (CloudFormation, SAM, Serverless) so that its policies can be looked at.

Intrinsic functions are replaced by examples of what they stand for: a made-up account, a Region,
the ARN of a resource of the type that is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lodekey.client.failures import Unusable
from lodekey.client.formats import yaml

ACCOUNT = "111122223333"
REGION = "us-east-1"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
}
_ARNS = {
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::IAM::User": "arn:aws:iam::{account}:user/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Serverless::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "AWS::SSM::Parameter": "arn:aws:ssm:{region}:{account}:parameter/{name}",
}
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


class Malformed(Exception):
    """The text is no template; the message says where."""


def read(text: str) -> Any:
    """JSON or YAML with CloudFormation's short forms.

    Raises:
        Malformed: It is neither.
        Unusable: It is YAML, and PyYAML is not installed.
    """
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError:
            pass  # may still be YAML in flow style
    library = yaml()
    try:
        return library.load(text, Loader=_loader(library))  # a SafeLoader underneath
    except library.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise Malformed(f"{where}{getattr(error, 'problem', None) or 'not YAML'}") from None


def _loader(library: Any) -> Any:
    class Loader(library.SafeLoader):  # type: ignore[misc]
        """YAML with CloudFormation's tags."""

    def short_form(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, library.ScalarNode):
            value = loader.construct_scalar(node)
            if suffix == "GetAtt":
                value = value.split(".", 1)
        elif isinstance(node, library.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", short_form)
    return Loader


def resources_of(template: Any) -> dict[str, Any]:
    """The resources of a template, or of the `resources` part of a serverless.yml."""
    if not isinstance(template, Mapping):
        return {}
    found: dict[str, Any] = {}
    parts = template.get("resources")
    for part in parts if isinstance(parts, list) else [parts, template]:
        if isinstance(part, Mapping) and isinstance(part.get("Resources"), Mapping):
            found |= {
                name: each
                for name, each in part["Resources"].items()
                if isinstance(each, Mapping) and isinstance(each.get("Type"), str)
            }
    return found


def plain(value: Any, resources: Mapping[str, Any]) -> Any:
    """*value* with every intrinsic function replaced by an example of what it gives."""
    if isinstance(value, list):
        return [plain(each, resources) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        name, member = next(iter(value.items()))
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](member, resources)
        if isinstance(name, str) and name.startswith("Fn::"):
            return "example"
    return {str(name): plain(member, resources) for name, member in value.items()}


def _ref(name: Any, resources: Mapping[str, Any]) -> str:
    return _PSEUDO.get(name, str(name))


def _get_att(parts: Any, resources: Mapping[str, Any]) -> str:
    name, *rest = parts if isinstance(parts, list) else str(parts).split(".")
    kind = resources.get(name, {}).get("Type", "")
    if rest == ["Arn"] and kind in _ARNS:
        return _ARNS[kind].format(account=ACCOUNT, region=REGION, name=name)
    return f"{name}-{'-'.join(map(str, rest))}"


def _sub(member: Any, resources: Mapping[str, Any]) -> str:
    text, given = (member[0], member[1]) if isinstance(member, list) else (member, {})

    def value_of(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name in given:
            return str(plain(given[name], resources))
        return _get_att(name, resources) if "." in name else _ref(name, resources)

    return _VARIABLE.sub(value_of, str(text)).replace("${!", "${")


def _join(member: Any, resources: Mapping[str, Any]) -> str:
    separator, parts = member
    read_parts = plain(parts, resources)
    return str(separator).join(map(str, read_parts if isinstance(read_parts, list) else []))


def _if(member: Any, resources: Mapping[str, Any]) -> Any:
    return plain(member[1], resources)


_FUNCTIONS: dict[Any, Any] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
}

__all__ = ["Malformed", "Unusable", "plain", "read", "resources_of"]
