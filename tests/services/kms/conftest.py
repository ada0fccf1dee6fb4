"""Keys that are slow to make, made once for each module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import World


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
