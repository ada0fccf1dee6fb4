"""Transforms: a template written in another's words becomes one in CloudFormation's.

``AWS::Serverless-2016-10-31`` is worked out by Amazon's own library, ``AWS::LanguageExtensions``
and ``AWS::Include`` here.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-reference.html
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import Any

from lodekey.errors import ValidationError
from lodekey.identity import aws_managed
from lodekey.services.cloudformation.includes import INCLUDE, Includes, inner_transforms
from lodekey.services.cloudformation.loops import without_loops
from lodekey.services.cloudformation.parameters import Given, value_of
from lodekey.services.cloudformation.templates import declared_transforms

SERVERLESS = "AWS::Serverless-2016-10-31"
LANGUAGE = "AWS::LanguageExtensions"
OFFERED = frozenset({SERVERLESS, LANGUAGE, INCLUDE})


def check_offered(body: dict[str, Any]) -> list[str]:
    """The template's transforms: those at its top, then those inside.

    Raises:
        ValidationError: One is not offered.
    """
    inner = list(dict.fromkeys(inner_transforms(body)))
    named = [*declared_transforms(body), *inner]
    for name in named:
        if name not in OFFERED:
            raise ValidationError(f"No transform named {name} found.")
    for name in inner:
        if name != INCLUDE:
            raise ValidationError(f"{name} cannot be used as Fn::Transform.")
    return named


def transformed(
    body: dict[str, Any], parameters: Mapping[str, Given], region: str, includes: Includes
) -> dict[str, Any]:
    """The template after its transforms; itself where it has none.

    What stands inside comes first, then what is named at the top, in its order; but loops are
    unrolled before anything else sees them.

    Raises:
        ValidationError: A transform fails.
    """
    if not check_offered(body):
        return body
    body = includes.inside(copy.deepcopy(body))
    asked = body.pop("Transform", [])
    asked = asked if isinstance(asked, list) else [asked]
    names = [_name(each) for each in asked]
    if LANGUAGE in names:
        body = without_loops(body, _values(body, parameters))
    for each, name in zip(asked, names, strict=True):
        if name == INCLUDE:
            body = includes.at_top(body, each.get("Parameters") if isinstance(each, dict) else None)
        elif name == SERVERLESS:
            body = _serverless({"Transform": name, **body}, _values(body, parameters), region)
            body.pop("Transform", None)
    return body


def _name(asked: Any) -> str:
    return str(asked.get("Name", "")) if isinstance(asked, dict) else str(asked)


def _values(body: dict[str, Any], parameters: Mapping[str, Given]) -> dict[str, Any]:
    declared = body.get("Parameters", {})
    return {
        name: value_of(declared[name], given)
        for name, given in parameters.items()
        if name in declared
    }


class _ManagedPolicies:
    """AWS's managed policies by name, for templates that name one."""

    def load(self) -> dict[str, str]:
        """Names and ARNs."""
        return {each.name: each.arn for each in aws_managed.policies()}


def _serverless(body: dict[str, Any], values: dict[str, Any], region: str) -> dict[str, Any]:
    # the library asks boto3 for the Region where it runs, and wants one to be set
    os.environ.setdefault("AWS_DEFAULT_REGION", region)
    try:
        from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415
        from samtranslator.translator.arn_generator import ArnGenerator  # noqa: PLC0415
        from samtranslator.translator.transform import transform  # noqa: PLC0415
    except ImportError:
        raise ValidationError(
            f"Transform {SERVERLESS} needs the package aws-sam-translator: install "
            "lodekey[cloudformation]"
        ) from None
    ArnGenerator.BOTO_SESSION_REGION_NAME = region
    texts = {
        name: ",".join(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
    try:
        made: dict[str, Any] = transform(body, texts, _ManagedPolicies())
    except InvalidDocumentException as error:
        causes = " ".join(str(each.message) for each in error.causes)
        raise ValidationError(
            f"Transform {SERVERLESS} failed with: Invalid Serverless Application Specification "
            f"document. {error.message} {causes}".strip()
        ) from None
    return made


def warm_up(text: str) -> None:
    """Import what a template will need, while nobody waits for it."""
    if "AWS::Serverless" in text:
        try:
            import samtranslator.translator.transform  # noqa: F401, PLC0415
        except ImportError:
            return
