"""How the operations find the secret that a request names."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, TypedDict, TypeVar

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.gate.pages import BadToken
from lodekey.services.secretsmanager.errors import (
    InvalidNextTokenException,
    InvalidParameterException,
    InvalidRequestException,
)
from lodekey.services.secretsmanager.secrets import Secret, find, not_found, read_id


class Named(TypedDict):
    """A request that names a secret."""

    SecretId: str


R = TypeVar("R", bound=Named)
T = TypeVar("T")
Key = Callable[[T], tuple[Any, ...]]


def secret_named(ctx: Context, request: R) -> Secret:
    """The secret that the request names, by name or ARN; a bare name is the caller's own."""
    return find(ctx.tx, request["SecretId"], ctx.account, ctx.region)


def secret_or_place(ctx: Context, request: R) -> Secret | Bare:
    """The secret that the request names, or the bare name of one that is not there."""
    try:
        return secret_named(ctx, request)
    except Missing as missing:
        named = read_id(request["SecretId"], ctx.account, ctx.region)
        return Bare(missing.arn, named.account)


def all_secrets(ctx: Context, request: Any) -> Bare:
    """What an operation over all secrets is asked on: ``*``."""
    return Bare("*", ctx.account)


def token_of(ctx: Context, request: Any) -> str:
    """The ClientRequestToken, which is the new version's id.

    The SDKs make one, and so does the house for its own calls; a bare request over the wire must
    bring its own, as on AWS.

    Raises:
        InvalidRequestException: There is none.
    """
    token: str = request.get("ClientRequestToken", "")
    if not token and ctx.http is None:
        return str(uuid.uuid4())
    if not token:
        raise InvalidRequestException(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        )
    return token


def value_of(request: Any) -> str | bytes | None:
    """The value that the request brings; None where it brings none.

    Raises:
        InvalidParameterException: It brings two.
    """
    if "SecretString" in request and "SecretBinary" in request:
        raise InvalidParameterException(
            "You can't specify both a binary secret value and a string secret value in the same "
            "secret."
        )
    value: str | bytes | None = request.get("SecretString", request.get("SecretBinary"))
    if isinstance(value, str) and len(value.encode()) > 65_536:
        raise InvalidParameterException(
            "The secret value is too long: its limit is 65536 bytes of UTF-8."
        )
    return value


def refuse_external(request: Any) -> None:
    """Refuse managed external secrets: no partner can be reached from here.

    Raises:
        InvalidParameterException: The request asks for one.
    """
    asked = ("Type", "ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn")
    for member in asked:
        if request.get(member):
            raise InvalidParameterException(
                f"{member} is for managed external secrets, which this server does not offer."
            )


def page(
    ctx: Context,
    scope: str,
    items: Iterable[T],
    key: Key[T],
    *,
    limit: int,
    token: str | None,
    reverse: bool = False,
) -> tuple[list[T], str | None]:
    """One page of *items* in the order of *key*, and the token of the next page.

    A token remembers the last item shown, not a number: what is added or taken away meanwhile
    neither repeats nor hides another item.

    Raises:
        InvalidNextTokenException: The token is not of this listing.
    """
    scope = f"secretsmanager:{scope}:{ctx.account}:{ctx.region}"
    ordered = sorted(items, key=key, reverse=reverse)
    if token is not None:
        try:
            last = tuple(ctx.gate.pages.position(scope, token))
        except (BadToken, TypeError):
            raise InvalidNextTokenException("Invalid NextToken value.") from None
        ordered = [one for one in ordered if (key(one) < last if reverse else key(one) > last)]
    shown = ordered[:limit]
    more = len(ordered) > limit
    return shown, ctx.gate.pages.token(scope, key(shown[-1])) if more else None


def must_exist(secret: Secret | Bare) -> Secret:
    """The secret, where `secret_or_place` found one.

    Raises:
        ResourceNotFoundException: It did not.
    """
    if isinstance(secret, Bare):
        raise not_found()
    return secret
