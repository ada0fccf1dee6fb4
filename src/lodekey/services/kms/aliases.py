"""Aliases: other names for keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from lodekey.errors import ValidationException
from lodekey.services.kms.errors import InvalidAliasNameException
from lodekey.store.port import Collection, Transaction

_NAME: Final = re.compile(r"alias/[a-zA-Z0-9/_-]+")
RESERVED: Final = "alias/aws/"

# AWS's quota; https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
PER_KEY: Final = 50


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """An alias.

    Args:
        name: With its ``alias/``.
        target: The id of the key in the same account and Region.
    """

    account: str
    region: str
    name: str
    target: str
    created: float
    updated: float

    @property
    def arn(self) -> str:
        """``arn:aws:kms:us-east-1:111122223333:alias/…``."""
        return alias_arn(self.account, self.region, self.name)


class Naming(msgspec.Struct, frozen=True):
    """That a key has an alias: the same fact, found from the key's side."""

    since: float


ALIASES = Collection("kms/alias", Alias)
NAMES_OF_KEY = Collection("kms/key-alias", Naming)


def alias_arn(account: str, region: str, name: str) -> str:
    """An alias's ARN; *name* with its ``alias/``."""
    return f"arn:aws:kms:{region}:{account}:{name}"


def must_be_customers(name: str) -> None:
    """Check that a customer may give the name.

    Raises:
        ValidationException: It does not begin with ``alias/``.
        InvalidAliasNameException: It has no further name, or a character that none may have.
    """
    if not name.startswith("alias/"):
        raise ValidationException(
            'Alias must start with the prefix "alias/". Please see'
            " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if not _NAME.fullmatch(name):
        raise InvalidAliasNameException(
            "Alias must not contain more than one colon, or characters other than letters, digits,"
            " slashes, underscores and dashes"
        )


def save(tx: Transaction, alias: Alias) -> None:
    """Write an alias, and take its name from the key that had it."""
    before = ALIASES.get(tx, alias.account, alias.region, alias.name)
    if before is not None:
        NAMES_OF_KEY.delete(tx, before.account, before.region, before.target, before.name)
    ALIASES.put(tx, alias.account, alias.region, alias.name, record=alias)
    NAMES_OF_KEY.put(
        tx,
        alias.account,
        alias.region,
        alias.target,
        alias.name,
        record=Naming(since=alias.updated),
    )


def delete(tx: Transaction, alias: Alias) -> None:
    """Forget an alias."""
    ALIASES.delete(tx, alias.account, alias.region, alias.name)
    NAMES_OF_KEY.delete(tx, alias.account, alias.region, alias.target, alias.name)


def names_of(tx: Transaction, account: str, region: str, key_id: str) -> Iterator[str]:
    """The names of all aliases of a key."""
    for parts, _ in NAMES_OF_KEY.scan(tx, account, region, key_id):
        yield parts[0]
