"""Delete what is no longer wanted: a whole stack, or what an update left over.

Things go in the reverse of the order in which they came: each before all that it needs.
"""

from __future__ import annotations

import json

import msgspec

from lodekey.services.cloudformation.deeds import Refused
from lodekey.services.cloudformation.finish import unpublish
from lodekey.services.cloudformation.graph import in_order
from lodekey.services.cloudformation.site import Site
from lodekey.services.cloudformation.stacks import (
    RESOURCES,
    SIGNALS,
    STACKS,
    StackResource,
    Thing,
    Work,
    move,
)
from lodekey.services.cloudformation.templates import check
from lodekey.services.cloudformation.wanted import is_wanted

KEPT = frozenset({"Retain", "RetainExceptOnCreate"})


async def delete_stack(site: Site) -> None:
    """Delete every resource, then the stack."""
    work = _work(site)
    failed = await take_all(site, work, rolling_back=work.kind == "create")
    if failed and not work.force:
        names = ", ".join(failed)
        reason = f"The following resource(s) failed to delete: [{names}]. "
        site.move("DELETE_FAILED", reason, work=None)
        return
    with site.writing() as tx:
        stack = STACKS.get(tx, *site.place)
        assert stack is not None
        for parts, _ in list(SIGNALS.scan(tx, *site.place)):
            SIGNALS.delete(tx, *site.place, *parts)
        move(tx, unpublish(tx, stack), "DELETE_COMPLETE", site.now, work=None, deleted=site.now)


async def take_all(site: Site, work: Work, *, rolling_back: bool) -> list[str]:
    """Delete every resource that is there; returns the logical ids that would not go."""
    resources = site.resources()
    failed: list[str] = []
    for logical in reversed(in_order({name: each.thing.needs for name, each in resources.items()})):
        resource = resources[logical]
        if resource.status == "DELETE_COMPLETE" or (
            resource.status == "DELETE_SKIPPED" and resource.work == work.id
        ):
            continue
        if _blocked(logical, failed, resources):
            continue
        if not await _take(site, work, resource, rolling_back=rolling_back):
            failed.append(logical)
    return failed


def _blocked(logical: str, failed: list[str], resources: dict[str, StackResource]) -> bool:
    """Whether something that would not go still needs this."""
    return any(logical in resources[name].thing.needs for name in failed)


async def _take(site: Site, work: Work, resource: StackResource, *, rolling_back: bool) -> bool:
    """Delete one resource; returns whether it is gone, or left on purpose."""
    for number, thing in enumerate(resource.leftover):
        if thing.physical:
            try:
                await site.delete(
                    resource, thing, work.actor, f"{resource.logical}-{number}-delete"
                )
            except Refused as refused:
                site.mark(resource, "DELETE_FAILED", refused.reason)
                return False
    if _is_kept(work, resource, rolling_back=rolling_back):
        site.mark(resource, "DELETE_SKIPPED", work=work.id)
        return True
    if not resource.thing.physical:
        with site.writing() as tx:
            gone = msgspec.structs.replace(resource, status="DELETE_COMPLETE", changed=site.now)
            RESOURCES.put(tx, *site.place, resource.logical, record=gone)
        return True
    resource = site.mark(resource, "DELETE_IN_PROGRESS", work=work.id)
    try:
        await site.delete(resource, resource.thing, work.actor)
    except Refused as refused:
        site.mark(resource, "DELETE_FAILED", refused.reason)
        return False
    with site.writing() as tx:
        site.mark_in(tx, resource, "DELETE_COMPLETE", leftover=[])
        site.done(tx, resource.logical)
    return True


def _is_kept(work: Work, resource: StackResource, *, rolling_back: bool) -> bool:
    if resource.logical in work.retain:
        return True
    policy = resource.thing.deletion_policy
    if policy == "RetainExceptOnCreate" or (policy == "Retain" and work.retain_except_on_create):
        return not rolling_back
    return policy in KEPT


async def clean(site: Site) -> None:
    """After an update, or its rollback: delete what it left over, and end the work."""
    work, stack = _work(site), site.stack()
    plan = stack.plan
    template = check(json.loads(plan.body))
    resources = site.resources()
    needs = {name: each.thing.needs for name, each in resources.items()}
    backwards = stack.status.startswith("UPDATE_ROLLBACK")
    for logical in reversed(in_order(needs)):
        resource = resources[logical]
        await _clean_leftovers(site, work, resource, backwards=backwards)
        if logical not in template.resources or _dropped(site, resource, logical):
            await _clean_one(site, work, resource, backwards=backwards)
    status = "UPDATE_ROLLBACK_COMPLETE" if backwards else "UPDATE_COMPLETE"
    site.move(status, work=None, updated=site.now)


def _dropped(site: Site, resource: StackResource, logical: str) -> bool:
    """Whether a condition of the template no longer holds for it, or it was made for nothing."""
    return not resource.thing.physical or not is_wanted(site, logical)


async def _clean_leftovers(
    site: Site, work: Work, resource: StackResource, *, backwards: bool
) -> None:
    while resource.leftover:
        thing = resource.leftover[0]
        journal = f"{resource.logical}-{len(resource.leftover)}-delete"
        shown = msgspec.structs.replace(resource, thing=thing)
        if thing.physical and thing.physical != resource.thing.physical:
            if not backwards and thing.replace_policy == "Retain":
                _tell(site, shown, "DELETE_SKIPPED")
            else:
                _tell(site, shown, "DELETE_IN_PROGRESS")
                try:
                    await site.delete(resource, thing, work.actor, journal)
                    _tell(site, shown, "DELETE_COMPLETE")
                except Refused as refused:
                    _tell(site, shown, "DELETE_FAILED", refused.reason)
        with site.writing() as tx:
            resource = msgspec.structs.replace(resource, leftover=resource.leftover[1:])
            RESOURCES.put(tx, *site.place, resource.logical, record=resource)
            site.done(tx, resource.logical)


def _tell(site: Site, shown: StackResource, status: str, reason: str = "") -> None:
    """An event about a thing that is no longer the resource's own."""
    with site.writing() as tx:
        kept = RESOURCES.get(tx, *site.place, shown.logical)
        site.mark_in(tx, shown, status, reason)
        if kept is not None:
            RESOURCES.put(tx, *site.place, shown.logical, record=kept)


async def _clean_one(site: Site, work: Work, resource: StackResource, *, backwards: bool) -> None:
    """Let a resource that is no longer in the template leave the stack."""
    thing: Thing = resource.thing
    if thing.physical:
        if _is_kept(work, resource, rolling_back=backwards):
            site.mark(resource, "DELETE_SKIPPED")
        else:
            resource = site.mark(resource, "DELETE_IN_PROGRESS")
            try:
                await site.delete(resource, thing, work.actor)
                site.mark(resource, "DELETE_COMPLETE")
            except Refused as refused:
                site.mark(resource, "DELETE_FAILED", refused.reason)
    with site.writing() as tx:
        site.done(tx, resource.logical)
        site.forget(tx, resource.logical)


def _work(site: Site) -> Work:
    work = site.stack().work
    if work is None:
        raise AssertionError("there is no work")
    return work
