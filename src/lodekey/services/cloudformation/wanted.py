"""Whether a stack's present template wants a resource at all."""

from __future__ import annotations

import json

from lodekey.services.cloudformation.site import Site
from lodekey.services.cloudformation.stacks import resources_of
from lodekey.services.cloudformation.templates import check
from lodekey.services.cloudformation.things import Deployed, scope


def is_wanted(site: Site, logical: str) -> bool:
    """Whether the resource's condition holds with the stack's parameters."""
    stack = site.stack()
    template = check(json.loads(stack.plan.body))
    if logical not in template.resources:
        return False
    with site.background.transaction(write=False) as tx:
        things = Deployed(tx, stack, resources_of(tx, stack))
        here = scope(template, stack.plan.parameters, stack, things, stack.plan.notifications)
        return here.wanted(logical)
