"""Requests in XML: parsed without entities, without a document type, without depth.

Source of the dangers: https://docs.python.org/3/library/xml.html#xml-security
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from lodekey.errors import ApiError
from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.rest import timed

DEEPEST = 32
MOST_ELEMENTS = 60_000


class MalformedXML(ApiError):
    """The body is no XML, or does not fit S3's schema."""

    def __init__(self) -> None:
        super().__init__(
            "The XML you provided was not well-formed or did not validate against our published "
            "schema"
        )


class Element:
    """One element. Names are without prefix, attributes with theirs."""

    __slots__ = ("attributes", "children", "name", "pieces")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        """The text that the element itself holds."""
        return "".join(self.pieces)


def parse(body: bytes) -> Element:
    """The root element of a document from a stranger.

    Raises:
        MalformedXML: It is none, or one that only an attacker would send.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Element("", {})
    open_: list[Element] = [top]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_) > DEEPEST or count > MOST_ELEMENTS:
            raise MalformedXML
        element = Element(name.rpartition(":")[2], attributes)
        open_[-1].children.append(element)
        open_.append(element)

    def characters(text: str) -> None:
        open_[-1].pieces.append(text)

    def refuse(*_: Any) -> None:
        raise MalformedXML

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_.pop()
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the parser takes no keyword
    except (expat.ExpatError, ValueError, LookupError):
        raise MalformedXML from None
    return top.children[0]


class XmlReader:
    """Makes trees of elements, as a model's shapes say."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def tree(self, member: Member, element: Element) -> Any:
        """The tree of *member*, which *element* holds."""
        shape = self._model.shape(member)
        if shape.type == "structure":
            return self._structure(shape, element)
        if shape.type == "list":
            return [self.tree(shape.member, child) for child in element.children]
        if shape.type == "map":
            return dict(self._entry(shape, child) for child in element.children)
        return timed(element.text, shape, member.timestamp_format or shape.timestamp_format)

    def _structure(self, shape: Shape, element: Element) -> dict[str, Any]:
        by_name: dict[str, list[Element]] = {}
        for child in element.children:
            by_name.setdefault(child.name, []).append(child)
        found: dict[str, Any] = {}
        for name, member in shape.members.items():
            word = member.location_name or name
            if member.xml_attribute:
                if word in element.attributes:
                    found[name] = element.attributes[word]
            elif word in by_name and not member.location:
                found[name] = self._member(member, by_name[word])
        return found

    def _member(self, member: Member, elements: list[Element]) -> Any:
        shape = self._model.shape(member)
        if not (member.flattened or shape.flattened):
            return self.tree(member, elements[0])
        if shape.type == "map":
            return dict(self._entry(shape, element) for element in elements)
        return [self.tree(shape.member, element) for element in elements]

    def _entry(self, shape: Shape, element: Element) -> tuple[str, Any]:
        parts = {child.name: child for child in element.children}
        key = parts.get(shape.key.location_name or "key")
        value = parts.get(shape.value.location_name or "value")
        if key is None or value is None:
            raise MalformedXML
        return key.text, self.tree(shape.value, value)
