"""Finders: the bucket or object that a request names, and what every request asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

from lodekey.errors import AccessDenied, Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.policy.ask import Guard
from lodekey.services.s3 import objects
from lodekey.services.s3.buckets import BUCKETS, Bucket
from lodekey.services.s3.errors import InvalidArgument, NoSuchBucket, NoSuchKey, NoSuchVersion
from lodekey.services.s3.names import bucket_arn, must_name_object, object_arn
from lodekey.services.s3.objects import Version
from lodekey.services.s3.sealed_files import SealedFiles


class NamesBucket(TypedDict):
    """A request about a bucket."""

    Bucket: str


class NamesObject(NamesBucket):
    """A request about an object."""

    Key: str


B = TypeVar("B", bound=NamesBucket)
O = TypeVar("O", bound=NamesObject)  # noqa: E741 - B is for buckets, O for objects


@dataclass(frozen=True, slots=True)
class Place:
    """A key of a bucket, whether or not an object is there.

    Args:
        bucket: The bucket.
        key: The key.
        guard: The bucket policy, as far as it counts for the caller.
    """

    bucket: Bucket
    key: str
    guard: Guard

    @property
    def arn(self) -> str:
        """The name that policies match."""
        return object_arn(self.bucket.name, self.key)

    @property
    def account(self) -> str:
        """Who owns it: the bucket's owner."""
        return self.bucket.account

    @property
    def tags(self) -> Mapping[str, str]:
        """An object's tags count as ``s3:ExistingObjectTag`` only."""
        return {}


@dataclass(frozen=True, slots=True)
class Held:
    """A bucket as a resource of one request.

    Args:
        bucket: The bucket.
        guard: Its policy, as far as it counts for the caller.
    """

    bucket: Bucket
    guard: Guard

    @property
    def arn(self) -> str:
        """The name that policies match."""
        return self.bucket.arn

    @property
    def account(self) -> str:
        """Who owns it."""
        return self.bucket.account

    @property
    def tags(self) -> Mapping[str, str]:
        """None that count."""
        return {}


def bucket_named(ctx: Context, request: B) -> Held:
    """The bucket that a request names."""
    bucket = find_bucket(ctx, request["Bucket"], _owner(request))
    return Held(bucket, guard_for(ctx, bucket))


def place_named(ctx: Context, request: O) -> Place:
    """The key that a request names, in its bucket."""
    key = request["Key"]
    bucket = find_bucket(
        ctx,
        request["Bucket"],
        _owner(request),
        arn=object_arn(request["Bucket"], key),
    )
    must_name_object(key)
    return Place(bucket, key, guard_for(ctx, bucket))


def _owner(request: Any) -> str | None:
    owner: str | None = request.get("ExpectedBucketOwner")
    return owner


def any_bucket(ctx: Context, request: Any) -> Bare:
    """All buckets of the caller's account."""
    return Bare("*", ctx.account)


def find_bucket(ctx: Context, name: str, owner: str | None, *, arn: str = "") -> Bucket:
    """A bucket by name.

    Raises:
        Missing: There is none.
        AccessDenied: It is another's than the caller expects.
    """
    bucket = BUCKETS.get(ctx.tx, name) if "\x01" not in name else None
    if bucket is None:
        error = NoSuchBucket("The specified bucket does not exist", BucketName=name)
        raise Missing(arn or bucket_arn(name), error)
    if owner is not None and owner != bucket.account:
        raise AccessDenied("Access Denied")
    return bucket


def guard_for(ctx: Context, bucket: Bucket) -> Guard:
    """The bucket policy, as far as it counts for the caller.

    A public policy of a bucket that restricts such policies counts only for its own account and for
    AWS services.
    """
    block = bucket.block
    if block is not None and block.restrict and bucket.policy_is_public:
        caller = ctx.principal.caller
        if caller.kind != "service" and caller.account != bucket.account:
            return Guard()
    return bucket.guard


def object_at(ctx: Context, place: Place, version_id: str | None) -> Version:
    """The version that a request reads.

    Raises:
        NoSuchKey: There is no such object, or a delete marker in its place.
        NoSuchVersion: There is no such version.
        AccessDenied: There is no such object, and the caller may not know.
    """
    if version_id is not None:
        return version_at(ctx, place, version_id)
    found = objects.current(ctx.tx, place.bucket, place.key)
    if found is None or found.marker:
        bucket = Held(place.bucket, place.guard)
        if not ctx.allows("s3:ListBucket", bucket):
            raise AccessDenied("Access Denied")
        error = NoSuchKey("The specified key does not exist.", Key=place.key)
        if found is not None:
            error.headers = {"x-amz-delete-marker": "true", "x-amz-version-id": found.id}
        raise error
    return found


def version_at(ctx: Context, place: Place, version_id: str) -> Version:
    """The version of that id, which may be a delete marker.

    Raises:
        InvalidArgument: No version can have that id.
        NoSuchVersion: There is none.
    """
    if not version_id:
        raise InvalidArgument(
            "Version id cannot be the empty string",
            ArgumentName="versionId",
            ArgumentValue="",
        )
    found = objects.version_named(ctx.tx, place.bucket, place.key, version_id)
    if found is None:
        raise NoSuchVersion(
            "The specified version does not exist.", Key=place.key, VersionId=version_id
        )
    return found


def files_of(ctx: Context) -> SealedFiles:
    """Where this server keeps bodies."""
    return SealedFiles(ctx.gate.settings.data / "objects")


def free(ctx: Context, files: list[str]) -> None:
    """Remove files once the record that named them is gone for good."""
    if files:
        shelf = files_of(ctx)
        ctx.later(lambda: shelf.remove(files))
