"""What may be attached to whom: policies, boundaries, and who may be changed at all."""

from __future__ import annotations

from lodekey.identity.policies_of import managed_policy
from lodekey.identity.records import Group, ManagedPolicy, Role, User
from lodekey.services.iam.errors import (
    InvalidInputException,
    NoSuchEntityException,
    PolicyNotAttachableException,
    UnmodifiableEntityException,
)
from lodekey.store.port import Transaction

SERVICE_ROLE_PATH = "/aws-service-role/"


def must_be_policy_arn(arn: str) -> None:
    """Refuse what cannot be a managed policy's ARN.

    Raises:
        InvalidInputException: it cannot.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[5].startswith("policy/"):
        raise InvalidInputException(f"ARN {arn} is not valid.")


def must_be_boundary(tx: Transaction, arn: str) -> None:
    """Refuse a permissions boundary that is no policy; an empty one means none.

    Raises:
        InvalidInputException: it is no policy's ARN.
        NoSuchEntityException: there is no such policy.
    """
    if not arn:
        return
    must_be_policy_arn(arn)
    if managed_policy(tx, arn) is None:
        raise NoSuchEntityException(f"Scope ARN: {arn} does not exist.")


def attachable(tx: Transaction, arn: str, account: str) -> ManagedPolicy:
    """The managed policy that is to be attached to an entity of *account*.

    Raises:
        InvalidInputException: it is no policy's ARN.
        NoSuchEntityException: there is no such policy, or it is another account's.
        PolicyNotAttachableException: it is for service-linked roles.
    """
    must_be_policy_arn(arn)
    policy = managed_policy(tx, arn)
    if policy is None or policy.account not in {account, "aws"}:
        raise NoSuchEntityException(f"Policy {arn} does not exist or is not attachable.")
    if policy.account == "aws" and policy.path == SERVICE_ROLE_PATH:
        raise PolicyNotAttachableException(
            "Cannot attach a Service Role Policy to a Customer Role."
        )
    return policy


def must_be_ours(entity: User | Group | Role) -> None:
    """Refuse to change a service-linked role.

    Raises:
        UnmodifiableEntityException: it is one.
    """
    if isinstance(entity, Role) and entity.service:
        raise UnmodifiableEntityException(
            f"Cannot perform the operation on the protected role '{entity.name}' - "
            "this role is only modifiable by AWS"
        )
