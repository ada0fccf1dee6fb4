"""Log groups and log streams: what they are, and where they stand.

A group has an id beside its name, and its streams, chunks and indexes stand under ids, behind the
account: deleting a group forgets one record, and a job clears away what stood under the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from lodekey.policy.ask import Guard
from lodekey.services.logs.errors import InvalidParameterException
from lodekey.store.port import SEPARATOR, Collection, Transaction

MAX_TAGS = 50

UNSHARED = Guard(shareable=False)

# What AWS offers as retention, in days.
RETENTIONS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731}
    | {1096, 1827, 2192, 2557, 2922, 3288, 3653}
)


class Group(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A log group.

    Args:
        id: What its streams and events stand under.
        account: The owner.
        region: Where it is.
        name: Its name.
        created: Milliseconds since the epoch.
        retention: Days that events stay; 0: for ever.
        key_arn: The KMS key that seals new events; empty: none but the server's own.
        data_key: The group's data key, sealed by that key.
        class_: ``STANDARD`` and the like.
        protected: Whether it cannot be deleted.
        tags: Its tags.
        stored: Bytes of its events, as AWS counts them.
    """

    id: str
    account: str
    region: str
    name: str
    created: int
    retention: int = 0
    key_arn: str = ""
    data_key: bytes = b""
    class_: str = "STANDARD"
    protected: bool = False
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """Its ARN, as the tag operations and newer policies spell it."""
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"


class Stream(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A log stream. Times are milliseconds since the epoch.

    Args:
        id: What its chunks stand under.
        name: Its name.
        created: When it was made.
        first: The earliest event; None: there is none.
        last: The latest event; None: there is none.
        ingested: When the newest event came; None: there is none.
        next: The number of its next chunk.
        stored: Bytes of its events, as AWS counts them.
    """

    id: str
    name: str
    created: int
    first: int | None = None
    last: int | None = None
    ingested: int | None = None
    next: int = 1
    stored: int = 0


class Recent(msgspec.Struct, frozen=True):
    """An entry of the index of streams by their last event."""


class Size(msgspec.Struct, frozen=True):
    """Bytes of a group's events, as AWS counts them."""

    stored: int = 0


GROUPS = Collection("logs/group", Group)
SIZES = Collection("logs/size", Size)
STREAMS = Collection("logs/stream", Stream)
RECENT = Collection("logs/recent", Recent)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What policies are asked about: a group, or a stream of one, whether or not it is there.

    The ARNs are those that AWS's denials show: an operation on a group asks for
    ``log-group:NAME:log-stream:``, which ``log-group:NAME:*`` in a policy covers.
    """

    region: str
    account: str
    name: str
    stream: str = ""
    group: Group | None = None
    kind: Literal["stream", "tags"] = "stream"

    @property
    def arn(self) -> str:
        """The name that policies match."""
        arn = f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"
        return arn if self.kind == "tags" else f"{arn}:log-stream:{self.stream}"

    @property
    def guard(self) -> Guard:
        """Nobody but the account's own principals: see `lodekey.services.logs.policies`."""
        return UNSHARED

    @property
    def tags(self) -> Mapping[str, str]:
        """The group's tags."""
        return {} if self.group is None else self.group.tags

    @property
    def there(self) -> Group:
        """The group, where a finder made sure that it is there."""
        if self.group is None:
            raise AssertionError("the finder let a missing group through")
        return self.group


def group_name(identifier: str) -> str:
    """The name of the group that a name or an ARN means."""
    if not identifier.startswith("arn:"):
        return identifier
    parts = identifier.split(":")
    if len(parts) < 7 or parts[2] != "logs" or parts[5] != "log-group":
        raise InvalidParameterException(f"Invalid log group ARN: {identifier}")
    return parts[6]


def must_be_stream_name(name: str) -> None:
    """Refuse a stream name that no store could keep apart from others.

    Raises:
        InvalidParameterException: It has control characters.
    """
    if SEPARATOR in name or not name.isprintable():
        raise InvalidParameterException(
            "Value at 'logStreamName' failed to satisfy constraint: Member must not have control "
            "characters"
        )


def put_group(tx: Transaction, group: Group) -> None:
    """Write a group's record."""
    GROUPS.put(tx, group.account, group.region, group.name, record=group)


def put_stream(tx: Transaction, group: Group, old: Stream | None, new: Stream | None) -> None:
    """Write a stream's record and its place in the index by last event."""
    if old is not None and (new is None or new.last != old.last):
        RECENT.delete(tx, group.account, group.id, moment(old.last), old.name)
    if new is None:
        if old is not None:
            STREAMS.delete(tx, group.account, group.id, old.name)
        return
    STREAMS.put(tx, group.account, group.id, new.name, record=new)
    if old is None or new.last != old.last:
        RECENT.put(tx, group.account, group.id, moment(new.last), new.name, record=Recent())


def resize(tx: Transaction, group: Group, change: int) -> None:
    """Note that a group's events became more or fewer, in bytes."""
    size = SIZES.get(tx, group.account, group.id) or Size()
    SIZES.put(tx, group.account, group.id, record=Size(max(size.stored + change, 0)))


def moment(time: int | None) -> str:
    """Milliseconds as a part of a name that sorts by time."""
    return f"{max(time or 0, 0):014d}"
