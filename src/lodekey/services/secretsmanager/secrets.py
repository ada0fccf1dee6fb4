"""Secrets: what one is, how it is named and found, and what is stored of it.

A secret is one record with all its metadata and labels; each version is another, with the sealed
value. So reading a value reads two records, and listing secrets touches no value.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from lodekey.arn import Arn
from lodekey.errors import Missing, ValidationException
from lodekey.policy import document
from lodekey.policy.ask import UNGUARDED, Guard
from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from lodekey.services.secretsmanager.rotation import Rotation
from lodekey.services.secretsmanager.shapes import Tag
from lodekey.store.port import Collection, Transaction
from lodekey.system_tags import any_reserved

DAY = 86_400
SUFFIX_LENGTH = 6
DEFAULT_RECOVERY_DAYS = 30
TAGS_LIMIT = 50

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
_COMPLETE = re.compile(r"(?P<name>.+)-[A-Za-z0-9]{6}")
_SUFFIX_LETTERS = string.ascii_letters + string.digits


class Deletion(msgspec.Struct, frozen=True):
    """A deletion that waits: when it was asked for, and when it falls due."""

    asked: float
    due: float


class Replica(msgspec.Struct, frozen=True):
    """A copy in another region, as the primary secret remembers it."""

    key_id: str
    status: str
    message: str = ""


class Foreign(msgspec.Struct, frozen=True):
    """One end of a replication between accounts, as the other end remembers it."""

    arn: str
    status: str
    message: str = ""
    role_arn: str = ""


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret's metadata.

    Args:
        account: The owning account.
        region: Where this secret (or this replica) lives.
        name: Its friendly name.
        suffix: The six random characters that end its ARN.
        created: Seconds since the epoch.
        changed: When anything of it last changed.
        description: None where none was given.
        key_id: The KMS key as the caller named it; empty: ``aws/secretsmanager``.
        tags: The user's tags.
        policy: The resource policy's text; empty: none.
        stages: The labels of each labeled version.
        deletion: Set while the secret waits to be deleted.
        rotation: Set once rotation was configured.
        primary: The region of the primary secret.
        replicas: By region; only a primary has them.
        owner: The service that manages the secret (``rds``); empty: the user does.
        accessed: The day (its first second) a value was last read; None: never.
        versions: How many versions have a value.
        foreign_primary: The primary in another account that feeds this secret.
        foreign_replica: The replica in another account that this secret feeds.
    """

    account: str
    region: str
    name: str
    suffix: str
    created: float
    changed: float
    description: str | None = None
    key_id: str = ""
    tags: dict[str, str] = {}
    policy: str = ""
    stages: dict[str, tuple[str, ...]] = {}
    deletion: Deletion | None = None
    rotation: Rotation | None = None
    primary: str = ""
    replicas: dict[str, Replica] = {}
    owner: str = ""
    accessed: int | None = None
    versions: int = 0
    foreign_primary: Foreign | None = None
    foreign_replica: Foreign | None = None

    @property
    def arn(self) -> str:
        """The ARN, with the random suffix."""
        return arn_of(self.account, self.region, f"{self.name}-{self.suffix}")

    @property
    def guard(self) -> Guard:
        """The resource policy."""
        if not self.policy:
            return UNGUARDED
        return Guard(policy=document.parse(self.policy, name=self.arn, kind="resource"))

    @property
    def is_replica(self) -> bool:
        """Whether another region's secret is the one to change."""
        return self.primary not in {"", self.region}

    def must_live(self) -> None:
        """Raise InvalidRequestException if the secret waits to be deleted."""
        if self.deletion is not None:
            raise InvalidRequestException(
                "You can't perform this operation on the secret because it was marked for deletion."
            )

    def must_be_changeable(self) -> None:
        """Raise InvalidRequestException if the secret waits to be deleted, or is a replica."""
        self.must_live()
        if self.is_replica:
            raise InvalidRequestException(
                "Operation not permitted on a replica secret. Call must be made in primary "
                "secret's region."
            )
        if self.foreign_primary is not None:
            raise InvalidRequestException(
                "Operation not permitted on a cross-account replica secret. Call must be made on "
                "the primary secret."
            )


class WrappedKey(msgspec.Struct, frozen=True):
    """A version's data key, sealed by KMS.

    Args:
        key_id: The KMS key as the secret named it then; empty: ``aws/secretsmanager``.
        blob: What KMS answered.
    """

    key_id: str
    blob: bytes


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version's value, sealed.

    Args:
        id: The version's id: the ClientRequestToken that made it.
        created: Seconds since the epoch.
        binary: Whether the value came as SecretBinary.
        sealed: The value under the data key.
        keys: The data key under each KMS key that may open it, the newest first.
        sealed_as: The version id that the value was sealed for; empty: its own.
        accessed: The day the value was last read.
    """

    id: str
    created: float
    binary: bool
    sealed: bytes
    keys: tuple[WrappedKey, ...]
    sealed_as: str = ""
    accessed: int | None = None


class Due(msgspec.Struct, frozen=True):
    """Something that the clock will do to a secret."""

    at: float


SECRETS = Collection("secretsmanager/secret", Secret)
VERSIONS = Collection("secretsmanager/version", Version)
DUE = Collection("secretsmanager/due", Due)


@lru_cache(maxsize=16_384)
def arn_of(account: str, region: str, resource: str) -> str:
    """The ARN of a secret whose name and suffix are *resource*."""
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{resource}"


def new_suffix() -> str:
    """Six random characters for an ARN's end."""
    return "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(SUFFIX_LENGTH))


def must_be_name(name: str) -> None:
    """Raise ValidationException unless *name* may name a secret."""
    if not _NAME.fullmatch(name):
        raise ValidationException(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
            "following: -/_+=.@!"
        )
    if len(name) > 256:
        raise ValidationException("Invalid name. Must be less than or equal to 256 characters.")


class Named(NamedTuple):
    """What a SecretId says: a place, and the suffix if the ARN is complete."""

    account: str
    region: str
    name: str
    suffix: str

    @property
    def arn(self) -> str:
        """The ARN that policies are asked about where there is no such secret."""
        return arn_of(self.account, self.region, f"{self.name}-{self.suffix or '?' * 6}")


def read_id(secret_id: str, account: str, region: str) -> Named:
    """Take a SecretId apart: a name, a complete ARN, or an ARN without its suffix.

    An ARN that ends in a hyphen and six characters counts as complete, as AWS warns.
    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html

    Args:
        secret_id: As sent.
        account: The caller's account, where a bare name is looked for.
        region: The request's region.

    Raises:
        ValidationException: It begins like an ARN and is none of a secret.
    """
    if not secret_id.startswith("arn:"):
        return Named(account, region, secret_id, "")
    try:
        arn = Arn.parse(secret_id)
    except ValueError:
        raise ValidationException("Invalid ARN.") from None
    kind, _, resource = arn.resource.partition(":")
    if arn.service != "secretsmanager" or kind != "secret" or not resource:
        raise ValidationException("Invalid ARN.")
    complete = _COMPLETE.fullmatch(resource)
    if complete:
        return Named(arn.account, arn.region, complete["name"], resource[-SUFFIX_LENGTH:])
    return Named(arn.account, arn.region, resource, "")


def find(tx: Transaction, secret_id: str, account: str, region: str) -> Secret:
    """The secret that a SecretId names.

    Raises:
        Missing: There is none in the request's region.
    """
    named = read_id(secret_id, account, region)
    found = None
    if named.region == region:
        found = SECRETS.get(tx, named.account, named.region, named.name)
    if found is None or named.suffix not in {"", found.suffix}:
        raise Missing(named.arn, not_found())
    return found


def not_found() -> ResourceNotFoundException:
    """AWS's words for a secret that is not there."""
    return ResourceNotFoundException("Secrets Manager can't find the specified secret.")


def version_of(tx: Transaction, secret: Secret, version_id: str) -> Version | None:
    """A version's record; None where there is none with a value."""
    return VERSIONS.get(
        tx, secret.account, secret.region, f"{secret.name}-{secret.suffix}", version_id
    )


def versions_of(tx: Transaction, secret: Secret) -> Iterator[Version]:
    """Every version with a value, by id."""
    parts = (secret.account, secret.region, f"{secret.name}-{secret.suffix}")
    return (version for _, version in VERSIONS.scan(tx, *parts))


def put_version(tx: Transaction, secret: Secret, version: Version) -> None:
    """Write a version."""
    place = f"{secret.name}-{secret.suffix}"
    VERSIONS.put(tx, secret.account, secret.region, place, version.id, record=version)


def drop_version(tx: Transaction, secret: Secret, version_id: str) -> None:
    """Forget a version."""
    place = f"{secret.name}-{secret.suffix}"
    VERSIONS.delete(tx, secret.account, secret.region, place, version_id)


def moments(secret: Secret | None) -> dict[str, float]:
    """What the clock will do to a secret, and when."""
    if secret is None:
        return {}
    if secret.deletion is not None:
        return {"delete": secret.deletion.due}
    rotation = secret.rotation
    if secret.is_replica or rotation is None or not rotation.enabled:
        return {}
    if rotation.due is not None:
        return {"rotate": rotation.due}
    return {}


def stamp(at: float) -> str:
    """A time as a name that sorts by it."""
    return f"{max(at, 0):015.3f}"


def save(tx: Transaction, secret: Secret) -> Secret:
    """Write a secret, and keep the list of what falls due in step with it."""
    place = (secret.account, secret.region, secret.name)
    was, now = moments(SECRETS.get(tx, *place)), moments(secret)
    for kind in was.keys() - {kind for kind, at in now.items() if was.get(kind) == at}:
        DUE.delete(tx, stamp(was[kind]), kind, *place)
    for kind, at in now.items():
        if was.get(kind) != at:
            DUE.put(tx, stamp(at), kind, *place, record=Due(at))
    SECRETS.put(tx, *place, record=secret)
    return secret


def erase(tx: Transaction, secret: Secret) -> None:
    """Forget a secret and all its versions, at once."""
    place = (secret.account, secret.region, secret.name)
    for kind, at in moments(secret).items():
        DUE.delete(tx, stamp(at), kind, *place)
    for version in list(versions_of(tx, secret)):
        drop_version(tx, secret, version.id)
    SECRETS.delete(tx, *place)


def change(secret: Secret, now: float, /, **fields: object) -> Secret:
    """The secret with *fields* changed, and LastChangedDate with them."""
    return msgspec.structs.replace(secret, changed=now, **fields)


def tags_from(tags: list[Tag]) -> dict[str, str]:
    """The request's tags as a mapping.

    Raises:
        InvalidParameterException: A key is missing, given twice, or reserved to AWS.
    """
    result: dict[str, str] = {}
    for tag in tags:
        key = tag.get("Key")
        if not key:
            raise InvalidParameterException("You must provide a key for each tag.")
        must_be_own_tags([key])
        if key in result:
            raise InvalidParameterException(f"The tag key {key} is given more than once.")
        result[key] = tag.get("Value", "")
    return result


def must_be_own_tags(names: Iterable[str]) -> None:
    """Check that a request leaves system tags alone.

    Raises:
        InvalidParameterException: It does not.
    """
    if any_reserved(names):
        raise InvalidParameterException("Tag keys can't start with aws:, which is reserved.")


def tag_list(tags: Mapping[str, str]) -> list[Tag]:
    """Tags as the API shows them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
