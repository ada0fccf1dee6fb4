"""Buckets: their records, and what their settings mean."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from lodekey.policy.ask import Guard
from lodekey.policy.document import parse
from lodekey.services.s3.names import bucket_arn
from lodekey.store.port import Collection, Transaction

ENABLED, SUSPENDED = "Enabled", "Suspended"
ENFORCED: Final = "BucketOwnerEnforced"


class PublicAccessBlock(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a bucket refuses although its policy or ACL would let everybody in."""

    block_acls: bool = False
    ignore_acls: bool = False
    block_policy: bool = False
    restrict: bool = False


ALL_BLOCKED: Final = PublicAccessBlock(
    block_acls=True, ignore_acls=True, block_policy=True, restrict=True
)
"""What new buckets have since April 2023."""


class Encryption(msgspec.Struct, frozen=True, omit_defaults=True):
    """How new objects are encrypted whose writer does not say.

    Args:
        algorithm: ``AES256``, ``aws:kms`` or ``aws:kms:dsse``.
        key_id: For KMS; empty: the AWS managed key.
        bucket_key: Whether KMS is asked for the bucket rather than for each object.
    """

    algorithm: str = "AES256"
    key_id: str = ""
    bucket_key: bool = False


class Bucket(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bucket.

    Args:
        name: Unique among all accounts.
        id: Under which its objects stand; another one if the name is used again.
        account: The owner.
        region: Where it was made.
        created: Seconds since the epoch.
        policy: The bucket policy's text; empty: none.
        versioning: ``Enabled``, ``Suspended``, or empty: never enabled.
        encryption: The default.
        tag_set: Its tags.
        block: None: nothing is blocked.
        ownership: Object ownership; empty: none was set.
        lifecycle: The rules, as they came; empty: none.
        policy_is_public: Whether the policy lets everybody in.
    """

    name: str
    id: str
    account: str
    region: str
    created: int
    policy: str = ""
    versioning: str = ""
    encryption: Encryption = Encryption()
    tag_set: dict[str, str] = {}
    block: PublicAccessBlock | None = ALL_BLOCKED
    ownership: str = ENFORCED
    lifecycle: tuple[dict[str, Any], ...] = ()
    policy_is_public: bool = False

    @property
    def arn(self) -> str:
        """The name that policies match."""
        return bucket_arn(self.name)

    @property
    def guard(self) -> Guard:
        """The bucket policy."""
        if not self.policy:
            return Guard()
        return Guard(policy=parse(self.policy, name=self.arn, kind="resource"))

    @property
    def tags(self) -> Mapping[str, str]:
        """None counts: a bucket's tags do where ABAC was enabled for it, which is not offered."""
        return {}


class Owned(msgspec.Struct, frozen=True):
    """That an account owns a bucket: an index."""

    region: str


BUCKETS = Collection("s3/bucket", Bucket)
OWNED = Collection("s3/owned", Owned)


def new_bucket(name: str, account: str, region: str, now: float) -> Bucket:
    """A bucket as AWS makes them."""
    return Bucket(
        name=name, id=secrets.token_hex(8), account=account, region=region, created=int(now)
    )


def save(tx: Transaction, bucket: Bucket) -> None:
    """Keep a bucket."""
    BUCKETS.put(tx, bucket.name, record=bucket)
    OWNED.put(tx, bucket.account, bucket.name, record=Owned(bucket.region))


def change(tx: Transaction, bucket: Bucket, **changes: Any) -> Bucket:
    """Keep a bucket with *changes*."""
    changed = msgspec.structs.replace(bucket, **changes)
    save(tx, changed)
    return changed


def canonical_id(account: str) -> str:
    """The canonical user id of an account: 64 hex digits, the same at every time.

    AWS's cannot be computed from the account's number; nobody can tell this one from it.
    """
    return hashlib.sha256(f"canonical user {account}".encode()).hexdigest()
