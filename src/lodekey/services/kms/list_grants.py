"""List grants: those on a key, and those that somebody may retire."""

from __future__ import annotations

from collections.abc import Iterator

from lodekey.arn import Arn, is_arn
from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.principals_in import InvalidPrincipal, remember_principal, show_principal
from lodekey.services.kms import grants
from lodekey.services.kms.errors import InvalidArnException
from lodekey.services.kms.finding import key_by_id, no_key
from lodekey.services.kms.grants import GRANTS, RETIRABLE, Grant
from lodekey.services.kms.keys import key_arn
from lodekey.services.kms.listing import marker_for, position_in, within
from lodekey.services.kms.manage_grants import grant_keys
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    GrantConstraints,
    GrantListEntry,
    ListGrantsRequest,
    ListGrantsResponse,
    ListRetirableGrantsRequest,
)


@operation("kms:ListGrants", on=key_by_id, keys=grant_keys)
def list_grants(ctx: Context, request: ListGrantsRequest, on: NamedKey) -> ListGrantsResponse:
    """List the grants on a key, in order of their ids."""
    if "GranteePrincipal" in request and "GranteeServicePrincipal" in request:
        raise ValidationException(
            "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both."
        )
    if "GranteeServicePrincipal" in request and ctx.principal.caller.kind != "service":
        raise ValidationException("GranteeServicePrincipal can only be used by AWS services.")
    if "GrantId" in request:
        grants.must_be_id(request["GrantId"])
    place = (on.key.account, on.key.region, on.key.id)
    after = position_in(ctx, request, f"ListGrants:{on.arn}")
    grantee = request.get("GranteeServicePrincipal") or _as_kept(ctx, request)
    found = (
        grant
        for _, grant in GRANTS.scan(ctx.tx, *place, after=after)
        if request.get("GrantId", grant.id) == grant.id and grantee in (None, grant.grantee)
    )
    return _page(ctx, found, within(request, most=100, default=50), f"ListGrants:{on.arn}")


def _as_kept(ctx: Context, request: ListGrantsRequest) -> str | None:
    """The grantee that is asked for, as it is kept; a name of nobody is looked for as it is."""
    arn = request.get("GranteePrincipal")
    if arn is None:
        return None
    try:
        return remember_principal(ctx.tx, arn)
    except InvalidPrincipal:
        return arn


@operation("kms:ListRetirableGrants", on=no_key)
def list_retirable_grants(
    ctx: Context, request: ListRetirableGrantsRequest, on: Bare
) -> ListGrantsResponse:
    """List the grants in the Region that a principal of the caller's account may retire."""
    retiring = _retiring(ctx, request)
    scope = f"ListRetirableGrants:{retiring}"
    after = position_in(ctx, request, scope)
    found = _retirable(ctx, retiring, after)
    return _page(ctx, found, within(request, most=100, default=50), scope)


def _retiring(ctx: Context, request: ListRetirableGrantsRequest) -> str:
    """The principal that is asked for, as it is kept."""
    if ("RetiringPrincipal" in request) == ("RetiringServicePrincipal" in request):
        raise ValidationException(
            "You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both."
        )
    if "RetiringServicePrincipal" in request:
        if ctx.principal.caller.kind != "service":
            raise ValidationException("RetiringServicePrincipal can only be used by AWS services.")
        return request["RetiringServicePrincipal"]
    arn = request["RetiringPrincipal"]
    if is_arn(arn) and Arn.parse(arn).account != ctx.account:
        raise InvalidArnException(f"The principal {arn} is not in the account of the caller.")
    try:
        return remember_principal(ctx.tx, arn)
    except InvalidPrincipal:
        raise InvalidArnException(f"Invalid principal: {arn}") from None


def _retirable(ctx: Context, retiring: str, after: str | None) -> Iterator[Grant]:
    for parts, place in RETIRABLE.scan(ctx.tx, retiring, ctx.region, after=after):
        grant = GRANTS.get(ctx.tx, place.account, place.region, place.key_id, parts[0])
        if grant is not None:
            yield grant


def _page(ctx: Context, found: Iterator[Grant], limit: int, scope: str) -> ListGrantsResponse:
    page: list[GrantListEntry] = []
    last = ""
    for grant in found:
        if len(page) == limit:
            return {"Grants": page, "Truncated": True, "NextMarker": marker_for(ctx, scope, last)}
        page.append(_entry(ctx, grant))
        last = grant.id
    return {"Grants": page, "Truncated": False}


def _entry(ctx: Context, grant: Grant) -> GrantListEntry:
    entry: GrantListEntry = {
        "KeyId": key_arn(grant.account, grant.region, grant.key_id),
        "GrantId": grant.id,
        "Name": grant.name,
        "CreationDate": grant.created,
        "IssuingAccount": f"arn:aws:iam::{grant.issuer}:root",
        "Operations": list(grant.operations),
    }
    if grant.grantee_is_service:
        entry["GranteeServicePrincipal"] = grant.grantee
    else:
        entry["GranteePrincipal"] = show_principal(ctx.tx, grant.grantee)
    if grant.retiring_is_service:
        entry["RetiringServicePrincipal"] = grant.retiring
    elif grant.retiring:
        entry["RetiringPrincipal"] = show_principal(ctx.tx, grant.retiring)
    constraints = _constraints(grant.constraints)
    if constraints:
        entry["Constraints"] = constraints
    return entry


def _constraints(constraints: grants.Constraints) -> GrantConstraints:
    told: GrantConstraints = {}
    if constraints.equals is not None:
        told["EncryptionContextEquals"] = constraints.equals
    if constraints.subset is not None:
        told["EncryptionContextSubset"] = constraints.subset
    if constraints.source_arn:
        told["SourceArn"] = constraints.source_arn
    return told
