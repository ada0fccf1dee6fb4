"""Filter patterns: which log events match, and what is read out of them.

Three languages in one: terms (``ERROR -debug ?warn "two words" %regex%``), JSON selectors
(``{ $.status = 5* && $.user.id EXISTS }``), and space-delimited fields
(``[ip, user, ..., status = 5*, bytes > 1000]``).

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from lodekey.services.logs import json_patterns, space_patterns
from lodekey.services.logs.errors import InvalidParameterException
from lodekey.services.logs.pattern_terms import BadPattern, compiled_regex, words

Pattern = Callable[[str], dict[str, str] | None]
"""Answers what is read out of a message that matches (often nothing), or None."""


def compile_pattern(text: str) -> Pattern:
    """Make a pattern a function.

    Raises:
        InvalidParameterException: It is no filter pattern.
    """
    try:
        return _compiled(text)
    except BadPattern as error:
        raise InvalidParameterException(f"Invalid filter pattern: {error}") from error


@lru_cache(maxsize=256)
def _compiled(text: str) -> Pattern:
    pattern = text.strip()
    if pattern.startswith("{"):
        return json_patterns.compile_json(pattern)
    if pattern.startswith("["):
        return space_patterns.compile_fields(pattern)
    return _terms(pattern)


def _terms(pattern: str) -> Pattern:
    """All plain terms are there, no ``-term`` is, and one ``?term`` if there are no plain ones.

    AWS: "If you use the question mark with other terms, it is ignored".
    """
    required: list[Callable[[str], bool]] = []
    excluded: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    for sign, word, kind in words(pattern):
        test = compiled_regex(word) if kind == "regex" else _contains(word)
        {"": required, "-": excluded, "?": optional}[sign].append(test)
    if required or excluded:
        optional = []

    def matches(message: str) -> dict[str, str] | None:
        fits = (
            all(test(message) for test in required)
            and not any(test(message) for test in excluded)
            and (not optional or any(test(message) for test in optional))
        )
        return {} if fits else None

    return matches


def _contains(word: str) -> Callable[[str], bool]:
    return lambda message: word in message
