"""Create and update: bring every resource of the target template to what it asks for.

Each resource begins as soon as all that it needs is there. Whether a resource is made, changed in
place, or made anew beside the old one follows from its type. What an earlier run of the same work
has finished is passed over, so this may be begun again at any time.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import msgspec

from lodekey.errors import ApiError
from lodekey.services.cloudformation.asked import asked_for, changed_properties, must_replace
from lodekey.services.cloudformation.deeds import Refused
from lodekey.services.cloudformation.finish import finish
from lodekey.services.cloudformation.resources.kinds import Made
from lodekey.services.cloudformation.site import REPLACING, Site
from lodekey.services.cloudformation.stacks import (
    RESOURCES,
    Plan,
    Stack,
    StackResource,
    Thing,
    Work,
    resources_of,
)
from lodekey.services.cloudformation.templates import Template, check, dependencies, well_formed
from lodekey.services.cloudformation.things import Deployed, scope

_GLANCE = 0.5
_TOO_LONG = "Stack creation time exceeded the specified timeout."


class Stopped(Exception):
    """The work is broken off: time is up, or somebody called it off.

    Args:
        reason: Why, as the stack's event shows it.
    """


class Superseded(Exception):
    """Something else is to be done now: the stack is to be deleted."""


async def build_up(site: Site) -> None:
    """Do the whole, and give the stack its next status: complete, or on the way back."""
    stack = site.stack()
    work = stack.work
    if work is None or work.target is None:
        raise AssertionError("there is nothing to build")
    template = check(json.loads(work.target.body))
    builders = asyncio.create_task(_all(site, template, work.target))
    try:
        failed = await _watched(site, work, builders)
    except Superseded:
        return
    except Stopped as stopped:
        _mark_cancelled(site, work)
        _turn_back(site, work, str(stopped))
        return
    if failed:
        _mark_cancelled(site, work)
        _turn_back(site, work, _what_failed(site, work))
        return
    problem = finish(site, template)
    if problem:
        _turn_back(site, work, problem)


async def _watched(site: Site, work: Work, builders: asyncio.Task[set[str]]) -> set[str]:
    """Wait for the builders; look up now and then whether they are to stop."""
    try:
        while not builders.done():
            await asyncio.wait({builders}, timeout=_GLANCE)
            now = site.stack().work
            if now is None or now.id != work.id:
                raise Superseded
            if work.timeout is not None and site.now >= work.timeout and not builders.done():
                raise Stopped(_TOO_LONG + " ")
            if now.cancelled and not builders.done():
                raise Stopped("User Initiated")
    finally:
        if not builders.done():
            builders.cancel()
            await asyncio.gather(builders, return_exceptions=True)
    return builders.result()


def _turn_back(site: Site, work: Work, reason: str) -> None:
    failed = msgspec.structs.replace(work, failure=reason)
    if work.kind == "update":
        if work.on_failure == "DO_NOTHING":
            _leave_as_is(site, work)
            site.move("UPDATE_FAILED", reason, work=None)
        else:
            site.move("UPDATE_ROLLBACK_IN_PROGRESS", reason, work=failed)
    elif work.on_failure == "DO_NOTHING":
        site.move("CREATE_FAILED", reason, work=None)
    elif work.on_failure == "DELETE":
        site.move("DELETE_IN_PROGRESS", f"{reason}Delete requested by user.", work=failed)
    else:
        site.move("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.", work=failed)


def _leave_as_is(site: Site, work: Work) -> None:
    """Say of what failed what is there, so that the next update brings it to what it asks for."""
    for failed in site.resources().values():
        if failed.work == work.id and failed.status.endswith("_FAILED"):
            with site.writing() as tx:
                left = _what_is_left(failed)
                RESOURCES.put(tx, *site.place, left.logical, record=left)
                site.done(tx, left.logical)


def _what_is_left(failed: StackResource) -> StackResource:
    thing, before = failed.thing, failed.before
    if before is not None and thing.physical in {"", before.physical}:
        left = [each for each in failed.leftover if each.physical != before.physical]
        return msgspec.structs.replace(failed, thing=before, leftover=left)
    if thing.physical:
        bare = msgspec.structs.replace(thing, physical="")
        return msgspec.structs.replace(failed, thing=bare, leftover=[*failed.leftover, thing])
    return failed


def _mark_cancelled(site: Site, work: Work) -> None:
    """Those that were under way when another failed."""
    for resource in site.resources().values():
        if resource.work == work.id and resource.status.endswith("_IN_PROGRESS"):
            verb = resource.status.partition("_")[0]
            word = {"CREATE": "creation"}.get(verb, "update")
            site.mark(resource, f"{verb}_FAILED", f"Resource {word} cancelled")


def _what_failed(site: Site, work: Work) -> str:
    """The stack's reason: what failed, and what was called off with it."""
    said = ""
    for verb in ("create", "update"):
        names = [
            each.logical
            for each in site.resources().values()
            if each.work == work.id and each.status == f"{verb.upper()}_FAILED"
        ]
        if names:
            said += f"The following resource(s) failed to {verb}: [{', '.join(sorted(names))}]. "
    return said


async def _all(site: Site, template: Template, target: Plan) -> set[str]:
    """Build everything; returns the logical ids that failed, empty when all went well."""
    needs = dependencies(template)
    tasks: dict[str, asyncio.Task[None]] = {}

    async def one(logical: str) -> None:
        await asyncio.sleep(0)
        for needed in sorted(needs[logical]):
            await asyncio.shield(tasks[needed])
        await _advance(site, template, target, logical)

    for logical in template.resources:
        tasks[logical] = asyncio.create_task(one(logical))
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_EXCEPTION)
    finally:
        left = [task for task in tasks.values() if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    failed = set()
    for task in tasks.values():
        error = None if task.cancelled() else task.exception()
        if isinstance(error, _Failed):
            failed.add(error.logical)
        elif error is not None:
            raise error
    return failed


class _Failed(Exception):
    """A resource failed; it has said so itself."""

    def __init__(self, logical: str) -> None:
        super().__init__(logical)
        self.logical = logical


async def _advance(site: Site, template: Template, target: Plan, logical: str) -> None:
    """Bring one resource to what the template asks for."""
    stack = site.stack()
    work = stack.work
    if work is None:
        raise AssertionError("the work is gone")
    resource = site.resources().get(logical)
    if resource is not None and resource.work == work.id and resource.done == "do":
        return
    try:
        if resource is None or resource.work != work.id or not _under_way(resource):
            begun = _begin(site, stack, template, target, logical)
            if begun is None:
                return
            resource = begun
        await _carry_out(site, resource, work)
    except Refused as refused:
        known = site.resources().get(logical)
        if known is not None:
            verb = known.status.partition("_")[0]
            site.mark(known, f"{verb}_FAILED", refused.reason)
        raise _Failed(logical) from None


def _under_way(resource: StackResource) -> bool:
    return resource.status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def _begin(
    site: Site, stack: Stack, template: Template, target: Plan, logical: str
) -> StackResource | None:
    """Write down what is going to be done; None: nothing is to do."""
    work = stack.work
    assert work is not None
    declared = template.resources[logical]
    with site.writing() as tx:
        resources = resources_of(tx, stack)
        here = scope(
            template,
            target.parameters,
            stack,
            Deployed(tx, stack, resources),
            target.notifications,
        )
        was = resources.get(logical)
        there = was is not None and was.thing.physical and was.status != "DELETE_COMPLETE"
        fresh = StackResource(
            logical=logical,
            thing=Thing(type=declared["Type"]),
            status="",
            changed=site.now,
            work=work.id,
            seed=uuid.uuid4().hex,
            began=site.now,
            leftover=was.leftover if was is not None else [],
        )
        try:
            with well_formed():
                if not here.wanted(logical):
                    return None
                thing = asked_for(here, declared, logical, target)
        except ApiError as error:
            status = "UPDATE_FAILED" if there and was else "CREATE_FAILED"
            site.mark_in(tx, was if there and was else fresh, status, error.message, work=work.id)
            problem = error
        else:
            if was is None or not there:
                return site.mark_in(tx, fresh, "CREATE_IN_PROGRESS", thing=thing)
            return _begin_change(site, tx, was, thing, work)
    raise _Failed(logical) from problem


def _begin_change(
    site: Site, tx: Any, was: StackResource, thing: Thing, work: Work
) -> StackResource | None:
    """Begin a change of what is there; None: there is none."""
    changes = changed_properties(was.thing, thing)
    kept = msgspec.structs.replace(
        thing, physical=was.thing.physical, attributes=was.thing.attributes
    )
    common: dict[str, Any] = {
        "before": was.thing,
        "work": work.id,
        "done": "",
        "began": site.now,
    }
    if must_replace(was.thing, thing, changes):
        anew = {**common, "leftover": [*was.leftover, was.thing], "seed": uuid.uuid4().hex}
        return site.mark_in(tx, was, "UPDATE_IN_PROGRESS", REPLACING, thing=thing, **anew)
    if changes:
        return site.mark_in(tx, was, "UPDATE_IN_PROGRESS", thing=kept, **common)
    if kept != was.thing:
        # the metadata, a policy or what it depends on: nothing to tell the service
        site.mark_in(tx, was, "UPDATE_COMPLETE", thing=kept, **{**common, "done": "do"})
    return None


async def _carry_out(site: Site, resource: StackResource, work: Work) -> None:
    """Do what was begun."""
    logical = resource.logical
    making = resource.before is None or resource.reason == REPLACING or _is_new(resource)
    note, leftover = "", []
    if making:
        made = await site.create(resource, work.actor)
        physical, attributes, note = made
    else:
        assert resource.before is not None
        told = await site.update(resource, resource.before, work.actor)
        physical = resource.thing.physical
        if isinstance(told, Made):
            physical, attributes, note = told
            leftover = [resource.before] if physical != resource.before.physical else []
        else:
            attributes = resource.thing.attributes if told is None else told
    with site.writing() as tx:
        known = resources_of(tx, site.stack())[logical]
        thing = msgspec.structs.replace(known.thing, physical=physical, attributes=attributes)
        status = known.status.replace("IN_PROGRESS", "COMPLETE")
        left = [*known.leftover, *leftover]
        site.mark_in(tx, known, status, note, thing=thing, done="do", leftover=left)
        site.done(tx, logical)


def _is_new(resource: StackResource) -> bool:
    """Whether a thing takes the place of an old one that waits to be deleted."""
    return bool(resource.leftover) and resource.leftover[-1] == resource.before
