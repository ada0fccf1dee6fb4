"""Which policies hang on a user or role: inline, attached, the groups', the boundary.

Callers on the hot path go through `lodekey.identity.principals_of`, which keeps the result until
one of the records changes.
"""

from __future__ import annotations

from lodekey.identity import aws_managed
from lodekey.identity.records import GROUPS, POLICIES, Group, ManagedPolicy, Role, User
from lodekey.policy.document import Document, parse
from lodekey.policy.statement import Kind
from lodekey.store.port import Transaction

NOTHING = '{"Version":"2012-10-17","Statement":[]}'


def managed_policy(tx: Transaction, arn: str) -> ManagedPolicy | None:
    """The managed policy with this ARN, a customer's or AWS's; None: there is none."""
    if arn.startswith(aws_managed.PREFIX):
        return aws_managed.policy(arn)
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("policy/"):
        return None
    found = POLICIES.get(tx, parts[4], arn.rpartition("/")[2].lower())
    return found if found is not None and found.arn == arn else None


def document_named(tx: Transaction, arn: str, kind: Kind = "identity") -> Document:
    """A managed policy's default version, compiled; one that allows nothing where it is gone."""
    policy = managed_policy(tx, arn)
    return parse(NOTHING if policy is None else policy.text, name=arn, kind=kind)


def policies_of_user(tx: Transaction, user: User) -> tuple[Document, ...]:
    """The identity policies of a user: its own and its groups'."""
    found = [*_inline(user, f"user {user.name}"), *_attached(tx, user.attached)]
    for name in user.groups:
        group = GROUPS.get(tx, user.account, name.lower())
        if group is not None:
            found += [*_inline(group, f"group {group.name}"), *_attached(tx, group.attached)]
    return tuple(found)


def policies_of_role(tx: Transaction, role: Role) -> tuple[Document, ...]:
    """The identity policies of a role."""
    return (*_inline(role, f"role {role.name}"), *_attached(tx, role.attached))


def boundary_of(tx: Transaction, entity: User | Role) -> Document | None:
    """The permissions boundary of a user or role; None: it has none."""
    return document_named(tx, entity.boundary, "boundary") if entity.boundary else None


def _inline(entity: User | Group | Role, owner: str) -> list[Document]:
    return [
        parse(text, name=f"{name} (inline policy of {owner})")
        for name, text in sorted(entity.inline.items())
    ]


def _attached(tx: Transaction, arns: tuple[str, ...]) -> list[Document]:
    return [document_named(tx, arn) for arn in arns]
