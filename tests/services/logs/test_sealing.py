"""Log groups under a KMS key, used by the service itself."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import ACCOUNT, World

GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"


def make_key(world: World, group: str = GROUP) -> str:
    kms = world.client("kms")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": world.root.arn},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
                "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
            },
        ],
    }
    return str(kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"])


def put(world: World, message: str) -> None:
    world.client("logs").put_log_events(
        logGroupName="g",
        logStreamName="s",
        logEvents=[{"timestamp": int(world.clock() * 1000), "message": message}],
    )


def read(world: World) -> list[str]:
    answer = world.client("logs").get_log_events(logGroupName="g", logStreamName="s")
    return [one["message"] for one in answer["events"]]


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def test_sealed_group(world: World) -> None:
    logs, kms = world.client("logs"), world.client("kms")
    key = make_key(world)
    logs.create_log_group(logGroupName="g", kmsKeyId=key)
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    put(world, "one")
    assert read(world) == ["one"]
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    used = [event for event in world.events() if event["eventName"] == "Decrypt"]
    assert used[-1]["userIdentity"]["invokedBy"] == "logs.us-east-1.amazonaws.com"
    kms.disable_key(KeyId=key)
    assert refused(logs.get_log_events, logGroupName="g", logStreamName="s") == (
        "InvalidParameterException"
    )
    assert refused(logs.filter_log_events, logGroupName="g") == "InvalidParameterException"
    kms.enable_key(KeyId=key)
    logs.disassociate_kms_key(logGroupName="g")
    put(world, "two")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    assert read(world) == ["one", "two"]
    other = make_key(world)
    logs.associate_kms_key(resourceIdentifier=GROUP, kmsKeyId=other)
    put(world, "three")
    assert read(world) == ["one", "two", "three"]


def test_the_key_must_let_the_service(world: World) -> None:
    logs, kms = world.client("logs"), world.client("kms")
    closed = kms.create_key()["KeyMetadata"]["Arn"]
    elsewhere = make_key(world, GROUP + "x")
    missing = closed[:-12] + "0" * 12
    for key in (closed, elsewhere, missing, closed.split("/")[1]):
        assert refused(logs.create_log_group, logGroupName="g", kmsKeyId=key) == (
            "InvalidParameterException"
        )
    logs.create_log_group(logGroupName="g")
    assert refused(logs.associate_kms_key, logGroupName="g", kmsKeyId=closed) == (
        "InvalidParameterException"
    )
    assert refused(
        logs.associate_kms_key,
        kmsKeyId=make_key(world),
        resourceIdentifier=f"arn:aws:logs:us-east-1:{ACCOUNT}:query-result:*",
    ) == ("InvalidParameterException")
    logs.associate_kms_key(logGroupName="g", kmsKeyId=make_key(world))


def test_resource_policies(world: World) -> None:
    logs = world.client("logs")
    logs.create_log_group(logGroupName="g")
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": GROUP + ":*",
                }
            ],
        }
    )
    made = logs.put_resource_policy(policyName="events", policyDocument=text)["resourcePolicy"]
    assert made["policyName"] == "events"
    own = logs.put_resource_policy(policyDocument=text, resourceArn=GROUP)
    assert own["resourcePolicy"]["resourceArn"] == GROUP
    assert [one["policyName"] for one in logs.describe_resource_policies()["resourcePolicies"]] == [
        "events"
    ]
    [told] = logs.describe_resource_policies(resourceArn=GROUP)["resourcePolicies"]
    assert told["revisionId"] == own["revisionId"]
    assert refused(logs.put_resource_policy, policyDocument=text, resourceArn=GROUP) == (
        "OperationAbortedException"
    )
    assert refused(logs.put_resource_policy, policyName="x", policyDocument="{}") == (
        "InvalidParameterException"
    )
    assert refused(logs.put_resource_policy, policyDocument=text) == "InvalidParameterException"
    assert refused(logs.delete_resource_policy, policyName="none") == "ResourceNotFoundException"
    assert refused(logs.delete_resource_policy, resourceArn=GROUP) == "OperationAbortedException"
    logs.delete_resource_policy(resourceArn=GROUP, expectedRevisionId=own["revisionId"])
    logs.delete_resource_policy(policyName="events")
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument=text)
    assert refused(logs.put_resource_policy, policyName="p", policyDocument=text) == (
        "LimitExceededException"
    )
    pages = logs.get_paginator("describe_resource_policies").paginate(
        PaginationConfig={"PageSize": 3}
    )
    assert sum(len(page["resourcePolicies"]) for page in pages) == 10
