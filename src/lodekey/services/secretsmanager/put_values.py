"""Write values, and move staging labels."""

from __future__ import annotations

from lodekey.errors import AccessDeniedException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.secretsmanager import copies, stages
from lodekey.services.secretsmanager.conditions import request_keys
from lodekey.services.secretsmanager.errors import (
    InvalidRequestException,
    ResourceNotFoundException,
)
from lodekey.services.secretsmanager.finding import secret_named, token_of, value_of
from lodekey.services.secretsmanager.rotation import RUNS
from lodekey.services.secretsmanager.secrets import Secret, change, save, version_of
from lodekey.services.secretsmanager.shapes import (
    PutSecretValueRequest,
    PutSecretValueResponse,
    UpdateSecretVersionStageRequest,
    UpdateSecretVersionStageResponse,
)
from lodekey.services.secretsmanager.versions import add_version, after_new_value


@operation("secretsmanager:PutSecretValue", on=secret_named, keys=request_keys, writes=True)
def put_secret_value(
    ctx: Context, request: PutSecretValueRequest, secret: Secret
) -> PutSecretValueResponse:
    """Add a version; it becomes AWSCURRENT unless the request labels it otherwise."""
    token, value = token_of(ctx, request), value_of(request)
    if value is None:
        raise InvalidRequestException("You must provide either SecretString or SecretBinary.")
    secret.must_be_changeable()
    _must_be_our_rotation(ctx, request, secret)
    secret = add_version(
        ctx, secret, token, value, request.get("VersionStages") or (stages.CURRENT,)
    )
    answer: PutSecretValueResponse = {"ARN": secret.arn, "Name": secret.name, "VersionId": token}
    if token in secret.stages:
        answer["VersionStages"] = list(secret.stages[token])
    return answer


def _must_be_our_rotation(ctx: Context, request: PutSecretValueRequest, secret: Secret) -> None:
    """A RotationToken, where one is sent, must be the one of the rotation under way.

    Raises:
        AccessDeniedException: It is not.
    """
    if "RotationToken" not in request:
        return
    run = RUNS.get(ctx.tx, secret.account, secret.region, secret.name)
    if run is None or run.rotation_token != request["RotationToken"]:
        raise AccessDeniedException("The RotationToken is not valid for this secret.")


@operation(
    "secretsmanager:UpdateSecretVersionStage", on=secret_named, keys=request_keys, writes=True
)
def update_secret_version_stage(
    ctx: Context, request: UpdateSecretVersionStageRequest, secret: Secret
) -> UpdateSecretVersionStageResponse:
    """Move a label from one version to another, or take it away."""
    secret.must_be_changeable()
    label, to = request["VersionStage"], request.get("MoveToVersionId")
    if to is not None and version_of(ctx.tx, secret, to) is None:
        raise ResourceNotFoundException(
            f"Secrets Manager can't find the specified secret value for VersionId: {to}"
        )
    labeled = stages.move(secret.stages, label, to=to, off=request.get("RemoveFromVersionId"))
    secret = change(after_new_value(ctx, secret, (label,)), ctx.now, stages=labeled)
    save(ctx.tx, copies.sync(ctx, secret))
    return {"ARN": secret.arn, "Name": secret.name}
