"""Tags that a change puts on, and those that it takes off."""

from __future__ import annotations

from lodekey.services.cloudformation.deeds import Deed


def retag(deed: Deed, member: str = "Tags") -> tuple[dict[str, str], list[str]]:
    """The tags to put and the names of those to take off: the stack's and the resource's own."""
    new = deed.tags(deed.get(member))
    old = deed.former_tags(deed.old.get(member))
    put = {name: value for name, value in new.items() if old.get(name) != value}
    return put, [name for name in old if name not in new]
