"""Create, list, change and delete aliases.

Whoever gives, moves or takes an alias needs the permission on the alias, and on each key that
gains or loses it.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
"""

from __future__ import annotations

from operator import itemgetter

import msgspec

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.kms import aliases, conditions, specs
from lodekey.services.kms.aliases import ALIASES, Alias, alias_arn
from lodekey.services.kms.errors import (
    AlreadyExistsException,
    InvalidAliasNameException,
    LimitExceededException,
    NotFoundException,
)
from lodekey.services.kms.finding import no_key, own
from lodekey.services.kms.key_policies import MANAGED_FOR
from lodekey.services.kms.listing import marker_for, position_in, within
from lodekey.services.kms.managed_keys import alias_for
from lodekey.services.kms.named_keys import NamedKey, key_in
from lodekey.services.kms.shapes import (
    AliasListEntry,
    CreateAliasRequest,
    DeleteAliasRequest,
    ListAliasesRequest,
    ListAliasesResponse,
    UpdateAliasRequest,
)


def alias_and_key(ctx: Context, request: CreateAliasRequest) -> tuple[Bare, NamedKey]:
    """The alias to be made, and the key that gets it."""
    name = request["AliasName"]
    aliases.must_be_customers(name)
    if name.startswith(aliases.RESERVED):
        raise InvalidAliasNameException(f"Alias must not start with {aliases.RESERVED}")
    return _bare(ctx, name), own(ctx, request["TargetKeyId"])


def _bare(ctx: Context, name: str) -> Bare:
    return Bare(alias_arn(ctx.account, ctx.region, name), ctx.account)


@operation("kms:CreateAlias", on=alias_and_key, keys=conditions.keys, writes=True)
def create_alias(ctx: Context, request: CreateAliasRequest, on: tuple[Bare, NamedKey]) -> None:
    """Give a key another name."""
    alias, named = on
    named.key.must_allow("CreateAlias", ctx.now)
    if ALIASES.get(ctx.tx, ctx.account, ctx.region, request["AliasName"]) is not None:
        raise AlreadyExistsException(f"An alias with the name {alias.arn} already exists")
    _must_have_room(named)
    made = Alias(
        account=ctx.account,
        region=ctx.region,
        name=request["AliasName"],
        target=named.key.id,
        created=ctx.now,
        updated=ctx.now,
    )
    aliases.save(ctx.tx, made)


def _must_have_room(named: NamedKey) -> None:
    if len(named.aliases) >= aliases.PER_KEY:
        raise LimitExceededException(f"{named.arn} has the most aliases that a key may have.")


def alias_and_keys(ctx: Context, request: UpdateAliasRequest) -> tuple[Bare, NamedKey, NamedKey]:
    """The alias, the key that has it, and the key that gets it."""
    bare, has = alias_and_its_key(ctx, {"AliasName": request["AliasName"]})
    return bare, has, own(ctx, request["TargetKeyId"])


def alias_and_its_key(ctx: Context, request: DeleteAliasRequest) -> tuple[Bare, NamedKey]:
    """The alias, and the key that has it."""
    name = request["AliasName"]
    aliases.must_be_customers(name)
    bare = _bare(ctx, name)
    alias = ALIASES.get(ctx.tx, ctx.account, ctx.region, name)
    has = key_in(ctx.tx, ctx.account, ctx.region, alias.target) if alias is not None else None
    if has is None:
        raise Missing(bare.arn, NotFoundException(f"Alias {bare.arn} is not found."))
    return bare, has


def _alias(ctx: Context, name: str) -> Alias:
    alias = ALIASES.get(ctx.tx, ctx.account, ctx.region, name)
    if alias is None:
        raise AssertionError("the alias that was found is gone in the same transaction")
    return alias


@operation("kms:UpdateAlias", on=alias_and_keys, keys=conditions.keys, writes=True)
def update_alias(
    ctx: Context, request: UpdateAliasRequest, on: tuple[Bare, NamedKey, NamedKey]
) -> None:
    """Give an alias to another key of the same type and usage."""
    _, has, gets = on
    gets.key.must_allow("UpdateAlias", ctx.now)
    kinds = {(specs.key_type(each.key.spec), each.key.usage) for each in (has, gets)}
    if len(kinds) > 1:
        raise ValidationException(
            "The current and new KMS keys of an alias must be the same type and have the same key"
            " usage."
        )
    alias = _alias(ctx, request["AliasName"])
    if alias.target != gets.key.id:
        _must_have_room(gets)
    moved = msgspec.structs.replace(alias, target=gets.key.id, updated=ctx.now)
    aliases.save(ctx.tx, moved)


@operation("kms:DeleteAlias", on=alias_and_its_key, keys=conditions.keys, writes=True)
def delete_alias(ctx: Context, request: DeleteAliasRequest, on: tuple[Bare, NamedKey]) -> None:
    """Take a name from a key; the key stays as it is."""
    aliases.delete(ctx.tx, _alias(ctx, request["AliasName"]))


@operation("kms:ListAliases", on=no_key)
def list_aliases(ctx: Context, request: ListAliasesRequest, on: Bare) -> ListAliasesResponse:
    """List the account's aliases in the Region, or those of one key, in order of their names.

    Among them are "aliases that have no TargetKeyId field": predefined ones, whose key nobody
    needed yet.
    """
    limit = within(request, most=100, default=50)
    after = position_in(ctx, request, "ListAliases") or ""
    found = _aliases_of(ctx, request["KeyId"]) if "KeyId" in request else None
    if found is None:
        place = (ctx.account, ctx.region)
        scanned = ALIASES.scan(ctx.tx, *place, after=after or None, limit=limit + 1)
        found = _with_predefined(ctx, [_entry(alias) for _, alias in scanned])
    found = [entry for entry in found if entry["AliasName"] > after][: limit + 1]
    answer: ListAliasesResponse = {"Aliases": found[:limit], "Truncated": len(found) > limit}
    if len(found) > limit:
        answer["NextMarker"] = marker_for(ctx, "ListAliases", found[limit - 1]["AliasName"])
    return answer


def _with_predefined(ctx: Context, entries: list[AliasListEntry]) -> list[AliasListEntry]:
    predefined: dict[str, AliasListEntry] = {}
    for name in map(alias_for, MANAGED_FOR):
        if ALIASES.get(ctx.tx, ctx.account, ctx.region, name) is None:
            arn = alias_arn(ctx.account, ctx.region, name)
            predefined[name] = {"AliasName": name, "AliasArn": arn}
    return sorted([*entries, *predefined.values()], key=itemgetter("AliasName"))


def _aliases_of(ctx: Context, key_id: str) -> list[AliasListEntry]:
    try:
        named = own(ctx, key_id)
    except Missing as missing:
        raise missing.error from None
    return [_entry(_alias(ctx, name)) for name in sorted(named.aliases)]


def _entry(alias: Alias) -> AliasListEntry:
    return {
        "AliasName": alias.name,
        "AliasArn": alias.arn,
        "TargetKeyId": alias.target,
        "CreationDate": alias.created,
        "LastUpdatedDate": alias.updated,
    }
