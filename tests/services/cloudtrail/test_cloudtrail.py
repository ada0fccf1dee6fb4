"""Look the trail up, and see that nothing turns it off."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from world import World, allow

DAY = 86_400


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("cloudtrail") / "data")
    secrets = made.client("secretsmanager")
    alice = made.user("alice", allow("secretsmanager:DescribeSecret"))
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = made.role("reader", trust, allow("secretsmanager:*"))
    secrets.create_secret(Name="app/s", SecretString=made.sentinel)
    made.client("secretsmanager", as_=alice).describe_secret(SecretId="app/s")
    refused(
        "AccessDeniedException",
        made.client("secretsmanager", as_=alice).get_secret_value,
        SecretId="app/s",
    )
    session = made.assume(role, session="batch-7")
    made.client("secretsmanager", as_=session).get_secret_value(SecretId="app/s")
    made.client("secretsmanager", region="eu-west-1").create_secret(Name="west")
    made.alice = alice
    made.session = session
    yield made
    made.close()


@pytest.fixture(scope="module")
def trail(world):
    return world.client("cloudtrail")


def look(trail, key=None, value=None, **more):
    if key:
        more["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    return trail.lookup_events(**more)["Events"]


def test_events_are_shown_newest_first(trail):
    pages = trail.get_paginator("lookup_events").paginate()
    events = [event for page in pages for event in page["Events"]]
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True)
    assert {"CreateSecret", "DescribeSecret", "GetSecretValue", "AssumeRole"} <= {
        event["EventName"] for event in events
    }


def test_an_event_says_who_did_what_to_what(world, trail):
    # Other tests of this module describe the secret as well; the first to do so was alice.
    event = look(trail, "EventName", "DescribeSecret")[-1]
    assert event["EventSource"] == "secretsmanager.amazonaws.com"
    assert event["Username"] == "alice"
    assert event["AccessKeyId"] == world.alice.access_key_id
    assert event["ReadOnly"] == "true"
    assert event["Resources"][0]["ResourceType"] == "AWS::SecretsManager::Secret"
    assert ":secret:app/s-" in event["Resources"][0]["ResourceName"]
    record = json.loads(event["CloudTrailEvent"])
    assert record["eventID"] == event["EventId"]
    assert record["userIdentity"]["arn"] == world.alice.arn
    assert record["requestParameters"] == {"secretId": "app/s"}


def test_a_refusal_is_there_with_its_code_and_no_secret_is(world, trail):
    denied = [
        json.loads(event["CloudTrailEvent"]) for event in look(trail, "EventName", "GetSecretValue")
    ]
    assert [record.get("errorCode") for record in denied] == [None, "AccessDenied"]
    assert world.sentinel not in json.dumps(look(trail), default=str)


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("EventName", "CreateSecret", {"CreateSecret"}),
        ("EventName", "createsecret", set()),
        ("Username", "alice", {"DescribeSecret", "GetSecretValue"}),
        ("Username", "batch-7", {"GetSecretValue", "Decrypt"}),
        ("ReadOnly", "false", {"CreateSecret", "CreateUser", "CreateRole"}),
        ("ResourceType", "AWS::IAM::Role", {"CreateRole", "AssumeRole"}),
        ("ResourceName", "reader", {"CreateRole", "AssumeRole"}),
        ("EventSource", "sts.amazonaws.com", {"AssumeRole"}),
        ("EventId", "no-such-event", set()),
    ],
)
def test_one_attribute(trail, key, value, names):
    found = {event["EventName"] for event in look(trail, key, value)}
    assert names <= found
    if key in {"EventName", "EventSource", "EventId"}:
        assert names == found


def test_by_key_by_id_and_by_arn(world, trail):
    arn = world.client("secretsmanager").describe_secret(SecretId="app/s")["ARN"]
    assert "CreateSecret" in {e["EventName"] for e in look(trail, "ResourceName", arn)}
    mine = look(trail, "AccessKeyId", world.session.access_key_id)
    assert {event["EventName"] for event in mine} == {"GetSecretValue", "Decrypt"}
    assert look(trail, "EventId", mine[0]["EventId"])[0]["EventName"] == mine[0]["EventName"]


def test_pages_make_the_whole(trail):
    until = datetime.now(UTC)
    pages = trail.get_paginator("lookup_events").paginate(EndTime=until)
    whole = [event["EventId"] for page in pages for event in page["Events"]]
    found, more = [], {}
    while True:
        page = trail.lookup_events(MaxResults=3, EndTime=until, **more)
        found += [event["EventId"] for event in page["Events"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert whole == found


def test_a_page_token_is_bound_to_its_lookup(trail):
    token = trail.lookup_events(MaxResults=1)["NextToken"]
    assert trail.lookup_events(MaxResults=1, NextToken=token)["Events"]
    refused(
        "InvalidNextTokenException",
        trail.lookup_events,
        NextToken=token,
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "alice"}],
    )
    refused("InvalidNextTokenException", trail.lookup_events, NextToken="made-up")


def test_a_range_of_time(world, trail):
    now = world.clock()
    assert look(trail, StartTime=now - DAY, EndTime=now + DAY)
    assert look(trail, StartTime=now + DAY) == []
    assert look(trail, EndTime=now - DAY) == []
    refused("InvalidTimeRangeException", trail.lookup_events, StartTime=now, EndTime=now - 1)


def test_a_lookup_has_one_attribute(trail):
    one = {"AttributeKey": "Username", "AttributeValue": "alice"}
    refused("InvalidLookupAttributesException", trail.lookup_events, LookupAttributes=[one, one])
    assert trail.lookup_events(EventCategory="insight")["Events"] == []


def test_regions_and_accounts_have_their_own(world):
    west = world.client("cloudtrail", region="eu-west-1")
    assert {event["EventName"] for event in look(west)} >= {"CreateSecret"}
    assert all("us-east-1" not in event["CloudTrailEvent"] for event in look(west))
    other = world.client("cloudtrail", as_=world.account())
    assert all(event["EventName"] == "LookupEvents" for event in look(other))


def test_looking_takes_permission(world):
    nobody = world.client("cloudtrail", as_=world.alice)
    refused("AccessDeniedException", nobody.lookup_events)
    refused("AccessDeniedException", nobody.describe_trails)
    refused("AccessDeniedException", nobody.get_trail_status, Name="lodekey")


def test_the_trail_is_shown_and_stays_on(trail):
    shown = trail.describe_trails()["trailList"]
    assert [each["Name"] for each in shown] == ["lodekey"]
    arn = shown[0]["TrailARN"]
    assert trail.describe_trails(trailNameList=[arn])["trailList"] == shown
    assert trail.describe_trails(trailNameList=["other"])["trailList"] == []
    assert trail.get_trail(Name="lodekey")["Trail"] == shown[0]
    assert trail.list_trails()["Trails"][0]["TrailARN"] == arn
    trail.start_logging(Name="lodekey")
    assert trail.get_trail_status(Name=arn)["IsLogging"] is True
    refused("OperationNotPermittedException", trail.stop_logging, Name="lodekey")
    refused("OperationNotPermittedException", trail.delete_trail, Name=arn)


def test_no_other_trail_is_made_or_found(trail):
    refused("UnsupportedOperationException", trail.create_trail, Name="mine", S3BucketName="b")
    refused("TrailAlreadyExistsException", trail.create_trail, Name="lodekey", S3BucketName="b")
    refused("InvalidTrailNameException", trail.create_trail, Name="a..b", S3BucketName="b")
    for call in (trail.get_trail, trail.get_trail_status, trail.start_logging, trail.stop_logging):
        assert "Unknown trail" in refused("TrailNotFoundException", call, Name="mine")
    refused("CloudTrailARNInvalidException", trail.get_trail, Name="arn:aws:s3:::trail")
