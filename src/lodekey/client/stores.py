"""Both stores of a connection, and the work that takes either."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from lodekey.client.connection import Connection
from lodekey.client.failures import Failure, NotFound, Unusable
from lodekey.client.kept import ABSENT, Entry, Kept, Store
from lodekey.client.parameter_store import ParameterStore
from lodekey.client.places import Place
from lodekey.client.secret_store import SecretStore


class Stores:
    """Parameter Store and Secrets Manager of one connection.

    Args:
        connection: How to reach them.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def parameters(self) -> ParameterStore:
        """Parameter Store."""
        return ParameterStore(self.connection)

    @cached_property
    def secrets(self) -> SecretStore:
        """Secrets Manager."""
        return SecretStore(self.connection)

    def of(self, place: Place) -> Store:
        """The store that a place is in."""
        return self.parameters if place.scheme == "ssm" else self.secrets

    def get(self, place: Place) -> Kept:
        """Read one value."""
        return self.of(place).get(place)

    def find(self, place: Place) -> Kept | None:
        """Read one value; None where there is none."""
        try:
            return self.get(place)
        except NotFound:
            return None

    def get_many(self, places: Iterable[Place]) -> Mapping[Place, Kept | Failure]:
        """Read many values with few calls; what fails stands in the answer."""
        wanted = list(places)
        parameters = [each for each in wanted if each.scheme == "ssm"]
        secrets = [each for each in wanted if each.scheme == "sm"]
        found: dict[Place, Kept | Failure] = {}
        if parameters:
            found |= self.parameters.get_many(parameters)
        if secrets:
            found |= self.secrets.get_many(secrets)
        return found

    def must_get(self, places: Iterable[Place]) -> dict[Place, Kept]:
        """Read many values.

        Raises:
            Failure: The first that could not be read; its message names all others.
        """
        found = self.get_many(places)
        failed = [each for each in found.values() if isinstance(each, Failure)]
        if failed:
            message = "; ".join(dict.fromkeys(each.message for each in failed))
            raise type(failed[0])(message, hint=failed[0].hint)
        return {place: each for place, each in found.items() if isinstance(each, Kept)}

    def put(
        self,
        place: Place,
        content: str | bytes,
        *,
        key: str = "",
        unchanged_since: str | None = None,
        plain: bool = False,
    ) -> str:
        """Write a value, or one field of it; returns the new version.

        A field is written by reading the whole, so it always compares.

        Raises:
            Changed: Another version is there than the one that this replaces.
        """
        if place.version:
            raise Unusable(f"`{place}` is an old version, and versions are never written anew")
        store = self.of(place)
        if not place.field:
            return store.put(place, content, key=key, unchanged_since=unchanged_since, plain=plain)
        before = self.find(place.whole)
        whole = with_field(before, place, content)
        return store.put(
            place.whole, whole, key=key, unchanged_since=before.version if before else ABSENT
        )

    def entries(self, prefix: Place | None = None) -> Iterator[Entry]:
        """What is in both stores, or under a prefix of one."""
        if prefix is not None:
            yield from self.of(prefix).entries(prefix.name)
            return
        yield from self.parameters.entries()
        yield from self.secrets.entries()


def with_field(before: Kept | None, place: Place, content: str | bytes) -> str:
    """The whole JSON object with one member changed; a member that was no string stays typed."""
    if isinstance(content, bytes):
        raise Unusable(f"`{place}` is a field of a JSON object, which takes text")
    members: dict[str, Any] = {}
    if before is not None:
        try:
            members = json.loads(replace(before, place=place.whole).text)
        except ValueError:
            members = []  # type: ignore[assignment]
        if not isinstance(members, dict):
            raise Unusable(f"`{place.whole}` is no JSON object and has no fields")
    return json.dumps({**members, place.field: content}, ensure_ascii=False)
