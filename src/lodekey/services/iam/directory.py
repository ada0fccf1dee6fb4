"""The directory: find, file and forget users, groups, roles, policies and instance profiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from lodekey.identity.naming import new_unique_id
from lodekey.identity.records import (
    GROUPS,
    INSTANCE_PROFILES,
    POLICIES,
    ROLES,
    UNIQUE_IDS,
    USERS,
    Group,
    InstanceProfile,
    ManagedPolicy,
    Named,
    Role,
    User,
)
from lodekey.services.iam import quotas
from lodekey.services.iam.errors import EntityAlreadyExistsException, NoSuchEntityException
from lodekey.store.port import Collection, Transaction

Entity = User | Group | Role | ManagedPolicy | InstanceProfile
E = TypeVar("E", User, Group, Role, ManagedPolicy, InstanceProfile)


class Kind(NamedTuple):
    """What is particular to one kind of entity.

    Args:
        word: In ARNs (``instance-profile``).
        prefix: Of its unique ids.
        collection: Where its records are.
        quota: How many an account may have, and what AWS calls that.
        missing: The refusal where there is none; ``{}`` is the name.
        exists: The refusal where there is one already.
    """

    word: str
    prefix: str
    collection: Collection[Any]
    quota: tuple[str, int]
    missing: str
    exists: str


KINDS: dict[type, Kind] = {
    User: Kind(
        "user",
        "AIDA",
        USERS,
        ("UsersPerAccount", quotas.USERS),
        "The user with name {} cannot be found.",
        "User with name {} already exists.",
    ),
    Group: Kind(
        "group",
        "AGPA",
        GROUPS,
        ("GroupsPerAccount", quotas.GROUPS),
        "The group with name {} cannot be found.",
        "Group with name {} already exists.",
    ),
    Role: Kind(
        "role",
        "AROA",
        ROLES,
        ("RolesPerAccount", quotas.ROLES),
        "The role with name {} cannot be found.",
        "Role with name {} already exists.",
    ),
    ManagedPolicy: Kind(
        "policy",
        "ANPA",
        POLICIES,
        ("PoliciesPerAccount", quotas.POLICIES),
        "Policy {} was not found.",
        "A policy called {} already exists. Duplicate names are not allowed.",
    ),
    InstanceProfile: Kind(
        "instance-profile",
        "AIPA",
        INSTANCE_PROFILES,
        ("InstanceProfilesPerAccount", quotas.INSTANCE_PROFILES),
        "Instance Profile {} cannot be found.",
        "Instance Profile {} already exists.",
    ),
}


def find(tx: Transaction, kind: type[E], account: str, name: str) -> E | None:
    """The entity of that name, "regardless of case"; None: there is none."""
    found: E | None = KINDS[kind].collection.get(tx, account, name.lower())
    return found


def missing(kind: type[Entity], name: str) -> NoSuchEntityException:
    """What an allowed caller reads where there is no such entity."""
    return NoSuchEntityException(KINDS[kind].missing.format(name))


def named(tx: Transaction, kind: type[E], account: str, name: str) -> E:
    """The entity of that name, for handlers that need a second one.

    Raises:
        NoSuchEntityException: there is none.
    """
    found = find(tx, kind, account, name)
    if found is None:
        raise missing(kind, name)
    return found


def arn_of(kind: type[Entity], account: str, name: str, path: str = "/") -> str:
    """The ARN that an entity has, or would have."""
    return f"arn:aws:iam::{account}:{KINDS[kind].word}{path}{name}"


def everyone(tx: Transaction, kind: type[E], account: str) -> list[E]:
    """All of an account's entities of one kind, by name."""
    return [record for _, record in KINDS[kind].collection.scan(tx, account)]


def new_id(kind: type[Entity]) -> str:
    """A unique id for an entity about to be enrolled."""
    return new_unique_id(KINDS[kind].prefix)


def enroll(tx: Transaction, entity: Entity) -> None:
    """File a new entity under its name and its unique id.

    Raises:
        EntityAlreadyExistsException: there is one of that name.
        LimitExceededException: the account may have no more.
    """
    kind = KINDS[type(entity)]
    if kind.collection.get(tx, entity.account, entity.name.lower()) is not None:
        raise EntityAlreadyExistsException(kind.exists.format(entity.name))
    # Counted only up to the quota: a listing never reads more than that either.
    there = sum(1 for _ in kind.collection.scan(tx, entity.account, limit=kind.quota[1]))
    quotas.must_fit(kind.quota[0], there + 1, kind.quota[1])
    save(tx, entity)
    remembered = Named(kind=kind.word, account=entity.account, name=entity.name)
    UNIQUE_IDS.put(tx, entity.id, record=remembered)


def save(tx: Transaction, entity: Entity) -> None:
    """File an entity that changed; not its name, see `rename`."""
    kind = KINDS[type(entity)]
    kind.collection.put(tx, entity.account, entity.name.lower(), record=entity)


def rename(tx: Transaction, was: Entity, now: Entity) -> None:
    """File an entity under another name; its unique id stays, so policies that name it still do.

    Raises:
        EntityAlreadyExistsException: there is another of that name.
    """
    kind = KINDS[type(was)]
    if was.name.lower() != now.name.lower():
        if kind.collection.get(tx, now.account, now.name.lower()) is not None:
            raise EntityAlreadyExistsException(kind.exists.format(now.name))
        kind.collection.delete(tx, was.account, was.name.lower())
    save(tx, now)
    remembered = Named(kind=kind.word, account=now.account, name=now.name)
    UNIQUE_IDS.put(tx, now.id, record=remembered)


def forget(tx: Transaction, entity: Entity) -> None:
    """Take an entity and its unique id out of the directory."""
    KINDS[type(entity)].collection.delete(tx, entity.account, entity.name.lower())
    UNIQUE_IDS.delete(tx, entity.id)


class Attachment(NamedTuple):
    """A managed policy's use by one entity: as permissions, or as its boundary."""

    entity: User | Group | Role
    boundary: bool


def attachments(tx: Transaction, account: str) -> dict[str, list[Attachment]]:
    """Who uses each managed policy of *account*, by the policy's ARN."""

    def compute() -> dict[str, list[Attachment]]:
        found: dict[str, list[Attachment]] = {}
        for entity in _grantees(tx, account):
            for arn in entity.attached:
                found.setdefault(arn, []).append(Attachment(entity, boundary=False))
            if not isinstance(entity, Group) and entity.boundary:
                found.setdefault(entity.boundary, []).append(Attachment(entity, boundary=True))
        return found

    return tx.derive(("iam attachments", account), compute)


def _grantees(tx: Transaction, account: str) -> Iterator[User | Group | Role]:
    yield from everyone(tx, User, account)
    yield from everyone(tx, Group, account)
    yield from everyone(tx, Role, account)


def members_of(tx: Transaction, group: Group) -> list[User]:
    """The users in a group, by name."""
    return [user for user in everyone(tx, User, group.account) if group.name in user.groups]
