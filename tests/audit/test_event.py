"""Records in CloudTrail's own JSON, beside examples of AWS's documentation."""

from __future__ import annotations

import msgspec
import pytest

from lodekey.audit.event import AuditEvent, resource_type, to_cloudtrail
from store.events import event

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_a_success():
    record = to_cloudtrail(
        event(
            event_id="e1",
            request_id="r1",
            event_time=1_800_000_000.7,
            request_parameters={"keyId": KEY},
            resources=((KEY, "111122223333"),),
            recipient_account="111122223333",
        )
    )
    expected = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root", "accountId": "111122223333"},
        "eventTime": "2027-01-15T08:00:00Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "test",
        "requestParameters": {"keyId": KEY},
        "responseElements": None,
        "requestID": "r1",
        "eventID": "e1",
        "readOnly": True,
        "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }
    assert expected == record
    assert list(expected) == list(record)


def test_a_refusal():
    record = to_cloudtrail(event(error_code="AccessDeniedException", error_message="no"))
    assert ("AccessDenied", "no") == (record["errorCode"], record["errorMessage"])


def test_another_error_keeps_its_name():
    assert "NotFoundException" == to_cloudtrail(event(error_code="NotFoundException"))["errorCode"]


def test_a_role_session():
    identity = {
        "type": "AssumedRole",
        "sessionContext": {"attributes": {"creationDate": 1_800_000_000}},
    }
    record = to_cloudtrail(event(user_identity=identity, forwarded_by="ssm.amazonaws.com"))
    attributes = record["userIdentity"]["sessionContext"]["attributes"]
    assert "2027-01-15T08:00:00Z" == attributes["creationDate"]
    assert "ssm.amazonaws.com" == record["userIdentity"]["invokedBy"]
    assert 1_800_000_000 == identity["sessionContext"]["attributes"]["creationDate"]


def test_a_data_event():
    record = to_cloudtrail(event(event_source="s3.amazonaws.com", event_name="GetObject"))
    assert (False, "Data") == (record["managementEvent"], record["eventCategory"])


def test_what_is_no_resource_is_left_out():
    assert "resources" not in to_cloudtrail(event(resources=(("*", "111122223333"),)))


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (KEY, "AWS::KMS::Key"),
        ("arn:aws:kms:us-east-1:111122223333:alias/a", "AWS::KMS::Alias"),
        ("arn:aws:ssm:us-east-1:111122223333:parameter/a/b", "AWS::SSM::Parameter"),
        (
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf",
            "AWS::SecretsManager::Secret",
        ),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", "AWS::Lambda::Function"),
        ("arn:aws:s3:::bucket", "AWS::S3::Bucket"),
        ("arn:aws:s3:::bucket/key", "AWS::S3::Object"),
        ("arn:aws:iam::111122223333:role/path/r", "AWS::IAM::Role"),
        ("arn:aws:strange:us-east-1:111122223333:thing/a", ""),
        ("nonsense", ""),
    ],
)
def test_types_of_resources(arn, expected):
    assert expected == resource_type(arn)


def test_records_of_an_older_version_are_read():
    """New members go to the end, with a default."""
    old = msgspec.to_builtins(event())[:8]
    assert event().event_name == msgspec.convert(old, AuditEvent).event_name
