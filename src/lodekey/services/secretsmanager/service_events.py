"""What Secrets Manager did by itself, for the trail: rotations, and deletions that fell due.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
"""

from __future__ import annotations

import uuid

from lodekey.audit.event import AuditEvent
from lodekey.services.secretsmanager.runs import SERVICE_PRINCIPAL
from lodekey.services.secretsmanager.secrets import Secret


def service_event(
    name: str, secret: Secret, now: float, *, token: str = "", failure: str = ""
) -> AuditEvent:
    """The record of something that no request did.

    Args:
        name: ``RotationStarted`` and its like.
        secret: What it was done to.
        now: When, seconds since the epoch.
        token: The version that a rotation makes.
        failure: Why it failed, without any value.
    """
    details = {"SecretId": secret.arn}
    if token:
        details["VersionId"] = token
    return AuditEvent(
        event_id=str(uuid.uuid4()),
        event_time=now,
        event_source=SERVICE_PRINCIPAL,
        event_name=name,
        aws_region=secret.region,
        source_ip=SERVICE_PRINCIPAL,
        user_agent=SERVICE_PRINCIPAL,
        user_identity={"accountId": secret.account, "invokedBy": SERVICE_PRINCIPAL},
        resources=((secret.arn, secret.account),),
        error_code="RotationFailed" if failure else "",
        error_message=failure,
        read_only=False,
        recipient_account=secret.account,
        service_event=details,
    )
