"""How keys are listed: by prefix, rolled up at a delimiter, a page at a time.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from lodekey.services.s3.errors import InvalidArgument
from lodekey.services.s3.names import LAST, url_encoded

V = TypeVar("V")
MOST: Final = 1000


@dataclass(slots=True)
class Page(Generic[V]):
    """A page of a listing.

    Args:
        entries: Keys and what they hold.
        prefixes: Keys rolled up, each prefix once.
        truncated: Whether there is more.
        last: The key or prefix to go on after.
    """

    entries: list[tuple[str, V]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: str = ""

    @property
    def count(self) -> int:
        """Keys and prefixes together."""
        return len(self.entries) + len(self.prefixes)


def page(
    scan: Callable[[str | None], Iterator[tuple[str, V]]],
    *,
    prefix: str,
    delimiter: str,
    after: str | None,
    most: int,
) -> Page[V]:
    """One page.

    Args:
        scan: Reads the entries after a key, in order, all of which begin with *prefix*.
        prefix: What every key begins with.
        delimiter: Keys that have it after the prefix are rolled up; empty: none are.
        after: Where to go on; None: at the beginning.
        most: The page's length.
    """
    found: Page[V] = Page()
    if after is not None and delimiter:
        rolled = rolled_up(after, prefix, delimiter)
        after = rolled + LAST if rolled and after == rolled else after
    entries = scan(after)
    while most > 0:
        entry = next(entries, None)
        if entry is None:
            break
        key, value = entry
        if found.count == most:
            found.truncated = True
            break
        rolled = rolled_up(key, prefix, delimiter)
        if rolled:
            found.prefixes.append(rolled)
            entries = scan(rolled + LAST)
        else:
            found.entries.append((key, value))
        found.last = rolled or key
    return found


def rolled_up(key: str, prefix: str, delimiter: str) -> str:
    """The common prefix that stands for *key*; empty: the key stands for itself."""
    if not delimiter:
        return ""
    at = key.find(delimiter, len(prefix))
    return key[: at + len(delimiter)] if at >= 0 else ""


def speller(request: Mapping[str, Any]) -> Callable[[str], str]:
    """How the answer spells keys."""
    return url_encoded if request.get("EncodingType") == "url" else str


def length(request: Mapping[str, Any], member: str) -> int:
    """How long a page may be.

    Raises:
        InvalidArgument: The request says something below 0.
    """
    most: int = request.get(member, MOST)
    if most < 0:
        name = {"MaxKeys": "maxKeys", "MaxUploads": "max-uploads", "MaxParts": "max-parts"}[member]
        raise InvalidArgument(
            f"Argument {name} must be an integer between 0 and 2147483647",
            ArgumentName=name,
            ArgumentValue=str(most),
        )
    return min(most, MOST)
