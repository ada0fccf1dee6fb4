"""Several nodes on one database: one of them does the house's work, and another when it is gone."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lodekey.app import turns
from lodekey.app.turns import EVERY, OURS, SILENCE, Turns, node_of
from running import Running
from services.lambda_.packaging import TRUST, archive
from store.postgres_server import PostgresServer, shared_server
from world import World, allow, document


class Clock:
    """A node's own clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Node:
    """A node that only takes turns; its clock says something else than the others'."""

    def __init__(self, world: World, name: str, ahead: float = 0.0) -> None:
        self.clock = Clock()
        self.clock.now += ahead
        self.turns = Turns(world.gate.background, name, self.clock)

    def after(self, seconds: float, *, looks: bool = True) -> bool:
        """Let time pass, look, and say whether the turn is ours."""
        self.clock.now += seconds
        if looks:
            self.turns.look()
        return self.turns.is_ours()


def test_the_first_to_look_has_the_turn_while_it_gives_signs(world: World) -> None:
    one, two = Node(world, "one"), Node(world, "two", ahead=-500.0)
    assert not one.turns.is_ours()
    assert one.after(0)
    for _ in range(20):
        assert one.after(EVERY)
        assert not two.after(EVERY)


def test_another_takes_it_after_a_silence_and_never_both_have_it(world: World) -> None:
    one, two = Node(world, "one"), Node(world, "two")
    one.after(0)
    two.after(0)
    elapsed = 0.0
    while not two.after(1):
        elapsed += 1
        one.after(1, looks=False)
        assert elapsed < SILENCE
    assert not one.after(1, looks=False)
    assert OURS < elapsed
    # who was silent comes back, and waits its turn
    for _ in range(20):
        assert two.after(EVERY)
        assert not one.after(EVERY)


def test_a_successor_on_the_same_data_need_not_wait(world: World) -> None:
    Node(world, "one").after(0)
    assert Node(world, "one").after(0)
    assert not Node(world, "two").after(0)


def test_a_copy_of_a_data_directory_does_not_share_the_turn(world: World) -> None:
    one = Node(world, "one")
    one.after(0)
    copy = Node(world, "one")
    assert copy.after(0)
    for _ in range(20):
        assert not one.after(EVERY)
        assert copy.after(EVERY)


def test_who_leaves_gives_it_up(world: World) -> None:
    one, two = Node(world, "one"), Node(world, "two")
    one.after(0)
    two.after(0)
    two.turns.leave()
    assert one.after(1)
    one.turns.leave()
    assert not one.turns.is_ours()
    assert two.after(1)


def test_a_node_knows_its_data_directory_again(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert node_of(tmp_path) == node_of(tmp_path)
    assert node_of(tmp_path) != node_of(tmp_path / "other")


def test_one_node_alone_takes_no_turns(world: World) -> None:
    world.run_jobs()
    assert world.gate.background.first
    with world.gate.store.transaction(write=False) as tx:
        assert turns.TURNS.get(tx, turns.PLACE) is None


# -- real nodes

COUNTS = """
import boto3, time, uuid
ssm = boto3.client("ssm")
def handler(event, context):
    ssm.put_parameter(Name=f"/ran/{event['name']}/{uuid.uuid4()}", Value="x", Type="String")
    time.sleep(3)
"""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """Two servers on one database, which share function packages too."""
    shared_server()  # says so where there is no PostgreSQL
    database, place = PostgresServer(), tmp_path_factory.mktemp("turns")
    running: list[Running] = []
    try:
        running.append(Running(place / "one", "--database", database.conninfo))
        (place / "two").mkdir(mode=0o700)
        for name in ("root.key", "credentials"):
            shutil.copy(place / "one" / name, place / "two")
        (place / "two" / "functions").symlink_to(place / "one" / "functions")
        running.append(Running(place / "two", "--database", database.conninfo))
        yield running
    finally:
        for server in running:
            server.stop()
        database.close()


def make_function(server: Running) -> None:
    iam = server.client("iam")
    role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="fn", PolicyName="own", PolicyDocument=document(allow("ssm:PutParameter"))
    )
    server.client("lambda").create_function(
        FunctionName="counts",
        Runtime="python3.12",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": archive({"h.py": COUNTS})},
        Timeout=20,
    )


def accept(server: Running, name: str) -> None:
    server.client("lambda").invoke(
        FunctionName="counts", InvocationType="Event", Payload=json.dumps({"name": name})
    )


def runs(server: Running, name: str) -> int:
    answer: Any = server.client("ssm").get_parameters_by_path(Path=f"/ran/{name}")
    return len(answer["Parameters"])


def wait_for_run(server: Running, name: str, patience: float = 30.0) -> None:
    deadline = time.monotonic() + patience
    while not runs(server, name):
        assert time.monotonic() < deadline, server.log.read_text()[-2000:]
        time.sleep(0.2)


@pytest.mark.slow
def test_one_of_two_nodes_runs_what_either_accepts(nodes: list[Running]) -> None:
    one, two = nodes
    make_function(one)
    accept(one, "at-one")
    accept(two, "at-two")
    for name in ("at-one", "at-two"):
        wait_for_run(one, name)
    time.sleep(5)  # twice as long as the job's pause, in which another node would find them too
    assert [1, 1] == [runs(one, name) for name in ("at-one", "at-two")]
    taken = "this node does the house's work"
    assert [True, False] == [taken in server.log.read_text() for server in nodes]
    assert 0 == one.stop()
    accept(two, "alone")
    wait_for_run(two, "alone")
    assert taken in two.log.read_text()
