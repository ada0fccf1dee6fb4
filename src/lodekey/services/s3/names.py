"""What buckets and objects are called, in requests, in policies and in the store.

Sources:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from lodekey.services.s3.errors import InvalidArgument, InvalidBucketName, KeyTooLongError

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]", re.ASCII).fullmatch
_ADDRESS = re.compile(r"(?:\d+\.){3}\d+", re.ASCII).fullmatch
_RESERVED_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDINGS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_LONGEST_KEY = 1024
LAST: Final = "\U0010ffff"
"""Sorts after every character that a key may have."""
_ESCAPE: Final = re.compile("[\x00-\x02]")
_ESCAPED: Final = re.compile("\x02(.)")


def must_name_bucket(name: str) -> None:
    """Refuse what no bucket can be called.

    Raises:
        InvalidBucketName: *name* is that.
    """
    if (
        not _BUCKET(name)
        or _ADDRESS(name)
        or name.startswith(_RESERVED_BEGINNINGS)
        or name.endswith(_RESERVED_ENDINGS)
    ):
        raise InvalidBucketName("The specified bucket is not valid.", BucketName=name)


def must_name_object(key: str) -> None:
    """Refuse what no object can be called.

    Raises:
        KeyTooLongError: It is longer than 1,024 bytes.
        InvalidArgument: It has the one character that sorts after all others.
    """
    size = len(key.encode())
    if size > _LONGEST_KEY:
        raise KeyTooLongError(
            "Your key is too long", Size=str(size), MaxSizeAllowed=str(_LONGEST_KEY)
        )
    if LAST in key:
        raise InvalidArgument("Object key must not have the character U+10FFFF.")


def bucket_arn(bucket: str) -> str:
    """``arn:aws:s3:::bucket``."""
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    """``arn:aws:s3:::bucket/key``."""
    return f"arn:aws:s3:::{bucket}/{key}"


def stored(key: str) -> str:
    """*key* as a part of a record's name: in the same order, without the parts' separator."""
    return _ESCAPE.sub(lambda found: f"\x02{chr(0x30 + ord(found[0]))}", key)


def unstored(part: str) -> str:
    """The key that `stored` made *part* of."""
    return _ESCAPED.sub(lambda found: chr(ord(found[1]) - 0x30), part)


def url_encoded(key: str) -> str:
    """*key* as listings with ``encoding-type=url`` show it."""
    return quote(key, safe="/-_.*").replace("%20", "+")
