"""Words of filter patterns: tokens, wildcards, regular expressions, comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lodekey.lazily import lazily

if TYPE_CHECKING:
    import regex
else:
    regex = lazily("regex")


MAX_REGEX = 2
"""How many regular expressions AWS takes in a pattern."""

TIME = 0.05
"""Seconds that a regular expression may take over one message; then it does not match."""

_WORD = re.compile(
    r"""\s*(?P<sign>[-?]?)(?:
        "(?P<quoted>(?:\\.|[^"\\])*)"
        |%(?P<regex>(?:\\%|[^%])+)%
        |(?P<plain>[^\s"%]+)
    )(?=\s|$)""",
    re.VERBOSE,
)
# AWS takes a part of the usual syntax, and no groups.
_REGEX = re.compile(r"(?:\\.|\{\d*,?\d*\}|[^(){\\])*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class BadPattern(Exception):
    """The text is no filter pattern."""


def words(text: str) -> Iterator[tuple[str, str, str]]:
    """The words of a pattern of terms: sign, word, and whether it is plain, quoted or a regex."""
    at = regexes = 0
    text = text.rstrip()
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise BadPattern(f"cannot read {text[at:].strip()!r}")
        at = found.end()
        if found["quoted"] is not None:
            yield found["sign"], unquoted(found["quoted"]), "quoted"
        elif found["regex"] is not None:
            regexes += 1
            if regexes > MAX_REGEX:
                raise BadPattern(f"more than {MAX_REGEX} regular expressions")
            yield found["sign"], found["regex"], "regex"
        else:
            yield found["sign"], found["plain"], "plain"


def unquoted(text: str) -> str:
    """What stands between quotation marks, without the backslashes."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def compiled_regex(text: str) -> Callable[[str], bool]:
    """A regular expression as a test that ends in time.

    Raises:
        BadPattern: It is none that AWS takes.
    """
    if not _REGEX.fullmatch(text):
        raise BadPattern(f"not a regular expression that is taken here: {text!r}")
    try:
        compiled = regex.compile(text.replace("\\%", "%"))
    except (regex.error, RecursionError) as error:
        raise BadPattern(f"not a regular expression: {text!r}") from error

    def holds(value: str) -> bool:
        try:
            return compiled.search(value, timeout=TIME) is not None
        except TimeoutError:
            return False

    return holds


def wildcard(text: str) -> Callable[[str], bool]:
    """A value that may have ``*`` in it, as a test of the whole of another."""
    if "*" not in text:
        return lambda value: value == text
    first, *inner, last = text.split("*")

    def holds(value: str) -> bool:
        if len(value) < len(first) + len(last):
            return False
        if not value.startswith(first) or not value.endswith(last):
            return False
        at, end = len(first), len(value) - len(last)
        for part in inner:
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return holds


def number(text: str) -> float | None:
    """The number that a text is; None: it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def comparison(operator: str, wanted: str, *, kind: str) -> Callable[[str], bool]:
    """``= value``, ``> 5`` and the like, as a test of a field's text.

    Args:
        operator: One of ``= != < <= > >=``.
        wanted: What it is compared with.
        kind: ``plain``, ``quoted`` or ``regex``.

    Raises:
        BadPattern: The two do not go together.
    """
    if operator in {"=", "!="}:
        equal = equality(wanted, kind=kind)
        return equal if operator == "=" else lambda value: not equal(value)
    bound = number(wanted)
    if bound is None or kind == "regex":
        raise BadPattern(f"{operator} needs a number, not {wanted!r}")
    order: Callable[[float], bool] = {
        "<": lambda value: value < bound,
        "<=": lambda value: value <= bound,
        ">": lambda value: value > bound,
        ">=": lambda value: value >= bound,
    }[operator]

    def holds(value: str) -> bool:
        measured = number(value)
        return measured is not None and order(measured)

    return holds


def equality(wanted: str, *, kind: str) -> Callable[[str], bool]:
    """``= value``: by number where it is one, by regular expression, or with wildcards."""
    if kind == "regex":
        return compiled_regex(wanted)
    bound = number(wanted) if kind == "plain" else None
    matches = wildcard(wanted)
    if bound is None:
        return matches
    return lambda value: matches(value) or number(value) == bound
