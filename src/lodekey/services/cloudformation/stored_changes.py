"""Change sets that are kept: finding one by its name or ARN."""

from __future__ import annotations

import re
from typing import Any

from lodekey.errors import Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.services.cloudformation.errors import ChangeSetNotFoundException
from lodekey.services.cloudformation.finding import arn_of
from lodekey.services.cloudformation.stacks import CHANGE_SETS, ChangeSet, Stack, find

_ARN = re.compile(r"^arn:aws:cloudformation:([^:]*):(\d*):changeSet/([^/]+)/(.+)$")


def arn_of_change_set(stack: Stack, change_set: ChangeSet) -> str:
    """A change set's id, as the API calls it."""
    return (
        f"arn:aws:cloudformation:{stack.region}:{stack.account}:changeSet/{change_set.name}/"
        f"{change_set.id}"
    )


def change_set_named(ctx: Context, request: Any) -> tuple[Stack, ChangeSet]:
    """The change set that a request names, and its stack.

    Raises:
        Missing: There is none such.
    """
    name, of = request["ChangeSetName"], request.get("StackName", "")
    parts = _ARN.match(name)
    if parts is not None:
        for places, each in CHANGE_SETS.scan(ctx.tx, ctx.account, ctx.region):
            if places[-1] == parts[4]:
                stack = find(ctx.tx, ctx.account, ctx.region, each.stack)
                if stack is not None:
                    return stack, each
    elif not of:
        raise Missing(
            "*",
            ValidationError(
                "StackName must be specified if ChangeSetName is not specified as an ARN."
            ),
        )
    stack = find(ctx.tx, ctx.account, ctx.region, of) if of else None
    missing = ChangeSetNotFoundException(f"ChangeSet [{name}] does not exist")
    if stack is None:
        raise Missing(arn_of(ctx, of or name), missing)
    for _, each in CHANGE_SETS.scan(ctx.tx, *stack.place):
        if each.name == name:
            return stack, each
    raise Missing(stack.arn, missing)
