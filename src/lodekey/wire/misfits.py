"""Why a message does not fit its shape, in AWS's words: the slow way through a shape.

Types come first: a value that cannot be read is a SerializationException and ends the matter.
Whatever can be read is then held against the constraints, and all that fail are told together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.patterns import LONGEST, matcher
from lodekey.wire.shapes import Dialect, Misfit

_SHOWN = 4096
_ARTICLE = {"Integer": "an"}
_NAMES = {"blob": "Blob", "timestamp": "milliseconds since epoch"}
_JAVA = {"STRING_VALUE": "String", "NUMBER_VALUE": "Integer", "TRUE_VALUE": "Boolean"}


class Unreadable(Exception):
    """A value of the wrong type; the text says of which."""


def complaints(model: Model, member: Member, tree: Any, dialect: Dialect) -> list[str]:
    """Every constraint that *tree* fails, worded; empty where it fits.

    Raises:
        Unreadable: A value has another type than its shape.
    """
    found: list[str] = []
    _Examination(model, dialect, found).look(member, tree, "")
    return found


def summary(found: Sequence[str]) -> str:
    """AWS's one sentence about all complaints."""
    plural = "" if len(found) == 1 else "s"
    return f"{len(found)} validation error{plural} detected: {'; '.join(found)}"


def lower_first(name: str) -> str:
    """A member's name as AWS's messages and CloudTrail print it: ``KeyId`` is ``keyId``."""
    return name[:1].lower() + name[1:]


def constraints(shape: Shape) -> list[str]:
    """Everything that *shape* asks of a value, worded, in the order in which AWS lists it."""
    what = "length" if shape.type not in ("integer", "long", "float", "double") else "value"
    listed = []
    if shape.max is not None:
        listed.append(f"Member must have {what} less than or equal to {shape.max:.0f}")
    if shape.min is not None:
        listed.append(f"Member must have {what} greater than or equal to {shape.min:.0f}")
    if shape.pattern:
        listed.append(f"Member must satisfy regular expression pattern: {shape.pattern}")
    if shape.enum:
        listed.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return listed


class _Examination:
    def __init__(self, model: Model, dialect: Dialect, found: list[str]) -> None:
        self._model = model
        self._dialect = dialect
        self._found = found

    def look(self, member: Member, value: Any, at: str) -> None:
        shape = self._model.shape(member)
        match shape.type:
            case "structure":
                self._structure(shape, value, at)
            case "list":
                self._list(shape, value, at)
            case "map":
                self._map(shape, value, at)
            case _:
                self._leaf(member, value, at)

    def _structure(self, shape: Shape, value: Any, at: str) -> None:
        _must_be(dict, value)
        for name, member in shape.members.items():
            path = f"{at}.{lower_first(name)}" if at else lower_first(name)
            if value.get(name) is not None:
                self.look(member, value[name], path)
            elif name in shape.required:
                self._found.append(
                    f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
                )

    def _list(self, shape: Shape, value: Any, at: str) -> None:
        _must_be(list, value)
        item = self._model.shape(shape.member)
        self._length(shape, value, at, hidden=item.sensitive)
        if item.type in ("structure", "list", "map"):
            for number, entry in enumerate(value, 1):
                self.look(shape.member, entry, f"{at}.{number}.member")
        elif self._any_failed(shape.member, value):
            listed = ", ".join([*constraints(item), "Member must not be null"])
            shown = _shown(value, hidden=item.sensitive or shape.sensitive)
            self._complain(shown, at, f"Member must satisfy constraint: [{listed}]")

    def _map(self, shape: Shape, value: Any, at: str) -> None:
        _must_be(dict, value)
        key, item = self._model.shape(shape.key), self._model.shape(shape.value)
        hidden = shape.sensitive or key.sensitive or item.sensitive
        self._length(shape, value, at, hidden=hidden)
        if self._any_failed(shape.key, value):
            listed = ", ".join([*constraints(key), "Member must not be null"])
            self._complain(
                _shown(value, hidden=hidden), at, f"Map keys must satisfy constraint: [{listed}]"
            )
        if item.type in ("structure", "list", "map"):
            for name, entry in value.items():
                self.look(shape.value, entry, f"{at}.{name}.member")
        elif self._any_failed(shape.value, value.values()):
            listed = ", ".join([*constraints(item), "Member must not be null"])
            self._complain(
                _shown(value, hidden=hidden), at, f"Map value must satisfy constraint: [{listed}]"
            )

    def _leaf(self, member: Member, value: Any, at: str) -> None:
        shape = self._model.shape(member)
        read = self._read(member, value)
        shown = _shown(read, hidden=shape.sensitive or shape.type == "blob")
        for complaint in _failures(shape, read):
            self._complain(shown, at, complaint)

    def _any_failed(self, member: Member, values: Iterable[Any]) -> bool:
        # Every value is looked at: a later one may be unreadable, which is the graver matter.
        return sum(self._failed(member, value) for value in values) > 0

    def _failed(self, member: Member, value: Any) -> bool:
        if value is None:
            return True
        return bool(_failures(self._model.shape(member), self._read(member, value)))

    def _read(self, member: Member, value: Any) -> Any:
        shape = self._model.shape(member)
        try:
            return self._readers(member, shape)(value)
        except Misfit:
            raise Unreadable(_unreadable(shape.type, value)) from None

    def _readers(self, member: Member, shape: Shape) -> Any:
        match shape.type:
            case "string":
                return _read_text
            case "timestamp":
                return self._dialect.timestamp(member.timestamp_format or shape.timestamp_format)
            case "integer" | "long" | "boolean" | "blob":
                return getattr(self._dialect, shape.type)
            case _:
                return self._dialect.number

    def _length(self, shape: Shape, value: Any, at: str, *, hidden: bool) -> None:
        for complaint in _failures(shape, value):
            self._complain(_shown(value, hidden=hidden or shape.sensitive), at, complaint)

    def _complain(self, shown: str, at: str, what: str) -> None:
        self._found.append(f"Value{shown} at '{at}' failed to satisfy constraint: {what}")


def _read_text(value: Any) -> str:
    if type(value) is not str:
        raise Misfit
    return value


def _failures(shape: Shape, value: Any) -> list[str]:
    """The constraints of *shape* that *value*, read already, fails."""
    if shape.enum:
        return [] if value in shape.enum else constraints(shape)[-1:]
    failed = []
    size = value if type(value) in (int, float) else len(value) if hasattr(value, "__len__") else 0
    what = "value" if type(value) in (int, float) else "length"
    if shape.max is not None and size > shape.max:
        failed.append(f"Member must have {what} less than or equal to {shape.max:.0f}")
    if shape.min is not None and size < shape.min:
        failed.append(f"Member must have {what} greater than or equal to {shape.min:.0f}")
    if shape.pattern and not (size <= LONGEST and matcher(shape.pattern)(value)):
        failed.append(f"Member must satisfy regular expression pattern: {shape.pattern}")
    return failed


def _shown(value: Any, *, hidden: bool) -> str:
    """`` 'value'`` as AWS echoes it, cut where it is long; nothing for what must not be seen."""
    if hidden:
        return ""
    if isinstance(value, list):
        text = f"[{', '.join(map(str, value))}]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{name}={entry}" for name, entry in value.items()) + "}"
    else:
        text = str(value)
    return f" '{text[:_SHOWN]}'"


def _must_be(kind: type, value: Any) -> None:
    if type(value) is kind:
        return
    if isinstance(value, dict):
        raise Unreadable("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise Unreadable("Start of list found where not expected")
    raise Unreadable(f"Unrecognized collection type class java.lang.{_JAVA[_token(value)]}")


def _unreadable(type_: str, value: Any) -> str:
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected"
    name = _NAMES.get(type_, type_.capitalize())
    if type_ == "timestamp":
        return f"{_token(value)} can not be converted to {name}"
    return f"{_token(value)} can not be converted to {_ARTICLE.get(name, 'a')} {name}"


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
