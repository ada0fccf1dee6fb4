"""CloudTrail's event history, as questions about values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lodekey.client.connection import Connection
from lodekey.client.failures import translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are meant; empty: any.

    Args:
        event: The event's name.
        who: A part of the caller's ARN.
        name: The value's name.
        denied: Whether only denials.
    """

    event: str = ""
    who: str = ""
    name: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One event.

    Args:
        id: CloudTrail's id.
        at: When.
        event: Its name.
        who: The caller's ARN, or the service that called.
        resource: What it was asked of, as far as the event says.
        error: The error code; empty: it succeeded.
        source: The service.
        address: Where the caller was.
    """

    id: str
    at: datetime
    event: str
    who: str
    resource: str
    error: str
    source: str
    address: str

    @property
    def data(self) -> dict[str, str]:
        """As JSON."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "event": self.event,
            "who": self.who,
            "resource": self.resource,
            "error": self.error,
            "source": self.source,
            "address": self.address,
        }

    @property
    def json(self) -> str:
        """As one line of JSON."""
        return json.dumps(self.data, ensure_ascii=False)


def look_up(connection: Connection, wanted: Wanted, *, since: datetime, most: int) -> list[Seen]:
    """The events that are meant, newest first."""
    attribute: dict[str, Any] = {}
    if wanted.event:  # CloudTrail takes one attribute; the rest is chosen here
        attribute = {"AttributeKey": "EventName", "AttributeValue": wanted.event}
    elif wanted.name:
        attribute = {"AttributeKey": "ResourceName", "AttributeValue": wanted.name}
    request = {"LookupAttributes": [attribute]} if attribute else {}
    found: list[Seen] = []
    with translated():
        pages = connection.client("cloudtrail").get_paginator("lookup_events")
        for page in pages.paginate(StartTime=since, **request):
            for each in page["Events"]:
                seen = _seen(each)
                if _is_meant(seen, wanted):
                    found.append(seen)
                if len(found) == most:
                    return found
    return found


def _is_meant(seen: Seen, wanted: Wanted) -> bool:
    return (
        (not wanted.denied or "AccessDenied" in seen.error or "NotAuthorized" in seen.error)
        and wanted.who in seen.who
        and wanted.name.rpartition(":")[2] in seen.resource
    )


def _seen(event: dict[str, Any]) -> Seen:
    record = json.loads(event["CloudTrailEvent"])
    identity = record.get("userIdentity") or {}
    return Seen(
        id=event["EventId"],
        at=event["EventTime"],
        event=event["EventName"],
        who=identity.get("arn") or identity.get("invokedBy") or identity.get("type", ""),
        resource=_resource(event, record),
        error=record.get("errorCode") or "",
        source=record.get("eventSource", ""),
        address=record.get("sourceIPAddress", ""),
    )


def _resource(event: dict[str, Any], record: dict[str, Any]) -> str:
    asked = record.get("requestParameters") or {}
    for member in ("name", "secretId", "keyId", "roleArn", "functionName"):
        if isinstance(asked.get(member), str):
            return str(asked[member])
    names = [each.get("ResourceName", "") for each in event.get("Resources", [])]
    return ", ".join(filter(None, names))
