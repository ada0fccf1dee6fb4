"""When access keys and roles were last used: noted in memory, filed by the clock.

A request that reads must not write, so a use is a note in a dictionary; a job of the service
``iam`` files the notes about once a minute. What a crash loses is the last minute's notes.
"""

from __future__ import annotations

from lodekey.identity.principals import Principal
from lodekey.identity.records import KEY_USES, KeyUse
from lodekey.store.port import Transaction


class LastUsed:
    """The uses that are not filed yet, by access key id or role id."""

    def __init__(self) -> None:
        self._notes: dict[str, tuple[float, str, str]] = {}

    def note(self, principal: Principal, now: float, region: str, service: str) -> None:
        """Note that a believed caller asked for something."""
        if principal.type == "AssumedRole":
            self._notes[principal.user_id.partition(":")[0]] = (now, region, service)
        elif principal.session is None and principal.access_key_id:
            self._notes[principal.access_key_id] = (now, region, service)

    def of(self, tx: Transaction, name: str) -> KeyUse | None:
        """The last use of an access key or role; None: never used."""
        note = self._notes.get(name)
        if note is None:
            return KEY_USES.get(tx, name)
        return KeyUse(at=int(note[0]), region=note[1], service=note[2])

    def file(self, tx: Transaction) -> None:
        """File all notes."""
        notes, self._notes = self._notes, {}
        for name, (at, region, service) in notes.items():
            KEY_USES.put(tx, name, record=KeyUse(at=int(at), region=region, service=service))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to file."""
        return not self._notes
