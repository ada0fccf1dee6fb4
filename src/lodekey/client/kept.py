"""What a store answers: a value, an entry of a listing, a version of a history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, Protocol

from lodekey.client.failures import Failure, NotFound
from lodekey.client.masking import MASK, fields_of
from lodekey.client.places import Place

ABSENT = ""
"""As `unchanged_since`: the value must not be there yet."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A value as a store keeps it; its repr shows no value.

    Args:
        place: Where it was read.
        content: The value; text, or bytes of a binary secret.
        version: The version's number or id.
        stages: The labels or stages on that version.
        modified: When the version was made.
        secret: False for a Parameter Store String, which is not encrypted.
    """

    place: Place
    content: str | bytes
    version: str
    stages: tuple[str, ...] = ()
    modified: datetime | None = None
    secret: bool = True

    def __repr__(self) -> str:
        return f"Kept({str(self.place)!r}, {MASK}, version={self.version!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a value is not pickled")

    @property
    def text(self) -> str:
        """The value as text, or the field's where the place has one.

        Raises:
            Failure: The value is no text.
            NotFound: It has no such field.
        """
        if isinstance(self.content, bytes):
            try:
                content = self.content.decode()
            except UnicodeDecodeError:
                raise Failure(f"`{self.place}` is binary and no text") from None
        else:
            content = self.content
        if not self.place.field:
            return content
        fields = fields_of(content)
        if fields is None:
            raise NotFound(f"`{self.place.whole}` is no JSON object and has no fields")
        if self.place.field not in fields:
            raise NotFound(f"`{self.place.whole}` has no field `{self.place.field}`")
        return fields[self.place.field]

    @property
    def octets(self) -> bytes:
        """The value, or its field, as bytes."""
        if isinstance(self.content, bytes) and not self.place.field:
            return self.content
        return self.text.encode()


@dataclass(frozen=True, slots=True)
class Entry:
    """A value in a listing, unread.

    Args:
        place: Where it is.
        kind: ``SecureString``, ``String``, ``StringList`` or ``Secret``.
        key: The KMS key that seals it; empty: none, or the service's own.
        version: The newest version, where the listing says it.
        modified: When it last changed.
        description: What it is for.
    """

    place: Place
    kind: str
    key: str = ""
    version: str = ""
    modified: datetime | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a value.

    Args:
        version: Its number or id.
        stages: Its labels or stages.
        made: When.
        by: Who made it, where the store knows.
        keys: The KMS keys that open it, as they are named there; empty: none, or not known.
    """

    version: str
    stages: tuple[str, ...] = ()
    made: datetime | None = None
    by: str = ""
    keys: tuple[str, ...] = ()


class Store(Protocol):
    """Parameter Store or Secrets Manager, as commands and library see them."""

    def get(self, place: Place) -> Kept:
        """Read one value.

        Raises:
            Failure: `NotFound`, `Denied` and the like.
        """

    def get_many(self, places: Iterable[Place]) -> Mapping[Place, Kept | Failure]:
        """Read many values with as few calls as the service allows; what fails is in the answer."""

    def put(
        self,
        place: Place,
        content: str | bytes,
        *,
        key: str = "",
        unchanged_since: str | None = None,
        plain: bool = False,
    ) -> str:
        """Write a value.

        Args:
            place: Where; without field and version.
            content: The value.
            key: The KMS key; empty: the one that it has, or the service's own for a new one.
            unchanged_since: The version that this write replaces, `ABSENT`, or None: whatever is
                there.
            plain: Whether a new parameter is a String that no key seals.

        Returns:
            The new version.

        Raises:
            Changed: Another version is there.
        """

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """What is there, by name."""

    def history(self, place: Place) -> list[Version]:
        """All versions, oldest first."""

    def restore(self, place: Place, version: str, *, unchanged_since: str | None = None) -> str:
        """Make an old version the current one; returns the version that is now current."""

    def delete(self, place: Place) -> None:
        """Delete a value; a secret can be had back for thirty days."""

    def describe(self, place: Place) -> Entry:
        """One entry of the listing.

        Raises:
            NotFound: There is none.
        """

    def change_key(self, place: Place, key: str) -> None:
        """Seal the value anew under *key*."""
