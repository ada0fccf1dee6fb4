"""Drift: whether the things of a stack still are what its template asked for.

Only what a type can read of its things is compared; a property that it cannot read is not said to
have drifted. The reading is done in the caller's name.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec

from lodekey.errors import ValidationError
from lodekey.gate.background import Background
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, Deferred, operation
from lodekey.services.cloudformation.actors import actor_of
from lodekey.services.cloudformation.deeds import Deed, Refused, means_gone
from lodekey.services.cloudformation.finding import everything, page, stack_named
from lodekey.services.cloudformation.resources import type_named
from lodekey.services.cloudformation.shapes import (
    DescribeStackDriftDetectionStatusInput,
    DescribeStackDriftDetectionStatusOutput,
    DescribeStackResourceDriftsInput,
    DescribeStackResourceDriftsOutput,
    DetectStackDriftInput,
    DetectStackDriftOutput,
    DetectStackResourceDriftInput,
    DetectStackResourceDriftOutput,
)
from lodekey.services.cloudformation.stacks import (
    RESOURCES,
    STACKS,
    Actor,
    Stack,
    StackResource,
    resources_of,
    save,
)
from lodekey.services.cloudformation.templates import compact
from lodekey.store.port import Collection

PAGE = 100


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """A look at a whole stack."""

    stack: str
    stack_id: str
    at: float
    status: str = "DETECTION_IN_PROGRESS"
    drift: str = "NOT_CHECKED"
    drifted: int = 0
    reason: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a resource."""

    status: str
    at: float
    expected: str = ""
    actual: str = ""
    differences: list[dict[str, str]] = []


DETECTIONS = Collection("cloudformation/drift-detection", Detection)
SEEN = Collection("cloudformation/drift", Seen)


@operation("cloudformation:DetectStackDrift", on=stack_named, writes=True)
def detect_stack_drift(
    ctx: Context, request: DetectStackDriftInput, stack: Stack
) -> DetectStackDriftOutput:
    """Begin to look at the things of a stack."""
    _must_rest(stack)
    detection = str(uuid.uuid4())
    record = Detection(stack=stack.arn, stack_id=stack.id, at=ctx.now)
    DETECTIONS.put(ctx.tx, ctx.account, ctx.region, detection, record=record)
    background, actor = ctx.gate.background, actor_of(ctx)
    only = request.get("LogicalResourceIds") or []

    def begin() -> None:
        background.spawn(_detect(background, stack, actor, detection, only))

    ctx.later(begin)
    return {"StackDriftDetectionId": detection}


def _must_rest(stack: Stack) -> None:
    if stack.is_busy or not stack.status.endswith(("_COMPLETE", "_FAILED")):
        raise ValidationError(
            f"Drift detection cannot be performed on stack {stack.name} in status {stack.status}"
        )


async def _detect(
    background: Background, stack: Stack, actor: Actor, id: str, only: list[str]
) -> None:
    with background.transaction(write=False) as tx:
        resources = resources_of(tx, stack)
    failed = ""
    for logical, resource in resources.items():
        if only and logical not in only:
            continue
        try:
            await look_at(background, stack, resource, actor)
        except Refused as refused:
            failed = f"Failed to detect drift on resource [{logical}]: {refused.reason}"
    with background.transaction(write=True) as tx:
        now = background.now()
        states = [each.drift for each in resources_of(tx, stack).values()]
        drifted = sum(state in {"MODIFIED", "DELETED"} for state in states)
        drift = "DRIFTED" if drifted else "IN_SYNC"
        record = Detection(
            stack=stack.arn,
            stack_id=stack.id,
            at=now,
            status="DETECTION_FAILED" if failed else "DETECTION_COMPLETE",
            drift=drift,
            drifted=drifted,
            reason=failed,
        )
        DETECTIONS.put(tx, stack.account, stack.region, id, record=record)
        here = STACKS.get(tx, *stack.place)
        if here is not None:
            save(tx, msgspec.structs.replace(here, drift=drift, drift_checked=now))


async def look_at(
    background: Background, stack: Stack, resource: StackResource, actor: Actor
) -> Seen:
    """Compare one thing with what was asked for, and write down what was seen.

    Raises:
        Refused: The caller may not read it.
    """
    kind = type_named(resource.thing.type)
    asked = json.loads(resource.thing.properties)
    live: dict[str, Any] | None = None
    status = "NOT_CHECKED"
    if kind is not None and kind.live is not None and resource.thing.physical:
        deed = Deed(
            background,
            stack,
            resource.logical,
            actor=actor,
            thing=resource.thing,
            properties=asked,
        )
        try:
            live = await kind.live(deed)
            status = "IN_SYNC"
        except Refused as refused:
            if not means_gone(refused.code):
                raise
            status = "DELETED"
    differences = _differences(asked, live) if live is not None else []
    if differences:
        status = "MODIFIED"
    shared = {name: asked[name] for name in asked if live is not None and name in live}
    seen = Seen(
        status=status,
        at=background.now(),
        expected=compact(shared),
        actual=compact({name: live[name] for name in shared} if live is not None else {}),
        differences=differences,
    )
    with background.transaction(write=True) as tx:
        SEEN.put(tx, *stack.place, resource.logical, record=seen)
        known = RESOURCES.get(tx, *stack.place, resource.logical)
        if known is not None:
            marked = msgspec.structs.replace(known, drift=status, drift_checked=seen.at)
            RESOURCES.put(tx, *stack.place, resource.logical, record=marked)
    return seen


def _differences(asked: dict[str, Any], live: dict[str, Any]) -> list[dict[str, str]]:
    found = []
    for name, expected in asked.items():
        if name not in live or "{{resolve:" in compact(expected):
            continue
        if _plain(_read(expected, live[name])) != _plain(live[name]):
            found.append(
                {
                    "PropertyPath": f"/{name}",
                    "ExpectedValue": _text(expected),
                    "ActualValue": _text(live[name]),
                    "DifferenceType": "NOT_EQUAL",
                }
            )
    return found


def _read(expected: Any, actual: Any) -> Any:
    """What is asked for, where a document may be written as a text."""
    if isinstance(expected, str) and isinstance(actual, dict):
        try:
            return json.loads(expected)
        except ValueError:
            return expected
    return expected


def _plain(value: Any) -> Any:
    """A value as it is compared: scalars as texts, a list of one as its item."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else sorted(map(compact, map(_plain, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


@operation("cloudformation:DetectStackResourceDrift", on=stack_named, writes=True)
def detect_stack_resource_drift(
    ctx: Context, request: DetectStackResourceDriftInput, stack: Stack
) -> DetectStackResourceDriftOutput | Deferred[DetectStackResourceDriftOutput]:
    """Look at one thing, and tell at once."""
    resource = RESOURCES.get(ctx.tx, *stack.place, request["LogicalResourceId"])
    if resource is None:
        raise ValidationError(
            f"Resource {request['LogicalResourceId']} does not exist for stack {stack.name}"
        )
    background, actor = ctx.gate.background, actor_of(ctx)

    async def finish() -> DetectStackResourceDriftOutput:
        try:
            seen = await look_at(background, stack, resource, actor)
        except Refused as refused:
            raise ValidationError(refused.reason) from None
        return {"StackResourceDrift": _drift(stack, resource, seen)}

    return Deferred(finish)


def _drift(stack: Stack, resource: StackResource, seen: Seen) -> Any:
    found: dict[str, Any] = {
        "StackId": stack.arn,
        "LogicalResourceId": resource.logical,
        "ResourceType": resource.thing.type,
        "StackResourceDriftStatus": seen.status,
        "Timestamp": seen.at,
        "PropertyDifferences": seen.differences,
    }
    if resource.thing.physical:
        found["PhysicalResourceId"] = resource.thing.physical
    if seen.status in {"IN_SYNC", "MODIFIED"}:
        found["ExpectedProperties"], found["ActualProperties"] = seen.expected, seen.actual
    return found


@operation("cloudformation:DescribeStackDriftDetectionStatus", on=everything)
def describe_stack_drift_detection_status(
    ctx: Context, request: DescribeStackDriftDetectionStatusInput, resource: Bare
) -> DescribeStackDriftDetectionStatusOutput:
    """How far a look at a stack has come."""
    detection = request["StackDriftDetectionId"]
    found = DETECTIONS.get(ctx.tx, ctx.account, ctx.region, detection)
    if found is None:
        raise ValidationError(f"Drift detection {detection} does not exist")
    answer: DescribeStackDriftDetectionStatusOutput = {
        "StackId": found.stack,
        "StackDriftDetectionId": detection,
        "DetectionStatus": found.status,
        "Timestamp": found.at,
    }
    if found.status != "DETECTION_IN_PROGRESS":
        answer["StackDriftStatus"] = found.drift
        answer["DriftedStackResourceCount"] = found.drifted
    if found.reason:
        answer["DetectionStatusReason"] = found.reason
    return answer


@operation("cloudformation:DescribeStackResourceDrifts", on=stack_named)
def describe_stack_resource_drifts(
    ctx: Context, request: DescribeStackResourceDriftsInput, stack: Stack
) -> DescribeStackResourceDriftsOutput:
    """What the last look saw of each thing."""
    wanted = request.get("StackResourceDriftStatusFilters") or []
    resources = resources_of(ctx.tx, stack)
    drifts = [
        _drift(stack, resources[parts[0]], seen)
        for parts, seen in SEEN.scan(ctx.tx, *stack.place)
        if parts[0] in resources and (not wanted or seen.status in wanted)
    ]
    size = request.get("MaxResults", PAGE)
    part, token = page(ctx, f"drifts {stack.id}", drifts, request, size)
    answer: DescribeStackResourceDriftsOutput = {"StackResourceDrifts": part}
    if token:
        answer["NextToken"] = token
    return answer
