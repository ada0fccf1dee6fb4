"""`lodekey backup`, `restore` and `verify`, as typed, beside a server in process."""

from __future__ import annotations

import asyncio
import shutil

import pytest
from click.testing import CliRunner

from lodekey.app.build import build
from lodekey.cli.group import cli
from lodekey.gate.settings import Settings
from lodekey.identity.records import USERS


def lodekey(*words):
    answer = CliRunner().invoke(cli, [*map(str, words)])
    return answer.exit_code, answer.output


@pytest.fixture
def backup(world, tmp_path):
    world.user("alice")
    (world.data / "functions").mkdir(exist_ok=True)
    (world.data / "functions" / "code").write_bytes(b"sealed elsewhere")
    code, said = lodekey("backup", tmp_path / "backup", "--data", world.data)
    assert (0, True) == (code, "records are in" in said), said
    return tmp_path / "backup"


@pytest.fixture
def root_key(world):
    return f"file:{world.data / 'root.key'}"


def test_a_running_server_is_backed_up_and_restored(world, backup, tmp_path, root_key):
    new = tmp_path / "new"
    code, said = lodekey("restore", backup, "--data", new, "--root-key", root_key)
    assert (0, True) == (code, "records are restored" in said), said
    assert b"sealed elsewhere" == (new / "functions" / "code").read_bytes()
    shutil.copy(world.data / "root.key", new / "root.key")
    house = build(Settings(data=new, account="111122223333"))
    with house.store.transaction(write=False) as tx:
        assert USERS.get(tx, "111122223333", "alice").name == "alice"
    assert {event.event_name for event in house.trail.events()} >= {"CreateUser"}
    asyncio.run(house.stop())
    code, said = lodekey("verify", "--data", new)
    assert (0, True) == (code, said.startswith("sound:")), said


def test_a_running_server_is_verified(world, backup):
    code, said = lodekey("verify", "--data", world.data)
    assert (0, True) == (code, said.startswith("sound:")), said


def test_tampering_is_told(world, backup):
    path = next((world.data / "trail").glob("*.seg"))
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[60] ^= 1
    path.write_bytes(changed)
    code, said = lodekey("verify", "--data", world.data)
    path.write_bytes(whole)
    assert (1, True) == (code, path.name in said), said


def test_a_witness_reveals_what_was_put_back(world, backup, tmp_path, root_key):
    lodekey("restore", backup, "--data", tmp_path / "new", "--root-key", root_key)
    world.user("bob")
    world.house.trail.witness()
    said = lodekey("verify", "--data", world.data, "--new-witness")[1]
    (tmp_path / "witness").write_text(said)
    seen = ("--witness", tmp_path / "witness", "--root-key", root_key)
    assert 0 == lodekey("verify", "--data", world.data, *seen)[0]
    assert 0 == lodekey("verify", "--data", tmp_path / "new", "--root-key", root_key)[0]
    assert 1 == lodekey("verify", "--data", tmp_path / "new", *seen)[0]


def test_a_changed_backup_is_not_restored(backup, tmp_path, root_key):
    changed = bytearray(backup.read_bytes())
    changed[-20] ^= 1
    backup.write_bytes(changed)
    code, said = lodekey("restore", backup, "--data", tmp_path / "new", "--root-key", root_key)
    assert (1, True) == (code, "is not restored" in said), said
    assert not (tmp_path / "new" / "keyring").exists()


def test_refusals_are_words(world, backup, tmp_path, root_key):
    for words in (
        ("backup", backup, "--data", world.data),
        ("restore", backup, "--data", world.data),
        ("verify", "--data", tmp_path / "nothing"),
        ("verify", "--data", world.data, "--root-key", "nonsense"),
    ):
        code, said = lodekey(*words)
        assert (1, True) == (code, said.startswith("lodekey: ")), said
