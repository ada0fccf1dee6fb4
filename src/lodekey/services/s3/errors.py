"""S3's errors, named by their codes.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from lodekey.errors import ApiError


class BadDigest(ApiError):
    """A hash that came with the body is not the body's."""


class BucketAlreadyExists(ApiError):
    """Somebody else has a bucket of that name."""


class BucketAlreadyOwnedByYou(ApiError):
    """The caller has a bucket of that name."""


class BucketNotEmpty(ApiError):
    """A bucket that holds something cannot be deleted."""


class EntityTooLarge(ApiError):
    """The object would be larger than objects may be."""


class EntityTooSmall(ApiError):
    """A part other than the last is smaller than parts may be."""


class IllegalLocationConstraintException(ApiError):
    """The bucket is wanted in another Region than the one that was asked."""


class IncompleteBody(ApiError):
    """Fewer bytes came than were announced."""


class InvalidArgument(ApiError):
    """An argument cannot be."""


class InvalidBucketName(ApiError):
    """No bucket can have that name."""


class InvalidBucketState(ApiError):
    """The bucket is not in a state in which this can be done."""


class InvalidDigest(ApiError):
    """A hash that came with the body is none."""


class InvalidLocationConstraint(ApiError):
    """There is no such Region for buckets."""


class InvalidPart(ApiError):
    """A part is not there, or is another than the request says."""


class InvalidPartOrder(ApiError):
    """The parts are not in ascending order."""


class InvalidRange(ApiError):
    """No byte of the object lies in the range."""


class InvalidRequest(ApiError):
    """The request does not hang together."""


class InvalidTag(ApiError):
    """A tag cannot be."""


class KeyTooLongError(ApiError):
    """A key has 1,024 bytes at most."""


class MalformedPolicy(ApiError):
    """The text is no policy for this bucket."""


class MalformedXML(ApiError):
    """The document is not what the schema says."""


class MethodNotAllowed(ApiError):
    """A delete marker can only be deleted."""


class NoSuchBucket(ApiError):
    """There is no such bucket."""


class NoSuchBucketPolicy(ApiError):
    """The bucket has no policy."""


class NoSuchKey(ApiError):
    """There is no such object."""


class NoSuchLifecycleConfiguration(ApiError):
    """The bucket has no lifecycle configuration."""


class NoSuchPublicAccessBlockConfiguration(ApiError):
    """The bucket blocks no public access."""


class NoSuchTagSet(ApiError):
    """The bucket has no tags."""


class NoSuchUpload(ApiError):
    """There is no such upload, or no more."""


class NoSuchVersion(ApiError):
    """The object has no such version."""


class NotModified(ApiError):
    """The reader has it already."""

    status = 304


class NotOffered(ApiError):
    """S3 has that, and this server does not."""

    @property
    def code(self) -> str:
        """The name that Python has for something else."""
        return "NotImplemented"


class OwnershipControlsNotFoundError(ApiError):
    """The bucket has no ownership controls."""


class PreconditionFailed(ApiError):
    """A condition of the request does not hold."""


class ServerSideEncryptionConfigurationNotFoundError(ApiError):
    """The bucket has no encryption configuration."""
