"""Find the key that a request names, with everything that a decision about it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from lodekey.arn import Arn
from lodekey.errors import Missing
from lodekey.policy.ask import Guard
from lodekey.policy.document import parse
from lodekey.services.kms.aliases import ALIASES, alias_arn, names_of
from lodekey.services.kms.errors import InvalidArnException, NotFoundException
from lodekey.services.kms.families import Family, family_of
from lodekey.services.kms.grants import for_policy, grants_on
from lodekey.services.kms.keys import KEYS, Key, key_arn
from lodekey.store.port import Transaction

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key, and what hangs on it.

    Args:
        key: Its record.
        guard: Its policy and grants.
        aliases: The names of its aliases.
        family: For a multi-Region key.
        alias: The alias by which the request named it; empty: named otherwise.
    """

    key: Key
    guard: Guard
    aliases: tuple[str, ...]
    family: Family | None
    alias: str = ""

    @property
    def arn(self) -> str:
        """The key's ARN; an alias's never stands for it."""
        return self.key.arn

    @property
    def account(self) -> str:
        """The account that owns it."""
        return self.key.account

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags."""
        return self.key.tags


def find_key(
    tx: Transaction,
    account: str,
    region: str,
    name: str,
    *,
    by_alias: bool = False,
    abroad: bool = True,
) -> NamedKey:
    """Find a key by what a request calls it.

    Args:
        tx: The transaction.
        account: The caller's account: where bare names are looked up.
        region: The request's Region.
        name: A key id or ARN; an alias name or ARN where *by_alias*.
        by_alias: Whether the operation takes aliases.
        abroad: Whether it takes keys of other accounts; where not, they are as good as absent.

    Raises:
        Missing: There is no such key, or the name is none.
        InvalidArnException: The ARN is not a key's, or an alias's where none is taken.
    """
    if name.startswith("arn:"):
        owner, bare = _in_arn(name, region)
        if owner != account and not abroad:
            raise Missing(name, NotFoundException(f"Key '{name}' does not exist"))
        account, name = owner, bare
    if name.startswith("alias/"):
        if not by_alias:
            raise InvalidArnException("Key Aliases are not supported for this operation")
        return _by_alias(tx, account, region, name)
    found = key_in(tx, account, region, name) if _ID.fullmatch(name) else None
    if found is None:
        arn = key_arn(account, region, name)
        words = f"Key '{arn}' does not exist" if _ID.fullmatch(name) else f"Invalid keyId '{name}'"
        raise Missing(arn, NotFoundException(words))
    return found


def _in_arn(name: str, region: str) -> tuple[str, str]:
    """The account and the bare name in an ARN."""
    try:
        arn = Arn.parse(name)
    except ValueError:
        raise InvalidArnException(f"Invalid arn {name}") from None
    kind, _, rest = arn.resource.partition("/")
    if arn.service != "kms" or kind not in {"key", "alias"} or not rest or not arn.account:
        raise InvalidArnException(f"Invalid arn {name}")
    if arn.region != region:
        raise Missing(name, NotFoundException(f"Invalid arn {arn.region}"))
    return arn.account, rest if kind == "key" else arn.resource


def _by_alias(tx: Transaction, account: str, region: str, name: str) -> NamedKey:
    alias = ALIASES.get(tx, account, region, name)
    found = key_in(tx, account, region, alias.target) if alias is not None else None
    if found is None:
        arn = alias_arn(account, region, name)
        raise Missing(arn, NotFoundException(f"Alias {arn} is not found."))
    return replace(found, alias=name)


def key_in(tx: Transaction, account: str, region: str, key_id: str) -> NamedKey | None:
    """The key with this id, made once for each state of its records."""
    return tx.derive(
        ("kms/named-key", account, region, key_id), partial(_make, tx, account, region, key_id)
    )


def _make(tx: Transaction, account: str, region: str, key_id: str) -> NamedKey | None:
    key = KEYS.get(tx, account, region, key_id)
    if key is None:
        return None
    return NamedKey(
        key=key,
        guard=guard_of(tx, key),
        aliases=tuple(names_of(tx, account, region, key_id)),
        family=family_of(tx, key),
    )


def guard_of(tx: Transaction, key: Key, policy: str | None = None) -> Guard:
    """The guard of a key, or what it would be with another *policy* (as it is kept)."""
    grants = (
        part
        for grant in grants_on(tx, key.account, key.region, key.id)
        for part in for_policy(grant)
    )
    return Guard(
        policy=parse(key.policy if policy is None else policy, name="key policy", kind="key"),
        style="key",
        grants=tuple(grants),
        managed=key.manager == "AWS",
    )
