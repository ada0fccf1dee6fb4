"""The finders that several operations share, and what all operations on keys ask of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar

from lodekey.arn import Arn
from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.services.kms.errors import DryRunOperationException
from lodekey.services.kms.named_keys import NamedKey, find_key


class Named(TypedDict):
    """A request that names a key."""

    KeyId: str


Names = TypeVar("Names", bound=Named)
Whatever = TypeVar("Whatever")


def key_named(ctx: Context, request: Names) -> NamedKey:
    """The key by id, alias, or the ARN of either, in any account."""
    return find_key(ctx.tx, ctx.account, ctx.region, request["KeyId"], by_alias=True)


def key_by_id(ctx: Context, request: Names) -> NamedKey:
    """The key by id or ARN, in any account."""
    return find_key(ctx.tx, ctx.account, ctx.region, request["KeyId"])


def own_key(ctx: Context, request: Names) -> NamedKey:
    """The key by id or ARN in the caller's account: "Cross-account use: No"."""
    return own(ctx, request["KeyId"])


def own(ctx: Context, name: str) -> NamedKey:
    """A key of the caller's account; another account's is as good as absent."""
    return find_key(ctx.tx, ctx.account, ctx.region, name, abroad=False)


def no_key(ctx: Context, request: Whatever) -> Bare:
    """What operations that name no key are asked on: ``*``."""
    return Bare("*", ctx.account)


def absent(arn: str) -> Bare:
    """A key that is not there, for the question whether the caller may know."""
    return Bare(arn, Arn.parse(arn).account)


def must_not_be_dry(request: Mapping[str, Any]) -> None:
    """Raise `DryRunOperationException` where the caller only wanted to know.

    Called when all else is checked and nothing is done yet.
    """
    if request.get("DryRun"):
        raise DryRunOperationException(
            "The request would have succeeded, but the DryRun option is set."
        )


def must_have_no_recipient(request: Mapping[str, Any]) -> None:
    """Refuse answers for attested enclaves: no attestation document can be trusted here."""
    if "Recipient" in request:
        raise ValidationException(
            "The Recipient parameter is not supported: there are no attested enclaves here."
        )
