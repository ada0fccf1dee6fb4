"""System tags: those that a service puts on what it makes, under names that nobody else may use.

They are seen like all tags, and conditions may name them; they count towards no quota, and nobody
is asked for a permission to put them on.
Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "aws:"

SystemTags = tuple[tuple[str, str], ...]
"""Names and values; a tuple, since nearly every request has none."""


def any_reserved(names: Iterable[str]) -> bool:
    """Whether one of these names, in whatever case, is a system tag's."""
    return any(name.lower().startswith(PREFIX) for name in names)


def count_own(tags: Mapping[str, str]) -> int:
    """How many of *tags* count towards a quota: all but system tags."""
    return sum(not name.startswith(PREFIX) for name in tags)


def with_system_tags(tags: Mapping[str, str], more: SystemTags) -> dict[str, str]:
    """*tags* of a new thing, and the system tags that the service making it puts on."""
    return {**tags, **dict(more)}


def system_tags_in(tags: Mapping[str, str]) -> SystemTags:
    """Those of *tags* that are system tags."""
    return tuple((name, value) for name, value in tags.items() if name.startswith(PREFIX))
