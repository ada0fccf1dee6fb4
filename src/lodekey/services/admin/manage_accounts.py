"""CreateAccount, ListAccounts, and Reset, which only development has."""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.accounts import make_account, new_account_id
from lodekey.identity.records import ACCESS_KEYS, ACCOUNTS
from lodekey.services.admin.errors import AccountExistsException, NotInDevelopmentException
from lodekey.services.admin.shapes import (
    Account,
    CreateAccountRequest,
    CreateAccountResponse,
    ListAccountsResponse,
    Nothing,
    ResetResponse,
)
from lodekey.store.port import Collection, Exists


def new_account(ctx: Context, request: CreateAccountRequest) -> Bare:
    """The account to be made: a matter of the first account, which manages this server."""
    managing = ctx.gate.settings.account
    name = request.get("AccountId", "*")
    return Bare(f"arn:aws:lodekey::{managing}:account/{name}", managing)


def all_accounts(ctx: Context, request: Nothing) -> Bare:
    """Every account of the server."""
    managing = ctx.gate.settings.account
    return Bare(f"arn:aws:lodekey::{managing}:account/*", managing)


def own_account(ctx: Context, request: Nothing) -> Bare:
    """The caller's account."""
    return Bare(f"arn:aws:lodekey::{ctx.account}:account/{ctx.account}", ctx.account)


@operation("lodekey:CreateAccount", on=new_account, writes=True)
def create_account(
    ctx: Context, request: CreateAccountRequest, target: Bare
) -> CreateAccountResponse:
    """Make an account and its root credentials. Only the managing account may."""
    number = request.get("AccountId") or new_account_id()
    try:
        key = make_account(ctx.tx, number, ctx.now)
    except Exists:
        raise AccountExistsException(f"There is an account {number} already.") from None
    return {"AccountId": number, "AccessKeyId": key.id, "SecretAccessKey": key.secret}


@operation("lodekey:ListAccounts", on=all_accounts)
def list_accounts(ctx: Context, request: Nothing, target: Bare) -> ListAccountsResponse:
    """Every account of the server, by id."""
    return {
        "Accounts": [
            Account(AccountId=account.id, Alias=account.alias, Created=account.created)
            for _, account in ACCOUNTS.scan(ctx.tx)
        ]
    }


@operation("lodekey:Reset", on=own_account, writes=True)
def reset(ctx: Context, request: Nothing, target: Bare) -> ResetResponse:
    """Empty the caller's account of all but its root: for development alone."""
    if not ctx.gate.settings.dev:
        raise NotInDevelopmentException("Only a server started with --dev resets an account.")
    removed = 0
    for collection in Collection.every():
        if collection is ACCOUNTS:
            continue
        for parts, record in list(collection.scan(ctx.tx)):
            owner = getattr(record, "account", None) or parts[0]
            is_root_key = collection is ACCESS_KEYS and not record.user
            if owner == ctx.account and not is_root_key:
                collection.delete(ctx.tx, *parts)
                removed += 1
    return {"Removed": removed}
