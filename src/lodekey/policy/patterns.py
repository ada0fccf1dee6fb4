"""Wildcards and policy variables: how the text of a policy means more than itself.

``*`` is any run of characters, ``?`` any one. In an ARN the two stay within their colon-separated
part, with two exceptions that AWS documents: the sixth part may hold colons, and, in the Resource
element, a ``*`` that ends a part may run past the colon.

A variable, ``${aws:username}`` or ``${aws:PrincipalTag/team, 'none'}``, is replaced by a context
key's value before anything is compared. ``${*}``, ``${?}`` and ``${$}`` are the characters
themselves. Inside this package a character that must not act as a wildcard is written as one of
two Unicode noncharacters, which no request can carry into a comparison as anything else.

Every regular expression made here is free of nested repetition: a policy's author cannot make
matching slow. Each ``*`` is matched atomically at its leftmost place, which for these patterns
loses no match.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from lodekey.policy.keys import Keys

Match = Callable[[str], bool]

_STAR = "\ufdd0"
_MARK = "\ufdd1"
_LITERAL = str.maketrans({"*": _STAR, "?": _MARK})
_SPELLED = str.maketrans({_STAR: "*", _MARK: "?"})
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,]*?)\s*,\s*'([^']*)'\s*", re.DOTALL)
_CACHED = 8192


class _Star(NamedTuple):
    """A ``*``: whether it may run past a colon."""

    crosses: bool


def everything(_: str) -> bool:
    """Match any text."""
    return True


def nothing(_: str) -> bool:
    """Match no text."""
    return False


def is_wild(pattern: str) -> bool:
    """Whether *pattern* holds a wildcard."""
    return "*" in pattern or "?" in pattern


def spelled(pattern: str) -> str:
    """*pattern* as a person would write it, literal wildcards included."""
    return pattern.translate(_SPELLED)


@lru_cache(maxsize=_CACHED)
def text_pattern(pattern: str) -> Match:
    """Match whole texts against *pattern*; ``*`` and ``?`` match anything, case counts."""
    if not pattern.strip("*") and pattern:
        return everything
    if not is_wild(pattern):
        return spelled(pattern).__eq__
    return _matcher([_tokens(pattern, last=True, crossing=True)])


@lru_cache(maxsize=_CACHED)
def arn_pattern(pattern: str) -> Match:
    """Match ARNs part by part, as ArnLike and ArnEquals do: no ``*`` crosses a colon.

    A lone ``*`` matches any text. What has fewer than six parts matches nothing.
    """
    if pattern == "*":
        return everything
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return nothing
    if not is_wild(pattern):
        return spelled(pattern).__eq__
    return _matcher([_tokens(part, last=at == 5, crossing=False) for at, part in enumerate(parts)])


@lru_cache(maxsize=_CACHED)
def resource_pattern(pattern: str, *, expand: bool) -> Match:
    """Match a request's resource against one entry of a Resource or NotResource element.

    Args:
        pattern: ``*`` or an ARN with wildcards.
        expand: Whether an ARN of fewer than six parts is completed with ``*``, as identity
            policies, boundaries and session policies do; elsewhere it matches nothing.
    """
    if not pattern.strip("*") and pattern:
        return everything
    parts = pattern.split(":", 5)
    if len(parts) < 6 and not pattern.endswith("*"):
        if not (expand and pattern.startswith("arn:")):
            return nothing
        parts += ["*"] * (6 - len(parts))
    if not is_wild(":".join(parts)):
        return spelled(pattern).__eq__
    return _matcher([_tokens(part, last=at == 5, crossing=True) for at, part in enumerate(parts)])


def any_of(matches: Iterable[Match]) -> Match:
    """Match what one of *matches* matches."""
    tests = tuple(matches)
    if len(tests) == 1:
        return tests[0]
    if everything in tests:
        return everything
    return lambda text: any(test(text) for test in tests)


def _tokens(part: str, *, last: bool, crossing: bool) -> list[str | _Star]:
    """Take one colon part apart into pieces of regular expression and stars.

    A run of stars is one star. In the last part every star crosses colons; in an earlier one only
    the star that ends the part, and only where *crossing*.
    """
    tokens: list[str | _Star] = []
    for piece in re.findall(r"\*+|[^*]+", part):
        if piece[0] == "*":
            tokens.append(_Star(crosses=last))
        else:
            any_one = "." if last else "[^:]"
            tokens.append("".join(any_one if c == "?" else re.escape(spelled(c)) for c in piece))
    if crossing and tokens and isinstance(tokens[-1], _Star):
        tokens[-1] = _Star(crosses=True)
    return tokens


def _matcher(parts: Sequence[Sequence[str | _Star]]) -> Match:
    """Compile the parts of a pattern, joined by colons, to one anchored expression."""
    tokens: list[str | _Star] = []
    for at, part in enumerate(parts):
        if at:
            tokens.append(":")
        tokens += part
    chunks: list[tuple[str, list[str | _Star]]] = [("", [])]
    for token in tokens:
        if isinstance(token, _Star) and token.crosses:
            chunks.append((".", []))
        else:
            chunks[-1][1].append(token)
    matched = re.compile(_leftmost(chunks, _chunk), re.DOTALL).fullmatch
    return lambda text: matched(text) is not None


def _chunk(tokens: Sequence[str | _Star], *, anchored: bool) -> str:
    """Compile what stands between two stars that cross colons."""
    inner: list[tuple[str, list[str | _Star]]] = [("", [])]
    for token in tokens:
        if isinstance(token, _Star):
            inner.append(("[^:]", []))
        else:
            inner[-1][1].append(token)
    return _leftmost(inner, _plain, anchored=anchored)


def _plain(tokens: Sequence[str | _Star], *, anchored: bool) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _leftmost(
    chunks: Sequence[tuple[str, list[str | _Star]]],
    compile_one: Callable[..., str],
    *,
    anchored: bool = True,
) -> str:
    """Join chunks by stars: each found at its leftmost place and kept, the last at the end."""
    out: list[str] = []
    for at, (filler, tokens) in enumerate(chunks):
        last = at == len(chunks) - 1
        body = compile_one(tokens, anchored=last and anchored)
        if not filler:
            out.append(body)
        elif last and anchored:
            out.append(f"{filler}*{body}")
        else:
            out.append(f"(?>{filler}*?{body})")
    return "".join(out)


def has_variables(text: str) -> bool:
    """Whether *text* holds a policy variable (or a ``${*}``, which must be unwrapped, too)."""
    return _VARIABLE.search(text) is not None


def variables_in(text: str) -> frozenset[str]:
    """The lower-case names of the context keys that *text* reads through variables."""
    names = (_variable(match[1])[0] for match in _VARIABLE.finditer(text))
    return frozenset(name for name in names if name not in {"*", "?", "$"})


def _variable(inner: str) -> tuple[str, str | None]:
    """The lower-case key and the default (None: none) of what stands in ``${…}``."""
    with_default = _DEFAULT.fullmatch(inner)
    if with_default:
        return with_default[1].lower(), with_default[2]
    return inner.strip().lower(), None


def substitute(text: str, keys: Keys, *, literal: bool = True) -> str | None:
    """Put context keys' values for the variables in *text*.

    Args:
        text: A value or resource of a policy of version 2012-10-17.
        keys: The request's context keys.
        literal: Whether wildcards that arrive through a variable are plain characters.

    Returns:
        A pattern for the functions above; None where a variable without a default has no value,
        or has several.
    """
    unresolved = False

    def replacement(match: re.Match[str]) -> str:
        nonlocal unresolved
        name, default = _variable(match[1])
        if name in {"*", "?", "$"}:
            return name.translate(_LITERAL)
        value = keys.get(name)
        if not isinstance(value, str) or _STAR in value or _MARK in value:
            value = default
        if value is None:
            unresolved = True
            return ""
        return value.translate(_LITERAL) if literal else value

    replaced = _VARIABLE.sub(replacement, text)
    return None if unresolved else replaced
