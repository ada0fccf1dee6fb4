"""Whether an answer fits its shape: a net under the rooms, spread in tests alone.

An answer is typed where it is made, but a type checker does not see what a test can: a member that
the model does not have, a list where a map should be, a name of the wrong case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lodekey.wire.http import Stream
from lodekey.wire.models import Member, Model

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (bytes, bytearray, memoryview, Stream),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "timestamp": (float, int),
}


class UnfitAnswer(AssertionError):
    """An answer of ours does not fit the model: a defect."""


def must_fit(model: Model, member: Member | None, result: Mapping[str, Any] | None) -> None:
    """Raise unless *result* fits.

    Raises:
        UnfitAnswer: It does not.
    """
    if not result:
        return
    if member is None:
        raise UnfitAnswer(f"an answer where none is declared: {sorted(result)}")
    found = list(_misfits(model, member, result, member.shape))
    if found:
        raise UnfitAnswer("; ".join(found))


def _misfits(model: Model, member: Member, value: Any, at: str) -> Iterator[str]:
    shape = model.shape(member)
    if shape.type == "structure":
        yield from _structure(model, member, value, at)
    elif shape.type == "list":
        if shape.eventstream or not isinstance(value, list | tuple):
            yield f"{at} is no list but {type(value).__name__}"
            return
        for number, item in enumerate(value):
            yield from _misfits(model, shape.member, item, f"{at}[{number}]")
    elif shape.type == "map":
        if not isinstance(value, Mapping):
            yield f"{at} is no map but {type(value).__name__}"
            return
        for name, item in value.items():
            yield from _misfits(model, shape.key, name, f"{at} key")
            yield from _misfits(model, shape.value, item, f"{at}[{name!r}]")
    else:
        kinds = _KINDS[shape.type]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            yield f"{at} is no {shape.type} but {type(value).__name__}"


def _structure(model: Model, member: Member, value: Any, at: str) -> Iterator[str]:
    shape = model.shape(member)
    if shape.eventstream:
        return
    if not isinstance(value, Mapping):
        yield f"{at} is no structure but {type(value).__name__}"
        return
    for name, item in value.items():
        if name not in shape.members:
            yield f"{at} has no member {name!r}"
        elif item is None:
            yield f"{at}.{name} is null, which is to be absent"
        else:
            yield from _misfits(model, shape.members[name], item, f"{at}.{name}")
