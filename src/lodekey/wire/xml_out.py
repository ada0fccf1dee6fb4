"""Answers as XML: the shapes of a model compiled into writers."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.text import http_date, iso, spelt

Out = Callable[[str], Any]
Write = Callable[[Any, Out], None]

_SPECIAL = re.compile(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def escaped(text: str) -> str:
    """*text* as the content of an element; what XML has no way to say becomes U+FFFD."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], "\ufffd"), text)


def quoted(text: str) -> str:
    """*text* as the value of an attribute, without the quotation marks."""
    return escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


class XmlWriters:
    """The writers of one model. A writer puts elements out, under the name it was made for.

    Args:
        model: The model.
        milliseconds: Whether every timestamp shows them (S3), or only where there are some.
    """

    def __init__(self, model: Model, *, milliseconds: bool) -> None:
        self._model = model
        self._milliseconds = milliseconds
        self._contents: dict[str, Write] = {}

    def element(self, name: str, member: Member) -> Write:
        """A writer of *member* as an element called *name* (a flattened list as several)."""
        shape = self._model.shape(member)
        if shape.type == "list":
            return self._list(name, member, shape)
        if shape.type == "map":
            return self._map(name, member, shape)
        if shape.type == "structure":
            return self._structure(name, member, shape)
        spell = self._leaf(member, shape)
        return lambda value, out: out(f"<{name}>{spell(value)}</{name}>")

    def content(self, member: Member) -> Write:
        """A writer of a structure's members, without an element around them."""
        found = self._contents.get(member.shape)
        if found is None:
            self._contents[member.shape] = partial(self._again, member.shape)
            found = self._contents[member.shape] = self._content(self._model.shape(member))
        return found

    def _again(self, name: str, value: Any, out: Out) -> None:
        self._contents[name](value, out)

    def _content(self, shape: Shape) -> Write:
        writers = {
            name: self.element(member.location_name or name, member)
            for name, member in shape.members.items()
            if not member.location and not member.xml_attribute
        }

        def content(value: Mapping[str, Any], out: Out) -> None:
            for name, write in writers.items():
                item = value.get(name)
                if item is not None:
                    write(item, out)

        return content

    def _structure(self, name: str, member: Member, shape: Shape) -> Write:
        content = self.content(member)
        attributes = {
            key: attribute.location_name or key
            for key, attribute in shape.members.items()
            if attribute.xml_attribute
        }
        space = shape.xml_namespace
        opening = f"<{name}"
        if isinstance(space, dict):
            prefix = f":{space['prefix']}" if "prefix" in space else ""
            opening += f' xmlns{prefix}="{space["uri"]}"'

        def structure(value: Mapping[str, Any], out: Out) -> None:
            shown = [
                f' {attribute}="{quoted(value[key])}"'
                for key, attribute in attributes.items()
                if key in value
            ]
            out(f"{opening}{''.join(shown)}>")
            content(value, out)
            out(f"</{name}>")

        return structure

    def _list(self, name: str, member: Member, shape: Shape) -> Write:
        if member.flattened or shape.flattened:
            each = self.element(shape.member.location_name or name, shape.member)
            if member.location_name:
                each = self.element(name, shape.member)

            def flattened(value: Any, out: Out) -> None:
                for entry in value:
                    each(entry, out)

            return flattened
        item = self.element(shape.member.location_name or "member", shape.member)

        def list_(value: Any, out: Out) -> None:
            out(f"<{name}>")
            for entry in value:
                item(entry, out)
            out(f"</{name}>")

        return list_

    def _map(self, name: str, member: Member, shape: Shape) -> Write:
        key = self.element(shape.key.location_name or "key", shape.key)
        item = self.element(shape.value.location_name or "value", shape.value)
        flat = member.flattened or shape.flattened
        around, entry = ("", name) if flat else (name, "entry")

        def map_(value: Mapping[str, Any], out: Out) -> None:
            out(f"<{around}>" if around else "")
            for word, content in value.items():
                out(f"<{entry}>")
                key(word, out)
                item(content, out)
                out(f"</{entry}>")
            out(f"</{around}>" if around else "")

        return map_

    def _leaf(self, member: Member, shape: Shape) -> Callable[[Any], str]:
        if shape.type == "string":
            return escaped
        if shape.type == "blob":
            return lambda value: binascii.b2a_base64(value, newline=False).decode()
        if shape.type == "timestamp":
            form = member.timestamp_format or shape.timestamp_format
            if form == "rfc822":
                return http_date
            if form == "unixTimestamp":
                return lambda value: f"{value:.0f}"
            return partial(iso, milliseconds=self._milliseconds)
        return spelt
