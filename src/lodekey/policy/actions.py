"""What actions there are, on what resources, with what condition keys: AWS's own tables.

The data are generated (``tools/generate_actions.py``) from the Service Authorization Reference and
cover the services that lodekey offers. Nothing on the road of a request reads them: they serve the
linter, explanations and the IAM service's answers.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lodekey.policy.patterns import text_pattern


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Args:
        name: In full, ``kms:Decrypt``.
        level: ``List``, ``Read``, ``Write``, ``Tagging`` or ``Permissions management``.
        resources: The types of resource that it is asked on; empty: only ``*``.
        keys: Its condition keys as AWS writes them, ``kms:EncryptionContext:${…}`` included;
            the global ones are not repeated.
    """

    name: str
    level: str
    resources: tuple[str, ...]
    keys: tuple[str, ...]


# Actions that the service models have and the reference does not yet, each taken as an older one.
_NEWER = {
    "kms": {"Decapsulate": "DeriveSharedSecret", "Encapsulate": "DeriveSharedSecret"},
    "secretsmanager": {
        "AcceptCrossAccountReplication": "ReplicateSecretToRegions",
        "AssociateCrossAccountReplica": "ReplicateSecretToRegions",
        "DisassociateCrossAccountReplica": "RemoveRegionsFromReplication",
        "ListResourcePolicies": "ListSecrets",
    },
    "sts": {"GetScopedCredentials": "GetSessionToken"},
}

# The server's own service, which AWS does not have: its actions, and the types of their resources.
_OWN_ACTIONS = {
    "CreateAccount": ("Write", "account"),
    "Explain": ("Read", "decision"),
    "ListAccounts": ("List", "account"),
    "PutIssuerKeys": ("Write", "issuer"),
    "Reset": ("Write", "account"),
    "VerifyTrail": ("Read", "trail"),
    "WhoCanRead": ("Read", "readers"),
}
_OWN_RESOURCES = {
    "account": "arn:${Partition}:lodekey::${Account}:account/${AccountId}",
    "decision": "arn:${Partition}:lodekey:${Region}:${Account}:decision/${DecisionId}",
    "issuer": "arn:${Partition}:lodekey::${Account}:issuer/${IssuerUrl}",
    "readers": "arn:${Partition}:lodekey:${Region}:${Account}:readers",
    "trail": "arn:${Partition}:lodekey::${Account}:trail",
}


@cache
def _table() -> dict[str, Any]:
    text = Path(__file__).with_name("actions.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    for service, newer in _NEWER.items():
        known = table["services"][service]["actions"]
        for name, like in newer.items():
            known.setdefault(name, known[like])
    table["services"]["lodekey"] = {
        "actions": {
            name: {"level": level, "on": [resource], "keys": []}
            for name, (level, resource) in _OWN_ACTIONS.items()
        },
        "resources": _OWN_RESOURCES,
        "keys": {},
    }
    return table


@cache
def actions() -> dict[str, Action]:
    """Every action by its full name in lower case."""
    found = {}
    for service, table in _table()["services"].items():
        for name, action in table["actions"].items():
            full = f"{service}:{name}"
            found[full.lower()] = Action(
                full, action["level"], tuple(action["on"]), tuple(action["keys"])
            )
    return found


def services() -> frozenset[str]:
    """The services of the table, as actions begin."""
    return frozenset(_table()["services"])


def named_by(pattern: str) -> tuple[Action, ...]:
    """The actions that an entry of an Action element means."""
    matches = text_pattern(pattern.lower())
    return tuple(action for name, action in actions().items() if matches(name))


@cache
def key_pattern(key: str) -> re.Pattern[str]:
    """Match the spellings of *key*: a ``${…}`` or ``<…>`` in it, or ``tag-key``, is any text."""
    pieces = re.split(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$", key.lower())
    return re.compile(".+".join(map(re.escape, pieces)), re.DOTALL)


@cache
def type_of_key(key: str) -> str:
    """The type of a condition key in any case (``ArrayOfString``); empty: it is not known."""
    folded = key.lower()
    known = dict(_table()["global"])
    for table in _table()["services"].values():
        known.update(table["keys"])
    for name, kind in known.items():
        if key_pattern(name).fullmatch(folded):
            return str(kind)
    return ""


def is_multi_valued(key: str) -> bool:
    """Whether a context key holds several values."""
    return type_of_key(key).startswith("ArrayOf")


@cache
def is_global_key(key: str) -> bool:
    """Whether *key* is one of AWS's global condition keys."""
    folded = key.lower()
    return any(key_pattern(name).fullmatch(folded) for name in _table()["global"])


def key_names(action: Action) -> frozenset[str]:
    """The condition keys of an action and of its types of resource, lower case, as patterns."""
    return frozenset(key.lower() for key in action.keys) | _of_resources(action)


def has_key(action: Action, key: str) -> bool:
    """Whether requests for *action* may carry the condition key, in any case."""
    folded = key.lower()
    own = any(key_pattern(name).fullmatch(folded) for name in key_names(action))
    return own or is_global_key(key)


def _of_resources(action: Action) -> frozenset[str]:
    """The keys that belong to the action's types of resource."""
    service = action.name.partition(":")[0]
    by_resource = _table()["services"][service].get("resourceKeys", {})
    keys = (key for name in action.resources for key in by_resource.get(name, ()))
    return frozenset(key.lower() for key in keys)


def resource_types(service: str) -> dict[str, str]:
    """The ARN forms of a service's resources, by type."""
    return dict(_table()["services"].get(service, {}).get("resources", {}))


def reached_by_rcps() -> frozenset[str]:
    """The services of ours that resource control policies reach."""
    return frozenset(_table()["rcp"])
