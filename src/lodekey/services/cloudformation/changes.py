"""What an update would change: for change sets, and for saying that there is nothing to do.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.errors import ApiError
from lodekey.services.cloudformation.asked import asked_for, changed_properties, must_replace
from lodekey.services.cloudformation.graph import in_order
from lodekey.services.cloudformation.intrinsics import UNKNOWN
from lodekey.services.cloudformation.resources import type_named
from lodekey.services.cloudformation.stacks import (
    Plan,
    Stack,
    StackResource,
    Thing,
    resources_of,
)
from lodekey.services.cloudformation.template_text import text_of
from lodekey.services.cloudformation.templates import (
    Template,
    check,
    dependencies,
    named_in,
    well_formed,
)
from lodekey.services.cloudformation.things import Foreseen, scope
from lodekey.store.port import Transaction

NOTHING = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)
NO_UPDATES = "No updates are to be performed."


def foresee(tx: Transaction, stack: Stack, target: Plan) -> tuple[list[dict[str, Any]], bool]:
    """The changes of resources that *target* brings, and whether anything changes at all.

    Raises:
        ValidationError: A value of the template cannot be worked out.
    """
    with well_formed():
        return _foreseen(tx, stack, target)


def _foreseen(tx: Transaction, stack: Stack, target: Plan) -> tuple[list[dict[str, Any]], bool]:
    template = check(json.loads(target.body))
    there = {
        name: each
        for name, each in resources_of(tx, stack).items()
        if each.thing.physical and each.status != "DELETE_COMPLETE"
    }
    things = Foreseen(tx, stack, there, template, set())
    here = scope(template, target.parameters, stack, things, target.notifications)
    changes: list[dict[str, Any]] = []
    wanted = [name for name in in_order(dependencies(template)) if here.wanted(name)]
    for logical in wanted:
        thing = asked_for(here, template.resources[logical], logical, target)
        was = there.get(logical)
        if was is None:
            changes.append(_change("Add", logical, thing))
            things.unknown.add(logical)
            continue
        change = _modified(logical, was, thing, template)
        if change is not None:
            changes.append(change)
            if change["Replacement"] != "False" or _may_tell_otherwise(thing):
                things.unknown.add(logical)
    for logical, resource in there.items():
        if logical not in wanted:
            kept = resource.thing.deletion_policy in {"Retain", "RetainExceptOnCreate"}
            change = _change("Remove", logical, resource.thing)
            changes.append({**change, "PolicyAction": "Retain" if kept else "Delete"})
    changes.sort(
        key=lambda each: (
            ["Add", "Modify", "Remove"].index(each["Action"]),
            each["LogicalResourceId"],
        )
    )
    outputs = _outputs(here, template)
    differs = outputs != {name: (each.value, each.export) for name, each in stack.outputs.items()}
    return changes, bool(changes) or differs or target.tags != stack.plan.tags


def _may_tell_otherwise(thing: Thing) -> bool:
    """Whether attributes of a thing may be others after a change in place."""
    kind = type_named(thing.type)
    return kind is None or kind.attributes is None


def _outputs(here: Any, template: Template) -> dict[str, tuple[str, str]]:
    found = {}
    for name, declared in template.outputs.items():
        if "Condition" in declared and not here.holds(str(declared["Condition"])):
            continue
        export = declared.get("Export", {})
        try:
            value = text_of(here.value(declared["Value"]))
            called = here.text(export["Name"], "Export") if "Name" in export else ""
        except ApiError:
            value, called = UNKNOWN, ""
        found[name] = (value, called)
    return found


def _change(action: str, logical: str, thing: Thing) -> dict[str, Any]:
    change: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": logical,
        "ResourceType": thing.type,
        "Scope": [],
        "Details": [],
    }
    if thing.physical:
        change["PhysicalResourceId"] = thing.physical
    return change


def _modified(
    logical: str, was: StackResource, thing: Thing, template: Template
) -> dict[str, Any] | None:
    """The change of a resource that stays; None: there is none."""
    properties = sorted(changed_properties(was.thing, thing))
    marks = [
        name
        for name, old, new in (
            ("Metadata", was.thing.metadata, thing.metadata),
            ("DeletionPolicy", was.thing.deletion_policy, thing.deletion_policy),
            ("UpdateReplacePolicy", was.thing.replace_policy, thing.replace_policy),
        )
        if old != new
    ]
    if not properties and not marks and was.thing.type == thing.type:
        return None
    declared = template.resources[logical].get("Properties", {})
    details = [_detail(name, was.thing, thing, declared.get(name)) for name in properties]
    details += [{"Target": {"Attribute": each, "RequiresRecreation": "Never"}} for each in marks]
    scopes = [*(["Properties"] if set(properties) - {"Tags"} else []), *marks]
    if "Tags" in properties:
        scopes.append("Tags")
    replaced = must_replace(was.thing, thing, set(properties))
    surely = was.thing.type != thing.type or any(
        each.get("Evaluation") == "Static" and each["Target"]["RequiresRecreation"] == "Always"
        for each in details
    )
    change = _change("Modify", logical, was.thing)
    change["Scope"], change["Details"] = scopes, details
    change["Replacement"] = ("True" if surely else "Conditional") if replaced else "False"
    if replaced:
        kept = was.thing.replace_policy == "Retain"
        change["PolicyAction"] = "ReplaceAndRetain" if kept else "ReplaceAndDelete"
    return change


def _detail(name: str, was: Thing, thing: Thing, declared: Any) -> dict[str, Any]:
    new = json.loads(thing.properties).get(name)
    dynamic = UNKNOWN in json.dumps(new)
    target = {
        "Attribute": "Tags" if name == "Tags" else "Properties",
        "Name": name,
        "RequiresRecreation": "Always" if must_replace(was, thing, {name}) else "Never",
    }
    if name == "Tags":
        del target["Name"]
    detail: dict[str, Any] = {
        "Target": target,
        "Evaluation": "Dynamic" if dynamic else "Static",
        "ChangeSource": "ResourceReference" if dynamic else "DirectModification",
    }
    causes = sorted(named_in(declared))
    if dynamic and causes:
        detail["CausingEntity"] = causes[0]
    return detail
