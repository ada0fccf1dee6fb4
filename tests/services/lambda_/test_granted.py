"""What the operator lets functions reach beside the server: that, under its name, and no more."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from lodekey.services.lambda_ import confinement
from lodekey.services.lambda_.granted import BadGrant, hosts_lines, of_function, read
from lodekey.services.lambda_.sandbox import Sandbox
from running import ROOT
from services.lambda_.packaging import LOGS, TRUST, archive
from world import World

ENDPOINT = ("lodekey.example", 4566)
ARN = "arn:aws:lambda:us-east-1:111122223333:function:{}"

# -- as written


def test_a_name_gets_an_address_of_its_own():
    granted = read(["db.internal:5432", "cache:5432", "DB.internal:5433"], ENDPOINT)
    assert {
        ("127.77.0.1", 5432): ("db.internal", 5432),
        ("127.77.0.2", 5432): ("cache", 5432),
        ("127.77.0.1", 5433): ("db.internal", 5433),
    } == of_function(granted, ARN.format("f"))
    assert ["127.77.0.1 db.internal", "127.77.0.2 cache"] == hosts_lines(granted)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("localhost:5432", ("127.0.0.1", 5432), ("localhost", 5432)),
        ("127.0.0.1:5432", ("127.0.0.1", 5432), ("127.0.0.1", 5432)),
        ("127.77.0.1:5432", ("127.77.0.1", 5432), ("127.77.0.1", 5432)),
        ("lodekey.example:5432", ("127.0.0.1", 5432), ("lodekey.example", 5432)),
        ("db:5432=192.0.2.7:5433", ("127.77.0.1", 5432), ("192.0.2.7", 5433)),
        ("db:5432=[2001:db8::1]:5433", ("127.77.0.1", 5432), ("2001:db8::1", 5433)),
    ],
)
def test_what_a_grant_leads_to(text, inside, outside):
    assert {inside: outside} == of_function(read([text], ENDPOINT), ARN.format("f"))


def test_an_address_that_is_written_down_is_given_to_no_name():
    granted = read(["db:1234", "127.77.0.1:5432"], ENDPOINT)
    assert ["127.77.0.2 db"] == hosts_lines(granted)


def test_a_grant_may_be_for_some_functions_only():
    mine = "arn:aws:lambda:*:111122223333:function:rotate-?"
    granted = read([f"{mine}@db:5432=first:5432", "db:5432=second:5432"], ENDPOINT)
    inside = ("127.77.0.1", 5432)
    assert {inside: ("first", 5432)} == of_function(granted, ARN.format("rotate-a"))
    assert {inside: ("second", 5432)} == of_function(granted, ARN.format("rotate-ab"))
    assert {} == of_function(granted[:1], ARN.format("rotate-ab"))
    assert str(granted[0]) == f"db:5432, which is first:5432 ({mine} only)"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["db"], "is not `HOST:PORT`"),
        (["http://db:80"], "is not `HOST:PORT`"),
        (["db:5432/x"], "is not `HOST:PORT`"),
        (["*:5432"], "is not `HOST:PORT`"),
        (["db internal:5432"], "is not `HOST:PORT`"),
        (["db:5432=elsewhere"], "is not `HOST:PORT`"),
        (["db:0"], "there is no port 0"),
        (["db:65536"], "there is no port 65536"),
        (["[db]:5432"], "is not an address"),
        (["f@db:5432"], "is not the ARN of a function"),
        (["192.0.2.7:5432"], "give it a name, such as `database.internal:5432=192.0.2.7:5432`"),
        (["[::1]:5432"], "give it a name, such as `database.internal:5432=[::1]:5432`"),
        (["127.0.0.1:9001"], "this server's own place"),
        (["localhost:2773"], "this server's own place"),
        (["lodekey.example:4566"], "this server's own place"),
        (["db:5432=a:1", "db:5432=b:1"], "granted twice"),
        ([f"db:{port}" for port in range(2000, 2065)], "65 grants are more than the 64"),
    ],
)
def test_what_cannot_be_granted(texts, said):
    with pytest.raises(BadGrant) as error:
        read(texts, ENDPOINT)
    assert said in str(error.value)


def test_a_low_port_is_for_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert read(["api:443"], ENDPOINT)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BadGrant) as error:
        read(["api:443"], ENDPOINT)
    assert "such as `api:8443=api:443`" in str(error.value)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--functions-may-reach", "db"], 1, "lodekey: `db` is not `HOST:PORT`"),
        (
            ["--functions-may-reach", "db:5432", "--unsafe-functions"],
            2,
            "`--functions-may-reach` is for the sandbox",
        ),
    ],
)
def test_a_server_does_not_start_with_a_bad_grant(tmp_path, words, code, said):
    done = subprocess.run(
        [sys.executable, "-m", "lodekey", "up", "--port", "0", "--data", tmp_path, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert code == done.returncode
    assert said in done.stderr


# -- at work

TRIES = """
import os, socket
def handler(event, context):
    found = {}
    for host, port in event["places"]:
        try:
            with socket.create_connection((host, port), 5) as connection:
                connection.sendall(b"asked")
                found[f"{host}:{port}"] = connection.recv(100).decode()
        except OSError as error:
            found[f"{host}:{port}"] = type(error).__name__
    with open("/proc/self/status") as file:
        words = dict(line.split(":", 1) for line in file if ":" in line)
    found["capabilities"] = {int(words[each], 16) for each in ("CapEff", "CapPrm", "CapAmb")} == {0}
    return found
"""
NODE = """
const net = require("node:net");
const one = ([host, port]) => new Promise((resolve) => {
  const connection = net.connect(port, host, () => connection.write("asked"));
  connection.on("data", (data) => { resolve(String(data)); connection.destroy(); });
  connection.on("error", (error) => resolve(error.code));
});
exports.handler = async (event) => {
  const found = {};
  for (const place of event.places) found[place.join(":")] = await one(place);
  return found;
};
"""


class Answers:
    """A plain TCP server on a port of its own, which answers with its name."""

    def __init__(self, name: str) -> None:
        self.asked = 0
        self._name = name
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                if connection.recv(100) == b"asked":
                    self.asked += 1
                    connection.sendall(self._name.encode())

    def close(self) -> None:
        """Listen no more."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture(scope="module")
def two() -> Iterator[list[Answers]]:
    made = [Answers("first"), Answers("second")]
    yield made
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def granting(two, tmp_path_factory) -> Iterator[World]:
    """A server whose functions may reach the first, and of whose second only one function may."""
    first, second = two
    made = World(
        tmp_path_factory.mktemp("granting") / "data",
        functions_may_reach=(
            f"first.internal:5432=127.0.0.1:{first.port}",
            f"127.0.0.1:{first.port}",
            f"{ARN.format('trusted')}@second.internal:5432=localhost:{second.port}",
            "nobody.internal:5432=127.0.0.1:9",
        ),
    )
    role = made.role("fn", TRUST, [LOGS])
    for name, runtime, handler in (
        ("trusted", "python3.12", "h.handler"),
        ("other", "python3.12", "h.handler"),
        ("node", "nodejs20.x", "index.handler"),
    ):
        made.client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=handler,
            Timeout=20,
            Role=role,
            Code={"ZipFile": archive({"h.py": TRIES, "index.js": NODE})},
        )
    yield made
    made.close()


@contextmanager
def one_granted(directory, grant) -> Iterator[World]:
    """A server with one grant and one function ``f``."""
    world = World(directory / "data", functions_may_reach=(grant,))
    try:
        world.client("lambda").create_function(
            FunctionName="f",
            Runtime="python3.12",
            Handler="h.handler",
            Role=world.role("fn", TRUST, [LOGS]),
            Code={"ZipFile": archive({"h.py": TRIES})},
        )
        yield world
    finally:
        world.close()


def reached(world, name, *places):
    answer = world.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps({"places": places})
    )
    found = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, found
    assert found.pop("capabilities", True)
    return [*found.values()]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["trusted", "other", "node"])
def test_a_function_reaches_what_is_granted(granting, two, name):
    first, _ = two
    before = first.asked
    places = [("first.internal", 5432), ("127.0.0.1", first.port), ("FIRST.internal", 5432)]
    assert ["first", "first", "first"] == reached(granting, name, *places)
    assert before + 3 == first.asked


@pytest.mark.slow
def test_a_function_reaches_nothing_else(granting, two):
    first, second = two
    before = second.asked
    places = [
        ("second.internal", 5432),  # another function's grant
        ("127.0.0.1", second.port),  # a port that is open on the machine
        ("127.0.0.2", first.port),
        ("first.internal", first.port),  # the name's other ports
        ("192.0.2.7", 5432),
    ]
    assert ["ConnectionRefusedError"] * 4 + ["OSError"] == reached(granting, "other", *places)
    assert before == second.asked
    # the controls: it is the grant that decides, and both places can be reached
    assert ["second"] == reached(granting, "trusted", ("second.internal", 5432))
    with socket.create_connection(("127.0.0.1", second.port), 5) as plain:
        plain.sendall(b"asked")
        assert plain.recv(100) == b"second"


@pytest.mark.slow
def test_names_are_not_looked_up_beside_those(granting):
    assert ["gaierror"] == reached(granting, "trusted", ("example.com", 443))


@pytest.mark.slow
def test_a_place_that_does_not_answer_is_told_in_the_functions_log(granting):
    # closed with a reset or without, as the kernel has it; nothing is said either way
    ended = reached(granting, "trusted", ("nobody.internal", 5432))
    assert ended in (["ConnectionResetError"], [""])
    granting.run_jobs()
    events = granting.client("logs").filter_log_events(
        logGroupName="/aws/lambda/trusted", filterPattern="reached"
    )["events"]
    assert ["127.0.0.1:9 cannot be reached"] == [
        event["message"].partition(": ")[0] for event in events
    ]


@pytest.mark.slow
def test_a_low_port_as_root(two, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("the suite does not run as root")
    first, _ = two
    with one_granted(tmp_path, f"api.internal:443=127.0.0.1:{first.port}") as world:
        assert ["first"] == reached(world, "f", ("api.internal", 443))


@pytest.mark.slow
def test_the_same_without_root(two, tmp_path, monkeypatch):
    """In a user space of its own, which is all that a server without root has."""
    first, second = two
    monkeypatch.setattr(confinement, "Sandbox", partial(Sandbox, root=False))
    with one_granted(tmp_path, f"first.internal:5432=127.0.0.1:{first.port}") as world:
        places = [("first.internal", 5432), ("127.0.0.1", second.port)]
        assert ["first", "ConnectionRefusedError"] == reached(world, "f", *places)
