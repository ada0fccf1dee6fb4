"""A key's tags: which ones a customer may give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lodekey.services.kms.errors import LimitExceededException, TagException
from lodekey.services.kms.shapes import Tag
from lodekey.system_tags import any_reserved, count_own

PER_KEY: Final = 50


def with_tags(tags: Mapping[str, str], given: Sequence[Tag]) -> dict[str, str]:
    """*tags* and those that are *given*.

    Raises:
        TagException: A key stands twice in *given*, or begins with ``aws:``.
        LimitExceededException: They are more than a key may have.
    """
    names = [tag["TagKey"] for tag in given]
    if len(set(names)) != len(names):
        raise TagException("Duplicate tag keys")
    if any_reserved(names):
        raise TagException("Tags beginning with aws: are reserved")
    after = {**tags, **{tag["TagKey"]: tag["TagValue"] for tag in given}}
    if count_own(after) > PER_KEY:
        raise LimitExceededException(f"A key may have at most {PER_KEY} tags.")
    return after
