"""What LookupEvents looks at in a record of the trail.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
from collections.abc import Callable

from lodekey.arn import Arn, is_arn
from lodekey.audit.event import AuditEvent, resource_type, to_cloudtrail
from lodekey.services.cloudtrail.shapes import Event, Resource

DAY = 86_400
KEPT_DAYS = 90
"""How far back a lookup reaches; the trail itself reaches further."""


def user_name(event: AuditEvent) -> str:
    """Username: the user's name, the role session's name, ``root``, or the service."""
    identity = event.user_identity
    kind = identity.get("type")
    if kind == "Root":
        return "root"
    if kind == "AssumedRole":
        return str(identity.get("principalId", "")).partition(":")[2]
    return str(identity.get("userName") or identity.get("invokedBy") or "")


def names_of(arn: str) -> tuple[str, ...]:
    """The names by which a resource is looked up: its ARN, and the name in it."""
    if not is_arn(arn):
        return (arn,)
    resource = Arn.parse(arn).resource
    kind, mark, rest = resource.replace(":", "/", 1).partition("/")
    name = rest if mark else kind
    return (arn, name, name.rpartition("/")[2])


def _resource_names(event: AuditEvent) -> set[str]:
    """What the event is about, and what its request and answer call by name, id or ARN."""
    names = {name for arn, _ in event.resources for name in names_of(arn)}
    for members in (event.request_parameters or {}, event.response_elements or {}):
        names.update(
            name
            for key, value in members.items()
            if isinstance(value, str) and key.lower().endswith(("name", "id", "arn"))
            for name in names_of(value)
        )
    return names


def _resource_types(event: AuditEvent) -> set[str]:
    return {resource_type(arn) for arn, _ in event.resources}


_HOLDS: dict[str, Callable[[AuditEvent, str], bool]] = {
    "EventId": lambda event, value: event.event_id == value,
    "EventName": lambda event, value: event.event_name == value,
    "EventSource": lambda event, value: event.event_source == value,
    "ReadOnly": lambda event, value: str(event.read_only).lower() == value.lower(),
    "Username": lambda event, value: user_name(event) == value,
    "AccessKeyId": lambda event, value: event.user_identity.get("accessKeyId") == value,
    "ResourceName": lambda event, value: value in _resource_names(event),
    "ResourceType": lambda event, value: value in _resource_types(event),
}


def holds_for(attribute: str, value: str) -> Callable[[AuditEvent], bool]:
    """Whether a record has *value* in *attribute*."""
    holds = _HOLDS[attribute]
    return lambda event: holds(event, value)


def is_management(event: AuditEvent) -> bool:
    """Whether a lookup shows the record: data events go to trails alone."""
    return bool(to_cloudtrail(event)["managementEvent"])


def shown(event: AuditEvent) -> Event:
    """A record as LookupEvents shows it."""
    entry: Event = {
        "EventId": event.event_id,
        "EventName": event.event_name,
        "ReadOnly": str(event.read_only).lower(),
        "EventTime": event.event_time,
        "EventSource": event.event_source,
        "Resources": [_resource(arn) for arn, _ in event.resources if is_arn(arn)],
        "CloudTrailEvent": json.dumps(to_cloudtrail(event), separators=(",", ":"), default=str),
    }
    name, key = user_name(event), event.user_identity.get("accessKeyId")
    if name:
        entry["Username"] = name
    if key:
        entry["AccessKeyId"] = str(key)
    return entry


def _resource(arn: str) -> Resource:
    kind = resource_type(arn)
    # CloudTrail names what IAM keeps by its name, everything else by its ARN.
    name = names_of(arn)[-1] if Arn.parse(arn).service == "iam" else arn
    return {"ResourceType": kind, "ResourceName": name} if kind else {"ResourceName": name}
