"""What a template asks of a resource, and how that differs from what there is."""

from __future__ import annotations

import json
from typing import Any

from lodekey.services.cloudformation import references
from lodekey.services.cloudformation.intrinsics import Scope
from lodekey.services.cloudformation.resources import type_named
from lodekey.services.cloudformation.stacks import Plan, Thing
from lodekey.services.cloudformation.templates import compact, dependencies


def asked_for(here: Scope, declared: dict[str, Any], logical: str, target: Plan) -> Thing:
    """What the template asks for, every reference but the dynamic ones resolved.

    Raises:
        ValidationError: A value cannot be worked out.
    """
    properties = here.value(declared.get("Properties", {}))
    references.check(properties)
    return Thing(
        type=declared["Type"],
        properties=compact(properties),
        deletion_policy=_policy(here, declared, "DeletionPolicy"),
        replace_policy=_policy(here, declared, "UpdateReplacePolicy"),
        needs=sorted(dependencies(here.template)[logical]),
        metadata=compact(declared["Metadata"]) if "Metadata" in declared else "",
        creation_policy=compact(here.value(declared.get("CreationPolicy", {}))),
        tags=target.tags,
    )


def _policy(here: Scope, declared: dict[str, Any], word: str) -> str:
    """DeletionPolicy or UpdateReplacePolicy; they may be functions with LanguageExtensions."""
    return str(here.value(declared.get(word, "Delete")))


def changed_properties(was: Thing, thing: Thing) -> set[str]:
    """The properties whose values differ; the stack's tags count as the resource's."""
    old, new = json.loads(was.properties), json.loads(thing.properties)
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    kind = type_named(thing.type)
    if was.tags != thing.tags and kind is not None and "Tags" in (kind.properties or ()):
        changed.add("Tags")
    return changed


def must_replace(was: Thing, thing: Thing, changes: set[str]) -> bool:
    """Whether a new thing takes the old one's place."""
    kind = type_named(thing.type)
    if was.type != thing.type:
        return True
    return bool(changes) and kind is not None and kind.must_replace(changes)
