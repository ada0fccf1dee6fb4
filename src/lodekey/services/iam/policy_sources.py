"""Users, groups and roles by ARN, for operations that ask about somebody's policies."""

from __future__ import annotations

from typing import TypedDict, TypeVar

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.identity.records import GROUPS, ROLES, USERS, Group, Role, User
from lodekey.services.iam.errors import InvalidInputException, NoSuchEntityException
from lodekey.store.port import Transaction


class NamesSource(TypedDict):
    """A request about an entity's policies."""

    PolicySourceArn: str


S = TypeVar("S", bound=NamesSource)


def entity_of(tx: Transaction, arn: str) -> User | Group | Role | None:
    """The user, group or role with this ARN; None: there is none."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam":
        return None
    kind, _, path = parts[5].partition("/")
    name = path.rpartition("/")[2].lower()
    found: User | Group | Role | None = None
    if kind == "user":
        found = USERS.get(tx, parts[4], name)
    elif kind == "group":
        found = GROUPS.get(tx, parts[4], name)
    elif kind == "role":
        found = ROLES.get(tx, parts[4], name)
    return found if found is not None and found.arn == arn else None


def source_named(ctx: Context, request: S) -> User | Group | Role:
    """The entity whose policies the request asks about.

    Raises:
        InvalidInputException: the ARN is no user's, group's or role's.
    """
    arn = request["PolicySourceArn"]
    kind, _, path = arn.split(":", 5)[-1].partition("/")
    if kind not in {"user", "group", "role"}:
        raise InvalidInputException(
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        )
    found = entity_of(ctx.tx, arn)
    if found is None:
        name = path.rpartition("/")[2]
        raise Missing(arn, NoSuchEntityException(f"The {kind} with name {name} cannot be found."))
    return found
