"""Make versions: one value under one token, and what happens to the older ones."""

from __future__ import annotations

from collections.abc import Iterable

from lodekey.gate.context import Context
from lodekey.services.secretsmanager import copies, stages, values
from lodekey.services.secretsmanager.errors import ResourceExistsException
from lodekey.services.secretsmanager.old_versions import cleaned
from lodekey.services.secretsmanager.secrets import (
    Secret,
    change,
    put_version,
    save,
    version_of,
)


def add_version(
    ctx: Context,
    secret: Secret,
    version_id: str,
    value: str | bytes,
    labels: Iterable[str] = (stages.CURRENT,),
) -> Secret:
    """Give the secret a version; a retry with the same id and value changes nothing.

    Args:
        ctx: The caller must be allowed to use the secret's KMS key.
        secret: Whose version.
        version_id: The ClientRequestToken.
        value: Text or bytes, as it shall be given back.
        labels: What the version is labeled with. The first version becomes AWSCURRENT whatever
            they are.

    Returns:
        The secret as it is now.

    Raises:
        ResourceExistsException: The id belongs to a version with another value.
        LimitExceededException: There are too many versions that may not be cleaned away yet.
    """
    there = version_of(ctx.tx, secret, version_id)
    if there is not None:
        if values.same_value(ctx, secret, there, value):
            return secret
        raise ResourceExistsException(
            f"You can't use ClientRequestToken {version_id} because that value is already in use "
            f"for a version of secret {secret.arn}."
        )
    labels = tuple(labels)
    if stages.holder(secret.stages, stages.CURRENT) is None and stages.CURRENT not in labels:
        labels = (*labels, stages.CURRENT)
    put_version(ctx.tx, secret, values.seal(ctx, secret, version_id, value))
    labeled = stages.attach(secret.stages, version_id, labels)
    secret = change(
        after_new_value(ctx, secret, labels),
        ctx.now,
        stages=labeled,
        versions=secret.versions + 1,
    )
    secret = copies.sync(ctx, secret, {version_id: value})
    return save(ctx.tx, cleaned(ctx.tx, secret, ctx.now))


def after_new_value(ctx: Context, secret: Secret, labels: tuple[str, ...]) -> Secret:
    """A new current value by hand counts as a rotation: the next is reckoned from now."""
    rotation = secret.rotation
    if rotation is None or stages.CURRENT not in labels:
        return secret
    return change(secret, ctx.now, rotation=rotation.planned(ctx.now))
