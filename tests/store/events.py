"""Audit events for tests that care little what is in them."""

from __future__ import annotations

import uuid
from typing import Any

from lodekey.audit.event import AuditEvent


def event(**members: Any) -> AuditEvent:
    given = {
        "event_id": str(uuid.uuid4()),
        "event_time": 1_800_000_000.0,
        "event_source": "kms.amazonaws.com",
        "event_name": "Decrypt",
        "aws_region": "us-east-1",
        "source_ip": "127.0.0.1",
        "user_agent": "test",
        "user_identity": {"type": "Root", "accountId": "111122223333"},
    }
    return AuditEvent(**{**given, **members})
