"""A part of a name cannot reach out of its place: not into another account's records."""

from __future__ import annotations

import pytest

from lodekey.identity.records import USERS
from lodekey.store.port import BadName
from world import ACCOUNT, World


def test_a_part_does_not_break_out(world: World) -> None:
    world.user("alice")
    with world.gate.store.transaction(write=True) as tx:
        assert USERS.get(tx, ACCOUNT, "alice") is not None
        assert USERS.get(tx, f"{ACCOUNT}\x01alice") is None
        assert [] == list(USERS.scan(tx, f"{ACCOUNT}\x01alice"))
        with pytest.raises(BadName):
            USERS.delete(tx, f"{ACCOUNT}\x01alice")
        assert USERS.get(tx, ACCOUNT, "alice") is not None


def test_a_secret_of_another_account_is_not_reached(world: World) -> None:
    other = world.account()
    world.client("secretsmanager", as_=other).create_secret(Name="theirs", SecretString="x")
    mine = world.client("secretsmanager")
    for name in (f"x\x01{other.account}\x01us-east-1\x01theirs", "\x01theirs", "theirs\x01"):
        with pytest.raises(mine.exceptions.ClientError) as caught:
            mine.get_secret_value(SecretId=name)
        assert caught.value.response["Error"]["Code"] in {
            "ResourceNotFoundException",
            "ValidationException",
        }
