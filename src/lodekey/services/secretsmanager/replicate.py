"""Replicate secrets to other regions and accounts, and stop it."""

from __future__ import annotations

import msgspec

from lodekey.arn import Arn, is_arn
from lodekey.errors import AccessDeniedException, Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.organization import levels_of
from lodekey.services.secretsmanager import cross_account, replication
from lodekey.services.secretsmanager.conditions import request_keys, resource_keys
from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
    LimitExceededException,
)
from lodekey.services.secretsmanager.finding import secret_named
from lodekey.services.secretsmanager.secrets import (
    Foreign,
    Secret,
    change,
    erase,
    find,
    not_found,
    read_id,
    save,
)
from lodekey.services.secretsmanager.shapes import (
    AssociateCrossAccountReplicaRequest,
    AssociateCrossAccountReplicaResponse,
    DisassociateCrossAccountReplicaRequest,
    DisassociateCrossAccountReplicaResponse,
    RemoveRegionsFromReplicationRequest,
    RemoveRegionsFromReplicationResponse,
    ReplicateSecretToRegionsRequest,
    ReplicateSecretToRegionsResponse,
    StopReplicationToReplicaRequest,
    StopReplicationToReplicaResponse,
)


@operation(
    "secretsmanager:ReplicateSecretToRegions", on=secret_named, keys=request_keys, writes=True
)
def replicate_secret_to_regions(
    ctx: Context, request: ReplicateSecretToRegionsRequest, secret: Secret
) -> ReplicateSecretToRegionsResponse:
    """Copy a secret to further regions; each copy's status says how that went."""
    secret.must_be_changeable()
    secret = replication.add_regions(
        ctx,
        secret,
        request["AddReplicaRegions"],
        overwrite=request.get("ForceOverwriteReplicaSecret", False),
    )
    secret = save(ctx.tx, msgspec.structs.replace(secret, changed=ctx.now))
    return {"ARN": secret.arn, "ReplicationStatus": replication.statuses(ctx, secret)}


@operation(
    "secretsmanager:RemoveRegionsFromReplication", on=secret_named, keys=request_keys, writes=True
)
def remove_regions_from_replication(
    ctx: Context, request: RemoveRegionsFromReplicationRequest, secret: Secret
) -> RemoveRegionsFromReplicationResponse:
    """Delete the copies in some regions, at once."""
    secret.must_be_changeable()
    regions = request["RemoveReplicaRegions"]
    for region in regions:
        if region not in secret.replicas:
            raise InvalidParameterException(f"The secret is not replicated to {region}.")
        copy = replication.replica_in(ctx, secret, region)
        if copy is not None:
            erase(ctx.tx, copy)
    secret = save(ctx.tx, _without(ctx, secret, regions))
    return {"ARN": secret.arn, "ReplicationStatus": replication.statuses(ctx, secret)}


def _without(ctx: Context, primary: Secret, regions: list[str]) -> Secret:
    left = {region: each for region, each in primary.replicas.items() if region not in regions}
    return change(primary, ctx.now, replicas=left)


@operation(
    "secretsmanager:StopReplicationToReplica",
    on=secret_named,
    keys=request_keys,
    writes=True,
    also=("secretsmanager:DeleteResourcePolicy",),
)
def stop_replication_to_replica(
    ctx: Context, request: StopReplicationToReplicaRequest, secret: Secret
) -> StopReplicationToReplicaResponse:
    """Make a copy a secret of its own, from its own region or account."""
    secret.must_live()
    if secret.foreign_primary is not None:
        return _stop_foreign(ctx, secret)
    if not secret.is_replica:
        raise InvalidRequestException("The secret is not a replica.")
    try:
        primary = find(ctx.tx, primary_arn(secret), secret.account, secret.primary)
        save(ctx.tx, _without(ctx, primary, [secret.region]))
    except Missing:
        pass
    save(ctx.tx, _on_its_own(ctx, secret))
    return {"ARN": secret.arn}


def primary_arn(replica: Secret) -> str:
    """The ARN of a replica's primary: its own but for the region."""
    return str(Arn.parse(replica.arn)._replace(region=replica.primary))


def _on_its_own(ctx: Context, secret: Secret) -> Secret:
    """A promoted replica: its own primary, which the clock does not rotate until told to."""
    rotation = secret.rotation
    if rotation is not None:
        rotation = msgspec.structs.replace(rotation, enabled=False, due=None, next=None)
    return change(secret, ctx.now, primary="", rotation=rotation, foreign_primary=None)


def _stop_foreign(ctx: Context, secret: Secret) -> StopReplicationToReplicaResponse:
    link = secret.foreign_primary
    if link is None:
        raise AssertionError("only a cross-account replica comes here")
    ctx.require("secretsmanager:DeleteResourcePolicy", secret, resource_keys(secret))
    primary = cross_account.find_exact(ctx, link.arn)
    ours = None if primary is None else primary.foreign_replica
    if ours is not None and ours.arn == secret.arn:
        cross_account.detached(ctx, primary, role="primary")
    save(ctx.tx, msgspec.structs.replace(_on_its_own(ctx, secret), policy=""))
    return {"ARN": secret.arn}


@operation(
    "secretsmanager:AssociateCrossAccountReplica",
    on=secret_named,
    keys=request_keys,
    writes=True,
    also=("secretsmanager:GetSecretValue", cross_account.ACCEPT, "iam:PassRole"),
)
def associate_cross_account_replica(
    ctx: Context, request: AssociateCrossAccountReplicaRequest, secret: Secret
) -> AssociateCrossAccountReplicaResponse:
    """Link a secret to the replica that waits for it in another account, and fill that."""
    secret.must_be_changeable()
    replica = _replica_to_link(ctx, request, secret)
    ctx.require("secretsmanager:GetSecretValue", secret, resource_keys(secret))
    role_arn = _role_to_pass(ctx, request, secret)
    link = Foreign(replica.arn, replication.IN_PROGRESS, role_arn=role_arn)
    secret = cross_account.sync(ctx, change(secret, ctx.now, foreign_replica=link), {})
    link = secret.foreign_replica or link
    if link.status == replication.FAILED:
        # "If the association fails, Secrets Manager does not modify either the primary or replica"
        raise InvalidRequestException(link.message)
    save(ctx.tx, secret)
    return {
        "ARN": secret.arn,
        "CrossAccountReplicaARN": replica.arn,
        "ReplicationStatus": link.status,
    }


def _replica_to_link(
    ctx: Context, request: AssociateCrossAccountReplicaRequest, secret: Secret
) -> Secret:
    """The replica that the request names, if the caller may fill it and it waits for this secret.

    Raises:
        ApiError: It is not there, belongs to another primary, or may not be used.
    """
    arn = request["CrossAccountReplicaARN"]
    named = read_id(arn, ctx.account, ctx.region)
    if not is_arn(arn) or named.account == secret.account or named.region != secret.region:
        raise InvalidParameterException(
            "CrossAccountReplicaARN must be the ARN of a secret in another account and in the "
            "primary secret's Region."
        )
    there = secret.foreign_replica
    if there is not None and there.arn != arn and there.status != cross_account.DETACHED:
        raise LimitExceededException("A secret can have one cross-account replica at most.")
    replica = cross_account.find_exact(ctx, arn)
    if replica is None:
        raise AccessDeniedException(
            f"You are not authorized to replicate to {arn}, or it does not exist."
        )
    ctx.require(cross_account.ACCEPT, replica, resource_keys(replica))
    replica.must_live()
    if replica.foreign_primary is None or replica.foreign_primary.arn != secret.arn:
        raise InvalidRequestException(
            "The replica secret was not created as a cross-account replica of this secret."
        )
    _must_share_organization(ctx, request, secret, replica)
    return replica


def _must_share_organization(
    ctx: Context, request: AssociateCrossAccountReplicaRequest, secret: Secret, replica: Secret
) -> None:
    if request.get("ReplicaRestriction", "SameOrg") != "SameOrg":
        return
    ours = levels_of(ctx.tx, secret.account).organization
    if not ours or ours != levels_of(ctx.tx, replica.account).organization:
        raise InvalidRequestException(
            "The replica account is not in the same organization as the primary account. "
            "Use ReplicaRestriction NoRestriction to replicate to it."
        )


def _role_to_pass(
    ctx: Context, request: AssociateCrossAccountReplicaRequest, secret: Secret
) -> str:
    arn = request.get("ReplicationRoleARN", "")
    if not arn:
        return ""
    if not is_arn(arn) or Arn.parse(arn).account != secret.account:
        raise InvalidParameterException("ReplicationRoleARN must be a role in this account.")
    cross_account.must_pass_role(ctx, arn)
    return arn


@operation(
    "secretsmanager:DisassociateCrossAccountReplica",
    on=secret_named,
    keys=request_keys,
    writes=True,
)
def disassociate_cross_account_replica(
    ctx: Context, request: DisassociateCrossAccountReplicaRequest, secret: Secret
) -> DisassociateCrossAccountReplicaResponse:
    """Unlink a replica in another account; it stays there as it was last filled."""
    secret.must_live()
    arn = request["CrossAccountReplicaARN"]
    if secret.foreign_replica is None or secret.foreign_replica.arn != arn:
        raise not_found()
    cross_account.detached(ctx, cross_account.find_exact(ctx, arn), role="replica")
    save(ctx.tx, change(secret, ctx.now, foreign_replica=None))
    return {"ARN": secret.arn, "CrossAccountReplicaARN": arn}
