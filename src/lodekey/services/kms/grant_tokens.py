"""Grant tokens: what CreateGrant gives to whoever cannot wait until a grant is known everywhere.

Here a grant is known at once, so a token opens nothing that is not open already. It is still
checked, and it still names its grant to RetireGrant.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/grant-manage.html#using-grant-token
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lodekey.gate.context import Context
from lodekey.gate.pages import BadToken
from lodekey.services.kms.errors import InvalidGrantTokenException
from lodekey.services.kms.grants import Grant

_SCOPE: Final = "kms:GrantToken"


def token_for(ctx: Context, grant: Grant) -> str:
    """A token of *grant*; each is another text."""
    place = [grant.account, grant.region, grant.key_id, grant.id]
    return ctx.gate.pages.token(_SCOPE, place)


def place_in(ctx: Context, token: str) -> tuple[str, str, str, str]:
    """Account, Region, key id and grant id of a token's grant.

    Raises:
        InvalidGrantTokenException: It is no token of ours.
    """
    try:
        account, region, key_id, grant_id = ctx.gate.pages.position(_SCOPE, token)
    except BadToken:
        raise InvalidGrantTokenException("Invalid grant token") from None
    return account, region, key_id, grant_id


def must_know_tokens(ctx: Context, request: Mapping[str, Any]) -> None:
    """Raise `InvalidGrantTokenException` where a request brings a token that is none."""
    for token in request.get("GrantTokens", ()):
        place_in(ctx, token)
