"""What the two REST protocols share: members that stand in paths, queries, headers, the status."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from lodekey.errors import SerializationException
from lodekey.wire.http import HttpRequest
from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.shapes import Misfit
from lodekey.wire.text import DIALECT, http_date, iso, spelt

_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
Find = Callable[[HttpRequest, Mapping[str, str], Mapping[str, list[str]]], Any]


class Located:
    """The members of one request that do not stand in its body."""

    def __init__(self, model: Model, shape: Shape) -> None:
        self._model = model
        self._finders = {
            name: self._finder(name, member)
            for name, member in shape.members.items()
            if member.location
        }
        self._queries = any(member.location == "querystring" for member in shape.members.values())

    def tree(self, http: HttpRequest, captures: Mapping[str, str]) -> dict[str, Any]:
        """What the request says of them, by member name; absent where it says nothing.

        Raises:
            SerializationException: The query is not UTF-8.
        """
        query = parsed_query(http.query) if self._queries and http.query else {}
        found = {}
        for name, find in self._finders.items():
            value = find(http, captures, query)
            if value is not None:
                found[name] = value
        return found

    def _finder(self, name: str, member: Member) -> Find:
        word = member.location_name or name
        shape = self._model.shape(member)
        if member.location == "uri":
            return lambda _, captures, __: captures.get(word)
        if member.location == "headers":
            prefix = word.lower()
            return lambda http, _, __: _prefixed(http.headers, prefix)
        if member.location == "header":
            return partial(self._header, word.lower(), shape, member)
        if shape.type == "list":
            return lambda _, __, query: query.get(word)
        if shape.type == "map":
            return lambda _, __, query: {key: values[0] for key, values in query.items()}
        return partial(self._in_query, word, shape, member)

    def _header(self, word: str, shape: Shape, member: Member, http: HttpRequest, *_: Any) -> Any:
        text = http.headers.get(word)
        if text is None:
            return None
        if shape.type == "list":
            return [part.strip() for part in text.split(",")]
        return timed(text, shape, member.timestamp_format or shape.timestamp_format or "rfc822")

    def _in_query(
        self,
        word: str,
        shape: Shape,
        member: Member,
        _: HttpRequest,
        __: Mapping[str, str],
        query: Mapping[str, list[str]],
    ) -> Any:
        values = query.get(word)
        if values is None:
            return None
        return timed(values[0], shape, member.timestamp_format or shape.timestamp_format)


def timed(text: str, shape: Shape, form: str) -> Any:
    """*text*; where *shape* is a timestamp of that form, the seconds that it means."""
    if shape.type != "timestamp":
        return text
    try:
        return DIALECT.timestamp(form)(text)
    except Misfit:
        return text


def _prefixed(headers: Mapping[str, str], prefix: str) -> dict[str, str] | None:
    skip = len(prefix)
    found = {name[skip:]: value for name, value in headers.items() if name.startswith(prefix)}
    return found or None


def parsed_query(query: str) -> dict[str, list[str]]:
    """The parameters of a query string, each with all its values.

    Raises:
        SerializationException: They are not UTF-8.
    """
    found: dict[str, list[str]] = {}
    try:
        for part in query.split("&"):
            name, _, value = part.partition("=")
            if name:
                name = unquote_plus(name, errors="strict")
                found.setdefault(name, []).append(unquote_plus(value, errors="strict"))
    except UnicodeError:
        raise SerializationException("The request is not UTF-8") from None
    return found


class Headers:
    """The members of one answer that stand in its headers and its status."""

    def __init__(self, model: Model, shape: Shape | None) -> None:
        members = shape.members if shape is not None else {}
        self._model = model
        self._writers: dict[str, Callable[[Any, dict[str, str]], None]] = {}
        self._status = ""
        for name, member in members.items():
            if member.location == "statusCode":
                self._status = name
            elif member.location == "headers":
                self._writers[name] = partial(_write_prefixed, member.location_name)
            elif member.location == "header":
                spell = self._speller(member)
                self._writers[name] = partial(_write_header, member.location_name, spell)

    def write(self, result: Mapping[str, Any], headers: dict[str, str]) -> None:
        """Put into *headers* what *result* has for them."""
        for name, write in self._writers.items():
            value = result.get(name)
            if value is not None:
                write(value, headers)

    def status(self, result: Mapping[str, Any], usual: int) -> int:
        """The status of *result*."""
        status: int = result.get(self._status, usual) if self._status else usual
        return status

    def _speller(self, member: Member) -> Callable[[Any], str]:
        shape = self._model.shape(member)
        if shape.type == "timestamp":
            form = member.timestamp_format or shape.timestamp_format
            return iso if form == "iso8601" else http_date
        if shape.type == "blob":
            return lambda value: binascii.b2a_base64(value, newline=False).decode()
        if shape.type == "list":
            return lambda value: ",".join(map(spelt, value))
        return spelt


def _write_header(
    name: str, spell: Callable[[Any], str], value: Any, headers: dict[str, str]
) -> None:
    headers[name] = harmless(spell(value))


def _write_prefixed(prefix: str, value: Mapping[str, str], headers: dict[str, str]) -> None:
    for name, text in value.items():
        headers[prefix + name] = harmless(text)


def harmless(text: str) -> str:
    """*text* as the value of a header: no line can end in it."""
    return _BREAKS.sub(" ", text)
