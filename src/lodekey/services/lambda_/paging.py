"""Listings in pages: ``Marker``, ``NextMarker`` and ``MaxItems``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from lodekey.gate.context import Context
from lodekey.gate.pages import BadToken
from lodekey.services.lambda_.errors import InvalidParameterValueException

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """One page; `marker` is empty on the last."""

    items: list[T]
    marker: str


def page(
    ctx: Context,
    request: Any,
    scope: str,
    items: Iterable[tuple[str, T]],
    *,
    most: int = 50,
    order: Callable[[str], str] = str,
) -> Page[T]:
    """The page that a request asks for.

    Args:
        ctx: The request's.
        request: May have ``Marker`` and ``MaxItems``.
        scope: What is listed.
        items: All of them with their names, in order.
        most: The most on a page, whatever the request says.
        order: What the order goes by, of a name.

    Raises:
        InvalidParameterValueException: The marker was not given out for this listing.
    """
    scope = f"lambda {scope} {ctx.account}"
    rest = list(items)
    marker = request.get("Marker")
    if marker:
        try:
            after = str(ctx.gate.pages.position(scope, marker))
        except BadToken:
            raise InvalidParameterValueException("Invalid pagination token", Type="User") from None
        rest = [(name, item) for name, item in rest if order(name) > order(after)]
    most = min(most, request.get("MaxItems", most))
    shown = [item for _, item in rest[:most]]
    if len(rest) <= most:
        return Page(shown, "")
    return Page(shown, ctx.gate.pages.token(scope, rest[most - 1][0]))
