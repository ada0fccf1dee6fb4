"""The order in which resources are made: each after what it depends on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lodekey.errors import ValidationError


def in_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """The names, each after all that it needs; names not in *needs* count as there.

    Raises:
        ValidationError: They need each other in a circle.
    """
    left = {name: {each for each in of if each in needs} for name, of in needs.items()}
    order: list[str] = []
    while left:
        ready = [name for name, of in left.items() if not of]
        if not ready:
            names = ", ".join(sorted(_circle(left)))
            raise ValidationError(f"Circular dependency between resources: [{names}]")
        order += ready
        for name in ready:
            del left[name]
        for of in left.values():
            of.difference_update(ready)
    return order


def _circle(left: Mapping[str, Collection[str]]) -> set[str]:
    """Those of *left* that others wait for as well as wait themselves."""
    names = set(left)
    while True:
        needed = {each for name in names for each in left[name]}
        kept = names & needed
        if kept == names:
            return names
        names = kept
