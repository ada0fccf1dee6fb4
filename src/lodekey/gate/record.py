"""What the trail says of one decision: a CloudTrail record."""

from __future__ import annotations

from typing import Any

from lodekey.audit.event import AuditEvent
from lodekey.errors import ApiError, InternalFailure
from lodekey.gate.context import Context
from lodekey.gate.operation import AnyOperation, Deferred, Resource
from lodekey.identity.principals import Principal
from lodekey.ids import new_id
from lodekey.policy.ask import Ask, Decision


def event_of(
    ctx: Context,
    op: AnyOperation,
    request: Any,
    result: Any,
    resources: list[Resource],
    denial: list[tuple[Ask, Decision]],
    error: BaseException | None,
) -> AuditEvent:
    """The record of one operation's end."""
    source, shapes = ctx.gate.catalog.trail_of(op)
    principal, came, via, writes = ctx.principal, ctx.came, ctx.via, op.writes
    account = principal.account
    forwarder = f"{via}.amazonaws.com" if via else ""
    code = message = ""
    denied = None
    if error is not None:
        code, message = failure(error)
        denied = denial[0] if denial else getattr(error, "denial", None)
    return AuditEvent(
        event_id=new_id(),
        event_time=ctx.now,
        event_source=source,
        event_name=op.name,
        aws_region=ctx.region,
        source_ip=forwarder or came.source_ip,
        user_agent=forwarder or came.user_agent,
        user_identity=principal.memo.get("trail") or identity_of(principal),
        request_parameters=shapes.redact(request),
        response_elements=(
            shapes.redact_answer(result)
            if writes and result and not isinstance(result, Deferred)
            else None
        ),
        resources=tuple([(one.arn, one.account) for one in resources]),
        error_code=code,
        error_message=message,
        request_id=ctx.request_id,
        read_only=not writes,
        recipient_account=account or (resources[0].account if resources else ""),
        denied=asked(*denied) if denied else None,
        forwarded_by=forwarder,
    )


def failure(error: BaseException | None) -> tuple[str, str]:
    """The code and message that the record shows; a fault of ours shows no details."""
    if error is None:
        return "", ""
    if isinstance(error, ApiError):
        return error.code, error.message
    return InternalFailure.__name__, ""


def asked(ask: Ask, decision: Decision) -> dict[str, Any]:
    """What was asked when it was denied, so that the denial can be explained later."""
    return {
        "caller": ask.caller.arn,
        "action": ask.action,
        "resource": ask.resource,
        "account": ask.account,
        "keys": {k: list(v) if isinstance(v, tuple) else v for k, v in ask.keys().items()},
        "explicit": decision.explicit,
        "policyType": decision.policy_type,
        "policy": decision.policy,
        "sid": decision.sid,
    }


def identity_of(principal: Principal) -> dict[str, Any]:
    """CloudTrail's ``userIdentity``.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    identity = principal.memo["trail"] = _identity_of(principal)
    return identity


def _identity_of(principal: Principal) -> dict[str, Any]:
    caller = principal.caller
    if caller.kind == "service":
        return {"type": "AWSService", "invokedBy": caller.arn}
    if caller.kind == "anonymous":
        return {"type": "Unknown", "principalId": "ANONYMOUS"}
    kinds = {"root": "Root", "user": "IAMUser", "role": "AssumedRole", "federated": "FederatedUser"}
    identity: dict[str, Any] = {
        "type": kinds[caller.kind],
        "principalId": principal.user_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": principal.access_key_id,
    }
    if caller.kind == "user":
        identity["userName"] = principal.name
    if principal.session is not None:
        identity["sessionContext"] = {
            "sessionIssuer": {
                "type": "Role" if caller.kind == "role" else "IAMUser",
                "principalId": principal.user_id.partition(":")[0],
                "arn": principal.principal_arn,
                "accountId": caller.account,
                "userName": principal.name,
            },
            "attributes": {
                "creationDate": principal.session.issued,
                "mfaAuthenticated": "false" if principal.session.mfa is None else "true",
            },
        }
    return identity
