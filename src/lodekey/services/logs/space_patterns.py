"""``[ip, user, ..., status = 5*, bytes > 1000]``: filter patterns for messages of fields.

Fields stand apart by spaces; what stands between quotation marks or brackets is one field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from lodekey.services.logs.pattern_terms import BadPattern, comparison, unquoted

Pattern = Callable[[str], dict[str, str] | None]
Test = Callable[[str], bool]

_FIELD = re.compile(r'"((?:\\.|[^"\\])*)"|\[([^\]]*)\]|(\S+)')
_PART = re.compile(r'(?:"(?:\\.|[^"\\])*"|%(?:\\%|[^%])+%|[^,"%])+')
_CONDITION = re.compile(
    r"""\s*(?P<name>[\w.\-]+)\s*(?:
        (?P<operator><=|>=|!=|=|<|>)\s*
        (?:"(?P<quoted>(?:\\.|[^"\\])*)"|%(?P<regex>(?:\\%|[^%])+)%|(?P<plain>[^\s"%&|]+))
    )?\s*(?P<joint>&&|\|\||$)""",
    re.VERBOSE,
)
REST = "..."


def _anything(value: str) -> bool:
    return True


class Field(NamedTuple):
    """A field of a pattern: its name, and what it must be; `rest` stands for any number."""

    name: str
    test: Test
    rest: bool = False


def compile_fields(pattern: str) -> Pattern:
    """Make a pattern of fields a function.

    Raises:
        BadPattern: It is none.
    """
    if not pattern.endswith("]"):
        raise BadPattern("a pattern of fields ends with ]")
    fields = [_field(part.strip(), at) for at, part in enumerate(_parts(pattern[1:-1]), 1)]
    rests = [at for at, field in enumerate(fields) if field.rest]
    if len(rests) > 1:
        raise BadPattern("there is more than one ...")
    rest = rests[0] if rests else None

    def matches(message: str) -> dict[str, str] | None:
        values = [_value(found) for found in _FIELD.finditer(message)]
        placed = _placed(fields, values, rest)
        if placed is None or not all(field.test(value) for field, value in placed):
            return None
        return {f"${field.name}": value for field, value in placed}

    return matches


def _parts(text: str) -> list[str]:
    parts = [found.group() for found in _PART.finditer(text)]
    if not parts or len(",".join(parts)) != len(text):
        raise BadPattern("fields stand apart by single commas")
    return parts


def _field(text: str, at: int) -> Field:
    if text == REST:
        return Field(str(at), _anything, rest=True)
    name = ""
    joint = ""
    test: Test | None = None
    position = 0
    while True:
        found = _CONDITION.match(text, position)
        if found is None or (name and found["name"] != name):
            raise BadPattern(f"cannot read the field {text!r}")
        name = found["name"]
        test = _joined(test, joint, _test_of(found))
        joint, position = found["joint"], found.end()
        if not joint:
            return Field(name, test)


def _test_of(found: re.Match[str]) -> Test:
    if found["operator"] is None:
        return _anything
    kind = next(kind for kind in ("quoted", "regex", "plain") if found[kind] is not None)
    wanted = unquoted(found[kind]) if kind == "quoted" else found[kind]
    return comparison(found["operator"], wanted, kind=kind)


def _joined(left: Test | None, joint: str, right: Test) -> Test:
    if left is None:
        return right
    first = left
    if joint == "&&":
        return lambda value: first(value) and right(value)
    return lambda value: first(value) or right(value)


def _value(found: re.Match[str]) -> str:
    quoted, bracketed, plain = found.groups()
    return next(part for part in (quoted, bracketed, plain) if part is not None)


def _placed(
    fields: list[Field], values: list[str], rest: int | None
) -> list[tuple[Field, str]] | None:
    """Each value with its field; None: they are not as many."""
    if rest is None:
        return list(zip(fields, values, strict=True)) if len(fields) == len(values) else None
    spare = len(values) - (len(fields) - 1)
    if spare < 0:
        return None
    wide = [Field(str(rest + 1 + extra), fields[rest].test) for extra in range(spare)]
    laid = [*fields[:rest], *wide, *fields[rest + 1 :]]
    return list(zip(laid, values, strict=True))
