"""The JSON of a policy: read strictly, so that two readers cannot understand it differently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SYNTAX = "Syntax errors in policy."


class MalformedPolicy(Exception):
    """A text is not a policy of its kind.

    Args:
        message: What AWS answers.
        reason: The rule that is broken, by its name in `lodekey.policy.grammar`.
    """

    def __init__(self, message: str, reason: str = "syntax") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


def read(text: str) -> Mapping[str, Any]:
    """Read *text* as a JSON object whose numbers stay as they are written.

    Raises:
        MalformedPolicy: It is none, or an object in it names a member twice.
    """
    try:
        body = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError):
        raise MalformedPolicy(SYNTAX, "json") from None
    if not isinstance(body, dict):
        raise MalformedPolicy(SYNTAX, "json")
    return body


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members
