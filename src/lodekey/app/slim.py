"""JSON and HMAC without the modules that are slow to import, for commands of a few milliseconds.

`json` brings `re` and `enum`, `hashlib` brings OpenSSL: together they take longer than the whole of
``lodekey account create``. The same code in C is underneath; where an interpreter has it not, the
usual modules are taken.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself takes five milliseconds to import
if TYPE_CHECKING:
    from typing import Any

try:
    from _json import make_scanner
except ImportError:
    make_scanner = None  # type: ignore[assignment, misc]
try:
    from _sha256 import sha256  # type: ignore[import-not-found]
except ImportError:
    try:
        from _sha2 import sha256  # type: ignore[import-not-found]
    except ImportError:  # pragma: no cover - another interpreter
        from hashlib import sha256

_BLOCK = 64
"""Bytes of one block of SHA-256."""


class _Usual:
    """What `json.loads` asks of its scanner by default."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own


def loads(text: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ValueError: It is none.
    """
    stripped = text.strip(" \t\r\n")
    try:
        found, end = make_scanner(_Usual)(stripped, 0)  # type: ignore[arg-type]
    except StopIteration:
        raise ValueError("not JSON") from None
    except (TypeError, AttributeError):  # there is none, or one that asks for more
        import json  # noqa: PLC0415 - slow to import

        found, end = json.loads(stripped), len(stripped)
    if end != len(stripped):
        raise ValueError("more than JSON")
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - as any other text that is none
    return found


def dumps(members: dict[str, Any]) -> str:
    """A JSON object; without `json` where it holds nothing but plain ASCII."""
    if all(type(each) is str and _is_plain(each) for pair in members.items() for each in pair):
        return "{" + ", ".join(f'"{name}": "{text}"' for name, text in members.items()) + "}"
    import json  # noqa: PLC0415 - slow to import

    return json.dumps(members)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def hexdigest(octets: bytes) -> str:
    """The SHA-256 of *octets*, in hexadecimal."""
    return str(sha256(octets).hexdigest())


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256.

    https://www.rfc-editor.org/rfc/rfc2104
    """
    padded = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner = sha256(bytes(each ^ 0x36 for each in padded) + message).digest()
    outer: bytes = sha256(bytes(each ^ 0x5C for each in padded) + inner).digest()
    return outer
