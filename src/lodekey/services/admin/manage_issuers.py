"""PutIssuerKeys: hand an OpenID Connect issuer's keys in, since the server fetches nothing."""

from __future__ import annotations

import json

from msgspec.structs import replace

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import OIDC_PROVIDERS
from lodekey.services.admin.errors import NoSuchIssuerException
from lodekey.services.admin.shapes import PutIssuerKeysRequest, PutIssuerKeysResponse


def issuer_named(ctx: Context, request: PutIssuerKeysRequest) -> Bare:
    """The issuer, which IAM has as an OIDC provider of the caller's account."""
    url = request["Issuer"].removeprefix("https://").rstrip("/")
    arn = f"arn:aws:lodekey::{ctx.account}:issuer/{url}"
    if OIDC_PROVIDERS.get(ctx.tx, ctx.account, url) is None:
        message = f"Account {ctx.account} has no OpenID Connect provider `{request['Issuer']}`."
        raise Missing(arn, NoSuchIssuerException(message))
    return Bare(arn, ctx.account)


@operation("lodekey:PutIssuerKeys", on=issuer_named, writes=True)
def put_issuer_keys(
    ctx: Context, request: PutIssuerKeysRequest, target: Bare
) -> PutIssuerKeysResponse:
    """Keep an issuer's JSON Web Key Set, in place of the one there was."""
    count = _keys_in(request["Keys"])
    url = target.arn.partition(":issuer/")[2]
    provider = OIDC_PROVIDERS.get(ctx.tx, ctx.account, url)
    if provider is not None:
        kept = replace(provider, jwks=request["Keys"])
        OIDC_PROVIDERS.put(ctx.tx, ctx.account, url, record=kept)
    return {"Keys": count}


def _keys_in(text: str) -> int:
    """How many keys a JSON Web Key Set has; private ones are refused, there is no use for them."""
    try:
        keys = json.loads(text)["keys"]
        kinds = [key["kty"] for key in keys]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValidationException("Keys is not a JSON Web Key Set.") from None
    if any("d" in key for key in keys) or "oct" in kinds:
        raise ValidationException("Keys holds a private key; hand in the public ones alone.")
    return len(kinds)
