"""Policies with labels: what the simulator's answers call each policy, and of which type it is."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lodekey.identity.policies_of import managed_policy
from lodekey.identity.records import GROUPS, Group, Role, User
from lodekey.policy.document import Document, MalformedPolicy, parse, validate
from lodekey.policy.statement import Kind
from lodekey.services.iam.errors import InvalidInputException
from lodekey.store.port import Transaction

Grantee = User | Group | Role
_WORDS: dict[type, str] = {User: "user", Group: "group", Role: "role"}


@dataclass(frozen=True, slots=True)
class Labeled:
    """One policy that is simulated, or read for its keys.

    Args:
        label: ``SourcePolicyId``: unique among the policies of one simulation.
        type: ``SourcePolicyType``: user, group, role, aws-managed, user-managed, resource, none.
        text: The policy.
        arn: Of a managed policy; empty otherwise.
        name: Of an inline policy; empty otherwise.
        owner: The name of the entity that it hangs on; empty for those of the request.
    """

    label: str
    type: str
    text: str
    arn: str = ""
    name: str = ""
    owner: str = ""

    def document(self, kind: Kind) -> Document:
        """The policy, compiled; named by its label."""
        return parse(self.text, name=self.label, kind=kind)


def given(texts: Sequence[str], label: str, kind: Kind = "identity") -> list[Labeled]:
    """The policies that a request brings: ``PolicyInputList.1`` and so on.

    Raises:
        InvalidInputException: one of them is no policy.
    """
    found = []
    for number, text in enumerate(texts, 1):
        try:
            validate(text, kind)
        except MalformedPolicy as error:
            raise InvalidInputException(f"{label}.{number}: {error.message}") from None
        found.append(Labeled(f"{label}.{number}", "none", text))
    return found


def of_entity(tx: Transaction, entity: Grantee) -> list[Labeled]:
    """The policies of an entity, a user's groups' among them."""
    found = [*_inline(entity), *_attached(tx, entity)]
    for name in entity.groups if isinstance(entity, User) else ():
        group = GROUPS.get(tx, entity.account, name.lower())
        if group is not None:
            found += [*_inline(group), *_attached(tx, group)]
    return found


def _inline(entity: Grantee) -> Iterable[Labeled]:
    word = _WORDS[type(entity)]
    for name, text in sorted(entity.inline.items()):
        label = f"{word}_{entity.name}_{name}"
        yield Labeled(label, word, text, name=name, owner=entity.name)


def _attached(tx: Transaction, entity: Grantee) -> Iterable[Labeled]:
    for arn in entity.attached:
        policy = managed_policy(tx, arn)
        if policy is not None:
            kind = "aws-managed" if policy.account == "aws" else "user-managed"
            yield Labeled(policy.name, kind, policy.text, arn=arn, owner=entity.name)


def without(policies: Iterable[Labeled], excluded: Sequence[Mapping[str, Any]]) -> list[Labeled]:
    """The policies that no ``PolicyIdentifier`` of a request means."""
    return [
        each for each in policies if not any(_is_meant(each, identifier) for identifier in excluded)
    ]


def excludes(excluded: Sequence[Mapping[str, Any]], policy_type: str) -> bool:
    """Whether a whole type of policy is excluded."""
    return any(identifier.get("PolicyType") == policy_type for identifier in excluded)


def _is_meant(policy: Labeled, identifier: Mapping[str, Any]) -> bool:
    if "PolicyType" in identifier:
        kind = "inline" if policy.name else policy.type
        return bool(kind == identifier["PolicyType"])
    if "PolicyArn" in identifier:
        return bool(policy.arn) and _like(policy.arn, identifier["PolicyArn"])
    inline = identifier.get("InlinePolicyIdentifier")
    return (
        inline is not None
        and policy.name == inline["PolicyName"]
        and policy.type == inline["AttachmentType"]
        and policy.owner == inline["AttachmentName"]
    )


def _like(text: str, pattern: str) -> bool:
    """``*`` and ``?`` alone are wildcards."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text) is not None
