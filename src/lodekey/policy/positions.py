"""Where each statement stands in the text of its policy, as the simulator's answers tell it.

Lines and columns count from 1; an end is the place just after the statement's last brace.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Position.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


class Position(NamedTuple):
    """A place in a text, counted from 1."""

    line: int
    column: int


class Span(NamedTuple):
    """From the opening brace of a statement to just after its closing one."""

    start: Position
    end: Position


def statement_spans(text: str) -> tuple[Span, ...]:
    """The place of each statement of the policy *text*, in order. *text* is a valid policy."""
    return tuple(
        Span(_position(text, start), _position(text, end)) for start, end in _statements(text)
    )


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of the objects that are the value of the top ``Statement``, or in its list."""
    above: list[str] = []
    key = ""
    start = 0
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part in "{[":
            if part == "{" and _is_statement(above, key):
                start = match.start()
            above.append(part)
        elif part in "}]":
            above.pop()
            if part == "}" and _is_statement(above, key):
                yield start, match.end()
        elif len(above) == 1 and part[0] == '"':
            key = part


def _is_statement(above: list[str], key: str) -> bool:
    """Whether an object that stands at this place is a statement."""
    return key == '"Statement"' and above in (["{"], ["{", "["])


def _position(text: str, offset: int) -> Position:
    before = text.rfind("\n", 0, offset)
    return Position(text.count("\n", 0, offset) + 1, offset - before)
