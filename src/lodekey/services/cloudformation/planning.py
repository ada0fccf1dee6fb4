"""From a request to a plan: the template found, read, transformed and checked, its values known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from lodekey.errors import ApiError, ValidationError
from lodekey.gate.context import Context
from lodekey.services.cloudformation.errors import InsufficientCapabilitiesException
from lodekey.services.cloudformation.includes import Includes
from lodekey.services.cloudformation.intrinsics import Scope, check_rules
from lodekey.services.cloudformation.other_stacks import Outputs
from lodekey.services.cloudformation.parameters import (
    SSM_NAME,
    SSM_VALUE,
    Given,
    check_declarations,
    values,
)
from lodekey.services.cloudformation.stacks import Plan, Stack
from lodekey.services.cloudformation.template_text import LONGEST_BODY, LONGEST_OBJECT, read
from lodekey.services.cloudformation.templates import Template, check, well_formed
from lodekey.services.cloudformation.things import Deployed, Foreseen, scope
from lodekey.services.cloudformation.transforms import check_offered, transformed

_S3_HOST = re.compile(r"^(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$")
_MOST_TAGS = 50


def text_of_request(ctx: Context, request: Any, stack: Stack | None = None) -> str:
    """The template's text: in the request, in a bucket, or the stack's present one.

    Raises:
        ValidationError: There is not exactly one, or it cannot be had.
    """
    if request.get("UsePreviousTemplate"):
        if "TemplateBody" in request or "TemplateURL" in request or stack is None:
            raise ValidationError(
                "You cannot specify both usePreviousTemplate and Template Body/URL."
            )
        return stack.plan.original
    if ("TemplateBody" in request) == ("TemplateURL" in request):
        raise ValidationError("Either Template URL or Template Body must be specified.")
    if "TemplateURL" in request:
        return from_bucket(ctx, request["TemplateURL"])
    text: str = request["TemplateBody"]
    if len(text.encode()) > LONGEST_BODY:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LONGEST_BODY}"
        )
    return text


def from_bucket(ctx: Context, url: str) -> str:
    """The text of an object, read as the caller. Whatever the host: the object is in our S3.

    Raises:
        ValidationError: It is no S3 URL, or the object cannot be had.
    """
    return text_in(ctx, *place_in(ctx, url))


def text_in(ctx: Context, bucket: str, key: str) -> str:
    """The text of an object, read as the caller.

    Raises:
        ValidationError: It cannot be had.
    """
    try:
        operation = ctx.gate.operation("s3", "GetObject")
        answer = ctx.call(operation, {"Bucket": bucket, "Key": key}, via="cloudformation")
    except ApiError as error:
        raise ValidationError(
            f"S3 error: {error.message}\nFor more information check "
            "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        ) from None
    except KeyError:
        raise ValidationError("S3 error: S3 is not offered by this server") from None
    body = answer["Body"]
    if not isinstance(body, bytes | bytearray | memoryview):
        body = body.read() if hasattr(body, "read") else b"".join(body)
    if len(body) > LONGEST_OBJECT:
        raise ValidationError(f"Template may not exceed {LONGEST_OBJECT} bytes in size.")
    try:
        return bytes(body).decode()
    except UnicodeDecodeError:
        raise ValidationError("Template format error: YAML not well-formed.") from None


def place_in(ctx: Context, url: str) -> tuple[str, str]:
    """The bucket and key that a URL names.

    Raises:
        ValidationError: It names none.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    host = _S3_HOST.match(parts.hostname or "")
    ours = urlsplit(ctx.gate.settings.endpoint).hostname
    if host is not None and host["bucket"]:
        return host["bucket"], path
    known = host is not None or parts.hostname in {ours, "localhost", "127.0.0.1", "::1"}
    bucket, _, key = path.partition("/")
    if parts.scheme not in {"http", "https"} or not known or not bucket or not key:
        raise ValidationError("TemplateURL must be a supported URL.")
    return bucket, key


def plan_of(ctx: Context, request: Any, stack: Stack, previous: Plan | None = None) -> Plan:
    """What the request wants the stack to be.

    Args:
        ctx: The request's.
        request: Of CreateStack, UpdateStack or CreateChangeSet.
        stack: The stack, or a sketch of the one to be.
        previous: What the stack is now; None: it is new.

    Raises:
        ValidationError: The template or a value is wrong.
        InsufficientCapabilitiesException: The caller must acknowledge what the template does.
    """
    text = text_of_request(ctx, request, stack if previous else None)
    with well_formed():
        return _planned(ctx, request, stack, previous, text)


def _planned(ctx: Context, request: Any, stack: Stack, previous: Plan | None, text: str) -> Plan:
    body = read(text)
    raw = Template(body=body, parameters=dict(body.get("Parameters") or {}))
    check_declarations(raw)
    known = previous.parameters if previous else {}
    given = {
        name: _looked_up(ctx, raw.parameters[name], each)
        for name, each in values(raw, request.get("Parameters") or [], known).items()
    }
    here = _before_resources(ctx, raw, stack, given)
    body = transformed(body, given, ctx.region, Includes(partial(text_in, ctx), here.value))
    role = request.get("RoleARN", "") or stack.role
    body = Outputs(ctx, stack, role, here.value).put_into(body)
    template = check(body)
    check_declarations(template)
    extra = [{"ParameterKey": name, "ParameterValue": each.value} for name, each in given.items()]
    given = {**values(template, extra, {}), **given}
    tags = _tags(request, previous)
    plan = Plan(
        original=text,
        body=json.dumps(body),
        parameters=given,
        tags=tags,
        capabilities=request.get("Capabilities") or [],
        notifications=_notifications(request, previous),
        description=template.description,
    )
    _check_values(ctx, stack, template, plan)
    acknowledged = plan.capabilities
    if "ChangeSetName" in request:
        # "This capacity doesn't apply to creating change sets": they are looked at before they act.
        acknowledged = [*acknowledged, "CAPABILITY_AUTO_EXPAND"]
    must_acknowledge(raw, template, acknowledged)
    return plan


def must_be_allowed(request: Any, types: Iterable[str]) -> None:
    """Check the types of what is made, changed or taken away against ``ResourceTypes``.

    Policies that bind callers to types (``cloudformation:ResourceTypes``) rely on it.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html

    Raises:
        ValidationError: One of them is not among those that the request names.
    """
    if "ResourceTypes" not in request:
        return
    allowed = list(request["ResourceTypes"])
    for name in types:
        if not any(
            each == name or (each.endswith("::*") and name.startswith(each.removesuffix("*")))
            for each in allowed
        ):
            raise ValidationError(
                f"Resource type {name} is not allowed by parameter ResourceTypes "
                f"[{', '.join(allowed)}]"
            )


def _before_resources(
    ctx: Context, raw: Template, stack: Stack, given: Mapping[str, Given]
) -> Scope:
    """What may be named before there are resources: parameters and mappings."""
    mappings = raw.body.get("Mappings")
    bare = Template(
        body=raw.body,
        parameters=raw.parameters,
        mappings=mappings if isinstance(mappings, dict) else {},
    )
    return scope(bare, given, stack, Deployed(ctx.tx, stack, {}), [])


def _notifications(request: Any, previous: Plan | None) -> list[str]:
    if "NotificationARNs" in request:
        return list(request["NotificationARNs"])
    return previous.notifications if previous else []


def _tags(request: Any, previous: Plan | None) -> dict[str, str]:
    if "Tags" not in request:
        return previous.tags if previous else {}
    tags = {each["Key"]: each["Value"] for each in request["Tags"]}
    if len(tags) > _MOST_TAGS:
        raise ValidationError(f"Number of tags exceeds the maximum of {_MOST_TAGS}")
    if len(tags) < len(request["Tags"]):
        raise ValidationError("Duplicate tag keys found. Please specify unique tag keys.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise ValidationError("aws: prefixed tag key names are not allowed for external use.")
    return tags


def _looked_up(ctx: Context, declared: dict[str, Any], given: Given) -> Given:
    """A parameter whose value names an SSM parameter, with what that holds now."""
    kind = str(declared["Type"])
    if kind != SSM_NAME and not kind.startswith(SSM_VALUE):
        return given
    try:
        answer = ctx.call(
            ctx.gate.operation("ssm", "GetParameters"),
            {"Names": [given.value], "WithDecryption": False},
            via="cloudformation",
        )
    except ApiError as error:
        raise ValidationError(error.message) from None
    found = answer.get("Parameters") or []
    if not found:
        raise ValidationError(
            f"Unable to fetch parameters [{given.value}] from parameter store for this account."
        )
    if kind == SSM_NAME:
        return given
    if found[0]["Type"] == "SecureString":
        raise ValidationError(
            f"Parameters [{given.value}] referenced by template have types not supported by "
            "CloudFormation."
        )
    return msgspec.structs.replace(given, resolved=found[0]["Value"])


def _check_values(ctx: Context, stack: Stack, template: Template, plan: Plan) -> None:
    """Work out everything that can be worked out before anything is done.

    Raises:
        ValidationError: A rule fails, or a function is used wrongly.
    """
    known = [*template.resources]
    things = Foreseen(ctx.tx, stack, {}, template, set(known))
    here = scope(template, plan.parameters, stack, things, plan.notifications)
    check_rules(here)
    for name in template.conditions:
        here.holds(name)
    for logical in known:
        if here.wanted(logical):
            here.value(template.resources[logical].get("Properties", {}))


def must_acknowledge(raw: Template, template: Template, given: list[str]) -> None:
    """Check the capabilities.

    Raises:
        InsufficientCapabilitiesException: One is not given.
    """
    if check_offered(raw.body) and "CAPABILITY_AUTO_EXPAND" not in given:
        raise InsufficientCapabilitiesException("Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    needed, _ = template.capabilities()
    if not needed or "CAPABILITY_NAMED_IAM" in given:
        return
    if needed == ["CAPABILITY_IAM"] and "CAPABILITY_IAM" in given:
        return
    raise InsufficientCapabilitiesException(f"Requires capabilities : [{needed[0]}]")
