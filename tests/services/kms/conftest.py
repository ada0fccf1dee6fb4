"""Keys that are slow to make, made once for each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.crypto import key_pairs
from world import World

POOL = 3
"""So many RSA keys of each size are made in a session; then they come round again."""


@pytest.fixture(scope="module")
def kms(shared_world: World) -> Any:
    """KMS as the account's root."""
    return shared_world.client("kms")


@pytest.fixture(scope="module")
def key(kms: Any) -> str:
    """A symmetric encryption key's id, for tests that leave it as it is."""
    key_id: str = kms.create_key()["KeyMetadata"]["KeyId"]
    return key_id


@pytest.fixture(scope="module")
def key_of(kms: Any) -> Callable[..., str]:
    """A key of some spec and usage, made at most once in a module."""
    made: dict[tuple[str, str], str] = {}

    def find(spec: str, usage: str) -> str:
        if (spec, usage) not in made:
            answer = kms.create_key(KeySpec=spec, KeyUsage=usage)
            made[spec, usage] = answer["KeyMetadata"]["KeyId"]
        return made[spec, usage]

    return find


@pytest.fixture(scope="session")
def refused() -> Callable[..., str]:
    """Call something that must fail with a code; its message."""

    def call(code: str, work: Callable[..., Any], /, **request: Any) -> str:
        with pytest.raises(ClientError) as caught:
            work(**request)
        assert code == caught.value.response["Error"]["Code"], caught.value
        message: str = caught.value.response["Error"].get("Message", "")
        return message

    return call


@pytest.fixture(scope="session", autouse=True)
def few_rsa_keys() -> Iterator[None]:
    """Make few RSA keys: each takes up to seconds, and most tests do not ask which they get."""
    made: dict[str, list[bytes]] = {}
    generate = key_pairs.generate

    def pooled(spec: str) -> bytes:
        pool = made.setdefault(spec, [])
        if spec in key_pairs.RSA_BITS and len(pool) == POOL:
            pool.append(pool.pop(0))
            return pool[-1]
        pool.append(generate(spec))
        return pool[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_pairs, "generate", pooled)
        yield
