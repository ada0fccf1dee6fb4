"""Keep the copies of a secret in other regions in step with it.

A copy is a secret of its own in its region, sealed under a KMS key of that region, with the
primary's name and suffix. It follows within the request that changes the primary, as that
request's caller; where that fails, the copy stays as it was and says so.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lodekey.errors import ApiError
from lodekey.gate.context import Context
from lodekey.services.secretsmanager import values
from lodekey.services.secretsmanager.access_dates import last_access
from lodekey.services.secretsmanager.errors import InvalidParameterException
from lodekey.services.secretsmanager.old_versions import cleaned
from lodekey.services.secretsmanager.rotation import Rotation
from lodekey.services.secretsmanager.secrets import (
    SECRETS,
    Replica,
    Secret,
    erase,
    put_version,
    save,
    version_of,
)
from lodekey.services.secretsmanager.shapes import ReplicaRegionType, ReplicationStatusType

IN_SYNC = "InSync"
FAILED = "Failed"
IN_PROGRESS = "InProgress"

Values = Mapping[str, str | bytes]


class _NameTaken(ApiError):
    """Another secret of this name stands in the replica's region."""


def sync_region(
    ctx: Context, primary: Secret, region: str, known: Values, *, overwrite: bool = False
) -> Secret:
    """Bring the copy in one region in step with the primary.

    Args:
        ctx: The caller must be allowed to use the KMS keys of both regions.
        primary: As it is now; saved by who calls.
        region: Where the copy is.
        known: Values by version id that need not be opened again.
        overwrite: Whether another secret of this name makes way.

    Returns:
        The primary, with the copy's status; to be saved.
    """
    replica = primary.replicas[region]
    try:
        with ctx.tx.savepoint():
            copy = _copy_of(ctx, primary, region, overwrite=overwrite)
            save(ctx.tx, cleaned(ctx.tx, follow(ctx, primary, copy, known), ctx.now))
        done = Replica(replica.key_id, IN_SYNC)
    except ApiError as error:
        done = Replica(replica.key_id, FAILED, error.message)
    return msgspec.structs.replace(primary, replicas={**primary.replicas, region: done})


def follow(ctx: Context, primary: Secret, copy: Secret, known: Values) -> Secret:
    """Give a copy the labeled versions that it lacks.

    Returns:
        The copy; to be saved.

    Raises:
        ApiError: The caller may not open a version, or not seal it for the copy.
    """
    for version_id in primary.stages:
        version = version_of(ctx.tx, primary, version_id)
        if version is None or version_of(ctx.tx, copy, version_id) is not None:
            continue
        value = known.get(version_id)
        if value is None:
            value = values.open_(ctx, primary, version)
        put_version(ctx.tx, copy, values.seal_copy(ctx, copy, version, value))
        copy = msgspec.structs.replace(copy, versions=copy.versions + 1)
    return copy


def _copy_of(ctx: Context, primary: Secret, region: str, *, overwrite: bool) -> Secret:
    """The copy with the primary's metadata, made if need be."""
    there = SECRETS.get(ctx.tx, primary.account, region, primary.name)
    ours = there is not None and there.suffix == primary.suffix and there.is_replica
    if there is not None and not ours:
        if not overwrite or there.replicas:
            raise _NameTaken("Secret with this name already exists in this region.")
        erase(ctx.tx, there)
    if there is None or not ours:
        there = Secret(
            account=primary.account,
            region=region,
            name=primary.name,
            suffix=primary.suffix,
            created=ctx.now,
            changed=ctx.now,
            key_id=primary.replicas[region].key_id,
            primary=primary.region,
        )
        values.must_be_usable(ctx, there, opens=False)
    return msgspec.structs.replace(
        there,
        changed=ctx.now,
        description=primary.description,
        tags=primary.tags,
        policy=primary.policy,
        stages=primary.stages,
        rotation=_muted(primary.rotation),
    )


def _muted(rotation: Rotation | None) -> Rotation | None:
    """A copy shows that its primary rotates; the clock does nothing to it."""
    return None if rotation is None else msgspec.structs.replace(rotation, due=None)


def add_regions(
    ctx: Context, primary: Secret, regions: list[ReplicaRegionType], *, overwrite: bool
) -> Secret:
    """Make copies in further regions, and say how that went.

    Raises:
        InvalidParameterException: A region is missing, twice there, or the primary's own.
    """
    for wanted in regions:
        region = wanted.get("Region", "")
        there = primary.replicas.get(region)
        if not region:
            raise InvalidParameterException("You must specify a Region for each replica.")
        if region == primary.region:
            raise InvalidParameterException("Invalid replica region.")
        if there is not None and there.status != FAILED:
            raise InvalidParameterException(f"The secret is already replicated to {region}.")
        replica = Replica(wanted.get("KmsKeyId", ""), IN_PROGRESS)
        primary = msgspec.structs.replace(
            primary, primary=primary.region, replicas={**primary.replicas, region: replica}
        )
        primary = sync_region(ctx, primary, region, {}, overwrite=overwrite)
    return primary


def replica_in(ctx: Context, primary: Secret, region: str) -> Secret | None:
    """The copy in a region; None where making it failed."""
    there = SECRETS.get(ctx.tx, primary.account, region, primary.name)
    if there is None or there.suffix != primary.suffix or not there.is_replica:
        return None
    return there


def statuses(ctx: Context, primary: Secret) -> list[ReplicationStatusType]:
    """ReplicationStatus, as the API shows it."""
    return [_status(ctx, primary, region, replica) for region, replica in primary.replicas.items()]


def _status(ctx: Context, primary: Secret, region: str, replica: Replica) -> ReplicationStatusType:
    shown: ReplicationStatusType = {"Region": region, "Status": replica.status}
    shown["KmsKeyId"] = replica.key_id or values.DEFAULT_KEY
    if replica.message:
        shown["StatusMessage"] = replica.message
    copy = replica_in(ctx, primary, region)
    accessed = None if copy is None else last_access(ctx, copy)
    if accessed is not None:
        shown["LastAccessedDate"] = accessed
    return shown
