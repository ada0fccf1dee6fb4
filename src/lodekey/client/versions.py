"""Which version of a value is current, and which was before."""

from __future__ import annotations

from lodekey.client.failures import NotFound
from lodekey.client.places import Place
from lodekey.client.stores import Stores

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


def current(stores: Stores, place: Place) -> str:
    """The version that is current.

    Raises:
        NotFound: There is none.
    """
    history = stores.of(place).history(place.current)
    if place.scheme == "ssm":
        if history:
            return history[-1].version
    else:
        for each in history:
            if CURRENT in each.stages:
                return each.version
    raise NotFound(f"`{place.current}` has no version")


def previous(stores: Stores, place: Place) -> str:
    """The version before the current one.

    Raises:
        NotFound: There is none.
    """
    history = stores.of(place).history(place.current)
    if place.scheme == "ssm":
        if len(history) > 1:
            return history[-2].version
    else:
        for each in history:
            if PREVIOUS in each.stages:
                return each.version
    raise NotFound(f"`{place.current}` has no version before the current one")
