"""Tag and untag secrets."""

from __future__ import annotations

from lodekey.errors import AccessDeniedException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.secretsmanager import copies
from lodekey.services.secretsmanager.conditions import request_keys
from lodekey.services.secretsmanager.errors import InvalidParameterException
from lodekey.services.secretsmanager.finding import secret_named
from lodekey.services.secretsmanager.secrets import (
    TAGS_LIMIT,
    Secret,
    change,
    must_be_own_tags,
    save,
    tags_from,
)
from lodekey.services.secretsmanager.shapes import TagResourceRequest, UntagResourceRequest
from lodekey.system_tags import count_own


@operation("secretsmanager:TagResource", on=secret_named, keys=request_keys, writes=True)
def tag_resource(ctx: Context, request: TagResourceRequest, secret: Secret) -> None:
    """Add tags to a secret, or change their values."""
    secret.must_be_changeable()
    tags = {**secret.tags, **tags_from(request["Tags"])}
    if count_own(tags) > TAGS_LIMIT:
        raise InvalidParameterException(f"A secret can have {TAGS_LIMIT} tags at most.")
    _retag(ctx, request, secret, tags, "secretsmanager:TagResource")


@operation("secretsmanager:UntagResource", on=secret_named, keys=request_keys, writes=True)
def untag_resource(ctx: Context, request: UntagResourceRequest, secret: Secret) -> None:
    """Take tags from a secret; those it has not are no error."""
    secret.must_be_changeable()
    must_be_own_tags(request["TagKeys"])
    tags = {key: value for key, value in secret.tags.items() if key not in request["TagKeys"]}
    _retag(ctx, request, secret, tags, "secretsmanager:UntagResource")


def _retag(
    ctx: Context,
    request: TagResourceRequest | UntagResourceRequest,
    secret: Secret,
    tags: dict[str, str],
    action: str,
) -> None:
    """Write the tags, unless the caller would lose their own permission by them.

    Raises:
        AccessDeniedException: They would.
    """
    if tags == secret.tags:
        return
    retagged = change(secret, ctx.now, tags=tags)
    if not ctx.allows(action, retagged, request_keys(ctx, request, retagged)):
        raise AccessDeniedException(
            "You can't change these tags: you would lose your own permissions for the secret."
        )
    save(ctx.tx, copies.sync(ctx, retagged))
