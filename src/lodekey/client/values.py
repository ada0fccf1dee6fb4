"""`Values`: typed access to values, read once, cached for a while, and refreshed in the background.

```python
from lodekey import Values

values = Values("ssm:/app/")
password = values["db/password"]        # ssm:/app/db/password
port = values.integer("port", 5432)
user = values["sm:db#user"]             # another place, one field of it
token = await values.fetch("token")     # the same for async code
```

A value is looked up when it is asked for, never at import; a cached one costs well under a
microsecond. When it grows old it is read anew in the background while the old one is served; once
it has expired, the reader waits. An object of this class prints no value and cannot be pickled.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock, RLock
from time import monotonic
from typing import Any, NoReturn, overload
from weakref import WeakSet

from lodekey.client.cache import MOST_BYTES, Cache, Held
from lodekey.client.connection import Connection
from lodekey.client.failures import Failure, NotFound, Unreachable
from lodekey.client.fast_read import FastReader
from lodekey.client.kept import Kept
from lodekey.client.places import Place, parse, under
from lodekey.client.project import FALSE, TRUE, find
from lodekey.client.stores import Stores

TTL = 300.0
"""Seconds; what AWS's own caches take."""
REFRESH_AT = 0.8
"""The part of its time to live after which a value that is read is read anew behind the reader."""
_MISSING: Any = object()
_MOST_NAMES = 10_000
"""How many names are remembered with their places: names may come from anywhere."""


class Values:
    """Values under a prefix, or anywhere.

    Args:
        prefix: The place that bare names are under: ``ssm:/app/``, ``sm:app/``.
        ttl: Seconds that a value is served from memory.
        grace: Seconds that an expired value is still served while the endpoint does not answer.
        connection: How to reach the endpoint; by default as boto3 is configured.
        most_bytes: The most memory that held values take.
    """

    def __init__(
        self,
        prefix: str = "",
        *,
        ttl: float = TTL,
        grace: float = TTL,
        connection: Connection | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._prefix = parse(prefix) if prefix else None
        self._ttl = ttl
        self._grace = grace
        self._ttls: dict[str, float] = {}
        self._places: dict[str, Place] = {}
        self._stores = Stores(connection or Connection())
        self._cache = Cache(most_bytes)
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        """Make what no other process may share: locks, threads, open connections."""
        self._reader = FastReader(self._stores)
        self._reading: dict[str, list[Any]] = {}
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None

    def _after_fork(self) -> None:
        """In a forked process: two of them on one connection would get each other's answers."""
        self._stores = Stores(replace(self._stores.connection))
        self._cache.unlock()
        self._begin()

    @classmethod
    def of_project(cls, environment: str = "", **settings: Any) -> Values:
        """The values of ``.lodekey.toml``'s environment; names are the project's own.

        Raises:
            NotFound: The project has no such environment.
        """
        project = find()
        chosen = project.environment(environment)
        connection = Connection(chosen.profile, chosen.region, chosen.endpoint_url)
        made = cls(chosen.prefix, connection=connection, **settings)
        places = {name: project.place(name, chosen) for name in project.values}
        made._places.update(places)
        return made

    def __repr__(self) -> str:
        return f"Values({str(self._prefix or '')!r}, {self._cache!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("values are not pickled")

    def __getitem__(self, name: str) -> str:
        """The value's text.

        Raises:
            NotFound: There is no such value.
            Denied: The caller may not read it.
            Unreachable: The endpoint does not answer, and nothing usable is held.
        """
        held = self._cache.get(name)
        if held is not None and monotonic() < held.fresh_until:
            held.used = True
            return held.text
        return self._aged(name).text

    def __contains__(self, name: str) -> bool:
        try:
            self[name]
        except NotFound:
            return False
        return True

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The value's text, or *default* where there is no such value."""
        try:
            return self[name]
        except NotFound:
            return default

    async def fetch(self, name: str, default: str = _MISSING) -> str:
        """The value's text for async code; only a value that must be read leaves the event loop.

        Raises:
            NotFound: There is no such value, and no *default*.
        """
        held = self._cache.get(name)
        if held is not None and monotonic() < held.fresh_until:
            held.used = True
            return held.text
        try:
            return (await asyncio.to_thread(self._aged, name)).text
        except NotFound:
            if default is _MISSING:
                raise
            return default

    def integer(self, name: str, default: int = _MISSING) -> int:
        """The value as an integer.

        Raises:
            Failure: It is none.
        """
        return int(self._typed(name, default, int, "integer"))

    def number(self, name: str, default: float = _MISSING) -> float:
        """The value as a float.

        Raises:
            Failure: It is none.
        """
        return float(self._typed(name, default, float, "number"))

    def boolean(self, name: str, default: bool = _MISSING) -> bool:  # noqa: FBT001 - a default
        """The value as a truth: 1, true, yes, on; 0, false, no, off.

        Raises:
            Failure: It is none of these.
        """
        return bool(self._typed(name, default, _truth, "boolean"))

    def json(self, name: str, default: Any = _MISSING) -> Any:
        """The value, read as JSON.

        Raises:
            Failure: It is not JSON.
        """
        return self._typed(name, default, json.loads, "JSON text")

    def octets(self, name: str) -> bytes:
        """The value as bytes."""
        self[name]
        held = self._cache.get(name)
        return (held.kept if held is not None else self._read(name).kept).octets

    def mapping(self, names: Mapping[str, str]) -> dict[str, str]:
        """Several values by keys of your own, read together."""
        self.prefetch(*names.values())
        return {key: self[name] for key, name in names.items()}

    def _typed(self, name: str, default: Any, read: Any, kind: str) -> Any:
        try:
            text = self[name]
        except NotFound:
            if default is _MISSING:
                raise
            return default
        try:
            return read(text)
        except ValueError:
            raise Failure(f"`{self.place(name)}` is no {kind}") from None

    def place(self, name: str) -> Place:
        """Where the value is."""
        known = self._places.get(name)
        if known is None:
            is_place = self._prefix is None or name.startswith(("ssm:", "sm:", "arn:"))
            known = parse(name) if is_place else self._under(name)
            if len(self._places) < _MOST_NAMES:
                self._places[name] = known
        return known

    def _under(self, name: str) -> Place:
        assert self._prefix is not None
        bare = parse(f"sm:{name.lstrip('/')}")  # a field and a version may follow a bare name
        place = under(self._prefix, bare.name)
        return Place(place.scheme, place.name, bare.field, bare.version)

    def lasting(self, name: str, ttl: float) -> None:
        """Give one value a time to live of its own, in seconds."""
        self._ttls[name] = ttl

    def prefetch(self, *names: str) -> None:
        """Read those of *names* that are not held, in as few calls as the services allow.

        What cannot be read is told when it is asked for.
        """
        now = monotonic()
        cold = [name for name in names if not self._is_fresh(name, now)]
        if cold:
            self._read_many(cold)

    def refresh(self, *names: str) -> None:
        """Read *names* (all that is held, where none is given) now, whatever their age.

        Raises:
            Failure: The first that cannot be read.
        """
        failed = self._read_many(list(names) or list(self._cache))
        if failed:
            raise failed[0]

    def forget(self) -> None:
        """Hold no value any more."""
        for name in list(self._cache):
            self._cache.forget(name)

    def _is_fresh(self, name: str, now: float) -> bool:
        held = self._cache.get(name)
        return held is not None and now < held.fresh_until

    def _read_many(self, names: list[str]) -> list[Failure]:
        places = {name: self.place(name) for name in names}
        found = self._stores.get_many(places.values())
        failed = []
        for name, place in places.items():
            answer = found[place]
            try:
                if isinstance(answer, Failure):
                    raise answer
                self._keep(name, answer)
            except Failure as failure:
                self._drop(name, failure)
                failed.append(failure)
        return failed

    def _aged(self, name: str) -> Held:
        """What is held of a value that is no longer fresh, or what is read now."""
        held = self._cache.get(name)
        now = monotonic()
        if held is not None and now < held.usable_until:
            ahead = max(0.05, (held.usable_until - now) / 2)
            held.fresh_until = min(held.usable_until, now + ahead)  # one reader asks, not all
            self._behind(name)
            return held
        return self._read(name)

    def _read(self, name: str) -> Held:
        """Read a value; readers of the same name wait for one call."""
        before = self._cache.get(name)
        with self._reading_of(name):
            now = self._cache.get(name)
            if now is not None and now is not before and monotonic() < now.fresh_until:
                return now
            try:
                return self._keep(name, self._reader.get(self.place(name)))
            except Unreachable:
                if before is not None and monotonic() < before.usable_until + self._grace:
                    before.fresh_until = monotonic() + min(1.0, self._grace)
                    return before
                raise
            except Failure as failure:
                self._drop(name, failure)
                raise

    def _keep(self, name: str, kept: Kept) -> Held:
        ttl = self._ttls.get(name, self._ttl)
        now = monotonic()
        held = Held(kept, kept.text, now + ttl * REFRESH_AT, now + ttl)
        self._cache.keep(name, held)
        return held

    def _drop(self, name: str, failure: Failure) -> None:
        """A value that is gone or denied is served no more; one behind a dead endpoint is."""
        if not isinstance(failure, Unreachable):
            self._cache.forget(name)

    @contextlib.contextmanager
    def _reading_of(self, name: str) -> Iterator[None]:
        with self._lock:
            waiting = self._reading.setdefault(name, [RLock(), 0])
            waiting[1] += 1
        try:
            with waiting[0]:
                yield
        finally:
            with self._lock:
                waiting[1] -= 1
                if not waiting[1]:
                    del self._reading[name]

    def _behind(self, name: str) -> None:
        """Read a value anew in the background."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(2, thread_name_prefix="lodekey-refresh")
            pool = self._pool
        with contextlib.suppress(RuntimeError):  # the interpreter is going down
            pool.submit(self._refreshed, name)

    def _refreshed(self, name: str) -> None:
        try:
            self._keep(name, self._reader.get(self.place(name)))
        except Failure as failure:
            self._drop(name, failure)


_all: WeakSet[Values] = WeakSet()


def _after_fork() -> None:
    for each in list(_all):
        each._after_fork()  # noqa: SLF001 - of this module


os.register_at_fork(after_in_child=_after_fork)


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise ValueError
    return word in TRUE
