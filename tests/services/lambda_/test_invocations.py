"""Asynchronous invocations, concurrency, and what else is set of how functions run."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import LOGS, TRUST, archive
from world import allow

ARN = "arn:aws:lambda:us-east-1:111122223333:function"
FAILS = """
def handler(event, context):
    print("attempt", context.aws_request_id)
    raise RuntimeError("never")
"""
WRITES = """
import json
def handler(event, context):
    print("record", json.dumps(event))
"""


def refusal(call, *arguments, **named):
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def lines(world, name, beginning):
    world.run(world.settle())
    events = world.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"].strip() for event in events if event["message"].startswith(beginning)]


@pytest.mark.slow
def test_an_event_runs_later(lambdas, make, shared_world):
    make("e-later")
    answer = lambdas.invoke(FunctionName="e-later", InvocationType="Event", Payload=b'{"x": 1}')
    assert (202, b"") == (answer["StatusCode"], answer["Payload"].read())
    id_ = answer["ResponseMetadata"]["RequestId"]
    assert [f"START RequestId: {id_} Version: $LATEST"] == lines(shared_world, "e-later", "START")


@pytest.mark.slow
def test_a_failing_event_is_tried_three_times(lambdas, make, shared_world):
    make("e-fails", FAILS)
    answer = lambdas.invoke(FunctionName="e-fails", InvocationType="Event")
    attempts = [f"attempt {answer['ResponseMetadata']['RequestId']}"]
    for seconds, count in ((0, 1), (30, 1), (31, 2), (60, 2), (61, 3), (3600, 3)):
        shared_world.clock.advance(seconds)
        shared_world.run_jobs()
        assert attempts * count == lines(shared_world, "e-fails", "attempt")


@pytest.mark.slow
def test_what_is_given_up_goes_to_its_destination(lambdas, make, shared_world):
    invoke = allow("lambda:InvokeFunction", resource=f"{ARN}:e-record")
    role = shared_world.role("sending", TRUST, [LOGS, invoke])
    make("e-record", WRITES)
    make("e-gives-up", FAILS, Role=role)
    lambdas.put_function_event_invoke_config(
        FunctionName="e-gives-up",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"{ARN}:e-record"}},
    )
    answer = lambdas.invoke(
        FunctionName="e-gives-up", InvocationType="Event", Payload=b'{"precious": 1}'
    )
    (line,) = lines(shared_world, "e-record", "record")
    record = json.loads(line.removeprefix("record "))
    record.pop("timestamp")
    error = record.pop("responsePayload")
    assert ("RuntimeError", "never") == (error["errorType"], error["errorMessage"])
    assert {
        "version": "1.0",
        "requestContext": {
            "requestId": answer["ResponseMetadata"]["RequestId"],
            "functionArn": f"{ARN}:e-gives-up:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"precious": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
    } == record


@pytest.mark.slow
def test_an_old_event_is_given_up(lambdas, make, shared_world):
    make("e-old", FAILS)
    lambdas.put_function_event_invoke_config(FunctionName="e-old", MaximumEventAgeInSeconds=60)
    lambdas.invoke(FunctionName="e-old", InvocationType="Event")
    shared_world.run_jobs()
    shared_world.clock.advance(61)
    shared_world.run_jobs()
    assert 1 == len(lines(shared_world, "e-old", "attempt"))


def test_event_configurations_are_kept(lambdas, make):
    make("c-kept", Publish=True)
    lambdas.put_function_event_invoke_config(FunctionName="c-kept", MaximumRetryAttempts=1)
    lambdas.put_function_event_invoke_config(
        FunctionName="c-kept", Qualifier="1", MaximumEventAgeInSeconds=120
    )
    lambdas.update_function_event_invoke_config(FunctionName="c-kept", MaximumEventAgeInSeconds=90)
    got = lambdas.get_function_event_invoke_config(FunctionName="c-kept")
    assert (1, 90, f"{ARN}:c-kept:$LATEST") == (
        got["MaximumRetryAttempts"],
        got["MaximumEventAgeInSeconds"],
        got["FunctionArn"],
    )
    listed = lambdas.list_function_event_invoke_configs(FunctionName="c-kept")
    assert 2 == len(listed["FunctionEventInvokeConfigs"])
    lambdas.delete_function_event_invoke_config(FunctionName="c-kept")
    assert (
        "ResourceNotFoundException",
        f"The function {ARN}:c-kept:$LATEST doesn't have an EventInvokeConfig",
    ) == refusal(lambdas.get_function_event_invoke_config, FunctionName="c-kept")


def test_destinations_are_functions_and_buckets(lambdas, make):
    make("c-destinations")
    code, message = refusal(
        lambdas.put_function_event_invoke_config,
        FunctionName="c-destinations",
        DestinationConfig={
            "OnFailure": {"Destination": "arn:aws:sqs:us-east-1:111122223333:queue"}
        },
    )
    assert "InvalidParameterValueException" == code
    assert "destinations here are Lambda functions and S3 buckets" in message


def test_reserved_concurrency_is_kept(lambdas, make):
    make("r-kept")
    assert "ReservedConcurrentExecutions" not in lambdas.get_function_concurrency(
        FunctionName="r-kept"
    )
    lambdas.put_function_concurrency(FunctionName="r-kept", ReservedConcurrentExecutions=3)
    got = lambdas.get_function_concurrency(FunctionName="r-kept")
    assert 3 == got["ReservedConcurrentExecutions"]
    whole = lambdas.get_function(FunctionName="r-kept")
    assert {"ReservedConcurrentExecutions": 3} == whole["Concurrency"]
    code, message = refusal(
        lambdas.put_function_concurrency, FunctionName="r-kept", ReservedConcurrentExecutions=901
    )
    assert "InvalidParameterValueException" == code
    assert "below its minimum value of [100]" in message
    lambdas.delete_function_concurrency(FunctionName="r-kept")
    assert "ReservedConcurrentExecutions" not in lambdas.get_function_concurrency(
        FunctionName="r-kept"
    )


@pytest.mark.slow
def test_a_function_without_concurrency_is_throttled(lambdas, make):
    make("r-none")
    lambdas.put_function_concurrency(FunctionName="r-none", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as error:
        lambdas.invoke(FunctionName="r-none")
    response = error.value.response
    assert ("TooManyRequestsException", "Rate Exceeded.") == (
        response["Error"]["Code"],
        response["Error"]["Message"],
    )
    assert 429 == response["ResponseMetadata"]["HTTPStatusCode"]
    assert "ReservedFunctionConcurrentInvocationLimitExceeded" == response["Reason"]
    lambdas.delete_function_concurrency(FunctionName="r-none")
    assert 200 == lambdas.invoke(FunctionName="r-none")["StatusCode"]


@pytest.mark.slow
def test_an_accepted_event_outlives_throttling(lambdas, make, shared_world):
    make("e-throttled")
    lambdas.put_function_concurrency(FunctionName="e-throttled", ReservedConcurrentExecutions=0)
    lambdas.invoke(FunctionName="e-throttled", InvocationType="Event")
    shared_world.run_jobs()
    assert (
        "ResourceNotFoundException"
        == refusal(
            shared_world.client("logs").filter_log_events, logGroupName="/aws/lambda/e-throttled"
        )[0]
    )
    lambdas.delete_function_concurrency(FunctionName="e-throttled")
    shared_world.clock.advance(5)
    shared_world.run_jobs()
    assert 1 == len(lines(shared_world, "e-throttled", "START"))


def test_tags(lambdas, make, shared_world):
    arn = make("t-tags", Tags={"a": "1"})["FunctionArn"]
    lambdas.tag_resource(Resource=arn, Tags={"b": "2"})
    lambdas.untag_resource(Resource=arn, TagKeys=["a"])
    assert {"b": "2"} == lambdas.list_tags(Resource=arn)["Tags"]
    by_tag = allow("lambda:GetFunction", Condition={"StringEquals": {"aws:ResourceTag/b": "2"}})
    client = shared_world.client("lambda", as_=shared_world.user("tag-reader", by_tag))
    assert "t-tags" == client.get_function(FunctionName="t-tags")["Configuration"]["FunctionName"]
    lambdas.tag_resource(Resource=arn, Tags={"b": "3"})
    assert "AccessDeniedException" == refusal(client.get_function, FunctionName="t-tags")[0]


def test_tags_at_creation_are_asked_for(lambdas, make, shared_world, module_role):
    user = shared_world.user("untagged", allow("lambda:CreateFunction", "iam:PassRole"))
    client = shared_world.client("lambda", as_=user)
    given = {
        "Runtime": "python3.12",
        "Handler": "h.handler",
        "Role": module_role,
        "Code": {"ZipFile": archive({"h.py": "x = 1\n"})},
    }
    code, message = refusal(client.create_function, FunctionName="t-new", Tags={"a": "1"}, **given)
    assert "AccessDeniedException" == code
    assert "lambda:TagResource" in message
    client.create_function(FunctionName="t-new", **given)


def test_the_account_and_the_rest(lambdas, make):
    make("s-rest")
    settings = lambdas.get_account_settings()
    assert 1000 == settings["AccountLimit"]["ConcurrentExecutions"]
    assert settings["AccountUsage"]["FunctionCount"] >= 1
    signing = lambdas.get_function_code_signing_config(FunctionName="s-rest")
    assert "s-rest" == signing["FunctionName"]
    recursion = lambdas.put_function_recursion_config(FunctionName="s-rest", RecursiveLoop="Allow")
    assert "Allow" == recursion["RecursiveLoop"]
    got = lambdas.get_function_recursion_config(FunctionName="s-rest")
    assert "Allow" == got["RecursiveLoop"]
    lambdas.put_runtime_management_config(FunctionName="s-rest", UpdateRuntimeOn="FunctionUpdate")
    managed = lambdas.get_runtime_management_config(FunctionName="s-rest")
    assert "FunctionUpdate" == managed["UpdateRuntimeOn"]
    assert (
        "InvalidParameterValueException"
        == refusal(
            lambdas.put_runtime_management_config, FunctionName="s-rest", UpdateRuntimeOn="Manual"
        )[0]
    )


@pytest.mark.slow
def test_an_answer_as_a_stream(lambdas, make):
    make("s-stream")
    make("s-stream-fails", FAILS)
    answer = lambdas.invoke_with_response_stream(FunctionName="s-stream", LogType="Tail")
    chunk, complete = list(answer["EventStream"])
    assert {} == json.loads(chunk["PayloadChunk"]["Payload"])["event"]
    assert complete["InvokeComplete"]["LogResult"]
    failed = lambdas.invoke_with_response_stream(FunctionName="s-stream-fails")
    (complete,) = list(failed["EventStream"])
    assert "Unhandled" == complete["InvokeComplete"]["ErrorCode"]
    assert "RuntimeError" in complete["InvokeComplete"]["ErrorDetails"]


@pytest.mark.slow
def test_idle_environments_are_ended(lambdas, make, shared_world):
    make(
        "i-idle",
        "import os\ndef handler(event, context):\n    return os.environ['AWS_ACCESS_KEY_ID']\n",
    )

    def worker():
        return lambdas.invoke(FunctionName="i-idle")["Payload"].read()

    first = worker()
    assert first == worker()
    shared_world.clock.advance(301)
    shared_world.run_jobs()
    began = time.monotonic()
    assert first != worker()
    assert time.monotonic() - began < 20
