"""Look at stacks: what they are, what they hold, and what happened to them."""

from __future__ import annotations

from typing import Any

from lodekey.errors import Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.cloudformation.finding import (
    Named,
    everything,
    page,
    stack_in_brackets,
    stack_in_quotes,
    stack_named,
    stack_or_all,
)
from lodekey.services.cloudformation.finish import importers
from lodekey.services.cloudformation.shapes import (
    DescribeAccountLimitsInput,
    DescribeAccountLimitsOutput,
    DescribeStackEventsInput,
    DescribeStackEventsOutput,
    DescribeStackResourceInput,
    DescribeStackResourceOutput,
    DescribeStackResourcesInput,
    DescribeStackResourcesOutput,
    DescribeStacksInput,
    DescribeStacksOutput,
    ListExportsInput,
    ListExportsOutput,
    ListImportsInput,
    ListImportsOutput,
    ListStackResourcesInput,
    ListStackResourcesOutput,
    ListStacksInput,
    ListStacksOutput,
    StackEvent,
)
from lodekey.services.cloudformation.stacks import (
    EVENTS,
    EXPORTS,
    GONE,
    RESOURCES,
    Event,
    Stack,
    StackResource,
    all_stacks,
    find,
    resources_of,
)

PAGE = 100
_LIMITS = {"StackLimit": 2000, "StackOutputsLimit": 200, "ConcurrentResourcesLimit": 2500}


@operation("cloudformation:DescribeStacks", on=stack_or_all)
def describe_stacks(
    ctx: Context, request: DescribeStacksInput, found: Stack | Bare
) -> DescribeStacksOutput:
    """Describe one stack, or all that are there."""
    if isinstance(found, Stack):
        return {"Stacks": [shown(found)]}
    there = [each for each in _newest_first(ctx) if each.status != GONE]
    part, token = page(ctx, "DescribeStacks", there, request, PAGE)
    answer: DescribeStacksOutput = {"Stacks": [shown(each) for each in part]}
    if token:
        answer["NextToken"] = token
    return answer


def _newest_first(ctx: Context) -> list[Stack]:
    stacks = all_stacks(ctx.tx, ctx.account, ctx.region)
    return sorted(stacks, key=lambda each: -each.created)


def shown(stack: Stack) -> Any:
    """A stack as the API shows it; what is hidden stays so."""
    described: dict[str, Any] = {
        "StackId": stack.arn,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": stack.plan.notifications,
        "RollbackConfiguration": stack.rollback_configuration,
        "Parameters": [each.shown(name) for name, each in stack.plan.parameters.items()],
        "Capabilities": stack.plan.capabilities,
        "Outputs": [_output(name, each) for name, each in stack.outputs.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in stack.plan.tags.items()],
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": _drift(stack.drift, stack.drift_checked),
    }
    others = (
        ("Description", stack.plan.description),
        ("StackStatusReason", stack.reason),
        ("LastUpdatedTime", stack.updated),
        ("DeletionTime", stack.deleted),
        ("TimeoutInMinutes", stack.timeout_minutes),
        ("RoleARN", stack.role),
        ("ParentId", stack.parent),
        ("RootId", stack.root),
        ("ChangeSetId", stack.change_set),
    )
    return {**described, **_given(others)}


def _given(members: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Those members that have a value."""
    return {name: value for name, value in members if value not in {"", None}}


def _output(name: str, output: Any) -> dict[str, str]:
    found = {"OutputKey": name, "OutputValue": output.value}
    if output.description:
        found["Description"] = output.description
    if output.export:
        found["ExportName"] = output.export
    return found


def _drift(status: str, checked: float | None, key: str = "StackDriftStatus") -> Any:
    shown: dict[str, Any] = {key: status}
    if checked is not None:
        shown["LastCheckTimestamp"] = checked
    return shown


@operation("cloudformation:ListStacks", on=everything)
def list_stacks(ctx: Context, request: ListStacksInput, resource: Bare) -> ListStacksOutput:
    """List stacks, deleted ones too."""
    wanted = request.get("StackStatusFilter") or []
    found = [each for each in _newest_first(ctx) if not wanted or each.status in wanted]
    part, token = page(ctx, "ListStacks", found, request, PAGE)
    summaries: Any = []
    for stack in part:
        summary = {
            "StackId": stack.arn,
            "StackName": stack.name,
            "CreationTime": stack.created,
            "StackStatus": stack.status,
            "DriftInformation": _drift(stack.drift, stack.drift_checked),
        }
        others = (
            ("TemplateDescription", stack.plan.description),
            ("LastUpdatedTime", stack.updated),
            ("DeletionTime", stack.deleted),
            ("StackStatusReason", stack.reason),
            ("ParentId", stack.parent),
            ("RootId", stack.root),
        )
        summaries.append({**summary, **_given(others)})
    answer: ListStacksOutput = {"StackSummaries": summaries}
    if token:
        answer["NextToken"] = token
    return answer


@operation("cloudformation:DescribeStackEvents", on=stack_in_brackets)
def describe_stack_events(
    ctx: Context, request: DescribeStackEventsInput, stack: Stack
) -> DescribeStackEventsOutput:
    """What happened to a stack, newest first; of a deleted one too, by its ARN."""
    events = [each for _, each in EVENTS.scan(ctx.tx, *stack.place, reverse=True)]
    part, token = page(ctx, f"events {stack.id}", events, request, PAGE)
    answer: DescribeStackEventsOutput = {"StackEvents": [_event(stack, each) for each in part]}
    if token:
        answer["NextToken"] = token
    return answer


def _event(stack: Stack, event: Event) -> StackEvent:
    found: StackEvent = {
        "StackId": stack.arn,
        "EventId": event.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical,
        "PhysicalResourceId": event.physical,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
    }
    if event.reason:
        found["ResourceStatusReason"] = event.reason
    if event.properties:
        found["ResourceProperties"] = event.properties
    if event.token:
        found["ClientRequestToken"] = event.token
    return found


@operation("cloudformation:DescribeStackResource", on=stack_in_quotes)
def describe_stack_resource(
    ctx: Context, request: DescribeStackResourceInput, stack: Stack
) -> DescribeStackResourceOutput:
    """Describe one resource."""
    logical = request["LogicalResourceId"]
    resource = RESOURCES.get(ctx.tx, *stack.place, logical)
    if resource is None:
        raise ValidationError(f"Resource {logical} does not exist for stack {stack.name}")
    detail: Any = {
        "StackName": stack.name,
        "StackId": stack.arn,
        **_resource(resource, "LastUpdatedTimestamp"),
    }
    if resource.thing.metadata:
        detail["Metadata"] = resource.thing.metadata
    return {"StackResourceDetail": detail}


def _resource(resource: StackResource, when: str) -> dict[str, Any]:
    found = {
        "LogicalResourceId": resource.logical,
        "ResourceType": resource.thing.type,
        when: resource.changed,
        "ResourceStatus": resource.status,
        "DriftInformation": _drift(
            resource.drift, resource.drift_checked, "StackResourceDriftStatus"
        ),
    }
    if resource.thing.physical:
        found["PhysicalResourceId"] = resource.thing.physical
    if resource.reason:
        found["ResourceStatusReason"] = resource.reason
    return found


def named_or_holding(ctx: Context, request: DescribeStackResourcesInput) -> Stack:
    """The stack that the request names, or the one that holds the physical id it names.

    Raises:
        Missing: It names neither, or both, or there is none.
    """
    physical = request.get("PhysicalResourceId")
    if ("StackName" in request) == bool(physical):
        raise Missing(
            "*", ValidationError("Either StackName or PhysicalResourceId must be specified")
        )
    if not physical:
        named: Named = {"StackName": request["StackName"]}
        return stack_named(ctx, named)
    for parts, resource in RESOURCES.scan(ctx.tx, ctx.account, ctx.region):
        if resource.thing.physical == physical:
            arn = next((each.arn for each in _newest_first(ctx) if each.id == parts[0]), "")
            found = find(ctx.tx, ctx.account, ctx.region, arn)
            if found is not None and found.status != GONE:
                return found
    raise Missing("*", ValidationError(f"Stack for {physical} does not exist"))


@operation("cloudformation:DescribeStackResources", on=named_or_holding)
def describe_stack_resources(
    ctx: Context, request: DescribeStackResourcesInput, stack: Stack
) -> DescribeStackResourcesOutput:
    """Describe the resources of a stack."""
    wanted = request.get("LogicalResourceId")
    found: Any = [
        {"StackName": stack.name, "StackId": stack.arn, **_resource(each, "Timestamp")}
        for name, each in resources_of(ctx.tx, stack).items()
        if wanted in {None, name}
    ]
    return {"StackResources": found[:PAGE]}


@operation("cloudformation:ListStackResources", on=stack_named)
def list_stack_resources(
    ctx: Context, request: ListStackResourcesInput, stack: Stack
) -> ListStackResourcesOutput:
    """List the resources of a stack."""
    found = list(resources_of(ctx.tx, stack).values())
    part, token = page(ctx, f"resources {stack.id}", found, request, PAGE)
    summaries: Any = [_resource(each, "LastUpdatedTimestamp") for each in part]
    answer: ListStackResourcesOutput = {"StackResourceSummaries": summaries}
    if token:
        answer["NextToken"] = token
    return answer


@operation("cloudformation:ListExports", on=everything)
def list_exports(ctx: Context, request: ListExportsInput, resource: Bare) -> ListExportsOutput:
    """List what the stacks of the Region export."""
    exports = list(EXPORTS.scan(ctx.tx, ctx.account, ctx.region))
    part, token = page(ctx, "ListExports", exports, request, PAGE)
    answer: ListExportsOutput = {
        "Exports": [
            {"ExportingStackId": each.stack, "Name": parts[0], "Value": each.value}
            for parts, each in part
        ]
    }
    if token:
        answer["NextToken"] = token
    return answer


@operation("cloudformation:ListImports", on=everything)
def list_imports(ctx: Context, request: ListImportsInput, resource: Bare) -> ListImportsOutput:
    """List the stacks that import an export."""
    name = request["ExportName"]
    users = importers(ctx.tx, ctx.account, ctx.region, name)
    if not users:
        raise ValidationError(f"Export '{name}' is not imported by any stack.")
    part, token = page(ctx, f"imports {name}", users, request, PAGE)
    answer: ListImportsOutput = {"Imports": part}
    if token:
        answer["NextToken"] = token
    return answer


@operation("cloudformation:DescribeAccountLimits", on=everything)
def describe_account_limits(
    ctx: Context, request: DescribeAccountLimitsInput, resource: Bare
) -> DescribeAccountLimitsOutput:
    """AWS's limits, by their names; this server counts nothing against them."""
    return {"AccountLimits": [{"Name": name, "Value": value} for name, value in _LIMITS.items()]}
