"""Change sets: look at an update before it is done.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from lodekey.errors import Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.ask import Keys
from lodekey.services.cloudformation import work
from lodekey.services.cloudformation.changes import NOTHING, foresee
from lodekey.services.cloudformation.errors import (
    AlreadyExistsException,
    InvalidChangeSetStatusException,
)
from lodekey.services.cloudformation.finding import (
    arn_of,
    new_stack,
    page,
    request_keys,
    stack_named,
)
from lodekey.services.cloudformation.manage_stacks import (
    USER,
    begin_update,
    must_be_updatable,
    new_work,
    prepare,
    sketch,
)
from lodekey.services.cloudformation.planning import must_be_allowed, plan_of
from lodekey.services.cloudformation.roles import must_be_passed
from lodekey.services.cloudformation.shapes import (
    CreateChangeSetInput,
    CreateChangeSetOutput,
    DeleteChangeSetInput,
    DeleteChangeSetOutput,
    DescribeChangeSetInput,
    DescribeChangeSetOutput,
    ExecuteChangeSetInput,
    ExecuteChangeSetOutput,
    ListChangeSetsInput,
    ListChangeSetsOutput,
)
from lodekey.services.cloudformation.stacks import (
    CHANGE_SETS,
    REVIEW,
    ChangeSet,
    Stack,
    find,
    move,
    save,
)
from lodekey.services.cloudformation.stored_changes import arn_of_change_set, change_set_named

PAGE = 100


def stack_to_change(ctx: Context, request: CreateChangeSetInput) -> Stack | Bare:
    """The stack that the change set is for, or the name of the one to be.

    Raises:
        Missing: There is none to update.
    """
    name = request["StackName"]
    found = find(ctx.tx, ctx.account, ctx.region, name)
    if found is not None:
        return found
    if request.get("ChangeSetType", "UPDATE") == "CREATE":
        return new_stack(ctx, request)
    raise Missing(arn_of(ctx, name), ValidationError(f"Stack [{name}] does not exist"))


@operation(
    "cloudformation:CreateChangeSet",
    on=stack_to_change,
    keys=request_keys,
    writes=True,
    also=("iam:PassRole",),
    prepare=prepare,
    ignores=(
        "ClientToken",
        "ImportExistingResources",
        "DeploymentMode",
        "DeploymentConfig",
        "DisableValidation",
        "IncludeNestedStacks",
    ),
)
def create_change_set(
    ctx: Context, request: CreateChangeSetInput, found: Stack | Bare
) -> CreateChangeSetOutput:
    """Work out what an update or a creation would do."""
    kind = request.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT" or request.get("ResourcesToImport"):
        raise ValidationError("Importing resources is not offered by this server.")
    stack = _stack_for(ctx, request, found, kind)
    name = request["ChangeSetName"]
    for _, each in CHANGE_SETS.scan(ctx.tx, *stack.place):
        if each.name == name:
            raise AlreadyExistsException(f"ChangeSet [{name}] already exists")
    role = request.get("RoleARN", "") or stack.role
    if role:
        must_be_passed(ctx, role, stack.arn)
    new = kind == "CREATE"
    plan = plan_of(ctx, request, stack, None if new else stack.plan)
    changes, differs = foresee(ctx.tx, stack, plan)
    must_be_allowed(request, [each["ResourceType"] for each in changes])
    change_set = ChangeSet(
        id=str(uuid.uuid4()),
        name=name,
        stack=stack.arn,
        stack_name=stack.name,
        created=ctx.now,
        kind=kind,
        status="CREATE_COMPLETE" if differs or new else "FAILED",
        execution="AVAILABLE" if differs or new else "UNAVAILABLE",
        plan=plan,
        reason="" if differs or new else NOTHING,
        description=request.get("Description", ""),
        changes=changes,
        role=role,
        on_failure=request.get("OnStackFailure", ""),
        rollback_configuration=dict(request.get("RollbackConfiguration") or {}),
    )
    if isinstance(found, Bare):
        stack = move(ctx.tx, stack, REVIEW, ctx.now, USER)
    CHANGE_SETS.put(ctx.tx, *stack.place, change_set.id, record=change_set)
    return {"Id": arn_of_change_set(stack, change_set), "StackId": stack.arn}


def _stack_for(
    ctx: Context, request: CreateChangeSetInput, found: Stack | Bare, kind: str
) -> Stack:
    """The stack, in a state that goes with the kind of change.

    Raises:
        ValidationError: It is not.
    """
    if isinstance(found, Bare):
        return sketch(ctx, request["StackName"])
    if kind == "CREATE":
        if found.status != REVIEW:
            raise ValidationError(
                f"Stack [{found.name}] already exists and cannot be created again with the "
                f"changeSet [{request['ChangeSetName']}]."
            )
        return found
    must_be_updatable(found)
    return found


def change_set_and_stack(ctx: Context, request: Any) -> Stack:
    """The stack whose change set a request names: policies speak of stacks."""
    return change_set_named(ctx, request)[0]


def name_keys(ctx: Context, request: Any, resource: Any) -> Keys:
    """``cloudformation:ChangeSetName``."""
    return {"cloudformation:changesetname": request["ChangeSetName"]}


@operation(
    "cloudformation:DescribeChangeSet",
    on=change_set_and_stack,
    keys=name_keys,
    ignores=("IncludePropertyValues",),
)
def describe_change_set(
    ctx: Context, request: DescribeChangeSetInput, stack: Stack
) -> DescribeChangeSetOutput:
    """What a change set would do."""
    _, found = change_set_named(ctx, request)
    changes: list[Any] = [{"Type": "Resource", "ResourceChange": each} for each in found.changes]
    part, token = page(ctx, f"changes {found.id}", changes, request, PAGE)
    answer: Any = {
        **_summary(stack, found),
        "Parameters": [each.shown(name) for name, each in found.plan.parameters.items()],
        "Changes": part,
        "Capabilities": found.plan.capabilities,
        "NotificationARNs": found.plan.notifications,
        "RollbackConfiguration": found.rollback_configuration,
        "Tags": [{"Key": key, "Value": value} for key, value in found.plan.tags.items()],
    }
    if found.on_failure:
        answer["OnStackFailure"] = found.on_failure
    if token:
        answer["NextToken"] = token
    shown: DescribeChangeSetOutput = answer
    return shown


def _summary(stack: Stack, found: ChangeSet) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "ChangeSetName": found.name,
        "ChangeSetId": arn_of_change_set(stack, found),
        "StackId": stack.arn,
        "StackName": stack.name,
        "CreationTime": found.created,
        "ExecutionStatus": found.execution,
        "Status": found.status,
        "IncludeNestedStacks": False,
    }
    if found.reason:
        summary["StatusReason"] = found.reason
    if found.description:
        summary["Description"] = found.description
    return summary


@operation("cloudformation:ListChangeSets", on=stack_named)
def list_change_sets(
    ctx: Context, request: ListChangeSetsInput, stack: Stack
) -> ListChangeSetsOutput:
    """List the change sets of a stack."""
    found = [each for _, each in CHANGE_SETS.scan(ctx.tx, *stack.place)]
    part, token = page(ctx, f"change sets {stack.id}", found, request, PAGE)
    summaries: Any = [_summary(stack, each) for each in part]
    answer: ListChangeSetsOutput = {"Summaries": summaries}
    if token:
        answer["NextToken"] = token
    return answer


@operation(
    "cloudformation:ExecuteChangeSet",
    on=change_set_and_stack,
    keys=name_keys,
    writes=True,
)
def execute_change_set(
    ctx: Context, request: ExecuteChangeSetInput, stack: Stack
) -> ExecuteChangeSetOutput:
    """Do what a change set says, in the caller's name or the role's."""
    _, found = change_set_named(ctx, request)
    if found.execution != "AVAILABLE":
        raise InvalidChangeSetStatusException(
            f"ChangeSet [{arn_of_change_set(stack, found)}] cannot be executed in its current "
            f"status of [{found.status}]"
        )
    for parts, each in list(CHANGE_SETS.scan(ctx.tx, *stack.place)):
        # whatever else was prepared was prepared for the stack as it is no longer
        if each.id != found.id and each.execution == "AVAILABLE":
            old = msgspec.structs.replace(each, execution="OBSOLETE")
            CHANGE_SETS.put(ctx.tx, *stack.place, *parts, record=old)
    done = msgspec.structs.replace(found, execution="EXECUTE_COMPLETE")
    CHANGE_SETS.put(ctx.tx, *stack.place, found.id, record=done)
    stack = save(ctx.tx, msgspec.structs.replace(stack, change_set=arn_of_change_set(stack, found)))
    if found.kind == "CREATE" or stack.status == REVIEW:
        _begin_creation(ctx, request, stack, found)
    else:
        must_be_updatable(stack)
        begin_update(ctx, stack, found.plan, found.role, request)
    return {}


def _begin_creation(
    ctx: Context, request: ExecuteChangeSetInput, stack: Stack, found: ChangeSet
) -> None:
    on_failure = "DO_NOTHING" if request.get("DisableRollback") else found.on_failure or "ROLLBACK"
    stack = msgspec.structs.replace(
        stack,
        plan=found.plan,
        role=found.role,
        on_failure=on_failure,
        disable_rollback=on_failure == "DO_NOTHING",
        rollback_configuration=found.rollback_configuration,
        work=new_work(
            ctx,
            "create",
            found.role,
            found.plan,
            token=request.get("ClientRequestToken", ""),
            on_failure=on_failure,
            retain_except_on_create=request.get("RetainExceptOnCreate", False),
        ),
    )
    stack = move(ctx.tx, stack, "CREATE_IN_PROGRESS", ctx.now, USER)
    work.soon(ctx, stack)


def change_set_place(ctx: Context, request: DeleteChangeSetInput) -> Stack | Bare:
    """The stack; or the bare name where there is no such change set, which is no failure."""
    try:
        return change_set_named(ctx, request)[0]
    except Missing as missing:
        return Bare(missing.arn, ctx.account)


@operation("cloudformation:DeleteChangeSet", on=change_set_place, keys=name_keys, writes=True)
def delete_change_set(
    ctx: Context, request: DeleteChangeSetInput, place: Stack | Bare
) -> DeleteChangeSetOutput:
    """Forget a change set."""
    if isinstance(place, Stack):
        _, found = change_set_named(ctx, request)
        CHANGE_SETS.delete(ctx.tx, *place.place, found.id)
    return {}
