"""Functions at work: real children, in the sandbox, in process."""

from __future__ import annotations

import base64
import json
import re
import time

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import LOGS, TRUST, archive
from world import World, allow

pytestmark = pytest.mark.slow

PYTHON = """
import json, os, sys, time

print("loaded")

def handler(event, context):
    what = event.get("do")
    print("doing", what)
    if what == "raise":
        raise ValueError("no good")
    if what == "exit":
        os._exit(3)
    if what == "sleep":
        time.sleep(30)
    if what == "grow":
        held = [bytearray(16 << 20) for _ in range(64)]
        time.sleep(5)
    if what == "large":
        return "x" * event["size"]
    if what == "environment":
        return dict(os.environ)
    if what == "count":
        global counted
        counted = globals().get("counted", 0) + 1
        return [os.getpid(), counted]
    if what == "context":
        return {
            "name": context.function_name,
            "version": context.function_version,
            "arn": context.invoked_function_arn,
            "memory": context.memory_limit_in_mb,
            "id": context.aws_request_id,
            "group": context.log_group_name,
            "stream": context.log_stream_name,
            "left": context.get_remaining_time_in_millis(),
            "client": context.client_context.custom if context.client_context else None,
        }
    return event
"""
NODE = """
exports.handler = async (event, context) => {
  console.log("doing", event.do);
  if (event.do === "raise") throw new TypeError("no good");
  if (event.do === "reject") Promise.reject(new Error("late"));
  if (event.do === "reject") await new Promise((resolve) => setTimeout(resolve, 500));
  if (event.do === "exit") process.exit(3);
  if (event.do === "never") return new Promise(() => {});
  if (event.do === "lines") { console.error("one\\ntwo"); console.warn("w"); console.debug("d"); }
  return event;
};
exports.callback = (event, context, callback) => {
  setTimeout(() => console.log("after the callback"), 50);
  if (event.do === "raise") return callback(new Error("called back"));
  if (event.do === "text") return callback("just text");
  callback(null, { called: "back" });
};
exports.nothing = (event) => { setTimeout(() => {}, 20); };
exports.nested = { deep: { handler: async () => "deep" } };
exports.streamed = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType("text/plain");
  stream.write("one ");
  stream.end("two");
});
"""
MODULE = """
import { join } from "node:path";
console.log("loaded");
export const handler = async (event) => ({ module: join("a", "b"), event });
"""


@pytest.fixture(scope="module")
def lambda_(shared_world):
    world: World = shared_world
    role = world.role("fn", TRUST, [LOGS])
    client = world.client("lambda", read_timeout=60)
    package = archive(
        {
            "h.py": PYTHON,
            "index.js": NODE,
            "module.mjs": MODULE,
            "broken.py": "import nothing_of_the_sort\n",
            "unread.py": "def (:\n",
            "broken.js": 'require("nothing-of-the-sort");\n',
            "inner/index.js": 'exports.handler = async () => "inner";\n',
        }
    )
    for name, runtime, handler in (
        ("python", "python3.12", "h.handler"),
        ("node", "nodejs20.x", "index.handler"),
        ("callback", "nodejs20.x", "index.callback"),
        ("nothing", "nodejs22.x", "index.nothing"),
        ("nested", "nodejs22.x", "index.nested.deep.handler"),
        ("inner", "nodejs22.x", "inner/index.handler"),
        ("streamed", "nodejs22.x", "index.streamed"),
        ("module", "nodejs18.x", "module.handler"),
        ("broken-python", "python3.11", "broken.handler"),
        ("unread-python", "python3.11", "unread.handler"),
        ("missing-python", "python3.11", "h.nobody"),
        ("broken-node", "nodejs20.x", "broken.handler"),
        ("missing-node", "nodejs20.x", "index.nobody"),
    ):
        client.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=handler,
            Role=role,
            Code={"ZipFile": package},
            MemorySize=192,
            Timeout=3,
        )
    return client


def call(client, name, event=None, **more):
    """Invoke; the answer's head, its payload, its log."""
    answer = client.invoke(
        FunctionName=name, Payload=json.dumps(event or {}), LogType="Tail", **more
    )
    payload = json.loads(answer["Payload"].read())
    return answer, payload, base64.b64decode(answer["LogResult"]).decode()


def test_an_event_comes_back(lambda_):
    answer, payload, log = call(lambda_, "python", {"a": [1, "ü"]})
    assert {"a": [1, "ü"]} == payload
    assert (200, "$LATEST", None) == (
        answer["StatusCode"],
        answer["ExecutedVersion"],
        answer.get("FunctionError"),
    )
    id_ = answer["ResponseMetadata"]["RequestId"]
    lines = log.splitlines()
    assert f"START RequestId: {id_} Version: $LATEST" == lines[0]
    assert "doing None" in lines
    assert f"END RequestId: {id_}" == lines[-2]
    assert re.fullmatch(
        rf"REPORT RequestId: {id_}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 192 MB\tMax Memory Used: \d+ MB(\tInit Duration: \d+\.\d\d ms)?\t",
        lines[-1],
    )


def test_a_worker_is_kept_warm(lambda_):
    first, second = (call(lambda_, "python", {"do": "count"})[1] for _ in range(2))
    assert first[0] == second[0]
    assert first[1] + 1 == second[1]


def test_no_payload_is_an_empty_object(lambda_):
    assert b"{}" == lambda_.invoke(FunctionName="python")["Payload"].read()


def test_the_context_is_whole(lambda_):
    custom = base64.b64encode(json.dumps({"custom": {"k": "ü"}}).encode()).decode()
    answer, got, _ = call(lambda_, "python", {"do": "context"}, ClientContext=custom)
    assert 1000 < got.pop("left") <= 3000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", got.pop("stream"))
    assert {
        "name": "python",
        "version": "$LATEST",
        "arn": "arn:aws:lambda:us-east-1:111122223333:function:python",
        "memory": "192",
        "id": answer["ResponseMetadata"]["RequestId"],
        "group": "/aws/lambda/python",
        "client": {"k": "ü"},
    } == got


def test_the_environment_is_lambdas(lambda_):
    _, got, _ = call(lambda_, "python", {"do": "environment"})
    assert got["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "192",
        "AWS_LAMBDA_FUNCTION_NAME": "python",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/python",
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        "AWS_REGION": "us-east-1",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": "/var/task",
        "TZ": ":UTC",
        "_HANDLER": "h.handler",
    }.items() <= got.items()
    assert {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_LOG_STREAM_NAME"} <= set(got)
    assert not [name for name in got if "LODEKEY" in name or "TELEMETRY" in name]


def test_an_exception_is_an_unhandled_error(lambda_):
    answer, payload, log = call(lambda_, "python", {"do": "raise"})
    assert (200, "Unhandled") == (answer["StatusCode"], answer["FunctionError"])
    assert ("ValueError", "no good") == (payload["errorType"], payload["errorMessage"])
    assert "/var/task/h.py" in payload["stackTrace"][0]
    assert "[ERROR] ValueError: no good\nTraceback (most recent call last):" in log
    assert "Status:" not in log


def test_a_process_that_ends_is_an_exit_error(lambda_):
    before = call(lambda_, "python", {"do": "count"})[1][1]
    answer, payload, log = call(lambda_, "python", {"do": "exit"})
    id_ = answer["ResponseMetadata"]["RequestId"]
    text = f"RequestId: {id_} Error: Runtime exited with error: exit status 3"
    assert "Unhandled" == answer["FunctionError"]
    assert {"errorType": "Runtime.ExitError", "errorMessage": text} == payload
    assert f"{text}\nRuntime.ExitError\n" in log
    assert "\tStatus: error\tError Type: Runtime.ExitError\t" in log
    assert 1 <= before
    assert 1 == call(lambda_, "python", {"do": "count"})[1][1]


def test_a_timeout_kills(lambda_):
    began = time.monotonic()
    answer, payload, log = call(lambda_, "python", {"do": "sleep"})
    id_ = answer["ResponseMetadata"]["RequestId"]
    assert time.monotonic() - began < 6
    assert {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {id_} Error: Task timed out after 3.00 seconds",
    } == payload
    assert re.search(rf"\d\d\.\d{{3}}Z {id_} Task timed out after 3\.00 seconds\n", log)
    assert "\tStatus: timeout\t" in log


def test_too_much_memory_kills(lambda_):
    _, payload, log = call(lambda_, "python", {"do": "grow"})
    assert "Runtime.OutOfMemory" == payload["errorType"]
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert "Max Memory Used: 192 MB" in log


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("broken-python", "Runtime.ImportModuleError", "Unable to import module 'broken'"),
        ("unread-python", "Runtime.UserCodeSyntaxError", "Syntax error in module 'unread'"),
        ("missing-python", "Runtime.HandlerNotFound", "Handler 'nobody' missing on module 'h'"),
        ("broken-node", "Runtime.ImportModuleError", "Cannot find module 'nothing-of-the-sort'"),
        ("missing-node", "Runtime.HandlerNotFound", "index.nobody is undefined or not exported"),
    ],
)
def test_what_cannot_be_loaded(lambda_, name, kind, words):
    answer, payload, log = call(lambda_, name)
    assert "Unhandled" == answer["FunctionError"]
    assert kind == payload["errorType"]
    assert words in payload["errorMessage"]
    assert re.search(rf"INIT_REPORT Init Duration: .*\tStatus: error\tError Type: {kind}\n", log)


@pytest.mark.parametrize(
    ("name", "event", "expected"),
    [
        ("node", {"a": 1}, {"a": 1}),
        ("node", {"do": "never"}, None),
        ("callback", {}, {"called": "back"}),
        ("nothing", {}, None),
        ("nested", {}, "deep"),
        ("inner", {}, "inner"),
        ("module", {"x": 2}, {"module": "a/b", "event": {"x": 2}}),
    ],
)
def test_every_style_of_node_handler(lambda_, name, event, expected):
    answer, payload, _ = call(lambda_, name, event)
    assert None is answer.get("FunctionError")
    assert expected == payload


def test_a_streaming_handler(lambda_):
    answer = lambda_.invoke(FunctionName="streamed")
    assert b"one two" == answer["Payload"].read()


@pytest.mark.parametrize(
    ("name", "event", "kind", "message"),
    [
        ("node", {"do": "raise"}, "TypeError", "no good"),
        ("node", {"do": "reject"}, "Runtime.UnhandledPromiseRejection", "Error: late"),
        ("callback", {"do": "raise"}, "Error", "called back"),
        ("callback", {"do": "text"}, "string", "just text"),
    ],
)
def test_node_errors(lambda_, name, event, kind, message):
    answer, payload, log = call(lambda_, name, event)
    assert "Unhandled" == answer["FunctionError"]
    assert (kind, message) == (payload["errorType"], payload["errorMessage"])
    assert "\tERROR\t" in log


def test_a_node_process_that_exits(lambda_):
    _, payload, _ = call(lambda_, "node", {"do": "exit"})
    assert payload["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_node_lines_have_time_id_and_level(lambda_):
    answer, _, log = call(lambda_, "node", {"do": "lines"})
    id_ = answer["ResponseMetadata"]["RequestId"]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.search(rf"{stamp}\t{id_}\tINFO\tdoing lines\n", log)
    assert re.search(rf"{stamp}\t{id_}\tERROR\tone\ntwo\n", log)
    assert re.search(rf"{stamp}\t{id_}\tWARN\tw\n", log)
    assert re.search(rf"{stamp}\t{id_}\tDEBUG\td\n", log)


def test_a_response_that_is_too_large(lambda_):
    _, payload, _ = call(lambda_, "python", {"do": "large", "size": 6_291_556})
    assert {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
    } == payload
    answer = lambda_.invoke(
        FunctionName="python", Payload=json.dumps({"do": "large", "size": 6_000_000})
    )
    assert 6_000_002 == len(answer["Payload"].read())


def test_a_request_that_is_too_large(lambda_):
    for kind, size in (("RequestResponse", 6_291_457), ("Event", 1_048_577)):
        body = json.dumps("x" * (size - 2))
        with pytest.raises(ClientError) as error:
            lambda_.invoke(FunctionName="python", Payload=body, InvocationType=kind)
        assert "RequestTooLargeException" == error.value.response["Error"]["Code"]
        assert 413 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]
        assert str(size - 1) in error.value.response["Error"]["Message"]


@pytest.mark.parametrize("payload", [b"{", b"\xff", b"NaN", b"[" * 10_000])
def test_a_payload_that_is_no_json(lambda_, payload):
    with pytest.raises(ClientError) as error:
        lambda_.invoke(FunctionName="python", Payload=payload)
    assert "InvalidRequestContentException" == error.value.response["Error"]["Code"]
    assert error.value.response["Error"]["Message"].startswith(
        "Could not parse request body into json"
    )


def test_a_dry_run_asks_only(lambda_, shared_world):
    assert 204 == lambda_.invoke(FunctionName="python", InvocationType="DryRun")["StatusCode"]
    stranger = shared_world.client("lambda", as_=shared_world.user("stranger"))
    with pytest.raises(ClientError) as error:
        stranger.invoke(FunctionName="python", InvocationType="DryRun")
    assert "lambda:InvokeFunction on resource: " in error.value.response["Error"]["Message"]
    assert 403 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_who_may_invoke(lambda_, shared_world):
    arn = "arn:aws:lambda:us-east-1:111122223333:function:python"
    caller = shared_world.user("caller", allow("lambda:InvokeFunction", resource=arn))
    client = shared_world.client("lambda", as_=caller)
    assert 200 == client.invoke(FunctionName="python")["StatusCode"]
    with pytest.raises(ClientError) as error:
        client.invoke(FunctionName="node")
    assert "AccessDeniedException" == error.value.response["Error"]["Code"]


def test_a_changed_function_runs_anew(lambda_, shared_world):
    role = "arn:aws:iam::111122223333:role/fn"
    texts = [f"def handler(event, context):\n    return {number}\n" for number in (1, 2)]
    lambda_.create_function(
        FunctionName="changing",
        Runtime="python3.13",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": archive({"h.py": texts[0]})},
    )
    assert 1 == call(lambda_, "changing")[1]
    lambda_.update_function_code(FunctionName="changing", ZipFile=archive({"h.py": texts[1]}))
    assert 2 == call(lambda_, "changing")[1]
    lambda_.delete_function(FunctionName="changing")


def test_credentials_are_renewed_before_they_end(lambda_, shared_world):
    before = call(lambda_, "python", {"do": "environment"})[1]["AWS_ACCESS_KEY_ID"]
    assert before == call(lambda_, "python", {"do": "environment"})[1]["AWS_ACCESS_KEY_ID"]
    shared_world.clock.advance(3600)
    assert before != call(lambda_, "python", {"do": "environment"})[1]["AWS_ACCESS_KEY_ID"]


def test_a_role_that_is_gone_cannot_be_assumed(lambda_, shared_world):
    role = shared_world.role("passing", TRUST)
    lambda_.create_function(
        FunctionName="roleless",
        Runtime="python3.12",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": archive({"h.py": PYTHON})},
    )
    iam = shared_world.client("iam")
    iam.delete_role(RoleName="passing")
    with pytest.raises(ClientError) as error:
        lambda_.invoke(FunctionName="roleless")
    assert (
        "AccessDeniedException",
        "The role defined for the function cannot be assumed by Lambda.",
    ) == (error.value.response["Error"]["Code"], error.value.response["Error"]["Message"])


def lines_of(world, name):
    """The function's log, as Logs has it."""
    world.run(world.settle())
    events = world.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{name}", interleaved=True
    )["events"]
    return [event["message"] for event in events]


def test_the_log_is_in_cloudwatch(lambda_, shared_world):
    answer, _, _ = call(lambda_, "nested", {})
    id_ = answer["ResponseMetadata"]["RequestId"]
    lines = lines_of(shared_world, "nested")
    assert [
        "INIT_START",
        f"START RequestId: {id_} Version: $LATEST",
        f"END RequestId: {id_}",
    ] == [lines[0].split(" ")[0], lines[-3].strip(), lines[-2].strip()]
    assert lines[-1].startswith(f"REPORT RequestId: {id_}\tDuration: ")
    streams = shared_world.client("logs").describe_log_streams(logGroupName="/aws/lambda/nested")
    names = [stream["logStreamName"] for stream in streams["logStreams"]]
    assert all(re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", name) for name in names)


def test_logs_are_written_as_the_functions_role(lambda_, shared_world):
    call(lambda_, "inner", {})
    shared_world.run(shared_world.settle())
    made = [
        event
        for event in shared_world.events()
        if event["eventName"] == "CreateLogGroup"
        and event["requestParameters"]["logGroupName"] == "/aws/lambda/inner"
    ]
    assert [":assumed-role/fn/inner"] == [
        "".join(event["userIdentity"]["arn"].partition(":assumed-role")[1:]) for event in made
    ]


def test_logs_may_be_granted_by_source_function(shared_world, lambda_):
    condition = {
        "ArnEquals": {
            "lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:a"
        }
    }
    role = shared_world.role("logging", TRUST, [{**LOGS, "Condition": condition}])
    for name in ("a", "b"):
        lambda_.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="h.handler",
            Role=role,
            Code={"ZipFile": archive({"h.py": PYTHON})},
        )
        assert {} == call(lambda_, name)[1]
    assert any(line.startswith("REPORT") for line in lines_of(shared_world, "a"))
    with pytest.raises(ClientError) as error:
        lines_of(shared_world, "b")
    assert "ResourceNotFoundException" == error.value.response["Error"]["Code"]


def test_a_json_log(lambda_, shared_world):
    role = "arn:aws:iam::111122223333:role/fn"
    text = (
        "import logging\n"
        "def handler(event, context):\n"
        "    logging.getLogger().error('wrong', extra={'k': 1})\n"
    )
    lambda_.create_function(
        FunctionName="structured",
        Runtime="python3.12",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": archive({"h.py": text})},
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/elsewhere"},
    )
    answer, _, log = call(lambda_, "structured")
    id_ = answer["ResponseMetadata"]["RequestId"]
    start, error, report = (json.loads(line) for line in log.splitlines())
    assert ("platform.start", {"requestId": id_, "version": "$LATEST"}) == (
        start["type"],
        start["record"],
    )
    assert ("ERROR", "wrong", 1, id_) == (
        error["level"],
        error["message"],
        error["k"],
        error["requestId"],
    )
    assert ("platform.report", "success", 128) == (
        report["type"],
        report["record"]["status"],
        report["record"]["metrics"]["memorySizeMB"],
    )
    shared_world.run(shared_world.settle())
    groups = shared_world.client("logs").describe_log_groups(logGroupNamePrefix="/elsewhere")
    assert 1 == len(groups["logGroups"])
