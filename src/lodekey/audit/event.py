"""One thing that was asked, and how it ended: a CloudTrail record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

EVENT_VERSION: Final = "1.11"


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True, array_like=True, omit_defaults=True):
    """One record of the trail. New fields go to the end, with a default: old records stay readable.

    Args:
        event_id: A UUID of its own.
        event_time: Seconds since the epoch.
        event_source: ``kms.amazonaws.com``.
        event_name: ``Decrypt``.
        aws_region: Where it was asked.
        source_ip: The caller's address; for a forwarded call the service's name.
        user_agent: What the caller says it is.
        user_identity: CloudTrail's ``userIdentity``; times in it are seconds since the epoch.
        request_parameters: The request, without its secrets.
        response_elements: The answer of what changed something, without its secrets.
        resources: ARN and owning account of each thing that was asked about.
        error_code: The error's name; empty: it succeeded.
        error_message: What the caller read.
        request_id: The id that the answer carries: also the id of its decision.
        read_only: Whether the operation changes nothing.
        recipient_account: In whose trail the record belongs.
        denied: What was asked when it was denied, so that the denial can be explained later.
        shared_event_id: Common to the records of one call in several accounts' trails.
        forwarded_by: The service principal that forwarded the call for the caller.
        service_event: For what a service did by itself, no call behind it: what it was done to.
    """

    event_id: str
    event_time: float
    event_source: str
    event_name: str
    aws_region: str
    source_ip: str
    user_agent: str
    user_identity: dict[str, Any]
    request_parameters: dict[str, Any] | None = None
    response_elements: dict[str, Any] | None = None
    resources: tuple[tuple[str, str], ...] = ()
    error_code: str = ""
    error_message: str = ""
    request_id: str = ""
    read_only: bool = True
    recipient_account: str = ""
    denied: dict[str, Any] | None = None
    shared_event_id: str = ""
    forwarded_by: str = ""
    service_event: dict[str, Any] | None = None


# CloudTrail leaves the ending off in this one code, whatever protocol the service speaks
_CODES: Final = {"AccessDeniedException": "AccessDenied"}

# Under which name a service tells what it did by itself, where it is not the common one.
_DETAILS: Final = {"kms.amazonaws.com": "serviceEventDetails"}

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
_DATA_EVENTS: Final = {
    "s3.amazonaws.com": ("GetObject", "PutObject", "DeleteObject", "HeadObject", "CopyObject"),
    "lambda.amazonaws.com": ("Invoke",),
}

_TYPES: Final = {
    ("kms", "key"): "AWS::KMS::Key",
    ("kms", "alias"): "AWS::KMS::Alias",
    ("secretsmanager", "secret"): "AWS::SecretsManager::Secret",
    ("ssm", "parameter"): "AWS::SSM::Parameter",
    ("iam", "user"): "AWS::IAM::User",
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "group"): "AWS::IAM::Group",
    ("iam", "policy"): "AWS::IAM::Policy",
    ("sts", "assumed-role"): "AWS::STS::AssumedRole",
    ("lambda", "function"): "AWS::Lambda::Function",
    ("logs", "log-group"): "AWS::Logs::LogGroup",
    ("cloudformation", "stack"): "AWS::CloudFormation::Stack",
    ("cloudtrail", "trail"): "AWS::CloudTrail::Trail",
}


def to_cloudtrail(event: AuditEvent) -> dict[str, Any]:
    """*event* as CloudTrail writes it.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    data = event.event_name in _DATA_EVENTS.get(event.event_source, ())
    record: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": _identity(event),
        "eventTime": iso_time(event.event_time),
        "eventSource": event.event_source,
        "eventName": event.event_name,
        "awsRegion": event.aws_region,
        "sourceIPAddress": event.source_ip,
        "userAgent": event.user_agent,
    }
    if event.error_code:
        record["errorCode"] = _CODES.get(event.error_code, event.error_code)
        if event.error_message:
            record["errorMessage"] = event.error_message
    record |= {
        "requestParameters": event.request_parameters,
        "responseElements": event.response_elements,
        "requestID": event.request_id,
        "eventID": event.event_id,
        "readOnly": event.read_only,
    }
    if event.service_event is not None:
        record[_DETAILS.get(event.event_source, "additionalEventData")] = event.service_event
    resources = [_resource(arn, account) for arn, account in event.resources if ":" in arn]
    if resources:
        record["resources"] = resources
    record |= {
        "eventType": "AwsApiCall" if event.service_event is None else "AwsServiceEvent",
        "managementEvent": not data,
        "recipientAccountId": event.recipient_account,
    }
    if event.shared_event_id:
        record["sharedEventID"] = event.shared_event_id
    record["eventCategory"] = "Data" if data else "Management"
    return record


def iso_time(seconds: float) -> str:
    """*seconds* since the epoch as CloudTrail writes times: ``2026-11-24T23:15:00Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identity(event: AuditEvent) -> dict[str, Any]:
    identity = dict(event.user_identity)
    if event.forwarded_by:
        identity["invokedBy"] = event.forwarded_by
    context = identity.get("sessionContext")
    if context is not None:
        attributes = dict(context.get("attributes", {}))
        created = attributes.get("creationDate")
        if isinstance(created, int | float):
            attributes["creationDate"] = iso_time(created)
        identity["sessionContext"] = {**context, "attributes": attributes}
    return identity


def _resource(arn: str, account: str) -> dict[str, str]:
    resource = {"accountId": account} if account else {}
    kind = resource_type(arn)
    if kind:
        resource["type"] = kind
    resource["ARN"] = arn
    return resource


def resource_type(arn: str) -> str:
    """The type of what *arn* names, ``AWS::KMS::Key``; empty where CloudTrail has no name."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ""
    service, rest = parts[2], parts[5]
    if service == "s3":
        return "AWS::S3::Object" if "/" in rest else "AWS::S3::Bucket"
    kind = rest.replace(":", "/").partition("/")[0]
    return _TYPES.get((service, kind), "")
