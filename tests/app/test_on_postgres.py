"""Two nodes over one PostgreSQL: what one is told, the other knows at the next request."""

from __future__ import annotations

import shutil

import pytest
from botocore.exceptions import ClientError

from lodekey.app.build import build
from lodekey.gate.settings import Settings
from lodekey.identity.accounts import SetupError
from store.postgres_server import PostgresServer, shared_server
from world import World


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    shared_server()  # says so where there is no PostgreSQL
    server, place = PostgresServer(), tmp_path_factory.mktemp("nodes")
    one = World(place / "one", database=server.conninfo)
    (place / "two").mkdir(mode=0o700)
    shutil.copy(place / "one" / "root.key", place / "two")
    two = World(place / "two", root=one.root, database=server.conninfo)
    yield one, two
    two.close()
    one.close()
    server.close()


def test_what_one_node_allows_and_takes_back_holds_on_the_other(nodes):
    one, two = nodes
    alice = one.user("alice", {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    iam = two.client("iam", as_=alice)
    for _ in range(3):
        assert "alice" in [user["UserName"] for user in iam.list_users()["Users"]]
    one.client("iam").delete_user_policy(UserName="alice", PolicyName="own")
    with pytest.raises(ClientError, match="not authorized"):
        iam.list_users()


def test_each_node_keeps_the_trail_of_what_it_did(nodes):
    two = nodes[1]
    two.client("iam").create_user(UserName="bob")
    assert "CreateUser" in {event["eventName"] for event in two.events()}
    for node in nodes:
        assert node.house.trail.verify().ok
        assert node.house.store.verify() == []


def test_a_database_that_is_not_there(tmp_path):
    with pytest.raises(SetupError, match="cannot use the database"):
        build(Settings(data=tmp_path, database=f"host={tmp_path} user=nobody"))
