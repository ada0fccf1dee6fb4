"""Between invocations a function's processes stand still."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.lambda_.packaging import archive

pytestmark = pytest.mark.slow

COUNTS = """
import subprocess, sys, threading, time

ticks = 0

def tick():
    global ticks
    while True:
        time.sleep(0.01)
        ticks += 1

threading.Thread(target=tick, daemon=True).start()
child = subprocess.Popen(
    [sys.executable, "-c", "import time\\nwhile True:\\n  print(1, flush=True); time.sleep(0.01)"],
    stdout=open("/tmp/child", "wb"),
)

def handler(event, context):
    time.sleep(event.get("sleep", 0))
    return [ticks, len(open("/tmp/child").readlines())]
"""
NODE = """
let ticks = 0;
setInterval(() => { ticks += 1; }, 10);
exports.handler = async (event) => {
  await new Promise((resolve) => setTimeout(resolve, 1000 * (event.sleep ?? 0)));
  return [ticks, ticks];
};
"""


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        ("frozen-python", COUNTS, {}),
        (
            "frozen-node",
            NODE,
            {"Runtime": "nodejs20.x", "Handler": "index.handler"},
        ),
    ],
)
def test_nothing_goes_on(shared_world, lambdas, make, name, text, more):
    package = archive({"h.py": text, "index.js": text})
    make(name, Timeout=10, **{"Code": {"ZipFile": package}, **more})

    def counts(sleep=0.0):
        answer = lambdas.invoke(FunctionName=name, Payload=json.dumps({"sleep": sleep}))
        return json.loads(answer["Payload"].read())

    first = counts(0.1)
    shared_world.run(asyncio.sleep(1))
    second = counts()
    third = counts(1)
    for before, after, control in zip(first, second, third, strict=True):
        assert after - before < 20
        assert control - after > 30
