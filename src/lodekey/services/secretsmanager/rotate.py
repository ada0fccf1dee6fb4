"""Turn rotation on and off, and ask for one."""

from __future__ import annotations

import msgspec

from lodekey.errors import AccessDeniedException, ApiError
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.secretsmanager import copies, stages
from lodekey.services.secretsmanager.conditions import request_keys
from lodekey.services.secretsmanager.errors import InvalidRequestException
from lodekey.services.secretsmanager.finding import refuse_external, secret_named, token_of
from lodekey.services.secretsmanager.rotation import RUNS, configured
from lodekey.services.secretsmanager.rotations import run_due
from lodekey.services.secretsmanager.runs import begin, begin_test, service
from lodekey.services.secretsmanager.secrets import (
    Secret,
    change,
    save,
)
from lodekey.services.secretsmanager.service_events import service_event
from lodekey.services.secretsmanager.shapes import (
    CancelRotateSecretRequest,
    CancelRotateSecretResponse,
    RotateSecretRequest,
    RotateSecretResponse,
)

NOT_INVOCABLE = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
    "grants access to the principal secretsmanager.amazonaws.com."
)


@operation(
    "secretsmanager:RotateSecret",
    on=secret_named,
    keys=request_keys,
    writes=True,
    also=("lambda:InvokeFunction",),
)
def rotate_secret(
    ctx: Context, request: RotateSecretRequest, secret: Secret
) -> RotateSecretResponse:
    """Configure rotation and begin one; the clock carries it out after the answer."""
    token = token_of(ctx, request)
    refuse_external(request)
    secret.must_be_changeable()
    was = secret.rotation
    lambda_arn = request.get("RotationLambdaARN") or ("" if was is None else was.lambda_arn)
    if not lambda_arn:
        raise InvalidRequestException(
            "No Lambda rotation function ARN is associated with this secret."
        )
    rotation = configured(was, lambda_arn, request.get("RotationRules")).planned(ctx.now)
    place = (secret.account, secret.region, secret.name)
    was_running = _must_be_idle(ctx, secret, token)
    _must_be_invocable(ctx, secret, lambda_arn)
    secret = change(secret, ctx.now, rotation=rotation)
    if request.get("RotateImmediately", True):
        secret = begin(ctx.tx, secret, token, ctx.now)
    else:
        secret = begin_test(ctx.tx, secret, token, ctx.now)
    save(ctx.tx, copies.sync(ctx, secret))
    if (run := RUNS.get(ctx.tx, *place)) is not None and not was_running:
        name = "TestRotationStarted" if run.is_test else "RotationStarted"
        ctx.events.append(service_event(name, secret, ctx.now, token=token))
    ctx.later(lambda: soon(ctx))
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}


def soon(ctx: Context) -> None:
    """Carry out what is due without waiting for the clock."""
    background = ctx.gate.background
    background.spawn(run_due(background))


def _must_be_idle(ctx: Context, secret: Secret, token: str) -> bool:
    """Raise InvalidRequestException while another rotation is not complete.

    Returns:
        Whether this very rotation is under way.
    """
    run = RUNS.get(ctx.tx, secret.account, secret.region, secret.name)
    pending = stages.holder(secret.stages, stages.PENDING)
    current = stages.holder(secret.stages, stages.CURRENT)
    stuck = pending not in {None, current, token}
    if stuck or (run is not None and run.token != token):
        raise InvalidRequestException(
            "A previous rotation isn't complete. That rotation will be reattempted."
        )
    return run is not None


def _must_be_invocable(ctx: Context, secret: Secret, lambda_arn: str) -> None:
    """Raise AccessDeniedException unless the caller and Secrets Manager may call the function."""
    try:
        invoke = ctx.gate.operation("lambda", "Invoke")
        dry = {"FunctionName": lambda_arn, "InvocationType": "DryRun"}
        ctx.call(invoke, dry, via="secretsmanager")
    except KeyError:
        raise AccessDeniedException(NOT_INVOCABLE) from None
    try:
        ctx.call_as(service(secret), invoke, dry)
    except ApiError:
        raise AccessDeniedException(NOT_INVOCABLE) from None


@operation("secretsmanager:CancelRotateSecret", on=secret_named, keys=request_keys, writes=True)
def cancel_rotate_secret(
    ctx: Context, request: CancelRotateSecretRequest, secret: Secret
) -> CancelRotateSecretResponse:
    """Turn rotation off, and give up the one under way; labels stay where they are."""
    secret.must_be_changeable()
    if secret.rotation is None:
        raise InvalidRequestException(
            "You tried to cancel rotation for a secret that does not have rotation configured."
        )
    place = (secret.account, secret.region, secret.name)
    run = RUNS.get(ctx.tx, *place)
    RUNS.delete(ctx.tx, *place)
    off = msgspec.structs.replace(secret.rotation, enabled=False, due=None, next=None)
    save(ctx.tx, copies.sync(ctx, change(secret, ctx.now, rotation=off)))
    answer: CancelRotateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
    if run is not None:
        ctx.events.append(service_event("RotationAbandoned", secret, ctx.now, token=run.token))
        answer["VersionId"] = run.token
    return answer
