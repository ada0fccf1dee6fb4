"""The end of a creation or an update: outputs, exports, and the stack's next status."""

from __future__ import annotations

from typing import Any

import msgspec

from lodekey.errors import ApiError, ValidationError
from lodekey.services.cloudformation.site import Site
from lodekey.services.cloudformation.stacks import (
    EXPORTS,
    STACKS,
    Export,
    Output,
    Stack,
    move,
    resources_of,
)
from lodekey.services.cloudformation.template_text import text_of
from lodekey.services.cloudformation.templates import Template, well_formed
from lodekey.services.cloudformation.things import Deployed, scope
from lodekey.store.port import Transaction


def finish(site: Site, template: Template) -> str:
    """Work out the outputs and publish the exports; returns what is wrong, empty: nothing."""
    with site.writing() as tx:
        stack = STACKS.get(tx, *site.place)
        if stack is None or stack.work is None or stack.work.target is None:
            raise AssertionError("the work is gone")
        target = stack.work.target
        things = Deployed(tx, stack, resources_of(tx, stack))
        here = scope(template, target.parameters, stack, things, target.notifications)
        try:
            for logical, declared in template.resources.items():
                if here.wanted(logical):  # evaluated for what it imports
                    here.value(declared.get("Properties", {}))
            with well_formed():
                outputs = _outputs(here, template)
            _publish(tx, stack, outputs)
        except ApiError as error:
            return error.message
        done: dict[str, Any] = {
            "plan": target,
            "outputs": outputs,
            "imports": sorted(things.imports),
        }
        if stack.work.kind == "create":
            move(tx, stack, "CREATE_COMPLETE", site.now, work=None, **done)
        else:
            move(tx, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", site.now, **done)
    return ""


def _outputs(here: Any, template: Template) -> dict[str, Output]:
    found = {}
    for name, declared in template.outputs.items():
        if "Condition" in declared and not here.holds(str(declared["Condition"])):
            continue
        value = here.value(declared["Value"])
        export = declared.get("Export", {})
        found[name] = Output(
            value=value if isinstance(value, str) else text_of(value),
            description=str(here.value(declared.get("Description", ""))),
            export=here.text(export["Name"], "Export") if "Name" in export else "",
        )
    return found


def _publish(tx: Transaction, stack: Stack, outputs: dict[str, Output]) -> None:
    """Replace the stack's exports.

    Raises:
        ApiError: A name is another stack's, or one in use would change.
    """
    must_be_free(tx, stack, {each.export: each.value for each in outputs.values() if each.export})
    for output in stack.outputs.values():
        if output.export:
            EXPORTS.delete(tx, stack.account, stack.region, output.export)
    for output in outputs.values():
        if output.export:
            record = Export(stack=stack.arn, value=output.value)
            EXPORTS.put(tx, stack.account, stack.region, output.export, record=record)


def must_be_free(tx: Transaction, stack: Stack, exports: dict[str, str]) -> None:
    """Check that the stack's exports may become these.

    Raises:
        ValidationError: A name is taken, or an export that others import would go or change.
    """
    for name in exports:
        there = EXPORTS.get(tx, stack.account, stack.region, name)
        if there is not None and there.stack != stack.arn:
            owner = there.stack.split("/")[1]
            raise ValidationError(f"Export with name {name} is already exported by stack {owner}. ")
    for output in stack.outputs.values():
        if output.export and exports.get(output.export) != output.value:
            users = importers(tx, stack.account, stack.region, output.export)
            if users:
                verb = "updated" if output.export in exports else "deleted"
                raise ValidationError(
                    f"Export {output.export} cannot be {verb} as it is in use by "
                    f"{' and '.join(users)}"
                )


def importers(tx: Transaction, account: str, region: str, export: str) -> list[str]:
    """The names of the stacks that import an export."""
    return [
        each.name
        for _, each in STACKS.scan(tx, account, region)
        if export in each.imports and each.status != "DELETE_COMPLETE"
    ]


def unpublish(tx: Transaction, stack: Stack) -> Stack:
    """Take the stack's exports away."""
    for output in stack.outputs.values():
        if output.export:
            EXPORTS.delete(tx, stack.account, stack.region, output.export)
    return msgspec.structs.replace(stack, imports=[])
