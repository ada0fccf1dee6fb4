"""One connection: boto3's own session, with the three options that every command takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
import botocore.config

from lodekey.client.failures import translated


@dataclass(frozen=True)
class Connection:
    """How to reach an endpoint. What is empty, boto3 finds: profiles, SSO, roles, environment.

    Args:
        profile: A profile of the AWS configuration.
        region: The Region.
        endpoint_url: The endpoint, where it is not AWS's.
    """

    profile: str = ""
    region: str = ""
    endpoint_url: str = ""

    @cached_property
    def session(self) -> boto3.Session:
        """The boto3 session."""
        with translated():
            return boto3.Session(profile_name=self.profile or None, region_name=self.region or None)

    def client(self, service: str, *, region: str = "", patience: int = 5) -> Any:
        """A boto3 client that slows down when the service asks it to.

        Args:
            service: As boto3 names it.
            region: Another Region than the connection's.
            patience: How many attempts a call gets.
        """
        made = self._clients.get((service, region))
        if made is None:
            config = botocore.config.Config(
                retries={"mode": "adaptive", "total_max_attempts": patience},
                connect_timeout=5,
                user_agent_extra="lodekey",
            )
            with translated():
                made = self.session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.endpoint_url or None,
                    region_name=region or None,
                    config=config,
                )
            self._clients[service, region] = made
        return made

    @cached_property
    def _clients(self) -> dict[tuple[str, str], Any]:
        return {}

    @property
    def identity(self) -> dict[str, str]:
        """Who calls: STS's Account, Arn and UserId."""
        with translated():
            answer: dict[str, str] = self.client("sts").get_caller_identity()
        return answer
