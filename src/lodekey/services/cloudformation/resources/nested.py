"""Nested stacks: a stack that is a resource of another.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from lodekey.services.cloudformation.deeds import Deed, Refused
from lodekey.services.cloudformation.resources.kinds import Made
from lodekey.services.cloudformation.stacks import STACKS, Stack, save
from lodekey.services.cloudformation.template_text import text_of
from lodekey.services.cloudformation.waiting import GLANCE, pause


def _request(deed: Deed) -> dict[str, Any]:
    parameters = [
        {
            "ParameterKey": key,
            "ParameterValue": ",".join(map(text_of, value))
            if isinstance(value, list)
            else text_of(value),
        }
        for key, value in (deed.get("Parameters") or {}).items()
    ]
    work = deed.stack.work
    plan = (work.target if work else None) or deed.stack.plan
    return {
        **deed.some("NotificationARNs", "TemplateBody", "TemplateURL"),
        "Parameters": parameters,
        # what the parent's caller acknowledged holds for the whole tree, and nothing else does
        "Capabilities": plan.capabilities,
        "Tags": deed.tag_list(deed.get("Tags")),
    }


async def create(deed: Deed) -> Made:
    """CreateStack, and wait for it."""
    name = str(deed.get("StackName") or deed.name(128))
    request = {"StackName": name, "OnFailure": "DO_NOTHING", **_request(deed)}
    request.update(deed.some("TimeoutInMinutes"))
    made = await deed.call(
        "cloudformation", "CreateStack", request, names=lambda answer: str(answer["StackId"])
    )
    _adopt(deed, made["StackId"])
    child = await _settled(deed, made["StackId"])
    if child.status != "CREATE_COMPLETE":
        raise Refused(f"Embedded stack {child.arn} was not successfully created: {child.reason}")
    return Made(child.arn, _outputs(child))


def _adopt(deed: Deed, arn: str) -> None:
    """Say in the child whose child it is."""
    with deed.background.transaction(write=True) as tx:
        child = STACKS.get(tx, deed.account, deed.region, arn.rpartition("/")[2])
        if child is not None and not child.parent:
            root = deed.stack.root or deed.stack.arn
            save(tx, msgspec.structs.replace(child, parent=deed.stack.arn, root=root))


async def update(deed: Deed) -> dict[str, Any] | None:
    """UpdateStack, and wait for it."""
    good = {"UPDATE_COMPLETE", "CREATE_COMPLETE"}
    try:
        request = {"StackName": deed.physical, **_request(deed)}
        await deed.call("cloudformation", "UpdateStack", request)
    except Refused as refused:
        if "No updates are to be performed" not in refused.reason:
            raise
        # it is what it is to be, by whatever way it came there
        good.add("UPDATE_ROLLBACK_COMPLETE")
    child = await _settled(deed, deed.physical)
    if child.status not in good:
        raise Refused(f"Embedded stack {child.arn} was not successfully updated: {child.reason}")
    return _outputs(child)


async def delete(deed: Deed) -> None:
    """DeleteStack, and wait for it."""
    await deed.call("cloudformation", "DeleteStack", {"StackName": deed.physical})
    child = await _settled(deed, deed.physical)
    if child.status != "DELETE_COMPLETE":
        raise Refused(f"Embedded stack {child.arn} was not successfully deleted: {child.reason}")


async def _settled(deed: Deed, arn: str) -> Stack:
    """The child once nothing is being done to it."""
    while True:
        with deed.background.transaction(write=False) as tx:
            child = STACKS.get(tx, deed.account, deed.region, arn.rpartition("/")[2])
        if child is None:
            raise Refused(f"Stack with id {arn} does not exist")
        if child.work is None or child.status == "UPDATE_ROLLBACK_FAILED":
            return child
        await pause(GLANCE)


def _outputs(child: Stack) -> dict[str, Any]:
    return {f"Outputs.{name}": each.value for name, each in child.outputs.items()}
