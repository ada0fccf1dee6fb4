"""Accounts: making one, and what a first start of a server makes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from lodekey.identity.credentials import new_access_key
from lodekey.identity.records import ACCESS_KEYS, ACCOUNTS, Account
from lodekey.store.port import Store, Transaction

KEY_ID, SECRET = "LODEKEY_ROOT_ACCESS_KEY_ID", "LODEKEY_ROOT_SECRET_ACCESS_KEY"


class SetupError(Exception):
    """The settings of a start do not go together, or not with what is there."""


class RootKey(NamedTuple):
    """An access key of an account's root."""

    id: str
    secret: str


class FirstAccount(NamedTuple):
    """The account that manages this server, and its root credentials if they were made just now."""

    id: str
    root_key: RootKey | None


def new_account_id() -> str:
    """Twelve random digits; the first is not zero, so that no tool strips it."""
    return str(10**11 + secrets.randbelow(9 * 10**11))


def first_account(
    store: Store, now: float, wanted: str, environment: Mapping[str, str]
) -> FirstAccount:
    """Make sure that there is an account, and that root credentials given by a script are its.

    Args:
        store: Where accounts are.
        now: Seconds since the epoch.
        wanted: The account id that the operator asked for; empty: any.
        environment: For the variables that set the root credentials.

    Raises:
        SetupError: Only one of the two variables is set, or the account is not there.
    """
    given = _given(environment)
    with store.transaction(write=False) as tx:
        accounts = [account for _, account in ACCOUNTS.scan(tx)]
        known = given is not None and ACCESS_KEYS.get(tx, given.id)
    if not accounts:
        with store.transaction(write=True) as tx:
            account = wanted or new_account_id()
            return FirstAccount(account, make_account(tx, account, now, given))
    first = wanted or min(accounts, key=lambda account: account.created).id
    if first not in {account.id for account in accounts}:
        raise SetupError(f"this data directory has no account `{first}`; leave out `--account`")
    if given is None or known:
        return FirstAccount(first, given)
    with store.transaction(write=True) as tx:
        new_access_key(
            tx,
            first,
            "",
            now,
            access_key_id=given.id,
            secret=given.secret,
        )
    return FirstAccount(first, given)


def _given(environment: Mapping[str, str]) -> RootKey | None:
    key_id, secret = environment.get(KEY_ID, ""), environment.get(SECRET, "")
    if bool(key_id) != bool(secret):
        raise SetupError(f"`{KEY_ID}` and `{SECRET}` go together; set both or none")
    return RootKey(key_id, secret) if key_id else None


def make_account(
    tx: Transaction, account: str, now: float, given: RootKey | None = None
) -> RootKey:
    """Make an account with root credentials.

    Raises:
        Exists: There is one with this id, or a key with the given id.
    """
    ACCOUNTS.put(tx, account, record=Account(id=account, created=now), create=True)
    key_id, secret = (given.id, given.secret) if given else ("", "")
    key = new_access_key(tx, account, "", now, access_key_id=key_id, secret=secret)
    return RootKey(key.id, key.secret)
