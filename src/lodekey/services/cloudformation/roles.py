"""The stack's role: whether the caller may pass it, and CloudFormation take it."""

from __future__ import annotations

from lodekey.arn import Arn
from lodekey.errors import ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.identity.records import ROLES
from lodekey.services.cloudformation.actors import SERVICE, trusts


def must_be_passed(ctx: Context, arn: str, stack_arn: str) -> None:
    """Check a role that a request names.

    Raises:
        AccessDenied: The caller may not pass it.
        ValidationError: It is none, another account's, or does not trust CloudFormation.
    """
    try:
        parts = Arn.parse(arn)
    except ValueError:
        raise ValidationError(f"{arn} is not a valid role ARN") from None
    if parts.account != ctx.account or not parts.resource.startswith("role/"):
        raise ValidationError("Cross-account pass role is not allowed.")
    role = ROLES.get(ctx.tx, parts.account, parts.resource.rpartition("/")[2].lower())
    tags = role.tags if role else {}
    keys = {"iam:passedtoservice": SERVICE, "iam:associatedresourcearn": stack_arn}
    ctx.require("iam:PassRole", Bare(arn, ctx.account, tags=tags), keys)
    if not trusts(ctx.tx, arn, stack_arn):
        raise ValidationError(f"Role {arn} is invalid or cannot be assumed")
