"""Values spelt as text: in forms, query strings, headers, paths and XML."""

from __future__ import annotations

import binascii
import datetime as dt
import math
import re
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from lodekey.wire.json_protocol import iso8601, seconds
from lodekey.wire.shapes import Decode, Dialect, Misfit

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}").fullmatch
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?").fullmatch
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False}


def _integer(low: int, high: int) -> Decode:
    def integer(value: Any) -> int:
        if type(value) is str and _INTEGER(value) and low <= int(value) <= high:
            return int(value)
        raise Misfit

    return integer


def _number(value: Any) -> float:
    if type(value) is str and len(value) < 400 and _NUMBER(value):
        number = float(value)
        if math.isfinite(number):
            return number
    raise Misfit


def _boolean(value: Any) -> bool:
    try:
        return _BOOLEANS[value]
    except (KeyError, TypeError):
        raise Misfit from None


def _blob(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except (TypeError, ValueError):
        raise Misfit from None


def _rfc822(value: Any) -> float:
    try:
        return seconds(parsedate_to_datetime(value).timestamp())
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise Misfit from None


def _unix(value: Any) -> float:
    return seconds(_number(value))


def _timestamp(form: str) -> Decode:
    read = {"rfc822": _rfc822, "unixTimestamp": _unix}.get(form, iso8601)
    # A time in a header is read where the header is, which knows the form that headers have.
    return lambda value: value if type(value) is float else read(value)


DIALECT = Dialect(
    name="text",
    integer=_integer(-(1 << 31), (1 << 31) - 1),
    long=_integer(-(1 << 63), (1 << 63) - 1),
    number=_number,
    boolean=_boolean,
    blob=_blob,
    timestamp=_timestamp,
)


def iso(value: float, *, milliseconds: bool = False) -> str:
    """Seconds since the epoch as ``2026-11-24T23:15:00Z``; with a fraction where there is one."""
    moment = dt.datetime.fromtimestamp(round(value, 3), dt.UTC)
    if moment.microsecond or milliseconds:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def http_date(value: float) -> str:
    """Seconds since the epoch as ``Tue, 24 Nov 2026 23:15:00 GMT``."""
    return format_datetime(dt.datetime.fromtimestamp(int(value), dt.UTC), usegmt=True)


def spelt(value: Any) -> str:
    """A number, boolean or text as text."""
    if value is True or value is False:
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
