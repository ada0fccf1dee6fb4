r"""The model's regular expressions, which are Java's, as tests in Python.

AWS matches a whole value (`java.util.regex.Matcher.matches`), case-sensitively, with ``\w``, ``\d``
and ``\s`` meaning ASCII alone. A dot matches line ends too: documents of several lines are put
where the model says ``.+`` (SSM's resource policies).

Source: https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

LONGEST = 1 << 20
"""No pattern looks at a value longer than this; where a shape sets no limit, this one holds."""

# One private character stands for each category that the models name, so that a character class
# need not list the 140,000 letters of Unicode: a value is rewritten before it is matched.
_CATEGORIES = {
    "L": ("A-Za-z", "\ue000"),
    "N": ("0-9", "\ue001"),
    "Z": (" ", "\ue002"),
    "M": ("", "\ue003"),
    "P": ("!-#%-*,-/:;?@\\[-\\]_{}", "\ue004"),
    "S": ("$+<=>^`|~", "\ue005"),
}
_OTHER = "\ue006"
_PROPERTY = re.compile(r"\\p\{(?:Is)?([A-Z])\}")
_TOKEN = re.compile(
    r"""\\u(10000(?=-\\u10FFFF)|10FFFF|[0-9A-Fa-f]{4})   # a code point
      | \\[pP]\{\w+\}  # a property
      | \\.           # anything else escaped
      | \[\^? | \]    # what opens and closes a class
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=512)
def matcher(java: str) -> Callable[[str], object]:
    """A test of whole values against the pattern *java*; its result is true where they match.

    Raises:
        re.error: The pattern says what Python cannot; a test over all models excludes it.
    """
    fullmatch = re.compile(translate(java), re.ASCII | re.DOTALL).fullmatch
    if not _PROPERTY.search(java):
        return fullmatch

    def by_category(value: str) -> object:
        return fullmatch(value if value.isascii() else "".join(map(_representative, value)))

    return by_category


def translate(java: str) -> str:
    """The pattern *java* in Python's spelling."""
    inside = False
    out: list[str] = []
    position = 0
    for token in _TOKEN.finditer(java):
        out.append(java[position : token.start()])
        position = token.end()
        text = token[0]
        if token[1]:
            out.append(f"\\U{int(token[1], 16):08X}")
        elif text.startswith("\\p"):
            out.append(_property(text, inside=inside))
        elif text.startswith("["):
            out.append("\\[" if inside else text)
            inside = True
        elif text == "]":
            inside = False
            out.append(text)
        else:
            out.append(text)
    return "".join([*out, java[position:]])


def _property(text: str, *, inside: bool) -> str:
    found = _PROPERTY.fullmatch(text)
    if found is None or found[1] not in _CATEGORIES:
        raise re.error(f"no translation for {text}")
    members = "".join(_CATEGORIES[found[1]])
    return members if inside else f"[{members}]"


def _representative(character: str) -> str:
    if character < "\x80":
        return character
    return _CATEGORIES.get(unicodedata.category(character)[0], ("", _OTHER))[1]
