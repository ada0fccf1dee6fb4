"""The process's environment, so that code under test acts as an identity without knowing it."""

from __future__ import annotations

import os
from typing import Protocol
from urllib.parse import urlsplit

from lodekey.testing.account import Identity
from lodekey.testing.sessions import is_loopback


class Patch(Protocol):
    """What we need of pytest's ``MonkeyPatch``: whatever it changes it changes back."""

    def setenv(self, name: str, value: str, prepend: str | None = None) -> None:
        """Set a variable."""

    def delenv(self, name: str, raising: bool = True) -> None:  # noqa: FBT001, FBT002 - pytest's
        """Remove a variable."""

    def setattr(self, target: str, name: object) -> None:
        """Set what a dotted name names."""


class Environment:
    """``AWS_*`` variables of this process and of those that it starts, while a test runs.

    Args:
        patch: Changes the environment back after the test.
        identity: Who plain ``boto3.client(…)`` acts as.
    """

    def __init__(self, patch: Patch, identity: Identity) -> None:
        self._patch = patch
        self.act_as(identity)

    def __repr__(self) -> str:
        return f"Environment({self.identity.arn!r})"

    def act_as(self, identity: Identity) -> None:
        """From now on be *identity*: for clients and sessions that are made from now on."""
        self.identity = identity
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            self._patch.delenv(name)
        for name, text in identity.environment.items():
            self._patch.setenv(name, text)
        # Neither the profile of whoever runs the tests nor the machine's role has a say.
        self._patch.setenv("AWS_CONFIG_FILE", os.devnull)
        self._patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        self._patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        if is_loopback(identity.endpoint):
            host = urlsplit(identity.endpoint).hostname or ""
            for name in ("NO_PROXY", "no_proxy"):
                spared = os.environ.get(name)
                self._patch.setenv(name, f"{spared},{host}" if spared else host)
        # boto3's default session would remember who it was in the test before.
        self._patch.setattr("boto3.DEFAULT_SESSION", None)
