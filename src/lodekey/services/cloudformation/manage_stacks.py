"""Make, change and delete stacks. The request is checked at once; the work is done after it."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from lodekey.errors import ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.cloudformation import work
from lodekey.services.cloudformation.actors import actor_of
from lodekey.services.cloudformation.changes import NO_UPDATES, foresee
from lodekey.services.cloudformation.errors import (
    AlreadyExistsException,
    TokenAlreadyExistsException,
)
from lodekey.services.cloudformation.finding import (
    new_stack,
    request_keys,
    stack_in_brackets,
    stack_or_place,
)
from lodekey.services.cloudformation.finish import must_be_free
from lodekey.services.cloudformation.planning import must_be_allowed, plan_of
from lodekey.services.cloudformation.roles import must_be_passed
from lodekey.services.cloudformation.shapes import (
    CancelUpdateStackInput,
    ContinueUpdateRollbackInput,
    ContinueUpdateRollbackOutput,
    CreateStackInput,
    CreateStackOutput,
    DeleteStackInput,
    UpdateStackInput,
    UpdateStackOutput,
    UpdateTerminationProtectionInput,
    UpdateTerminationProtectionOutput,
)
from lodekey.services.cloudformation.stacks import (
    GONE,
    REVIEW,
    Plan,
    Stack,
    Work,
    find,
    move,
    save,
)
from lodekey.services.cloudformation.transforms import warm_up

USER = "User Initiated"
UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
        "IMPORT_COMPLETE",
    }
)
DELETABLE_IN_PROGRESS = frozenset({"CREATE_IN_PROGRESS", REVIEW})


def prepare(request: Any) -> None:
    """Import the transform's library in a thread, where the template asks for it."""
    warm_up(request.get("TemplateBody", ""))
    if "TemplateURL" in request:
        warm_up("AWS::Serverless")


def refuse_stack_policies(request: Any) -> None:
    """Refuse what would promise protection that is not there.

    Raises:
        ValidationError: The request brings a stack policy.
    """
    for member in request:
        if member.startswith("StackPolicy"):
            raise ValidationError(f"{member}: stack policies are not offered by this server.")


def sketch(ctx: Context, name: str) -> Stack:
    """A stack that is not there yet."""
    return Stack(
        account=ctx.account,
        region=ctx.region,
        name=name,
        id=str(uuid.uuid4()),
        created=ctx.now,
        status=REVIEW,
        plan=Plan(original="", body='{"Resources":{}}'),
    )


def new_work(ctx: Context, kind: str, role: str, target: Plan | None, **more: Any) -> Work:
    """Work that begins now, in the caller's name or the role's."""
    return Work(
        id=str(uuid.uuid4()),
        kind=kind,
        actor=actor_of(ctx, role),
        began=ctx.now,
        target=target,
        **more,
    )


@operation(
    "cloudformation:CreateStack",
    on=new_stack,
    keys=request_keys,
    writes=True,
    also=("iam:PassRole",),
    prepare=prepare,
    ignores=("DisableValidation", "DeploymentConfig"),
)
def create_stack(ctx: Context, request: CreateStackInput, resource: Bare) -> CreateStackOutput:
    """Begin to make a stack."""
    refuse_stack_policies(request)
    name, token = request["StackName"], request.get("ClientRequestToken", "")
    there = find(ctx.tx, ctx.account, ctx.region, name)
    if there is not None:
        if token and there.work is not None and there.work.token == token:
            return {"StackId": there.arn}
        raise AlreadyExistsException(f"Stack [{name}] already exists")
    if "OnFailure" in request and "DisableRollback" in request:
        raise ValidationError("Cannot specify both DisableRollback and OnFailure")
    stack = sketch(ctx, name)
    role = request.get("RoleARN", "")
    if role:
        must_be_passed(ctx, role, stack.arn)
    plan = plan_of(ctx, request, stack)
    if "ResourceTypes" in request:
        changes, _ = foresee(ctx.tx, stack, plan)
        must_be_allowed(request, [each["ResourceType"] for each in changes])
    disabled = request.get("DisableRollback", False)
    on_failure = "DO_NOTHING" if disabled else request.get("OnFailure", "ROLLBACK")
    minutes = request.get("TimeoutInMinutes")
    stack = msgspec.structs.replace(
        stack,
        plan=plan,
        role=role,
        on_failure=on_failure,
        disable_rollback=on_failure == "DO_NOTHING",
        timeout_minutes=minutes,
        protected=request.get("EnableTerminationProtection", False),
        rollback_configuration=dict(request.get("RollbackConfiguration") or {}),
        work=new_work(
            ctx,
            "create",
            role,
            plan,
            token=token,
            on_failure=on_failure,
            timeout=None if minutes is None else ctx.now + 60 * minutes,
            retain_except_on_create=request.get("RetainExceptOnCreate", False),
        ),
    )
    stack = move(ctx.tx, stack, "CREATE_IN_PROGRESS", ctx.now, USER)
    work.soon(ctx, stack)
    return {"StackId": stack.arn}


def must_be_updatable(stack: Stack) -> None:
    """Check that an update may begin.

    Raises:
        ValidationError: It may not, in the stack's present state.
    """
    if stack.status not in UPDATABLE:
        raise ValidationError(
            f"Stack:{stack.arn} is in {stack.status} state and can not be updated."
        )


@operation(
    "cloudformation:UpdateStack",
    on=stack_in_brackets,
    keys=request_keys,
    writes=True,
    also=("iam:PassRole",),
    prepare=prepare,
    ignores=("DisableValidation", "DeploymentConfig"),
)
def update_stack(ctx: Context, request: UpdateStackInput, stack: Stack) -> UpdateStackOutput:
    """Begin to make a stack what another template says."""
    refuse_stack_policies(request)
    token = request.get("ClientRequestToken", "")
    if token and stack.work is not None:
        if stack.work.token == token and stack.work.kind == "update":
            return {"StackId": stack.arn}
        if stack.work.token == token:
            raise TokenAlreadyExistsException(f"Token already exists: {token}")
    must_be_updatable(stack)
    role = request.get("RoleARN", "") or stack.role
    if role:
        must_be_passed(ctx, role, stack.arn)
    plan = plan_of(ctx, request, stack, stack.plan)
    changes, differs = foresee(ctx.tx, stack, plan)
    must_be_allowed(request, [each["ResourceType"] for each in changes])
    if not differs:
        raise ValidationError(NO_UPDATES)
    begin_update(ctx, stack, plan, role, request)
    return {"StackId": stack.arn}


def begin_update(ctx: Context, stack: Stack, plan: Plan, role: str, request: Any) -> Stack:
    """Begin an update that is known to be one."""
    on_failure = "DO_NOTHING" if request.get("DisableRollback") else "ROLLBACK"
    stack = msgspec.structs.replace(
        stack,
        role=role,
        updated=ctx.now,
        rollback_configuration=dict(
            request.get("RollbackConfiguration") or stack.rollback_configuration
        ),
        work=new_work(
            ctx,
            "update",
            role,
            plan,
            token=request.get("ClientRequestToken", ""),
            on_failure=on_failure,
            retain_except_on_create=request.get("RetainExceptOnCreate", False),
        ),
    )
    stack = move(ctx.tx, stack, "UPDATE_IN_PROGRESS", ctx.now, USER)
    work.soon(ctx, stack)
    return stack


@operation(
    "cloudformation:DeleteStack",
    on=stack_or_place,
    keys=request_keys,
    writes=True,
    also=("iam:PassRole",),
    ignores=("DeploymentConfig",),
)
def delete_stack(ctx: Context, request: DeleteStackInput, found: Stack | Bare) -> dict[str, Any]:
    """Begin to delete a stack; one that is not there is no failure."""
    if isinstance(found, Bare) or found.status == GONE:
        return {}
    stack = found
    if stack.protected:
        raise ValidationError(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack.status == "DELETE_IN_PROGRESS":
        return {}
    if stack.is_busy and stack.status not in DELETABLE_IN_PROGRESS:
        raise ValidationError(
            f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
        )
    retain = request.get("RetainResources") or []
    if retain and stack.status != "DELETE_FAILED":
        raise ValidationError(
            f"Invalid operation on stack [{stack.arn}]. RetainResources can only be used for "
            "stacks in the DELETE_FAILED state."
        )
    must_be_free(ctx.tx, stack, {})
    role = request.get("RoleARN", "") or stack.role
    if role:
        must_be_passed(ctx, role, stack.arn)
    stack = msgspec.structs.replace(
        stack,
        role=role,
        work=new_work(
            ctx,
            "delete",
            role,
            None,
            token=request.get("ClientRequestToken", ""),
            retain=retain,
            force=request.get("DeletionMode") == "FORCE_DELETE_STACK",
        ),
    )
    stack = move(ctx.tx, stack, "DELETE_IN_PROGRESS", ctx.now, USER)
    work.soon(ctx, stack)
    return {}


@operation("cloudformation:CancelUpdateStack", on=stack_in_brackets, writes=True)
def cancel_update_stack(
    ctx: Context, request: CancelUpdateStackInput, stack: Stack
) -> dict[str, Any]:
    """Call an update off; it is rolled back."""
    if stack.status != "UPDATE_IN_PROGRESS" or stack.work is None:
        raise ValidationError("CancelUpdateStack cannot be called from current stack status")
    stopped = msgspec.structs.replace(stack.work, cancelled=True)
    save(ctx.tx, msgspec.structs.replace(stack, work=stopped))
    return {}


@operation(
    "cloudformation:ContinueUpdateRollback",
    on=stack_in_brackets,
    keys=request_keys,
    writes=True,
    also=("iam:PassRole",),
    ignores=("ForceRollback",),
)
def continue_update_rollback(
    ctx: Context, request: ContinueUpdateRollbackInput, stack: Stack
) -> ContinueUpdateRollbackOutput:
    """Try again to roll an update back, in the caller's name."""
    if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.work is None:
        raise ValidationError(
            f"Stack:{stack.arn} is in {stack.status} state and can not continue rollback."
        )
    role = request.get("RoleARN", "") or stack.role
    if role:
        must_be_passed(ctx, role, stack.arn)
    again = msgspec.structs.replace(
        stack.work, actor=actor_of(ctx, role), skip=request.get("ResourcesToSkip") or []
    )
    stack = msgspec.structs.replace(stack, work=again, role=role)
    stack = move(ctx.tx, stack, "UPDATE_ROLLBACK_IN_PROGRESS", ctx.now, USER)
    work.soon(ctx, stack)
    return {}


@operation("cloudformation:UpdateTerminationProtection", on=stack_in_brackets, writes=True)
def update_termination_protection(
    ctx: Context, request: UpdateTerminationProtectionInput, stack: Stack
) -> UpdateTerminationProtectionOutput:
    """Protect a stack from deletion, or no longer."""
    if stack.parent:
        raise ValidationError(
            "Termination protection cannot be updated on a nested stack; use its root stack"
        )
    protected = request["EnableTerminationProtection"]
    save(ctx.tx, msgspec.structs.replace(stack, protected=protected))
    return {"StackId": stack.arn}
