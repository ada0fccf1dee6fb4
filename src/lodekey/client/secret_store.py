"""Secrets Manager behind `lodekey.client.kept.Store`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from lodekey.client.connection import Connection
from lodekey.client.failures import Changed, Denied, Failure, NotFound, code_of, translated
from lodekey.client.kept import ABSENT, Entry, Kept, Version
from lodekey.client.places import Place

BATCH = 20
"""The most secrets in one BatchGetSecretValue, by its model."""
CURRENT = "AWSCURRENT"
PENDING = "lodekey-write"
"""The stage on a version between its writing and its becoming current."""


class SecretStore:
    """The secrets that a connection reaches.

    Args:
        connection: How.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _sm(self) -> Any:
        return self._connection.client("secretsmanager")

    def get(self, place: Place) -> Kept:
        """Read one secret's value."""
        with translated():
            try:
                answer = self._sm.get_secret_value(SecretId=place.name, **_selected(place))
            except ClientError as error:
                raise _missing(place, error) from None
        return _kept(place, answer)

    def get_many(self, places: Iterable[Place]) -> Mapping[Place, Kept | Failure]:
        """Read current values twenty a call; the rest, and what a batch is refused, singly."""
        wanted = list(dict.fromkeys(places))
        names = list(dict.fromkeys(each.name for each in wanted if not each.version))
        batched: dict[str, dict[str, Any]] = {}
        if len(names) > 1:
            for start in range(0, len(names), BATCH):
                batched |= self._batch(names[start : start + BATCH])
        found: dict[Place, Kept | Failure] = {}
        alone: dict[Place, list[Place]] = {}
        for place in wanted:
            answer = batched.get(place.name)
            if answer is not None and not place.version:
                found[place] = _kept(place, answer)
            else:
                alone.setdefault(place.whole, []).append(place)
        found |= self._singly(alone)
        return found

    def _batch(self, names: list[str]) -> dict[str, dict[str, Any]]:
        try:
            with translated():
                answer = self._sm.batch_get_secret_value(SecretIdList=names)
        except Failure:
            return {}
        read = {}
        for each in answer["SecretValues"]:
            read[each["Name"]] = read[each["ARN"]] = each
        return read

    def _singly(self, alone: dict[Place, list[Place]]) -> dict[Place, Kept | Failure]:
        if not alone:
            return {}
        _ = self._sm  # made once, before threads would race for it
        with ThreadPoolExecutor(max_workers=min(8, len(alone))) as pool:
            answers = dict(zip(alone, pool.map(self._tried, alone), strict=True))
        found: dict[Place, Kept | Failure] = {}
        for whole, places in alone.items():
            for place in places:
                answer = answers[whole]
                found[place] = answer if isinstance(answer, Failure) else _at(place, answer)
        return found

    def _tried(self, place: Place) -> Kept | Failure:
        try:
            return self.get(place)
        except Failure as failure:
            return failure

    def put(
        self,
        place: Place,
        content: str | bytes,
        *,
        key: str = "",
        unchanged_since: str | None = None,
        plain: bool = False,
    ) -> str:
        """Write a secret; see `Store.put`.

        Secrets Manager can compare: the new version is written beside the current one, and becomes
        current only if that one still is.
        """
        value = {"SecretString": content} if isinstance(content, str) else {"SecretBinary": content}
        token = str(uuid.uuid4())
        hiding = content if isinstance(content, str) else ""
        with translated(hiding=hiding):
            if unchanged_since in {None, ABSENT}:
                created = self._created(place, key, token, value)
                if created:
                    return created
                if unchanged_since == ABSENT and self._current(place):
                    raise Changed(f"`{place}` is there already")
            if key:
                self._sm.update_secret(SecretId=place.name, KmsKeyId=key)
            request = {"SecretId": place.name, "ClientRequestToken": token, **value}
            if unchanged_since in {None, ABSENT}:
                return str(self._sm.put_secret_value(**request)["VersionId"])
            self._sm.put_secret_value(**request, VersionStages=[PENDING])
        self._promote(place, token, str(unchanged_since))
        return token

    def _created(self, place: Place, key: str, token: str, value: dict[str, Any]) -> str:
        """The version of the secret made now; empty: there is one by that name."""
        if place.name.startswith("arn:"):
            return ""
        sealing = {"KmsKeyId": key} if key else {}
        try:
            answer = self._sm.create_secret(
                Name=place.name, ClientRequestToken=token, **sealing, **value
            )
        except ClientError as error:
            if code_of(error) == "ResourceExistsException":
                return ""
            if code_of(error) == "AccessDeniedException" and self._is_there(place):
                return ""  # who may write values need not be allowed to make secrets
            raise
        return str(answer["VersionId"])

    def _is_there(self, place: Place) -> bool:
        try:
            self._sm.describe_secret(SecretId=place.name)
        except ClientError:
            return False
        return True

    def _current(self, place: Place) -> str:
        return next((each.version for each in self.history(place) if CURRENT in each.stages), "")

    def _promote(self, place: Place, version: str, replaces: str) -> None:
        """Move AWSCURRENT to *version*, if *replaces* has it."""
        sm = self._sm
        try:
            with translated():
                sm.update_secret_version_stage(
                    SecretId=place.name,
                    VersionStage=CURRENT,
                    MoveToVersionId=version,
                    RemoveFromVersionId=replaces,
                )
        except Denied as denied:
            raise Denied(
                denied.message,
                hint="a write that compares moves stages; `--force` writes without comparing",
            ) from None
        except Failure as failure:
            if self._current(place) == replaces:
                raise
            raise Changed(f"`{place}` was changed by somebody else meanwhile") from failure
        finally:
            self._unlabel(place, version)

    def _unlabel(self, place: Place, version: str) -> None:
        try:
            self._sm.update_secret_version_stage(
                SecretId=place.name, VersionStage=PENDING, RemoveFromVersionId=version
            )
        except ClientError:
            return  # a stage left behind hinders nobody: the next write moves it

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """Secrets whose name begins with *prefix*, by name."""
        filters = [{"Key": "name", "Values": [prefix]}] if prefix else []
        with translated():
            pages = self._sm.get_paginator("list_secrets").paginate(Filters=filters)
            found = [each for page in pages for each in page["SecretList"]]
        for each in sorted(found, key=lambda each: str(each["Name"])):
            if each["Name"].startswith(prefix):  # the service's filter ignores case
                yield _entry(each)

    def describe(self, place: Place) -> Entry:
        """One secret's entry."""
        with translated():
            try:
                return _entry(self._sm.describe_secret(SecretId=place.name))
            except ClientError as error:
                raise _missing(place, error) from None

    def history(self, place: Place) -> list[Version]:
        """Every version, oldest first."""
        request = {"SecretId": place.name, "IncludeDeprecated": True}
        found: list[dict[str, Any]] = []
        with translated():
            while True:  # botocore has no paginator for it
                page = self._sm.list_secret_version_ids(**request)
                found += page["Versions"]
                if not page.get("NextToken"):
                    break
                request["NextToken"] = page["NextToken"]
        return [
            Version(
                each["VersionId"],
                tuple(each.get("VersionStages", ())),
                each["CreatedDate"],
                keys=tuple(each.get("KmsKeyIds", ())),
            )
            for each in sorted(found, key=lambda each: each["CreatedDate"])
        ]

    def restore(self, place: Place, version: str, *, unchanged_since: str | None = None) -> str:
        """Move AWSCURRENT back to *version* (an id or a stage)."""
        known = self.history(place)
        target = next(
            (each.version for each in known if version in {each.version, *each.stages}), ""
        )
        if not target:
            raise NotFound(f"`{place}` has no version `{version}`")
        current = unchanged_since or next(
            (each.version for each in known if CURRENT in each.stages), ""
        )
        if target != current:
            self._promote(place, target, current)
        return target

    def delete(self, place: Place) -> None:
        """Delete a secret; `undelete` brings it back for thirty days."""
        with translated():
            self._sm.delete_secret(SecretId=place.name)

    def is_deleted(self, place: Place) -> bool:
        """Whether the secret is deleted and can still be had back."""
        try:
            with translated():
                return "DeletedDate" in self._sm.describe_secret(SecretId=place.name)
        except NotFound:
            return False

    def undelete(self, place: Place) -> None:
        """Bring a deleted secret back."""
        with translated():
            self._sm.restore_secret(SecretId=place.name)

    def change_key(self, place: Place, key: str) -> None:
        """Let Secrets Manager seal the secret's staged versions anew."""
        with translated():
            self._sm.update_secret(SecretId=place.name, KmsKeyId=key)

    def rotate(self, place: Place) -> str:
        """Start the rotation that the secret is set up for; returns the version it makes."""
        with translated():
            return str(self._sm.rotate_secret(SecretId=place.name)["VersionId"])


def _selected(place: Place) -> dict[str, str]:
    if not place.version:
        return {}
    try:
        uuid.UUID(place.version)
    except ValueError:
        member = "VersionId" if len(place.version) >= 32 else "VersionStage"
        return {member: place.version}
    return {"VersionId": place.version}


def _at(place: Place, kept: Kept) -> Kept:
    return Kept(place, kept.content, kept.version, kept.stages, kept.modified)


def _kept(place: Place, answer: dict[str, Any]) -> Kept:
    return Kept(
        place=place,
        content=answer["SecretString"] if "SecretString" in answer else answer["SecretBinary"],
        version=answer["VersionId"],
        stages=tuple(answer.get("VersionStages", ())),
        modified=answer.get("CreatedDate"),
    )


def _entry(described: dict[str, Any]) -> Entry:
    return Entry(
        place=Place("sm", described["Name"]),
        kind="Secret",
        key=described.get("KmsKeyId", ""),
        modified=described.get("LastChangedDate"),
        description=described.get("Description", ""),
    )


def _missing(place: Place, error: ClientError) -> Exception:
    message = error.response["Error"].get("Message", "")
    if code_of(error) == "ResourceNotFoundException":
        return NotFound(f"there is no `{place.whole}`" + (": " + message if place.version else ""))
    if code_of(error) == "InvalidRequestException" and "marked" in message and "delet" in message:
        return NotFound(f"`{place.whole}` is deleted", hint=f"`lodekey undo {place.current}`")
    return error
