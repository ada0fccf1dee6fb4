"""Shapes compiled into functions: fit what came in, and keep secrets out of the trail.

A *tree* is what a protocol's reader makes of a message: dicts by member name, lists, and leaves as
the protocol spells them. A decoder takes a tree and returns what handlers read (blobs as bytes,
timestamps as seconds since the epoch), or raises `Misfit` without a word: it is the fast path, and
this file trades beauty for speed. Who catches a `Misfit` asks `lodekey.wire.misfits` for the words.

Everything that a model says is looked up once, when an operation is first used; a decoder at work
touches no model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.patterns import LONGEST, matcher

Decode = Callable[[Any], Any]


class Misfit(Exception):
    """A value does not fit its shape."""


class Dialect(NamedTuple):
    """How a protocol spells leaves. Each function returns the value, or raises `Misfit`.

    Args:
        name: To tell the compiled decoders apart.
        integer: 32-bit integers.
        long: 64-bit integers.
        number: Floats and doubles.
        boolean: Booleans.
        blob: Bytes.
        timestamp: By format (``unixTimestamp``, ``iso8601``, ``rfc822``; empty: the protocol's
            own), seconds since the epoch.
    """

    name: str
    integer: Decode
    long: Decode
    number: Decode
    boolean: Decode
    blob: Decode
    timestamp: Callable[[str], Decode]


class Decoders:
    """The decoders of one model in one dialect, each compiled once."""

    def __init__(self, model: Model, dialect: Dialect) -> None:
        self._model = model
        self._dialect = dialect
        self._done: dict[tuple[str, str], Decode] = {}

    def of(self, member: Member) -> Decode:
        """The decoder of what *member* refers to."""
        shape = self._model.shape(member)
        name = (member.shape, member.timestamp_format or shape.timestamp_format)
        found = self._done.get(name)
        if found is None:
            # A shape may hold itself; the inner one is looked up when there is something to decode.
            self._done[name] = partial(self._again, name)
            found = self._done[name] = self._compile(shape, name[1])
        return found

    def _again(self, name: tuple[str, str], value: Any) -> Any:
        return self._done[name](value)

    def _compile(self, shape: Shape, time: str) -> Decode:
        dialect = self._dialect
        if shape.type == "structure":
            members = {name: self.of(member) for name, member in shape.members.items()}
            return _structure(members, shape.required)
        if shape.type == "list":
            return _list(self.of(shape.member), *bounds(shape))
        if shape.type == "map":
            return _map(self.of(shape.key), self.of(shape.value), *bounds(shape))
        if shape.type in ("string", "blob"):
            return _string(shape) if shape.type == "string" else _blob(dialect.blob, shape)
        if shape.type in ("boolean", "timestamp"):
            return dialect.boolean if shape.type == "boolean" else dialect.timestamp(time)
        numbers = {"integer": dialect.integer, "long": dialect.long}
        return _bounded(numbers.get(shape.type, dialect.number), shape)


def bounds(shape: Shape) -> tuple[float, float]:
    """The least and the greatest length that *shape* allows."""
    return shape.min or 0, LONGEST * 64 if shape.max is None else shape.max


def _structure(members: Mapping[str, Decode], required: tuple[str, ...]) -> Decode:
    member_of = members.get

    def structure(value: Any) -> Any:
        if type(value) is not dict:
            raise Misfit
        fitted = {}
        for name, raw in value.items():
            decode = member_of(name)
            if decode is not None and raw is not None:
                fitted[name] = decode(raw)
        for name in required:
            if name not in fitted:
                raise Misfit
        return fitted

    return structure


def _list(item: Decode, low: float, high: float) -> Decode:
    def list_(value: Any) -> Any:
        if type(value) is not list or not low <= len(value) <= high:
            raise Misfit
        return [item(entry) for entry in value]

    return list_


def _map(key: Decode, item: Decode, low: float, high: float) -> Decode:
    def map_(value: Any) -> Any:
        if type(value) is not dict or not low <= len(value) <= high:
            raise Misfit
        return {key(name): item(entry) for name, entry in value.items()}

    return map_


def _string(shape: Shape) -> Decode:
    if shape.enum:
        return _enum(frozenset(shape.enum))
    low, high = bounds(shape)
    if not shape.pattern:
        return _text(low, high)
    return _patterned(matcher(shape.pattern), low, min(high, LONGEST))


def _text(low: float, high: float) -> Decode:
    def text(value: Any) -> Any:
        if type(value) is str and low <= len(value) <= high:
            return value
        raise Misfit

    return text


def _patterned(matches: Callable[[str], object], low: float, high: float) -> Decode:
    def patterned(value: Any) -> Any:
        if type(value) is str and low <= len(value) <= high and matches(value):
            return value
        raise Misfit

    return patterned


def _enum(words: frozenset[str]) -> Decode:
    def enum(value: Any) -> Any:
        if type(value) is str and value in words:
            return value
        raise Misfit

    return enum


def _blob(decode: Decode, shape: Shape) -> Decode:
    low, high = bounds(shape)

    def blob(value: Any) -> Any:
        data = decode(value)
        if low <= len(data) <= high:
            return data
        raise Misfit

    return blob


def _bounded(decode: Decode, shape: Shape) -> Decode:
    if shape.min is None and shape.max is None:
        return decode
    low = float("-inf") if shape.min is None else shape.min
    high = float("inf") if shape.max is None else shape.max

    def bounded(value: Any) -> Any:
        number = decode(value)
        if low <= number <= high:
            return number
        raise Misfit

    return bounded
