"""Listings in pages: ``Marker``, ``MaxItems`` and ``IsTruncated``.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, NotRequired, TypedDict, TypeVar

from lodekey.errors import ValidationError
from lodekey.gate.context import Context
from lodekey.gate.pages import BadToken

T = TypeVar("T")
DEFAULT = 100


class Tail(TypedDict):
    """What every listing answers besides its items."""

    IsTruncated: bool
    Marker: NotRequired[str]


class Page(NamedTuple, Generic[T]):
    """One page of a listing."""

    items: list[T]
    tail: Tail


def page(
    ctx: Context,
    request: Any,
    scope: str,
    items: Iterable[T],
    name: Callable[[T], str] = str,
    *,
    default: int = DEFAULT,
) -> Page[T]:
    """The page of *items* that a request asks for.

    Args:
        ctx: The request's surroundings.
        request: May have ``Marker`` and ``MaxItems``.
        scope: What is listed; a marker of another listing is refused.
        items: All of them, in order of name.
        name: What the order goes by; unique.
        default: How many where the request does not say.

    Raises:
        ValidationError: the marker was not given out for this listing.
    """
    scope = f"iam {scope} {ctx.account}"
    rest = list(items)
    marker = request.get("Marker")
    if marker is not None:
        try:
            after = str(ctx.gate.pages.position(scope, marker))
        except BadToken:
            raise ValidationError("Invalid Marker.") from None
        rest = [item for item in rest if name(item) > after]
    most = request.get("MaxItems", default)
    if len(rest) <= most:
        return Page(rest, {"IsTruncated": False})
    shown = rest[:most]
    return Page(
        shown, {"IsTruncated": True, "Marker": ctx.gate.pages.token(scope, name(shown[-1]))}
    )
