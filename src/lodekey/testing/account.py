"""Who a test acts as: an account's root, or a user in the account."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import boto3

from lodekey.testing import sessions

Policy = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Identity:
    """Somebody with credentials. Its `repr` does not show the secret."""

    name: str
    """The user's name; ``root`` for an account's root."""
    arn: str
    account_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    endpoint: str
    """The server's URL."""
    region: str
    """The region of `session` and `environment`."""

    @cached_property
    def session(self) -> boto3.Session:
        """A boto3 session that acts as this identity."""
        return sessions.session(
            self.endpoint, self.region, self.access_key_id, self.secret_access_key
        )

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client that acts as this identity; *options* as boto3's ``client`` has them."""
        make: Any = self.session.client
        return make(service, **options)

    def resource(self, service: str, **options: Any) -> Any:
        """A boto3 resource that acts as this identity."""
        make: Any = self.session.resource
        return make(service, **options)

    @property
    def environment(self) -> dict[str, str]:
        """The ``AWS_*`` variables with which any SDK or tool acts as this identity."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }


@dataclass(frozen=True)
class Account(Identity):
    """An account, empty when it was made, and its root."""

    def identity(self, name: str, policy: Policy | None = None) -> Identity:
        """Make a user with a policy of its own and an access key.

        Args:
            name: The user's name, which the account must not have yet.
            policy: A policy document as JSON text or as a mapping, or its statements. Without one
                the user may do nothing but what resources' policies and grants allow.

        Raises:
            botocore.exceptions.ClientError: As IAM says it, for a policy that it does not take
                (``MalformedPolicyDocument``), or a name there is (``EntityAlreadyExists``).
        """
        iam = self._iam
        user = iam.create_user(UserName=name)["User"]
        if policy or isinstance(policy, str):
            document = _document(policy)
            iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Identity(
            name=name,
            arn=user["Arn"],
            account_id=self.account_id,
            access_key_id=key["AccessKeyId"],
            secret_access_key=key["SecretAccessKey"],
            endpoint=self.endpoint,
            region=self.region,
        )

    @cached_property
    def _iam(self) -> Any:
        return self.client("iam")


class MakeIdentity(Protocol):
    """What the fixture ``lodekey_identity`` is: `Account.identity` of the test's account."""

    def __call__(self, name: str, policy: Policy | None = None) -> Identity:
        """Make a user with a policy of its own and an access key."""


def _document(policy: Policy) -> str:
    if isinstance(policy, str):
        return policy
    if not isinstance(policy, Mapping):
        policy = {"Version": "2012-10-17", "Statement": list(policy)}
    return json.dumps(policy)
