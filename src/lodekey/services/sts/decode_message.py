"""DecodeAuthorizationMessage: what was asked when a request was denied.

No service offered here encodes its denials, on AWS or here. What is decoded is therefore the
request id of any denied request of the caller's account, which every client shows; the trail knows
the rest. ``lodekey explain`` says more.
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.audit.event import AuditEvent
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.sts.errors import InvalidAuthorizationMessageException
from lodekey.services.sts.shapes import (
    DecodeAuthorizationMessageRequest,
    DecodeAuthorizationMessageResponse,
)
from lodekey.services.sts.who_is_it import everything


@operation("sts:DecodeAuthorizationMessage", on=everything)
def decode_authorization_message(
    ctx: Context, request: DecodeAuthorizationMessageRequest, nothing: Bare
) -> DecodeAuthorizationMessageResponse:
    """Say what was asked when a request was denied, in AWS's form."""
    wanted = request["EncodedMessage"]
    events = ctx.gate.trail.events(
        where=lambda event: (
            event.request_id == wanted
            and event.denied is not None
            and event.recipient_account == ctx.account
        )
    )
    for event in events:
        return {"DecodedMessage": json.dumps(decoded(event), separators=(",", ":"))}
    raise InvalidAuthorizationMessageException("Message is not valid.")


def decoded(event: AuditEvent) -> dict[str, Any]:
    """A denial in the form that AWS documents.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
    """
    denied = event.denied or {}
    return {
        "allowed": False,
        "explicitDeny": denied["explicit"],
        "matchedStatements": {"items": _matched(denied)},
        "failures": {"items": []},
        "context": {
            "principal": {
                "id": event.user_identity.get("principalId", ""),
                "arn": denied["caller"],
            },
            "action": denied["action"],
            "resource": denied["resource"],
            "conditions": {
                "items": [
                    {"key": key, "values": {"items": _values(value)}}
                    for key, value in sorted(denied["keys"].items())
                ]
            },
        },
    }


def _matched(denied: dict[str, Any]) -> list[dict[str, Any]]:
    """The statement that denied, where one did."""
    if not denied["explicit"]:
        return []
    statement = {"statementId": denied["sid"], "effect": "DENY", "policyId": denied["policy"]}
    return [{**statement, "policyType": denied["policyType"]}]


def _values(value: Any) -> list[dict[str, str]]:
    values = [value] if isinstance(value, str) else value
    return [{"value": each} for each in values]
