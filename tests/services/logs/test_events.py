"""Groups, streams and events through boto3."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.services.logs import read_events
from lodekey.services.logs.chunks import CHUNKS, WHERE
from lodekey.services.logs.groups import STREAMS
from world import ACCOUNT, World, allow

DAY = 86_400_000


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def logs(world: World) -> Any:
    client = world.client("logs")
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    return client


def now(world: World) -> int:
    return int(world.clock() * 1000)


def put(logs: Any, *events: tuple[int, str], stream: str = "s", group: str = "g") -> Any:
    return logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": time, "message": message} for time, message in events],
    )


def get(logs: Any, **more: Any) -> Any:
    return logs.get_log_events(logGroupName="g", logStreamName="s", **more)


def messages(answer: Any) -> list[str]:
    return [one["message"] for one in answer["events"]]


def test_put_and_get(world: World, logs: Any) -> None:
    at = now(world)
    put(logs, (at, "one"), (at, "two"), (at + 1, "three"))
    put(logs, (at + 2, "four"))
    answer = get(logs, startFromHead=True)
    assert messages(answer) == ["one", "two", "three", "four"]
    assert answer["events"][0]["timestamp"] == at
    assert answer["events"][0]["ingestionTime"] >= at
    assert messages(get(logs, limit=2)) == ["three", "four"]
    assert messages(get(logs, startTime=at + 1, endTime=at + 2)) == ["three"]


def test_tokens(world: World, logs: Any) -> None:
    at = now(world)
    put(logs, *((at + n // 2, f"{n}") for n in range(7)))
    first = get(logs, startFromHead=True, limit=3)
    assert messages(first) == ["0", "1", "2"]
    assert first["nextForwardToken"].startswith("f/")
    assert first["nextBackwardToken"].startswith("b/")
    second = get(logs, nextToken=first["nextForwardToken"], startFromHead=True, limit=3)
    assert messages(second) == ["3", "4", "5"]
    third = get(logs, nextToken=second["nextForwardToken"], startFromHead=True, limit=3)
    assert messages(third) == ["6"]
    end = get(logs, nextToken=third["nextForwardToken"], startFromHead=True)
    assert messages(end) == []
    assert end["nextForwardToken"] == third["nextForwardToken"]
    # And back again.
    back = get(logs, nextToken=third["nextBackwardToken"], limit=4)
    assert messages(back) == ["2", "3", "4", "5"]
    start = get(logs, nextToken=first["nextBackwardToken"])
    assert messages(start) == []
    assert start["nextBackwardToken"] == first["nextBackwardToken"]
    assert messages(get(logs, nextToken=start["nextForwardToken"], limit=1)) == ["0"]
    # What comes later is after the last token.
    put(logs, (at + 9, "7"))
    assert messages(get(logs, nextToken=end["nextForwardToken"])) == ["7"]
    for bad in ("f/1/s", "rubbish", "f/" + "9" * 56 + "/s"):
        assert error_of(get, logs=logs, nextToken=bad)[0] == "InvalidParameterException"


def test_empty_stream_has_tokens(world: World, logs: Any) -> None:
    empty = get(logs)
    assert messages(empty) == []
    put(logs, (now(world), "x"))
    assert messages(get(logs, nextToken=empty["nextForwardToken"])) == ["x"]


def test_events_may_come_late(world: World, logs: Any) -> None:
    at = now(world)
    put(logs, (at, "c"), (at + 50_000, "e"))
    put(logs, (at + 20_000, "d"))
    put(logs, (at - 3_600_000, "a"), (at - 1, "b"))
    assert messages(get(logs, startFromHead=True)) == ["a", "b", "c", "d", "e"]
    assert messages(get(logs)) == ["a", "b", "c", "d", "e"]
    assert messages(get(logs, limit=2)) == ["d", "e"]
    found = logs.filter_log_events(logGroupName="g", startFromHead=False)
    assert messages(found) == ["e", "d", "c", "b", "a"]
    assert messages(get(logs, startTime=at + 10_000, startFromHead=True)) == ["d", "e"]


def test_rejected_events(world: World, logs: Any) -> None:
    logs.put_retention_policy(logGroupName="g", retentionInDays=3)
    at = now(world)
    answer = put(
        logs,
        (at - 15 * DAY, "too old"),
        (at - 4 * DAY, "expired"),
        (at, "good"),
        (at + 3 * 3_600_000, "too new"),
    )
    assert answer["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 1,
        "expiredLogEventEndIndex": 2,
        "tooNewLogEventStartIndex": 3,
    }
    assert messages(get(logs)) == ["good"]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([(1, "b"), (0, "a")], "chronological order"),
        ([(-DAY - 1, "a"), (0, "b")], "cannot span more than 24 hours"),
        ([(0, "x" * 700_000), (0, "x" * 400_000)], "Upload too large"),
    ],
)
def test_batches_refused(
    world: World, logs: Any, events: list[tuple[int, str]], message: str
) -> None:
    at = now(world)
    with pytest.raises(ClientError, match=message) as caught:
        put(logs, *((at + time, text) for time, text in events))
    assert caught.value.response["Error"]["Code"] in {
        "InvalidParameterException",
        "ValidationException",
    }
    assert messages(get(logs)) == []


def test_missing_and_present(world: World, logs: Any) -> None:
    group, stream = {"logGroupName": "none"}, {"logGroupName": "g", "logStreamName": "none"}
    assert error_of(logs.create_log_group, logGroupName="g") == (
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    )
    assert error_of(logs.create_log_stream, logGroupName="g", logStreamName="s") == (
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    )
    assert error_of(logs.create_log_stream, logStreamName="s", **group) == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
    assert error_of(logs.get_log_events, **stream) == (
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
    assert error_of(logs.create_log_group, logGroupName="aws/x")[0] == "InvalidParameterException"
    assert error_of(logs.create_log_stream, logGroupName="g", logStreamName="a\x01b")[0] == (
        "InvalidParameterException"
    )
    for call, request in (
        (logs.delete_log_group, group),
        (logs.delete_log_stream, stream),
        (logs.filter_log_events, group),
        (logs.describe_log_streams, group),
        (logs.put_retention_policy, {**group, "retentionInDays": 1}),
        (logs.filter_log_events, {"logGroupName": "g", "logStreamNames": ["none"]}),
    ):
        assert error_of(call, **request)[0] == "ResourceNotFoundException"
    for request in ({}, {"logGroupName": "g", "logGroupIdentifier": "g"}):
        assert error_of(logs.describe_log_streams, **request)[0] == "InvalidParameterException"
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"
    assert len(logs.describe_log_streams(logGroupIdentifier=arn)["logStreams"]) == 1


def test_streams_by_name_and_by_time(world: World, logs: Any) -> None:
    at = now(world)
    for number, name in enumerate(("c", "a", "b")):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
        put(logs, (at - number, "x"), stream=name)
    put(logs, (at + 5, "x"), stream="a")

    def names(**more: Any) -> list[str]:
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName="g", **more)
        return [one["logStreamName"] for page in pages for one in page["logStreams"]]

    for size in (1, 50):
        paging = {"PaginationConfig": {"PageSize": size}}
        assert names(**paging) == ["a", "b", "c", "s"]
        assert names(descending=True, **paging) == ["s", "c", "b", "a"]
        assert names(orderBy="LastEventTime", descending=True, **paging) == ["a", "c", "b", "s"]
        assert names(orderBy="LastEventTime", **paging) == ["s", "b", "c", "a"]
        assert names(logStreamNamePrefix="c", **paging) == ["c"]
    assert error_of(
        logs.describe_log_streams,
        logGroupName="g",
        orderBy="LastEventTime",
        logStreamNamePrefix="a",
    )[0] == ("InvalidParameterException")
    told = logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="a")["logStreams"][0]
    assert told["firstEventTimestamp"] == at - 1
    assert told["lastEventTimestamp"] == at + 5
    assert told["arn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:log-stream:a"


def test_groups(world: World, logs: Any) -> None:
    for name in ("/aws/lambda/a", "/aws/lambda/b", "other"):
        logs.create_log_group(logGroupName=name, tags={"team": "blue"})

    def names(**more: Any) -> list[str]:
        pages = logs.get_paginator("describe_log_groups").paginate(**more)
        return [one["logGroupName"] for page in pages for one in page["logGroups"]]

    assert names(PaginationConfig={"PageSize": 1}) == [
        "/aws/lambda/a",
        "/aws/lambda/b",
        "g",
        "other",
    ]
    assert names(logGroupNamePrefix="/aws/lambda/") == ["/aws/lambda/a", "/aws/lambda/b"]
    assert names(logGroupNamePattern="th") == ["other"]
    assert names(logGroupIdentifiers=["g", "none"]) == ["g"]
    put(logs, (now(world), "12345"))
    logs.put_retention_policy(logGroupName="g", retentionInDays=7)
    [told] = logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"]
    assert told["storedBytes"] == 31
    assert told["retentionInDays"] == 7
    assert told["arn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"
    assert told["logGroupArn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"
    logs.delete_retention_policy(logGroupName="g")
    [told] = logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"]
    assert "retentionInDays" not in told
    assert error_of(logs.put_retention_policy, logGroupName="g", retentionInDays=2)[0] == (
        "InvalidParameterException"
    )


def test_tags(world: World, logs: Any) -> None:
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"
    logs.tag_log_group(logGroupName="g", tags={"a": "1"})
    logs.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2", "c": "3"}
    logs.untag_log_group(logGroupName="g", tags=["a"])
    logs.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"c": "3"}
    many = {f"k{number}": "v" for number in range(50)}
    assert error_of(logs.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTagsException"
    assert error_of(logs.tag_log_group, logGroupName="g", tags=many)[0] == (
        "InvalidParameterException"
    )
    assert error_of(logs.list_tags_for_resource, resourceArn=arn + "x")[0] == (
        "ResourceNotFoundException"
    )
    assert error_of(logs.list_tags_for_resource, resourceArn="g")[0] == "InvalidParameterException"


def test_filter_over_streams(world: World, logs: Any) -> None:
    at = now(world)
    for name in ("p/a", "p/b", "q"):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    for n in range(9):
        put(logs, (at + n, f"ERROR {n}" if n % 3 == 0 else f"fine {n}"), stream="p/a")
        put(logs, (at + n, f"ERROR b{n}" if n == 4 else f"fine b{n}"), stream="p/b")
    put(logs, (at + 2, "ERROR q"), stream="q")

    def found(**more: Any) -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="g", **more)
        return [one["message"] for page in pages for one in page["events"]]

    everything = ["ERROR 0", "ERROR q", "ERROR 3", "ERROR b4", "ERROR 6"]
    for paging in ({}, {"PaginationConfig": {"PageSize": 1}}):
        assert found(filterPattern="ERROR", **paging) == everything
        assert found(filterPattern="ERROR", logStreamNamePrefix="p/", **paging) == [
            "ERROR 0",
            "ERROR 3",
            "ERROR b4",
            "ERROR 6",
        ]
        assert found(filterPattern="ERROR", logStreamNames=["q", "p/b"], **paging) == [
            "ERROR q",
            "ERROR b4",
        ]
        assert found(filterPattern="ERROR", startTime=at + 3, endTime=at + 4, **paging) == [
            "ERROR 3",
            "ERROR b4",
        ]
        assert found(filterPattern="ERROR", startFromHead=False, **paging) == everything[::-1]
    events = logs.filter_log_events(logGroupName="g", logStreamNamePrefix="p/b", limit=1)["events"]
    assert events[0]["logStreamName"] == "p/b"
    assert len(events[0]["eventId"]) == 56
    assert error_of(
        logs.filter_log_events, logGroupName="g", logStreamNames=["q"], logStreamNamePrefix="p"
    )[0] == ("InvalidParameterException")
    assert error_of(logs.filter_log_events, logGroupName="g", filterPattern="{ x }")[0] == (
        "InvalidParameterException"
    )
    assert error_of(logs.filter_log_events, logGroupName="g", nextToken="rubbish")[0] == (
        "InvalidParameterException"
    )


def test_following(world: World, logs: Any) -> None:
    """As ``aws logs tail --follow`` does it: ask again from the last time on, and tell by id."""
    at = now(world)
    seen: dict[str, str] = {}
    last = at
    for turn in range(4):
        put(logs, (at + turn // 2, f"{turn}a"), (at + turn // 2, f"{turn}b"))
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="g", startTime=last, interleaved=True
        )
        new = [one for page in pages for one in page["events"] if one["eventId"] not in seen]
        assert [one["message"] for one in new] == [f"{turn}a", f"{turn}b"]
        seen.update({one["eventId"]: one["message"] for one in new})
        last = max(one["timestamp"] for one in new)


def test_a_search_ends_early_rather_than_late(
    world: World, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_events, "EXAMINED", 10)
    at = now(world)
    put(logs, *((at + n, "needle" if n == 35 else "hay") for n in range(40)))
    first = logs.filter_log_events(logGroupName="g", filterPattern="needle")
    assert first["events"] == []
    assert "nextToken" in first
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="g", filterPattern="needle"
    )
    assert [one["message"] for page in pages for one in page["events"]] == ["needle"]


def test_a_megabyte_a_page(world: World, logs: Any) -> None:
    at = now(world)
    for n in range(3):
        put(logs, (at + n, f"{n}" * 500_000))
    first = get(logs, startFromHead=True)
    assert len(first["events"]) == 2
    assert len(get(logs, nextToken=first["nextForwardToken"])["events"]) == 1
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="g")
    assert [len(page["events"]) for page in pages] == [2, 1]


def counts(world: World) -> tuple[int, int, int]:
    with world.gate.store.transaction(write=False) as tx:
        streams, chunks, where = (
            sum(1 for _ in collection.scan(tx)) for collection in (STREAMS, CHUNKS, WHERE)
        )
    return streams, chunks, where


def test_deletion(world: World, logs: Any) -> None:
    at = now(world)
    logs.create_log_stream(logGroupName="g", logStreamName="t")
    for name in ("s", "t"):
        put(logs, (at, "x"), (at + 200_000, "y"), stream=name)
    assert counts(world) == (2, 4, 4)
    logs.delete_log_stream(logGroupName="g", logStreamName="t")
    assert messages(logs.filter_log_events(logGroupName="g", logStreamNames=["s"])) == ["x", "y"]
    world.run_jobs()
    assert counts(world) == (1, 2, 2)
    assert messages(logs.filter_log_events(logGroupName="g")) == ["x", "y"]
    [told] = logs.describe_log_groups()["logGroups"]
    assert told["storedBytes"] == 54
    logs.delete_log_group(logGroupName="g")
    # A new group of that name knows nothing of the old one.
    logs.create_log_group(logGroupName="g")
    assert logs.describe_log_streams(logGroupName="g")["logStreams"] == []
    assert logs.filter_log_events(logGroupName="g")["events"] == []
    world.run_jobs()
    assert counts(world) == (0, 0, 0)


def test_deletion_protection(world: World) -> None:
    logs = world.client("logs")
    logs.create_log_group(logGroupName="g", deletionProtectionEnabled=True)
    assert error_of(logs.delete_log_group, logGroupName="g")[0] == "ValidationException"


def test_retention_acts(world: World, logs: Any) -> None:
    put(logs, (now(world), "old"))
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    world.clock.advance(86_400 * 0.9)
    put(logs, (now(world), "new"))
    world.run_jobs()
    assert messages(get(logs)) == ["old", "new"]
    world.clock.advance(86_400 * 0.2)
    world.run_jobs()
    assert messages(get(logs)) == ["new"]
    [told] = logs.describe_log_groups()["logGroups"]
    assert told["storedBytes"] == 29


def test_messages_stay_out_of_the_trail(world: World, logs: Any) -> None:
    put(logs, (now(world), world.sentinel))
    logs.filter_log_events(logGroupName="g", filterPattern="x")
    logs.test_metric_filter(filterPattern="", logEventMessages=[world.sentinel])
    events = world.events()
    assert "PutLogEvents" in {event["eventName"] for event in events}
    assert world.sentinel not in json.dumps(events, default=str)
    for path in Path(world.data).rglob("*"):
        if path.is_file():
            assert world.sentinel.encode() not in path.read_bytes(), path


def test_authorisation(world: World, logs: Any) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/f"
    function = world.user(
        "function",
        [
            allow("logs:CreateLogGroup", resource=f"arn:aws:logs:us-east-1:{ACCOUNT}:*"),
            allow("logs:CreateLogStream", "logs:PutLogEvents", resource=f"{group}:*"),
        ],
    )
    client = world.client("logs", as_=function)
    client.create_log_group(logGroupName="/aws/lambda/f")
    client.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="s")
    put(client, (now(world), "x"), group="/aws/lambda/f")
    assert error_of(client.create_log_stream, logGroupName="g", logStreamName="t") == (
        "AccessDeniedException",
        f"User: {function.arn} is not authorized to perform: logs:CreateLogStream on resource: "
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:log-stream:t because no identity-based "
        "policy allows the logs:CreateLogStream action",
    )
    assert error_of(client.describe_log_groups)[1].startswith(
        f"User: {function.arn} is not authorized to perform: logs:DescribeLogGroups on resource: "
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group::log-stream:"
    )
    assert error_of(client.create_log_group, logGroupName="h", tags={"a": "b"})[0] == (
        "AccessDeniedException"
    )
