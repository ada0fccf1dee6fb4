"""Signals by the API: what wait conditions with a creation policy wait for."""

from __future__ import annotations

from typing import Any

from lodekey.errors import ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.cloudformation.finding import stack_in_brackets
from lodekey.services.cloudformation.shapes import SignalResourceInput
from lodekey.services.cloudformation.stacks import RESOURCES, SIGNALS, Signal, Stack


@operation("cloudformation:SignalResource", on=stack_in_brackets, writes=True)
def signal_resource(ctx: Context, request: SignalResourceInput, stack: Stack) -> dict[str, Any]:
    """Tell a resource that is being made that something is ready, or is not."""
    logical = request["LogicalResourceId"]
    resource = RESOURCES.get(ctx.tx, *stack.place, logical)
    if resource is None:
        raise ValidationError(f"Resource {logical} does not exist for stack {stack.name}")
    if not resource.status.endswith("_IN_PROGRESS"):
        raise ValidationError(
            f"Resource {logical} is in {resource.status} state and cannot be signaled"
        )
    unique, status = request["UniqueId"], request["Status"]
    signal = Signal(status=status, reason=f"Received {status} signal with UniqueId {unique}")
    SIGNALS.put(ctx.tx, *stack.place, logical, unique, record=signal)
    return {}
