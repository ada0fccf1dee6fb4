"""The principals that a resource policy names, as stored and as shown.

When a policy is saved, "the ARN is transformed to the user's unique principal ID": whoever deletes
the user and makes another of the same name does not come into its rights. So a policy is stored
with ids in place of ARNs, and shown with ARNs where the entity still is; an id that remains tells
of one that is gone. Everything else of the text stays as it was written.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lodekey.identity.records import ROLES, UNIQUE_IDS, USERS
from lodekey.store.port import Transaction

_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')
_ACCOUNT = re.compile(r"\d{12}")
_ROOT = re.compile(r"arn:[\w-]+:iam::\d{12}:root")
_ENTITY = re.compile(r"arn:[\w-]+:iam::(\d{12}):(user|role)/(.+)")
_SESSION = re.compile(
    r"arn:[\w-]+:sts::(\d{12}):(assumed-role/([^/]+)/[\w+=,.@-]+|federated-user/.+)"
)
_UNIQUE = re.compile(r"(?:AIDA|AROA)[A-Z2-7]{12,}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.com|amazonaws\.com\.cn|amazon\.com)")


class InvalidPrincipal(Exception):
    """A policy names a principal that is not, or that no policy may name.

    Args:
        kind: ``AWS``, ``Service``, ``Federated`` or ``CanonicalUser``.
        value: The principal as written.
    """

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f'"{kind.upper()}":"{value}"')
        self.kind = kind
        self.value = value


def remember_principals(tx: Transaction, text: str) -> str:
    """The policy *text* as it is to be stored: its users and roles by unique id.

    *text* is a valid policy already.

    Raises:
        InvalidPrincipal: it names one that is not there.
    """
    return _rewrite(text, lambda kind, value: _stored(tx, kind, value))


def show_principals(tx: Transaction, text: str) -> str:
    """A stored policy as its readers see it: ARNs for the ids of users and roles that still are."""
    return _rewrite(text, lambda kind, value: _shown(tx, value) if kind == "AWS" else value)


def remember_principal(tx: Transaction, value: str) -> str:
    """One AWS principal as it is to be stored: a user or role by its unique id.

    Raises:
        InvalidPrincipal: There is none such.
    """
    return _stored(tx, "AWS", value)


def show_principal(tx: Transaction, value: str) -> str:
    """One stored AWS principal as its readers see it."""
    return _shown(tx, value)


def _stored(tx: Transaction, kind: str, value: str) -> str:
    if kind == "AWS":
        found = _stored_aws(tx, value)
        if not found:
            raise InvalidPrincipal(kind, value)
        return found
    if kind == "Service" and value != "*" and not _SERVICE.fullmatch(value):
        raise InvalidPrincipal(kind, value)
    return value


def _stored_aws(tx: Transaction, value: str) -> str:
    """How an AWS principal is stored; empty: there is none such."""
    if value == "*" or _ROOT.fullmatch(value):
        return value
    if _ACCOUNT.fullmatch(value):
        return f"arn:aws:iam::{value}:root"
    if _UNIQUE.fullmatch(value):
        return value if UNIQUE_IDS.get(tx, value) is not None else ""
    if session := _SESSION.fullmatch(value):
        role = session[3]
        return value if role is None or ROLES.get(tx, session[1], role.lower()) else ""
    if entity := _ENTITY.fullmatch(value):
        account, kind, path = entity.groups()
        name = path.rpartition("/")[2].lower()
        found = (USERS if kind == "user" else ROLES).get(tx, account, name)
        return found.id if found is not None and found.arn == value else ""
    return ""


def _shown(tx: Transaction, value: str) -> str:
    named = UNIQUE_IDS.get(tx, value) if _UNIQUE.fullmatch(value) else None
    if named is None:
        return value
    collection = USERS if named.kind == "user" else ROLES
    found = collection.get(tx, named.account, named.name.lower())
    return found.arn if found is not None and found.id == value else value


class _Place(NamedTuple):
    """A principal in the text: where it stands, of what kind it is, and what it says."""

    start: int
    end: int
    kind: str
    value: str


def _rewrite(text: str, change: Callable[[str, str], str]) -> str:
    pieces: list[str] = []
    done = 0
    for place in _places(text):
        pieces += [text[done : place.start], json.dumps(change(place.kind, place.value))]
        done = place.end
    return "".join(pieces) + text[done:]


def _places(text: str) -> Iterator[_Place]:
    """The principals of a policy, in order. *text* is valid JSON."""
    above: list[tuple[str, bool]] = []
    key = ""
    is_value = False
    for match in _PARTS.finditer(text):
        part = match[0]
        if part in "{[":
            above.append((key, part == "["))
            is_value = part == "["
        elif part in "}]":
            key = above.pop()[0]
        elif part in ":,":
            is_value = part == ":" or above[-1][1]
        elif not is_value:
            key = json.loads(part)
        elif kind := _kind([name for name, is_list in above[1:] if not is_list], key):
            yield _Place(match.start(), match.end(), kind, json.loads(part))


def _kind(above: list[str], key: str) -> str:
    """The kind of principal that a string at this place is; empty: it is none."""
    match above:
        case ["Statement", "Principal" | "NotPrincipal"]:
            return key
        case ["Statement"] if key in {"Principal", "NotPrincipal"}:
            return "AWS"
        case _:
            return ""
