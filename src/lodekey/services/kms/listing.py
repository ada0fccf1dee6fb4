"""Listings in pages: how many at once, and where the last page ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.pages import BadToken
from lodekey.services.kms.errors import InvalidMarkerException


def within(
    request: Mapping[str, Any],
    *,
    most: int,
    default: int,
    member: str = "Limit",
    least: int = 1,
) -> int:
    """A number in the request whose bounds the model does not hold.

    Raises:
        ValidationException: It is out of bounds.
    """
    value: int = request.get(member, default)
    if least <= value <= most:
        return value
    bound = f"less than or equal to {most}" if value > most else f"greater than or equal to {least}"
    name = member[0].lower() + member[1:]
    raise ValidationException(
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint:"
        f" Member must have value {bound}"
    )


def marker_for(ctx: Context, listing: str, position: str) -> str:
    """A marker for whoever wants what comes after *position*."""
    return ctx.gate.pages.token(_scope(ctx, listing), position)


def position_in(ctx: Context, request: Mapping[str, Any], listing: str) -> str | None:
    """Where the request's marker says that the last page ended; None: there is no marker.

    Raises:
        InvalidMarkerException: The marker is not one of this listing.
    """
    if "Marker" not in request:
        return None
    try:
        position = ctx.gate.pages.position(_scope(ctx, listing), request["Marker"])
    except BadToken:
        raise InvalidMarkerException("Could not deserialize marker") from None
    return str(position)


def _scope(ctx: Context, listing: str) -> str:
    return f"kms:{listing}:{ctx.account}:{ctx.region}"
