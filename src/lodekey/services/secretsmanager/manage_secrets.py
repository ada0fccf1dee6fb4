"""Make, change, delete and restore secrets."""

from __future__ import annotations

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.secretsmanager import copies, cross_account, replication, values
from lodekey.services.secretsmanager.conditions import request_keys, tag_keys
from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceExistsException,
)
from lodekey.services.secretsmanager.finding import (
    must_exist,
    refuse_external,
    secret_named,
    secret_or_place,
    token_of,
    value_of,
)
from lodekey.services.secretsmanager.rotation import RUNS
from lodekey.services.secretsmanager.secrets import (
    DAY,
    DEFAULT_RECOVERY_DAYS,
    SECRETS,
    Deletion,
    Secret,
    arn_of,
    change,
    erase,
    must_be_name,
    new_suffix,
    put_version,
    save,
    tags_from,
    version_of,
)
from lodekey.services.secretsmanager.shapes import (
    CreateSecretRequest,
    CreateSecretResponse,
    DeleteSecretRequest,
    DeleteSecretResponse,
    RestoreSecretRequest,
    RestoreSecretResponse,
    UpdateSecretRequest,
    UpdateSecretResponse,
)
from lodekey.services.secretsmanager.versions import add_version
from lodekey.system_tags import with_system_tags

RECOVERY_DAYS = range(7, 31)


def secret_to_be(ctx: Context, request: CreateSecretRequest) -> Bare:
    """The place of a new secret: its ARN's last characters are not drawn yet."""
    must_be_name(request["Name"])
    arn = arn_of(ctx.account, ctx.region, f"{request['Name']}-??????")
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in request.get("Tags", [])}
    return Bare(arn, ctx.account, tags=tags)


@operation(
    "secretsmanager:CreateSecret",
    on=secret_to_be,
    keys=request_keys,
    writes=True,
    also=(
        "secretsmanager:TagResource",
        "secretsmanager:ReplicateSecretToRegions",
        "secretsmanager:PutResourcePolicy",
    ),
)
def create_secret(ctx: Context, request: CreateSecretRequest, place: Bare) -> CreateSecretResponse:
    """Make a secret, with its first version if the request brings a value."""
    token, value = token_of(ctx, request), value_of(request)
    refuse_external(request)
    _require_more(ctx, request, place)
    there = SECRETS.get(ctx.tx, ctx.account, ctx.region, request["Name"])
    if there is not None:
        return _made_before(ctx, there, token, value)
    secret = Secret(
        account=ctx.account,
        region=ctx.region,
        name=request["Name"],
        suffix=new_suffix(),
        created=ctx.now,
        changed=ctx.now,
        description=request.get("Description"),
        key_id=own_key_id(request.get("KmsKeyId", "")),
        tags=with_system_tags(tags_from(request.get("Tags", [])), ctx.system_tags),
        owner=ctx.principal.name if ctx.principal.type == "Service" else "",
    )
    values.must_be_usable(ctx, secret)
    if "CrossAccountPrimaryARN" in request:
        secret = cross_account.awaiting(secret, request)
    secret = save(ctx.tx, secret)
    if value is not None:
        secret = add_version(ctx, secret, token, value)
    if "AddReplicaRegions" in request:
        secret = replication.add_regions(
            ctx,
            secret,
            request["AddReplicaRegions"],
            overwrite=request.get("ForceOverwriteReplicaSecret", False),
        )
        save(ctx.tx, secret)
    return _created(ctx, secret, token if value is not None else None)


def own_key_id(key_id: str) -> str:
    """A KmsKeyId as it is kept: naming the default key is naming none."""
    return "" if key_id == values.DEFAULT_KEY else key_id


def _require_more(ctx: Context, request: CreateSecretRequest, place: Bare) -> None:
    """Further permissions that parts of the request take."""
    if request.get("Tags"):
        ctx.require("secretsmanager:TagResource", place, tag_keys(request))
    if "AddReplicaRegions" in request:
        keys = request_keys(ctx, request, place)
        ctx.require("secretsmanager:ReplicateSecretToRegions", place, keys)
    if "CrossAccountPrimaryARN" in request:
        ctx.require("secretsmanager:PutResourcePolicy", place, request_keys(ctx, request, place))


def _made_before(
    ctx: Context, there: Secret, token: str, value: str | bytes | None
) -> CreateSecretResponse:
    """Answer a retry of the request that made the secret; refuse any other."""
    if there.deletion is not None:
        raise InvalidRequestException(
            "You can't create this secret because a secret with this name is already scheduled "
            "for deletion."
        )
    version = version_of(ctx.tx, there, token)
    if version is not None and value is not None and values.same_value(ctx, there, version, value):
        return _created(ctx, there, token)
    raise ResourceExistsException(
        f"The operation failed because the secret {there.name} already exists."
    )


def _created(ctx: Context, secret: Secret, version_id: str | None) -> CreateSecretResponse:
    answer: CreateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
    if version_id is not None:
        answer["VersionId"] = version_id
    if secret.replicas:
        answer["ReplicationStatus"] = replication.statuses(ctx, secret)
    return answer


@operation("secretsmanager:UpdateSecret", on=secret_named, keys=request_keys, writes=True)
def update_secret(
    ctx: Context, request: UpdateSecretRequest, secret: Secret
) -> UpdateSecretResponse:
    """Change a secret's description, KMS key or value."""
    token, value = token_of(ctx, request), value_of(request)
    refuse_external(request)
    secret.must_live()
    if value is not None or "Description" in request:
        secret.must_be_changeable()
    if "Description" in request:
        secret = change(secret, ctx.now, description=request["Description"])
    if "KmsKeyId" in request:
        secret = _with_key(ctx, secret, own_key_id(request["KmsKeyId"]))
    answer: UpdateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
    if value is None:
        save(ctx.tx, copies.sync(ctx, secret))
    else:
        add_version(ctx, save(ctx.tx, secret), token, value)
        answer["VersionId"] = token
    return answer


def _with_key(ctx: Context, secret: Secret, key_id: str) -> Secret:
    """The secret under another KMS key; the versions in use are sealed under it as well."""
    secret = change(secret, ctx.now, key_id=key_id)
    values.must_be_usable(ctx, secret)
    for version_id in values.versions_to_rewrap(secret):
        version = version_of(ctx.tx, secret, version_id)
        if version is not None:
            put_version(ctx.tx, secret, values.rewrapped(ctx, secret, version))
    return secret


@operation("secretsmanager:DeleteSecret", on=secret_or_place, keys=request_keys, writes=True)
def delete_secret(
    ctx: Context, request: DeleteSecretRequest, found: Secret | Bare
) -> DeleteSecretResponse:
    """Mark a secret for deletion, or delete it at once where that is forced."""
    force, days = request.get("ForceDeleteWithoutRecovery"), request.get("RecoveryWindowInDays")
    if force and days is not None:
        raise InvalidParameterException(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if days is not None and days not in RECOVERY_DAYS:
        raise InvalidParameterException(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        )
    if force and isinstance(found, Bare):
        # "If you forcibly delete an already deleted or nonexistent secret, the operation does not
        # return ResourceNotFoundException."
        return {"ARN": found.arn, "Name": request["SecretId"], "DeletionDate": ctx.now}
    secret = must_exist(found)
    if not force:
        secret.must_live()
    _must_stand_alone(secret)
    due = ctx.now if force else ctx.now + (days or DEFAULT_RECOVERY_DAYS) * DAY
    RUNS.delete(ctx.tx, secret.account, secret.region, secret.name)
    if force:
        erase(ctx.tx, secret)
    else:
        save(ctx.tx, change(secret, ctx.now, deletion=Deletion(ctx.now, due)))
    return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": due}


def _must_stand_alone(secret: Secret) -> None:
    """Raise InvalidRequestException where copies hang on the secret, or it is one."""
    live = msgspec.structs.replace(secret, deletion=None)
    live.must_be_changeable()
    if secret.replicas:
        regions = ", ".join(secret.replicas)
        raise InvalidRequestException(
            f"You can't delete secret {secret.name} that still has replica regions [{regions}]"
        )
    if secret.foreign_replica is not None:
        raise InvalidRequestException(
            f"You can't delete secret {secret.name} that still has a cross-account replica."
        )


@operation("secretsmanager:RestoreSecret", on=secret_named, keys=request_keys, writes=True)
def restore_secret(
    ctx: Context, request: RestoreSecretRequest, secret: Secret
) -> RestoreSecretResponse:
    """Take back a deletion that is not yet due; nothing happens where there is none."""
    if secret.deletion is not None:
        save(ctx.tx, change(secret, ctx.now, deletion=None))
    return {"ARN": secret.arn, "Name": secret.name}
