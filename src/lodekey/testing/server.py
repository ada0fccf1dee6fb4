"""The server that the tests of a session use."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import boto3
from botocore.credentials import ReadOnlyCredentials

from lodekey.testing.account import Account
from lodekey.testing.connection import Connection


class NoCredentialsForEndpoint(Exception):
    """boto3 finds no credentials with which to make accounts at the given endpoint."""


class Server:
    """A running server, seen as the root of the account that manages it.

    Args:
        endpoint: Its URL.
        region: The region that its accounts' sessions have if a test wants no other.
        credentials: Of the managing account.
    """

    def __init__(self, endpoint: str, region: str, credentials: ReadOnlyCredentials) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.region = region
        self.credentials = credentials
        self._connection = Connection(self.endpoint, credentials)

    def __repr__(self) -> str:
        return f"Server({self.endpoint!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def account(self, account_id: str | None = None, *, region: str | None = None) -> Account:
        """Make an account, which takes a few milliseconds.

        Args:
            account_id: Twelve digits. Default: a new one.
            region: The region of the account's sessions. Default: the server's.

        Raises:
            lodekey.testing.connection.Refused: There is such an account already, or the server
                lets these credentials make none.
        """
        request = {} if account_id is None else {"AccountId": account_id}
        made = self._connection.call("CreateAccount", request)
        number = made["AccountId"]
        return Account(
            name="root",
            arn=f"arn:aws:iam::{number}:root",
            account_id=number,
            access_key_id=made["AccessKeyId"],
            secret_access_key=made["SecretAccessKey"],
            endpoint=self.endpoint,
            region=region or self.region,
        )


def at(endpoint: str, region: str) -> Server:
    """A server that runs already, with the credentials that boto3 finds by its own rules.

    Raises:
        NoCredentialsForEndpoint: It finds none.
    """
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise NoCredentialsForEndpoint(
            f"boto3 finds no credentials for {endpoint}; "
            'set them as `eval "$(lodekey env)"` does, or with AWS_PROFILE'
        )
    return Server(endpoint, region, credentials.get_frozen_credentials())


def started(facts: Mapping[str, str], region: str) -> Server:
    """The server of which `lodekey.testing.shared.running` tells."""
    credentials = ReadOnlyCredentials(facts["access_key_id"], facts["secret_access_key"], None)
    return Server(facts["endpoint"], region, credentials)
