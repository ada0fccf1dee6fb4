"""Parameter Store behind `lodekey.client.kept.Store`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from lodekey.client.connection import Connection
from lodekey.client.failures import Changed, Denied, Failure, NotFound, Unusable, translated
from lodekey.client.kept import ABSENT, Entry, Kept, Version
from lodekey.client.places import Place

BATCH = 10
"""The most names in one GetParameters, by its model."""
STANDARD_BYTES = 4096
"""The longest value of the standard tier."""


class ParameterStore:
    """The parameters that a connection reaches.

    Args:
        connection: How.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _ssm(self) -> Any:
        return self._connection.client("ssm")

    def get(self, place: Place) -> Kept:
        """Read one parameter, decrypted."""
        with translated():
            try:
                answer = self._ssm.get_parameter(Name=_selected(place), WithDecryption=True)
            except ClientError as error:
                raise _missing(place, error) from None
        return _kept(place, answer["Parameter"])

    def get_many(self, places: Iterable[Place]) -> Mapping[Place, Kept | Failure]:
        """Read ten parameters a call; where a call as a whole is refused, one by one."""
        found: dict[Place, Kept | Failure] = {}
        wanted: dict[str, list[Place]] = {}
        for place in places:
            wanted.setdefault(_selected(place), []).append(place)
        names = list(wanted)
        for start in range(0, len(names), BATCH):
            found |= self._batch({name: wanted[name] for name in names[start : start + BATCH]})
        return found

    def _batch(self, wanted: dict[str, list[Place]]) -> dict[Place, Kept | Failure]:
        try:
            with translated():
                answer = self._ssm.get_parameters(Names=list(wanted), WithDecryption=True)
        except Failure as failure:
            if len(wanted) == 1:
                return dict.fromkeys(next(iter(wanted.values())), failure)
            return {
                place: kept
                for name, places in wanted.items()
                for place, kept in self._batch({name: places}).items()
            }
        read = {each["Name"] + each.get("Selector", ""): each for each in answer["Parameters"]}
        found: dict[Place, Kept | Failure] = {}
        for name, places in wanted.items():
            for place in places:
                parameter = read.get(name)
                found[place] = _kept(place, parameter) if parameter else absent(place)
        return found

    def put(
        self,
        place: Place,
        content: str | bytes,
        *,
        key: str = "",
        unchanged_since: str | None = None,
        plain: bool = False,
    ) -> str:
        """Write a parameter; see `Store.put`.

        Parameter Store compares nothing before it writes. A lost race is noticed by the version
        number that comes back; both values are then in the history.
        """
        text = _text(place, content)
        before = None if unchanged_since == ABSENT else self._before(place, key)
        if before is None and unchanged_since not in {None, ABSENT}:
            raise Changed(f"`{place}` is gone")
        if before is not None and unchanged_since not in {None, str(before["Version"])}:
            raise Changed(f"`{place}` has version {before['Version']}, not {unchanged_since}")
        request = {"Name": place.name, "Value": text, **_sealing(before, key, plain=plain)}
        if len(text.encode()) > STANDARD_BYTES:
            request["Tier"] = "Advanced"
        try:
            with translated(hiding=text):
                answer = self._ssm.put_parameter(**request, Overwrite=before is not None)
        except Changed:
            raise Changed(f"`{place}` is there already") from None
        version: int = answer["Version"]
        if unchanged_since not in {None, ABSENT} and version != int(str(unchanged_since)) + 1:
            raise Changed(
                f"`{place}` was changed by somebody else at the same time",
                hint=f"`lodekey log {place}` shows both versions",
            )
        return str(version)

    def _before(self, place: Place, key: str) -> dict[str, Any] | None:
        """Type, key and version of what is there.

        Only a listing tells the key; who may not list says which key it is.
        """
        try:
            return self._described(place)
        except Denied as denied:
            try:
                with translated():
                    found = self._ssm.get_parameter(Name=place.name, WithDecryption=False)
            except NotFound:
                return None
            parameter: dict[str, Any] = found["Parameter"]
            if parameter["Type"] == "SecureString" and not key:
                raise Denied(
                    denied.message, hint="`--key KEY` says which key it is to stay under"
                ) from None
            return parameter

    def _described(self, place: Place) -> dict[str, Any] | None:
        filters = [{"Key": "Name", "Option": "Equals", "Values": [place.name]}]
        with translated():
            pages = self._ssm.get_paginator("describe_parameters").paginate(
                ParameterFilters=filters
            )
            for page in pages:
                for each in page["Parameters"]:
                    described: dict[str, Any] = each
                    return described
        return None

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """Parameters whose name begins with *prefix*, by name."""
        filters = [{"Key": "Name", "Option": "BeginsWith", "Values": [prefix]}]
        with translated():
            pages = self._ssm.get_paginator("describe_parameters").paginate(
                ParameterFilters=filters if prefix.strip("/") else []
            )
            found = [each for page in pages for each in page["Parameters"]]
        for each in sorted(found, key=lambda each: str(each["Name"])):
            yield _entry(each)

    def describe(self, place: Place) -> Entry:
        """One parameter's entry."""
        found = self._described(place)
        if found is None:
            raise absent(place)
        return _entry(found)

    def history(self, place: Place) -> list[Version]:
        """Every version that Parameter Store still has (a hundred at most)."""
        with translated():
            pages = self._ssm.get_paginator("get_parameter_history").paginate(Name=place.name)
            return [
                Version(
                    str(each["Version"]),
                    tuple(each.get("Labels", ())),
                    each["LastModifiedDate"],
                    each.get("LastModifiedUser", ""),
                    (each["KeyId"],) if each.get("KeyId") else (),
                )
                for page in pages
                for each in page["Parameters"]
            ]

    def restore(self, place: Place, version: str, *, unchanged_since: str | None = None) -> str:
        """Write an old version's value once more, as the newest."""
        old = self.get(Place(place.scheme, place.name, version=version))
        return self.put(place.current, old.content, unchanged_since=unchanged_since)

    def delete(self, place: Place) -> None:
        """Delete a parameter with all its versions."""
        with translated():
            self._ssm.delete_parameter(Name=place.name)

    def change_key(self, place: Place, key: str) -> None:
        """Write the value once more, under *key*."""
        kept = self.get(place.current)
        self.put(place.current, kept.content, key=key, unchanged_since=kept.version)


def absent(place: Place) -> NotFound:
    """What is said of a place where nothing is."""
    return NotFound(f"there is no `{place.whole}`")


def _missing(place: Place, error: ClientError) -> Exception:
    if error.response["Error"]["Code"] in {"ParameterNotFound", "ParameterVersionNotFound"}:
        return absent(place)
    return error


def _selected(place: Place) -> str:
    return f"{place.name}:{place.version}" if place.version else place.name


def _kept(place: Place, parameter: dict[str, Any]) -> Kept:
    return Kept(
        place=place,
        content=parameter["Value"],
        version=str(parameter["Version"]),
        modified=parameter.get("LastModifiedDate"),
        secret=parameter["Type"] == "SecureString",
    )


def _entry(described: dict[str, Any]) -> Entry:
    return Entry(
        place=Place("ssm", described["Name"]),
        kind=described["Type"],
        key=described.get("KeyId", ""),
        version=str(described["Version"]),
        modified=described.get("LastModifiedDate"),
        description=described.get("Description", ""),
    )


def _sealing(before: dict[str, Any] | None, key: str, *, plain: bool) -> dict[str, str]:
    """Type and key; an overwrite names the key again, or AWS might take its own instead."""
    if before is None:
        kind, used = ("String", "") if plain else ("SecureString", key)
    else:
        kind, used = before["Type"], key or before.get("KeyId", "")
        if kind != "SecureString" and key:
            raise Unusable(
                f"`ssm:{before['Name']}` is a {kind}, which no key seals",
                hint="delete it first, then seal it",
            )
    return {"Type": kind, **({"KeyId": used} if kind == "SecureString" and used else {})}


def _text(place: Place, content: str | bytes) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Unusable(
            f"`{place}` takes text, and this is binary",
            hint="seal it with `--envelope KEY` (base64), or keep it in Secrets Manager",
        ) from None
