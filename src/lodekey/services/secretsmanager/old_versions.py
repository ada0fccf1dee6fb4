"""Versions that nobody needs any more, and how many a secret may keep.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
"""

from __future__ import annotations

import msgspec

from lodekey.services.secretsmanager.errors import LimitExceededException
from lodekey.services.secretsmanager.secrets import DAY, Secret, drop_version, versions_of
from lodekey.store.port import Transaction

VERSIONS_KEPT = 100
VERSIONS_LIMIT = 1_000
"""AWS refuses a version somewhere past a hundred; a bound there has to be."""


def cleaned(tx: Transaction, secret: Secret, now: float) -> Secret:
    """Take away unlabeled versions beyond a hundred, but none that is younger than a day.

    Returns:
        The secret with its new count of versions; to be saved.

    Raises:
        LimitExceededException: Far too many are left.
    """
    if secret.versions <= VERSIONS_KEPT:
        return secret
    every = sorted(versions_of(tx, secret), key=lambda version: version.created)
    left = len(every)
    for version in every:
        if left <= VERSIONS_KEPT or version.created >= now - DAY:
            break
        if version.id not in secret.stages:
            drop_version(tx, secret, version.id)
            left -= 1
    if left > VERSIONS_LIMIT:
        raise LimitExceededException("You've exceeded the quota of versions of a secret.")
    return msgspec.structs.replace(secret, versions=left)
