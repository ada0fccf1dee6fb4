"""Roll back: a failed creation leaves nothing, a failed update leaves what was there before."""

from __future__ import annotations

from typing import Any

import msgspec

from lodekey.services.cloudformation.asked import changed_properties
from lodekey.services.cloudformation.deeds import Refused
from lodekey.services.cloudformation.graph import in_order
from lodekey.services.cloudformation.resources.kinds import Made
from lodekey.services.cloudformation.site import Site
from lodekey.services.cloudformation.stacks import RESOURCES, StackResource, Work
from lodekey.services.cloudformation.take_away import take_all


async def roll_back_creation(site: Site) -> None:
    """Delete everything that a failed creation made; the stack stays, to be looked at."""
    work = site.stack().work
    assert work is not None
    failed = await take_all(site, work, rolling_back=True)
    if failed:
        names = ", ".join(failed)
        reason = f"The following resource(s) failed to delete: [{names}]. "
        site.move("ROLLBACK_FAILED", reason, work=None)
    else:
        site.move("ROLLBACK_COMPLETE", work=None, outputs={})


async def roll_back_update(site: Site) -> None:
    """Bring every resource back to what it was before the update."""
    work = site.stack().work
    assert work is not None
    resources = site.resources()
    touched = {
        name: each
        for name, each in resources.items()
        if each.work == work.id and each.done != "undo"
    }
    needs = {name: (each.before or each.thing).needs for name, each in touched.items()}
    failed = []
    for logical in in_order(needs):
        if logical in work.skip:
            with site.writing() as tx:
                site.mark_in(tx, touched[logical], "UPDATE_COMPLETE", done="undo")
            continue
        try:
            await _back(site, touched[logical], work)
        except Refused as refused:
            known = site.resources()[logical]
            site.mark(known, "UPDATE_FAILED", refused.reason)
            failed.append(logical)
    if failed:
        names = ", ".join(failed)
        reason = f"The following resource(s) failed to update: [{names}]. "
        site.move("UPDATE_ROLLBACK_FAILED", reason)
    else:
        site.move("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")


async def _back(site: Site, resource: StackResource, work: Work) -> None:
    before = resource.before
    if before is None:
        _put_aside(site, resource)
    elif resource.thing.physical != before.physical or resource.leftover:
        leftover = [each for each in resource.leftover if each.physical != before.physical]
        if resource.thing.physical and resource.thing.physical != before.physical:
            leftover.append(resource.thing)
        with site.writing() as tx:
            back: dict[str, Any] = {
                "thing": before,
                "leftover": leftover,
                "done": "undo",
                "before": None,
            }
            site.mark_in(tx, resource, "UPDATE_COMPLETE", **back)
            site.done(tx, resource.logical)
    elif not changed_properties(resource.thing, before):
        with site.writing() as tx:
            site.mark_in(tx, resource, "UPDATE_COMPLETE", thing=before, done="undo", before=None)
    else:
        await _change_back(site, resource, work)


def _put_aside(site: Site, resource: StackResource) -> None:
    """What the update made is deleted when all is back as it was."""
    with site.writing() as tx:
        if not resource.thing.physical:
            site.done(tx, resource.logical)
            site.forget(tx, resource.logical)
            return
        aside = msgspec.structs.replace(resource, done="undo")
        RESOURCES.put(tx, *site.place, resource.logical, record=aside)


async def _change_back(site: Site, resource: StackResource, work: Work) -> None:
    before, now = resource.before, resource.thing
    assert before is not None
    if resource.done != "undoing":
        with site.writing() as tx:
            site.done(tx, resource.logical)
            resource = site.mark_in(tx, resource, "UPDATE_IN_PROGRESS", done="undoing")
    wanted = msgspec.structs.replace(resource, thing=before)
    told = await site.update(wanted, now, work.actor)
    thing = before
    if told is not None:
        attributes = told.attributes if isinstance(told, Made) else told
        thing = msgspec.structs.replace(before, attributes=attributes)
    with site.writing() as tx:
        site.mark_in(tx, resource, "UPDATE_COMPLETE", thing=thing, done="undo", before=None)
        site.done(tx, resource.logical)
