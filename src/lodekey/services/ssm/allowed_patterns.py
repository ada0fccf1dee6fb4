"""AllowedPattern: a caller's regular expression, run with a bound on its time.

A caller may write a pattern that backtracks for years. The `regex` engine can be told when to
stop; see docs/adr for why this one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lodekey.lazily import lazily
from lodekey.services.ssm.errors import (
    InvalidAllowedPatternException,
    ParameterPatternMismatchException,
)

if TYPE_CHECKING:
    import regex
else:
    regex = lazily("regex")

TIME = 0.05
"""Seconds that a pattern may take over a value of at most 8 KiB."""

# `regex` knows approximate matches ({e<=1}), which Java does not and which no time bounds.
_FUZZY = re.compile(r"(?<!\\)\{[\d\s<=+,]*[idse]|\(\?[a-z]*[be]")


def must_match(pattern: str, value: str) -> None:
    """Check a value against a pattern, which may match anywhere in it unless it is anchored.

    Raises:
        InvalidAllowedPatternException: It is no regular expression, or takes too long.
        ParameterPatternMismatchException: The value does not match.
    """
    try:
        if _FUZZY.search(pattern):
            raise regex.error("approximate matching")
        matched = regex.search(pattern, value, timeout=TIME)
    except (regex.error, RecursionError) as error:
        raise InvalidAllowedPatternException(
            f"The allowed pattern is not a valid regular expression: {pattern}"
        ) from error
    except TimeoutError as error:
        raise InvalidAllowedPatternException(
            f"The allowed pattern takes too long to match: {pattern}"
        ) from error
    if matched is None:
        raise ParameterPatternMismatchException(
            f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        )
