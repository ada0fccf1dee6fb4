"""A function that takes more memory than it has is killed, and nobody else is."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from services.lambda_.packaging import archive

pytestmark = pytest.mark.slow

PYTHON = """
import os, subprocess, sys, time

def handler(event, context):
    what = event.get("do")
    if what == "sudden":
        held = b"x" * (1 << 30)
        time.sleep(5)
    if what == "slow":
        held = []
        while True:
            held.append(b"x" * (8 << 20))
            time.sleep(0.01)
    if what == "children":
        text = "import time; held = b'x' * (80 << 20); time.sleep(5)"
        for child in [subprocess.Popen([sys.executable, "-c", text]) for _ in range(4)]:
            child.wait()
    if what == "impossible":
        held = b"x" * (1 << 34)
    if what == "wait":
        time.sleep(event["seconds"])
        print("waits", event["say"], os.getpid())
    with open("/proc/self/oom_score_adj") as file:
        return int(file.read())
"""
NODE = """
exports.handler = async (event) => {
  const held = [];
  if (event.do === "sudden") held.push(Buffer.alloc(1 << 30, 1));
  while (event.do === "slow") {
    held.push(Buffer.alloc(8 << 20, 1));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  while (event.do === "objects") held.push({ text: `${held.length}` });
  await new Promise((resolve) => setTimeout(resolve, 5000));
};
"""


@pytest.fixture(scope="module")
def functions(make):
    package = {"ZipFile": archive({"h.py": PYTHON, "index.js": NODE})}
    make("greedy", Code=package, Timeout=10)
    make("modest", Code=package, Timeout=10)
    node = {"Runtime": "nodejs22.x", "Handler": "index.handler"}
    make("greedy-node", Code=package, Timeout=10, **node)


def ended(lambdas, name, what):
    """How the invocation ended: its payload, and its log."""
    answer = lambdas.invoke(FunctionName=name, Payload=json.dumps({"do": what}), LogType="Tail")
    assert (200, "Unhandled") == (answer["StatusCode"], answer.get("FunctionError"))
    log = base64.b64decode(answer["LogResult"]).decode()
    return json.loads(answer["Payload"].read()), log


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("greedy", "sudden"),
        ("greedy", "slow"),
        ("greedy", "children"),
        ("greedy-node", "sudden"),
        ("greedy-node", "slow"),
    ],
)
def test_whoever_holds_too_much_is_killed(functions, lambdas, name, what):
    payload, log = ended(lambdas, name, what)
    assert "Runtime.OutOfMemory" == payload["errorType"]
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert "\tMax Memory Used: 128 MB\t" in log
    assert "\tStatus: error\tError Type: Runtime.OutOfMemory\t" in log


def test_what_the_kernel_does_not_give_is_the_languages_own_error(functions, lambdas):
    payload, _ = ended(lambdas, "greedy", "impossible")
    assert "MemoryError" == payload["errorType"]


def test_a_full_heap_ends_it(functions, lambdas):
    """Whoever sees it first: the watch, or the engine, which then aborts."""
    payload, _ = ended(lambdas, "greedy-node", "objects")
    signal = {"Runtime.OutOfMemory": "killed", "Runtime.ExitError": "aborted"}
    text = f"Error: Runtime exited with error: signal: {signal[payload['errorType']]}"
    assert payload["errorMessage"].endswith(text)


def test_another_function_does_not_suffer(functions, lambdas, shared_world):
    """It waits in one process while the other is killed, and goes on in it."""
    for invocation in ("RequestResponse", "Event"):
        event = {"do": "wait", "seconds": 1, "say": invocation}
        lambdas.invoke(FunctionName="modest", InvocationType=invocation, Payload=json.dumps(event))
    ended(lambdas, "greedy", "sudden")
    shared_world.run(shared_world.settle())
    events = shared_world.client("logs").filter_log_events(logGroupName="/aws/lambda/modest")
    lines = [each["message"].strip() for each in events["events"]]
    said = [line.split(" ") for line in lines if line.startswith("waits ")]
    assert ["RequestResponse", "Event"] == [name for _, name, _ in said]
    assert 1 == len({process for *_, process in said})
    reports = [line for line in lines if line.startswith("REPORT")]
    assert 2 == len(reports)
    assert not any("Status:" in line for line in reports)


def test_the_kernel_takes_functions_before_the_server(functions, lambdas):
    answer = lambdas.invoke(FunctionName="modest")
    assert 1000 == json.loads(answer["Payload"].read())
    # the control
    assert 1000 > int(Path("/proc/self/oom_score_adj").read_text())
