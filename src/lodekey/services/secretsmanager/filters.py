"""Filters and order of ListSecrets and BatchGetSecretValue.

Filters must all hold; of one filter's plain values any must match, of its negated values (``!``)
none may.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lodekey.services.secretsmanager.secrets import Secret
from lodekey.services.secretsmanager.shapes import Filter

Test = Callable[[Secret], bool]

# A word ends where letters turn from small to capital, into digits, or into anything else.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def words(text: str) -> list[str]:
    """The words of *text* as the search sees them, in small letters."""
    return [word.lower() for word in _WORD.findall(text)]


def _begins_any(texts: Iterable[str], value: str) -> bool:
    return any(text.startswith(value) for text in texts)


def _in_description(secret: Secret, value: str) -> bool:
    text = (secret.description or "").lower()
    if text.startswith(value.lower()):
        return True
    wanted, there = value.lower().split(), text.split()
    return all(_begins_any(there, word) for word in wanted)


def _anywhere(secret: Secret, value: str) -> bool:
    texts = (secret.name, secret.description or "", *secret.tags, *secret.tags.values())
    there = {word for text in texts for word in words(text)}
    return any(_begins_any(there, word) for word in words(value))


_MATCHES: dict[str, Callable[[Secret, str], bool]] = {
    "name": lambda secret, value: secret.name.startswith(value),
    "description": _in_description,
    "tag-key": lambda secret, value: _begins_any(secret.tags, value),
    "tag-value": lambda secret, value: _begins_any(secret.tags.values(), value),
    "primary-region": lambda secret, value: (secret.primary or secret.region).startswith(value),
    "owning-service": lambda secret, value: secret.owner.startswith(value),
    "all": _anywhere,
}


def compiled(filters: Iterable[Filter]) -> Test:
    """One test that says whether a secret passes all *filters*."""
    tests = [_one(each) for each in filters]
    return lambda secret: all(test(secret) for test in tests)


def _one(each: Filter) -> Test:
    match = _MATCHES[each.get("Key", "all")]
    values = each.get("Values", [])
    wanted = [value for value in values if not value.startswith("!")]
    refused = [value[1:] for value in values if value.startswith("!")]

    def passes(secret: Secret) -> bool:
        if any(match(secret, value) for value in refused):
            return False
        return not wanted or any(match(secret, value) for value in wanted)

    return passes


_ORDERS: dict[str, Callable[[Secret], float | str]] = {
    "created-date": lambda secret: secret.created,
    "last-accessed-date": lambda secret: secret.accessed or 0,
    "last-changed-date": lambda secret: secret.changed,
    "name": lambda secret: secret.name,
}


def order(by: str) -> Callable[[Secret], tuple[float | str, str]]:
    """The sort key of ``SortBy``; the name decides between equals, so that pages are stable."""
    key = _ORDERS[by]
    return lambda secret: (key(secret), secret.name)
