"""Every copy of a secret, in other regions and in another account."""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.services.secretsmanager import cross_account, replication
from lodekey.services.secretsmanager.secrets import Secret


def sync(ctx: Context, primary: Secret, known: replication.Values | None = None) -> Secret:
    """Bring every copy in step with the primary.

    Args:
        ctx: The caller must be allowed to use the KMS keys of all copies.
        primary: As it is now; saved by who calls.
        known: Values by version id that need not be opened again.

    Returns:
        The primary, with the status of each copy; to be saved.
    """
    for region in primary.replicas:
        primary = replication.sync_region(ctx, primary, region, known or {})
    if primary.foreign_replica is not None:
        primary = cross_account.sync(ctx, primary, known or {})
    return primary
