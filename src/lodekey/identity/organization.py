"""The organization: who is in it, and the control policies at each level.

There is no Organizations service here. An operator describes the organization in a file, shaped as
that service answers; the server reads it at start (see docs/adr/0016-organization-file.md)::

    {
      "Id": "o-exampleorgid", "MasterAccountId": "111122223333",
      "Policies": {
        "p-denyleave": {"Type": "SERVICE_CONTROL_POLICY", "Name": "DenyLeave", "Content": {...}}
      },
      "Root": {
        "Id": "r-examplerootid111",
        "ServiceControlPolicies": ["p-FullAWSAccess"], "ResourceControlPolicies": [],
        "Accounts": [{"Id": "111122223333"}],
        "OrganizationalUnits": [
          {"Id": "ou-examplerootid111-exampleouid111", "Name": "prod",
           "ServiceControlPolicies": ["p-FullAWSAccess", "p-denyleave"],
           "Accounts": [{"Id": "444455556666", "ServiceControlPolicies": ["p-FullAWSAccess"]}]}
        ]
      }
    }

A level without ``ServiceControlPolicies`` has ``p-FullAWSAccess``, as a new one has on AWS; an
empty list allows nothing. ``RCPFullAWSAccess`` is attached everywhere and need not be written.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from lodekey.identity.accounts import SetupError
from lodekey.policy.document import Document, MalformedPolicy, parse, validate
from lodekey.policy.statement import Kind
from lodekey.store.port import Collection, Transaction

FULL_ACCESS = "p-FullAWSAccess"
_ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


class ControlPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A service or resource control policy."""

    id: str
    name: str
    text: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the organization.

    Args:
        path: ``o-…/r-…/ou-…/``: ``aws:PrincipalOrgPaths``.
        scps: The service control policies, one tuple a level, from the root down.
        rcps: The resource control policies, likewise.
    """

    account: str
    organization: str
    path: str
    management: bool
    scps: tuple[tuple[ControlPolicy, ...], ...]
    rcps: tuple[tuple[ControlPolicy, ...], ...]


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """All members, by account id."""

    id: str
    members: dict[str, Member]


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """What an account gets from its organization, compiled; everything empty outside one."""

    organization: str = ""
    path: str = ""
    management: bool = False
    scps: tuple[tuple[Document, ...], ...] = ()
    rcps: tuple[tuple[Document, ...], ...] = ()


class MalformedOrganization(SetupError):
    """The organization file cannot be taken; the text says where."""


ORGANIZATION = Collection("organization", Organization)
"""One record, named ``it``."""
_OUTSIDE = Levels()


def levels_of(tx: Transaction, account: str) -> Levels:
    """What *account* gets from its organization."""

    def compute() -> Levels:
        organization = ORGANIZATION.get(tx, "it")
        member = None if organization is None else organization.members.get(account)
        if member is None:
            return _OUTSIDE
        return Levels(
            organization=member.organization,
            path=member.path,
            management=member.management,
            scps=() if member.management else _compiled(member.scps, "scp"),
            rcps=() if member.management else _compiled(member.rcps, "rcp"),
        )

    return tx.derive(("organization levels", account), compute)


def remember(tx: Transaction, text: str) -> None:
    """Take the organization file's *text* into the store; an empty one ends the organization.

    Raises:
        MalformedOrganization: it cannot be taken; nothing is changed.
    """
    if not text.strip():
        ORGANIZATION.delete(tx, "it")
        return
    made = read(text)
    if ORGANIZATION.get(tx, "it") != made:
        ORGANIZATION.put(tx, "it", record=made)


def read(text: str) -> Organization:
    """Read an organization file.

    Raises:
        MalformedOrganization: a member is missing, a policy is malformed or not defined.
    """
    try:
        data = json.loads(text)
        reader = _Reader(data["Id"], data["MasterAccountId"], data.get("Policies", {}))
        members = reader.level(data["Root"], f"{data['Id']}/", (), ())
        found = {member.account: member for member in members}
    except MalformedPolicy as error:
        raise MalformedOrganization(f"organization: {error}") from error
    except KeyError as error:
        raise MalformedOrganization(f"organization: {error} is missing or not defined") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise MalformedOrganization(f"organization: {error}") from error
    return Organization(id=data["Id"], members=found)


class _Reader:
    """Walks the tree of one file."""

    def __init__(self, organization: str, management: str, policies: dict[str, Any]) -> None:
        self._organization = organization
        self._management = management
        self._policies = {FULL_ACCESS: ("SERVICE_CONTROL_POLICY", "FullAWSAccess", _ALLOW_ALL)}
        for policy_id, policy in policies.items():
            content = policy["Content"]
            text = content if isinstance(content, str) else json.dumps(content)
            validate(text, "scp" if policy["Type"] == "SERVICE_CONTROL_POLICY" else "rcp")
            self._policies[policy_id] = (policy["Type"], policy.get("Name", policy_id), text)

    def level(
        self,
        node: dict[str, Any],
        path: str,
        scps: tuple[tuple[ControlPolicy, ...], ...],
        rcps: tuple[tuple[ControlPolicy, ...], ...],
    ) -> Iterator[Member]:
        """The members at and below one root or organizational unit."""
        path = f"{path}{node['Id']}/"
        scps = (*scps, self._service_policies(node))
        rcps = (*rcps, self._resource_policies(node))
        for account in node.get("Accounts", []):
            yield Member(
                account=account["Id"],
                organization=self._organization,
                path=path,
                management=account["Id"] == self._management,
                scps=(*scps, self._service_policies(account)),
                rcps=(*rcps, self._resource_policies(account)),
            )
        for unit in node.get("OrganizationalUnits", []):
            yield from self.level(unit, path, scps, rcps)

    def _service_policies(self, node: dict[str, Any]) -> tuple[ControlPolicy, ...]:
        ids = node.get("ServiceControlPolicies", [FULL_ACCESS])
        return tuple(self._policy(each, "SERVICE_CONTROL_POLICY") for each in ids)

    def _resource_policies(self, node: dict[str, Any]) -> tuple[ControlPolicy, ...]:
        ids = node.get("ResourceControlPolicies", [])
        return tuple(self._policy(each, "RESOURCE_CONTROL_POLICY") for each in ids)

    def _policy(self, policy_id: str, wanted: str) -> ControlPolicy:
        found, name, text = self._policies[policy_id]
        if found != wanted:
            raise ValueError(f"{policy_id} is a {found}, not a {wanted}")
        return ControlPolicy(id=policy_id, name=name, text=text)


def _compiled(
    levels: tuple[tuple[ControlPolicy, ...], ...], kind: Kind
) -> tuple[tuple[Document, ...], ...]:
    return tuple(
        tuple(parse(policy.text, name=policy.name, kind=kind) for policy in level)
        for level in levels
    )
