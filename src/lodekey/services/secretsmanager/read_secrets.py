"""Read values, and describe and list secrets and their versions."""

from __future__ import annotations

from lodekey.errors import ApiError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.secretsmanager import filters, replication, stages, values
from lodekey.services.secretsmanager.access_dates import last_access, note
from lodekey.services.secretsmanager.conditions import request_keys
from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from lodekey.services.secretsmanager.finding import all_secrets, page, secret_named
from lodekey.services.secretsmanager.passwords import random_password
from lodekey.services.secretsmanager.secrets import (
    SECRETS,
    Secret,
    Version,
    tag_list,
    version_of,
    versions_of,
)
from lodekey.services.secretsmanager.shapes import (
    APIErrorType,
    BatchGetSecretValueRequest,
    BatchGetSecretValueResponse,
    DescribeSecretRequest,
    DescribeSecretResponse,
    GetRandomPasswordRequest,
    GetRandomPasswordResponse,
    GetSecretValueRequest,
    GetSecretValueResponse,
    ListSecretsRequest,
    ListSecretsResponse,
    ListSecretVersionIdsRequest,
    ListSecretVersionIdsResponse,
    SecretListEntry,
    SecretValueEntry,
    SecretVersionsListEntry,
)

BATCH = 20
PAGE = 100
DEFAULT_KEY_NAME = "DefaultEncryptionKey"
"""How ListSecretVersionIds calls ``aws/secretsmanager``."""


@operation("secretsmanager:GetSecretValue", on=secret_named, keys=request_keys, reveals=True)
def get_secret_value(
    ctx: Context, request: GetSecretValueRequest, secret: Secret
) -> GetSecretValueResponse:
    """Open one version's value: the current one unless the request names another."""
    secret.must_live()
    version = chosen_version(ctx, request, secret)
    value = values.open_(ctx, secret, version)
    note(ctx, secret, version)
    answer: GetSecretValueResponse = {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.id,
        "CreatedDate": version.created,
    }
    if isinstance(value, bytes):
        answer["SecretBinary"] = value
    else:
        answer["SecretString"] = value
    if version.id in secret.stages:
        answer["VersionStages"] = list(secret.stages[version.id])
    return answer


def chosen_version(ctx: Context, request: GetSecretValueRequest, secret: Secret) -> Version:
    """The version that the request means.

    Raises:
        InvalidRequestException: The id and the stage name different versions.
        ResourceNotFoundException: There is none, or it holds no value yet.
    """
    version_id, stage = request.get("VersionId"), request.get("VersionStage")
    looked_for = f"VersionId: {version_id}"
    if version_id is None:
        stage = stage or stages.CURRENT
        version_id = stages.holder(secret.stages, stage)
        looked_for = f"staging label: {stage}"
    elif stage is not None and stage not in secret.stages.get(version_id, ()):
        raise InvalidRequestException(
            "You provided a VersionStage that is not associated to the provided VersionId."
        )
    version = None if version_id is None else version_of(ctx.tx, secret, version_id)
    if version is None:
        raise ResourceNotFoundException(
            f"Secrets Manager can't find the specified secret value for {looked_for}"
        )
    return version


@operation(
    "secretsmanager:BatchGetSecretValue",
    on=all_secrets,
    reveals=True,
    also=("secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"),
)
def batch_get_secret_value(
    ctx: Context, request: BatchGetSecretValueRequest, everything: Bare
) -> BatchGetSecretValueResponse:
    """Open the current values of several secrets; each takes GetSecretValue of its own."""
    names, token = _batch(ctx, request, everything)
    shown: list[SecretValueEntry] = []
    errors: list[APIErrorType] = []
    for name in names:
        try:
            shown.append(ctx.call(get_secret_value, {"SecretId": name}, via=ctx.via))
        except ApiError as error:
            errors.append({"SecretId": name, "ErrorCode": error.code, "Message": error.message})
    answer: BatchGetSecretValueResponse = {"SecretValues": shown, "Errors": errors}
    if token is not None:
        answer["NextToken"] = token
    return answer


def _batch(
    ctx: Context, request: BatchGetSecretValueRequest, everything: Bare
) -> tuple[list[str], str | None]:
    """The secrets that a batch reads, and the token of the next batch."""
    names, wanted = request.get("SecretIdList"), request.get("Filters")
    if (names is None) == (wanted is None):
        raise InvalidParameterException(
            "Either 'SecretIdList' or 'Filters' must be provided, but not both."
        )
    if names is not None or wanted is None:
        if "MaxResults" in request or "NextToken" in request:
            raise InvalidParameterException(
                "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is "
                "provided."
            )
        return names or [], None
    ctx.require("secretsmanager:ListSecrets", everything)
    passes = filters.compiled(wanted)
    secrets, token = page(
        ctx,
        "BatchGetSecretValue",
        [each for each in _own(ctx) if each.deletion is None and passes(each)],
        filters.order("created-date"),
        limit=request.get("MaxResults", BATCH),
        token=request.get("NextToken"),
    )
    return [secret.arn for secret in secrets], token


def _own(ctx: Context) -> list[Secret]:
    """The caller's account's secrets in this region."""
    return [secret for _, secret in SECRETS.scan(ctx.tx, ctx.account, ctx.region)]


@operation("secretsmanager:ListSecrets", on=all_secrets)
def list_secrets(
    ctx: Context, request: ListSecretsRequest, everything: Bare
) -> ListSecretsResponse:
    """List secrets, those marked for deletion only where asked for."""
    passes = filters.compiled(request.get("Filters", []))
    with_deleted = request.get("IncludePlannedDeletion", False)
    by = request.get("SortBy", "created-date")
    backward = request.get("SortOrder", "asc") == "desc"
    secrets, token = page(
        ctx,
        f"ListSecrets:{by}:{backward}",
        [each for each in _own(ctx) if (with_deleted or each.deletion is None) and passes(each)],
        filters.order(by),
        limit=request.get("MaxResults", PAGE),
        token=request.get("NextToken"),
        reverse=backward,
    )
    answer: ListSecretsResponse = {"SecretList": [list_entry(ctx, each) for each in secrets]}
    if token is not None:
        answer["NextToken"] = token
    return answer


def list_entry(ctx: Context, secret: Secret) -> SecretListEntry:
    """A secret as ListSecrets shows it: no member without a value."""
    entry: SecretListEntry = {
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.created,
        "LastChangedDate": secret.changed,
    }
    if secret.description is not None:
        entry["Description"] = secret.description
    if secret.key_id:
        entry["KmsKeyId"] = secret.key_id
    if secret.tags:
        entry["Tags"] = tag_list(secret.tags)
    if secret.stages:
        entry["SecretVersionsToStages"] = shown_stages(secret)
    if secret.owner:
        entry["OwningService"] = secret.owner
    if secret.primary:
        entry["PrimaryRegion"] = secret.primary
    if secret.deletion is not None:
        entry["DeletedDate"] = secret.deletion.due
    accessed = last_access(ctx, secret)
    if accessed is not None:
        entry["LastAccessedDate"] = accessed
    _show_rotation(entry, secret)
    return entry


def _show_rotation(entry: SecretListEntry | DescribeSecretResponse, secret: Secret) -> None:
    rotation = secret.rotation
    if rotation is None:
        return
    entry["RotationEnabled"] = rotation.enabled
    entry["RotationRules"] = rotation.rules
    if rotation.lambda_arn:
        entry["RotationLambdaARN"] = rotation.lambda_arn
    if rotation.last is not None:
        entry["LastRotatedDate"] = rotation.last
    if rotation.enabled and rotation.next is not None:
        entry["NextRotationDate"] = rotation.next


def shown_stages(secret: Secret) -> dict[str, list[str]]:
    """The labels by version, as the API shows them."""
    return {version: list(labels) for version, labels in secret.stages.items()}


@operation("secretsmanager:DescribeSecret", on=secret_named, keys=request_keys)
def describe_secret(
    ctx: Context, request: DescribeSecretRequest, secret: Secret
) -> DescribeSecretResponse:
    """Show everything of a secret but its values; also while it waits to be deleted."""
    entry = list_entry(ctx, secret)
    entry.pop("SecretVersionsToStages", None)
    answer: DescribeSecretResponse = {**entry}  # type: ignore[typeddict-item]
    if secret.stages:
        answer["VersionIdsToStages"] = shown_stages(secret)
    if secret.replicas:
        answer["ReplicationStatus"] = replication.statuses(ctx, secret)
    if secret.foreign_primary is not None:
        far = secret.foreign_primary
        answer["CrossAccountPrimary"] = {
            "PrimarySecretARN": far.arn,
            "ReplicationStatus": far.status,
        }
        if far.message:
            answer["CrossAccountPrimary"]["StatusMessage"] = far.message
    if secret.foreign_replica is not None:
        near = secret.foreign_replica
        answer["CrossAccountReplicas"] = [
            {"ReplicaSecretARN": near.arn, "ReplicationStatus": near.status}
        ]
        if near.role_arn:
            answer["CrossAccountReplicas"][0]["ReplicationRoleARN"] = near.role_arn
        if near.message:
            answer["CrossAccountReplicas"][0]["StatusMessage"] = near.message
    return answer


@operation("secretsmanager:ListSecretVersionIds", on=secret_named, keys=request_keys)
def list_secret_version_ids(
    ctx: Context, request: ListSecretVersionIdsRequest, secret: Secret
) -> ListSecretVersionIdsResponse:
    """List the versions that hold a value, those without a label only where asked for."""
    deprecated = request.get("IncludeDeprecated", False)
    versions, token = page(
        ctx,
        f"ListSecretVersionIds:{secret.arn}:{deprecated}",
        [each for each in versions_of(ctx.tx, secret) if deprecated or each.id in secret.stages],
        lambda version: (version.created, version.id),
        limit=request.get("MaxResults", PAGE),
        token=request.get("NextToken"),
    )
    answer: ListSecretVersionIdsResponse = {
        "ARN": secret.arn,
        "Name": secret.name,
        "Versions": [_version_entry(ctx, secret, version) for version in versions],
    }
    if token is not None:
        answer["NextToken"] = token
    return answer


def _version_entry(ctx: Context, secret: Secret, version: Version) -> SecretVersionsListEntry:
    entry: SecretVersionsListEntry = {
        "VersionId": version.id,
        "CreatedDate": version.created,
        "KmsKeyIds": [key.key_id or DEFAULT_KEY_NAME for key in version.keys],
    }
    if version.id in secret.stages:
        entry["VersionStages"] = list(secret.stages[version.id])
    accessed = last_access(ctx, secret, version)
    if accessed is not None:
        entry["LastAccessedDate"] = accessed
    return entry


@operation("secretsmanager:GetRandomPassword", on=all_secrets)
def get_random_password(
    ctx: Context, request: GetRandomPasswordRequest, everything: Bare
) -> GetRandomPasswordResponse:
    """Draw a random password; it is kept nowhere."""
    return {"RandomPassword": random_password(request)}
