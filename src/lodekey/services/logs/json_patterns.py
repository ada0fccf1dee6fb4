"""``{ $.a.b[0] = "x*" && ($.n > 5 || $.c NOT EXISTS) }``: filter patterns for JSON messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from lodekey.services.logs.pattern_terms import BadPattern, comparison, unquoted

Test = Callable[[Any, dict[str, str]], bool]
Pattern = Callable[[str], dict[str, str] | None]

MAX_DEPTH = 40

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<selector>\$(?:\.[\w\-*]+|\[(?:\d+|\*|'[^']*'|"[^"]*")\])*)
        |"(?P<quoted>(?:\\.|[^"\\])*)"
        |%(?P<regex>(?:\\%|[^%])+)%
        |(?P<operator>&&|\|\||<=|>=|!=|=|<|>|\(|\))
        |(?P<plain>[^\s"%()=!<>&|{}]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w\-*]+)|\[(?:(\d+|\*)|'([^']*)'|"([^"]*)")\]""")

Token = tuple[str, str]
_OVER: Token = ("end", "")


def compile_json(pattern: str) -> Pattern:
    """Make a JSON pattern a function.

    Raises:
        BadPattern: It is none.
    """
    if not pattern.endswith("}"):
        raise BadPattern("a JSON pattern ends with }")
    parser = _Parser(list(_tokens(pattern[1:-1])))
    test = parser.any_of(0)
    if parser.next() != _OVER:
        raise BadPattern("there is more than one expression")

    def matches(message: str) -> dict[str, str] | None:
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return None
        extracted: dict[str, str] = {}
        if not isinstance(document, dict | list) or not test(document, extracted):
            return None
        return extracted

    return matches


def _tokens(text: str) -> Iterator[Token]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise BadPattern(f"cannot read {text[at:].strip()!r}")
        at = found.end()
        value = found[found.lastgroup]
        yield found.lastgroup, unquoted(value) if found.lastgroup == "quoted" else value


class _Parser:
    """Reads expressions: ``||`` binds less than ``&&``, parentheses most."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def next(self) -> Token:
        token = self.peek()
        self._at += 1
        return token

    def peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _OVER

    def any_of(self, depth: int) -> Test:
        tests = [self.all_of(depth)]
        while self.peek() == ("operator", "||"):
            self.next()
            tests.append(self.all_of(depth))
        return _combined(tests, any)

    def all_of(self, depth: int) -> Test:
        tests = [self.one(depth)]
        while self.peek() == ("operator", "&&"):
            self.next()
            tests.append(self.one(depth))
        return _combined(tests, all)

    def one(self, depth: int) -> Test:
        if depth > MAX_DEPTH:
            raise BadPattern("parentheses are nested too deep")
        kind, value = self.next()
        if (kind, value) == ("operator", "("):
            inner = self.any_of(depth + 1)
            if self.next() != ("operator", ")"):
                raise BadPattern("a parenthesis is not closed")
            return inner
        if kind != "selector":
            raise BadPattern(f"a selector like $.name is wanted, not {value!r}")
        return self.condition(value)

    def condition(self, selector: str) -> Test:
        kind, operator = self.next()
        word = operator.upper()
        if kind == "plain" and word in {"IS", "NOT", "EXISTS"}:
            return self.keyword(selector, word)
        if kind != "operator" or operator in {"(", ")", "&&", "||"}:
            raise BadPattern(f"an operator is wanted after {selector}")
        kind, wanted = self.next()
        if kind not in {"plain", "quoted", "regex"}:
            raise BadPattern(f"a value is wanted after {selector} {operator}")
        return _compared(selector, comparison(operator, wanted, kind=kind))

    def keyword(self, selector: str, word: str) -> Test:
        if word == "IS":
            wanted = self.next()[1].upper()
            if wanted not in {"TRUE", "FALSE", "NULL"}:
                raise BadPattern(f"{selector} IS takes TRUE, FALSE or NULL")
            value = {"TRUE": True, "FALSE": False, "NULL": None}[wanted]
            return _tested(selector, lambda found: any(one is value for one in found))
        if word == "NOT":
            if self.next()[1].upper() != "EXISTS":
                raise BadPattern(f"{selector} NOT takes EXISTS")
            return _tested(selector, lambda found: not found)
        return _tested(selector, bool)


def _combined(tests: list[Test], combine: Callable[[list[bool]], bool]) -> Test:
    # Every test runs, since each puts in what it reads out.
    return lambda document, extracted: combine([test(document, extracted) for test in tests])


def _steps(selector: str) -> list[str | int]:
    """The steps of a selector: names, numbers, and ``*``."""
    steps: list[str | int] = []
    for found in _STEP.finditer(selector, 1):
        name = next(part for part in found.groups() if part is not None)
        steps.append(int(name) if found[2] and name != "*" else name)
    return steps


def _next(value: Any, step: str | int) -> list[Any]:
    """What one step finds in a value."""
    if isinstance(value, dict):
        return list(value.values()) if step == "*" else [value[step]] if step in value else []
    if isinstance(value, list):
        return value if step == "*" else value[step : step + 1] if isinstance(step, int) else []
    return []


def _found(document: Any, steps: list[str | int]) -> list[Any]:
    """What a selector finds."""
    here = [document]
    for step in steps:
        further: list[Any] = []
        for value in here:
            further.extend(_next(value, step))
        here = further
    return here


def _text(value: Any) -> str | None:
    """A scalar as text; objects, arrays and null are compared with nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, int | float) else None


def _compared(selector: str, holds: Callable[[str], bool]) -> Test:
    steps = _steps(selector)

    def test(document: Any, extracted: dict[str, str]) -> bool:
        texts = [text for one in _found(document, steps) if (text := _text(one)) is not None]
        if texts:
            extracted[selector] = texts[0]
        return any(map(holds, texts))

    return test


def _tested(selector: str, holds: Callable[[list[Any]], bool]) -> Test:
    steps = _steps(selector)

    def test(document: Any, extracted: dict[str, str]) -> bool:
        found = _found(document, steps)
        if found and (text := _text(found[0])) is not None:
            extracted[selector] = text
        return holds(found)

    return test
