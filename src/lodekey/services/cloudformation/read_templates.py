"""Look at templates: those of stacks, and those that may become one."""

from __future__ import annotations

import json
from typing import Any

from lodekey.errors import Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.cloudformation.finding import (
    Named,
    everything,
    request_keys,
    stack_named,
    stack_or_all,
)
from lodekey.services.cloudformation.parameters import check_declarations, is_hidden
from lodekey.services.cloudformation.planning import text_of_request
from lodekey.services.cloudformation.shapes import (
    GetStackPolicyInput,
    GetStackPolicyOutput,
    GetTemplateInput,
    GetTemplateOutput,
    GetTemplateSummaryInput,
    GetTemplateSummaryOutput,
    SetStackPolicyInput,
    ValidateTemplateInput,
    ValidateTemplateOutput,
)
from lodekey.services.cloudformation.stacks import Plan, Stack
from lodekey.services.cloudformation.stored_changes import change_set_named
from lodekey.services.cloudformation.template_text import read, text_of
from lodekey.services.cloudformation.templates import Template, check, well_formed
from lodekey.services.cloudformation.transforms import check_offered


def read_template(text: str) -> Template:
    """A template, checked as far as it can be before its transforms.

    Raises:
        ValidationError: It is none.
    """
    body = read(text)
    if check_offered(body):
        template = Template(
            body=body,
            parameters=body.get("Parameters") or {},
            resources={
                name: each
                for name, each in (body.get("Resources") or {}).items()
                if isinstance(each, dict) and isinstance(each.get("Type"), str)
            },
        )
    else:
        template = check(body)
    check_declarations(template)
    return template


def needed(template: Template) -> dict[str, Any]:
    """The capabilities that a template needs, and why."""
    capabilities, why = template.capabilities()
    found: dict[str, Any] = {}
    if capabilities:
        found["CapabilitiesReason"] = (
            "The following resource(s) require capabilities: "
            f"[{', '.join(sorted({template.resources[each]['Type'] for each in why}))}]"
        )
    transforms = list(dict.fromkeys(check_offered(template.body)))
    if transforms:
        capabilities = [*capabilities, "CAPABILITY_AUTO_EXPAND"]
        found.setdefault(
            "CapabilitiesReason",
            f"The following transform(s) require capabilities: [{', '.join(transforms)}]",
        )
        found["DeclaredTransforms"] = transforms
    if capabilities:
        found["Capabilities"] = capabilities
    return found


def _declared(name: str, parameter: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"ParameterKey": name, "NoEcho": is_hidden(parameter)}
    if "Default" in parameter:
        found["DefaultValue"] = text_of(parameter["Default"])
    if "Description" in parameter:
        found["Description"] = str(parameter["Description"])
    return found


@operation(
    "cloudformation:ValidateTemplate", on=everything, keys=request_keys, also=("s3:GetObject",)
)
def validate_template(
    ctx: Context, request: ValidateTemplateInput, resource: Bare
) -> ValidateTemplateOutput:
    """Check a template's form, and say what it asks for."""
    text = text_of_request(ctx, request)
    with well_formed():
        template = read_template(text)
        answer: Any = {
            "Parameters": [_declared(name, each) for name, each in template.parameters.items()],
            **needed(template),
        }
        if template.description:
            answer["Description"] = template.description
    found: ValidateTemplateOutput = answer
    return found


@operation(
    "cloudformation:GetTemplateSummary",
    on=stack_or_all,
    keys=request_keys,
    also=("s3:GetObject",),
    ignores=("TemplateSummaryConfig", "StackSetName", "CallAs"),
)
def get_template_summary(
    ctx: Context, request: GetTemplateSummaryInput, found: Stack | Bare
) -> GetTemplateSummaryOutput:
    """Say what a template asks for, and what it makes."""
    text = found.plan.original if isinstance(found, Stack) else text_of_request(ctx, request)
    with well_formed():
        shown: GetTemplateSummaryOutput = _summary(read_template(text))
    return shown


def _summary(template: Template) -> Any:
    parameters = []
    for name, each in template.parameters.items():
        declared = _declared(name, each)
        declared["ParameterType"] = str(each["Type"])
        allowed = [text_of(value) for value in each.get("AllowedValues", [])]
        declared["ParameterConstraints"] = {"AllowedValues": allowed} if allowed else {}
        parameters.append(declared)
    types: dict[str, list[str]] = {}
    for logical, resource in template.resources.items():
        types.setdefault(str(resource.get("Type", "")), []).append(logical)
    answer: Any = {
        "Parameters": parameters,
        "ResourceTypes": sorted(types),
        "Version": str(template.body.get("AWSTemplateFormatVersion", "2010-09-09")),
        "ResourceIdentifierSummaries": [
            {"ResourceType": kind, "LogicalResourceIds": names} for kind, names in types.items()
        ],
        **needed(template),
    }
    if template.description:
        answer["Description"] = template.description
    if "Metadata" in template.body:
        answer["Metadata"] = json.dumps(template.body["Metadata"])
    return answer


def stack_of_template(ctx: Context, request: GetTemplateInput) -> Stack:
    """The stack whose template is wanted, by its name or its change set.

    Raises:
        Missing: The request names neither.
    """
    if "ChangeSetName" in request and "StackName" not in request:
        return change_set_named(ctx, request)[0]
    if "StackName" not in request:
        raise Missing("*", ValidationError("Either StackName or ChangeSetName must be specified."))
    named: Named = {"StackName": request["StackName"]}
    return stack_named(ctx, named)


@operation("cloudformation:GetTemplate", on=stack_of_template)
def get_template(ctx: Context, request: GetTemplateInput, stack: Stack) -> GetTemplateOutput:
    """A stack's template, as it came or after its transforms."""
    plan: Plan = stack.plan
    if "ChangeSetName" in request:
        plan = change_set_named(ctx, request)[1].plan
    elif stack.work is not None and stack.work.target is not None and stack.work.kind == "create":
        plan = stack.work.target
    if not plan.original:  # a change set that is to create it has not been executed
        return {"StagesAvailable": []}
    processed = request.get("TemplateStage") == "Processed"
    text = plan.body if processed and check_offered(read(plan.original)) else plan.original
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


@operation("cloudformation:SetStackPolicy", on=stack_named, keys=request_keys, writes=True)
def set_stack_policy(ctx: Context, request: SetStackPolicyInput, stack: Stack) -> dict[str, Any]:
    """Refused: a policy that nothing enforces would be a promise that is not kept."""
    raise ValidationError("Stack policies are not offered by this server.")


@operation("cloudformation:GetStackPolicy", on=stack_named)
def get_stack_policy(
    ctx: Context, request: GetStackPolicyInput, stack: Stack
) -> GetStackPolicyOutput:
    """No stack has one."""
    return {}
