"""What is to be sealed anew when a key is replaced, and what stays under the old one.

AWS seals no history anew. An old version of a parameter, or a version of a secret without a stage,
opens with the key that sealed it or not at all; who deletes that key deletes the version. So
these are counted.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_update-encryption-key.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from lodekey.client.connection import Connection
from lodekey.client.failures import Denied, Failure, NotFound, translated
from lodekey.client.kept import Entry, Version
from lodekey.client.places import Place
from lodekey.client.stores import Stores

_DEFAULT = {"ssm": "alias/aws/ssm", "sm": "alias/aws/secretsmanager"}


@dataclass(frozen=True, slots=True)
class Left:
    """Versions of a value that the new key does not open.

    Args:
        count: How many; None: the caller may not look.
        keys: The keys that open them.
    """

    count: int | None = 0
    keys: tuple[str, ...] = ()


class Keys:
    """Which keys sealed what.

    Args:
        connection: Where.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._arns: dict[str, str] = {}

    def sealed_by(self, key: str, at: datetime | None) -> str:
        """The ARN of the key that *key* meant then; of a moved alias only that it is another."""
        moved = self._moved.get(key[key.find("alias/") :]) if "alias/" in key else None
        if moved is not None and at is not None and at < moved:
            return f"what {key} was before {moved:%Y-%m-%d %H:%M}"
        return self.arn(key)

    def arn(self, key: str) -> str:
        """The ARN of a key by id, ARN or alias; the key as named where it is not there."""
        if key not in self._arns:
            try:
                self._arns[key] = key_arn(self._connection, key)
            except NotFound:
                self._arns[key] = key
        return self._arns[key]

    @cached_property
    def _moved(self) -> dict[str, datetime]:
        """When each alias was last pointed at a key, as far as the caller may know."""
        try:
            with translated():
                pages = self._connection.client("kms").get_paginator("list_aliases").paginate()
                return {
                    each["AliasName"]: each["LastUpdatedDate"]
                    for page in pages
                    for each in page["Aliases"]
                    if "LastUpdatedDate" in each
                }
        except Denied:
            return {}


def due(stores: Stores, prefix: Place | None, new: str, old: str = "") -> list[Entry]:
    """The sealed values under *prefix* (or sealed by *old*) that are not under *new*.

    Raises:
        NotFound: A key is not there.
    """
    keys = Keys(stores.connection)
    target = key_arn(stores.connection, new)
    source = key_arn(stores.connection, old) if old else ""
    found = []
    for entry in stores.entries(prefix):
        if entry.kind not in {"SecureString", "Secret"}:
            continue
        sealed_by = _sealed_by(stores, keys, entry)
        if sealed_by != {target} and (not source or source in sealed_by):
            found.append(entry)
    return found


def _sealed_by(stores: Stores, keys: Keys, entry: Entry) -> set[str]:
    """The keys of a value's current version; of a secret's every version with a stage."""
    named = {keys.sealed_by(entry.key or _DEFAULT[entry.place.scheme], entry.modified)}
    if entry.place.scheme == "ssm":
        return named
    try:
        staged = [each for each in stores.secrets.history(entry.place) if each.stages]
    except Denied:
        return named
    target = keys.arn(entry.key or _DEFAULT["sm"])
    found = {each for version in staged for each in _openers(keys, version, target)}
    return found or named


def _openers(keys: Keys, version: Version, preferred: str) -> set[str]:
    """The keys that open a version: *preferred* alone, where it is one of them."""
    openers = {keys.sealed_by(each or _DEFAULT["sm"], version.made) for each in version.keys}
    return {preferred} if preferred in openers else openers


def seal_anew(stores: Stores, entry: Entry, target: str) -> None:
    """Seal a value anew; what was done before is left alone when it is done again.

    Args:
        stores: Where.
        entry: The value.
        target: The new key's ARN: an alias would not say which key it was.

    Raises:
        Failure: It is still under the old key.
    """
    stores.of(entry.place).change_key(entry.place, target)
    if entry.place.scheme == "ssm":
        return
    keys = Keys(stores.connection)
    for version in stores.secrets.history(entry.place):
        openers = {keys.arn(each) for each in version.keys}
        if "AWSCURRENT" in version.stages and openers and target not in openers:
            raise Failure(
                f"`{entry.place}` names the new key, and its value is still under the old one",
                hint="Secrets Manager seals anew as you: it takes kms:Decrypt on the old key",
            )


def left(stores: Stores, entries: Iterable[Entry], target: str) -> dict[Place, Left]:
    """What of each value the new key does not open."""
    keys = Keys(stores.connection)
    return {entry.place: _left(stores, keys, entry.place, target) for entry in entries}


def _left(stores: Stores, keys: Keys, place: Place, target: str) -> Left:
    try:
        versions = stores.of(place).history(place)
    except (Denied, NotFound):
        return Left(None)
    default = _DEFAULT[place.scheme]
    others = [
        openers
        for version in versions
        if version.keys
        and target
        not in (openers := {keys.sealed_by(each or default, version.made) for each in version.keys})
    ]
    return Left(len(others), tuple(sorted({each for openers in others for each in openers})))


def key_arn(connection: Connection, key: str) -> str:
    """The ARN of a key by id, ARN or alias.

    Raises:
        NotFound: There is no such key.
    """
    with translated():
        arn: str = connection.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    return arn
