"""Rotation, import, replica and deletion survive kill -9 at every write.

Whatever was acknowledged holds after a restart, and what was not is there wholly or not at all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from world import Identity, World

ROOT = Path(__file__).parents[3]
REGIONS = ("us-east-1", "us-west-2")


def tell(folder, number):
    """Run the story until its death; what was acknowledged, and how it ended."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "services.kms.killed", str(folder), str(number)],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


class After:
    """The house, opened again."""

    def __init__(self, folder):
        root = Identity(*json.loads((folder / "root.json").read_text()))
        self.world = World(folder / "house", root=root)
        self.kms = {region: self.world.client("kms", region=region) for region in REGIONS}
        self.gone = set()

    def state(self, key, region=REGIONS[0]):
        return self.kms[region].describe_key(KeyId=key)["KeyMetadata"]

    def holds(self, facts):
        assert self.world.house.store.verify() == []
        self.known = {key for fact in facts for key in fact.values() if isinstance(key, str)}
        last = {}
        for fact in facts:
            name = next(iter(fact))
            if name in {"imported", "emptied"}:
                last[fact[name]] = name
        for fact in facts:
            name = next(iter(fact))
            if name == "opens":
                self.must_open(fact, last)
            elif name in {"made", "rotated"}:
                assert self.state(fact[name])["KeyId"] == fact[name]
        for fact in facts:
            if "primary" in fact:
                told = self.state(fact["primary"])["MultiRegionConfiguration"]
                assert told["PrimaryKey"]["Region"] == fact["region"]
        self.keys_are_whole()

    def must_open(self, fact, last):
        """Open it, once material that may have been away is there again."""
        key = fact["key"]
        if self.state(key)["KeyState"] == "PendingImport":
            return
        opened = self.kms[REGIONS[0]].decrypt(CiphertextBlob=bytes.fromhex(fact["opens"]))
        assert opened["Plaintext"] == b"kept"

    def keys_are_whole(self):
        """No key, alias or family is there by half."""
        for region, kms in self.kms.items():
            for each in kms.list_keys()["Keys"]:
                told = self.state(each["KeyId"], region)
                if told["KeyState"] in {"Enabled", "Disabled"}:
                    if told["Enabled"]:
                        blob = kms.encrypt(KeyId=each["KeyId"], Plaintext=b"x")["CiphertextBlob"]
                        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
                    assert told["CurrentKeyMaterialId"]
                if told["MultiRegion"]:
                    self.family_is_whole(told)
            for alias in kms.list_aliases()["Aliases"]:
                if "TargetKeyId" in alias:
                    assert self.state(alias["TargetKeyId"], region)

    def family_is_whole(self, told):
        family = told["MultiRegionConfiguration"]
        members = [family["PrimaryKey"], *family["ReplicaKeys"]]
        materials = {
            self.state(told["KeyId"], each["Region"])["CurrentKeyMaterialId"] for each in members
        }
        assert len(materials) == 1

    def close(self):
        self.world.close()


def check(folder, number):
    facts, code = tell(folder, number)
    assert code == -signal.SIGKILL
    after = After(folder)
    try:
        after.holds(facts)
        after.world.clock.advance(9 * 86_400)
        after.world.run_jobs()
        doomed = [fact["doomed"] for fact in facts if "doomed" in fact]
        left = {each["KeyId"] for each in after.kms[REGIONS[0]].list_keys()["Keys"]}
        assert not left & set(doomed)
    finally:
        after.close()


def statements(tmp_path):
    facts, code = tell(tmp_path / "whole", 0)
    assert code == 0
    return facts[-1]["statements"]


def test_killed_here_and_there(tmp_path):
    many = statements(tmp_path)
    assert many >= 80
    for number in range(many // 5, many, many // 3):
        check(tmp_path / str(number), number)


@pytest.mark.torture
def test_killed_at_every_write(tmp_path):
    for number in range(1, statements(tmp_path) + 1):
        check(tmp_path / str(number), number)
