"""What KMS did with a key by itself, for the trail.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
"""

from __future__ import annotations

from lodekey.audit.event import AuditEvent
from lodekey.ids import new_id
from lodekey.services.kms.keys import Key

_ITSELF = "AWS Internal"


def service_event(name: str, key: Key, now: float, **details: str) -> AuditEvent:
    """The record of something that no request did.

    Args:
        name: ``RotateKey``, ``DeleteKey``, ``DeleteExpiredKeyMaterial``,
            ``SynchronizeMultiRegionKey``.
        key: What it was done to.
        now: When, seconds since the epoch.
        **details: What CloudTrail's ``serviceEventDetails`` say beside the key's id.
    """
    return AuditEvent(
        event_id=new_id(),
        event_time=now,
        event_source="kms.amazonaws.com",
        event_name=name,
        aws_region=key.region,
        source_ip=_ITSELF,
        user_agent=_ITSELF,
        user_identity={"accountId": key.account, "invokedBy": _ITSELF},
        resources=((key.arn, key.account),),
        read_only=False,
        recipient_account=key.account,
        service_event={**details, "keyId": key.id},
    )


def rotated(before: Key, after: Key, now: float) -> AuditEvent:
    """The record of a rotation."""
    was, became = before.current, after.current
    return service_event(
        "RotateKey",
        after,
        now,
        rotationType=became.rotation if became else "",
        keyOrigin=after.origin,
        previousKeyMaterialId=was.id if was else "",
        currentKeyMaterialId=became.id if became else "",
    )
