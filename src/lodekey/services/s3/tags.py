"""Tags of buckets and objects.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from lodekey.services.s3.errors import InvalidArgument, InvalidTag
from lodekey.services.s3.shapes import Tag
from lodekey.system_tags import any_reserved

ON_OBJECT: Final = 10
ON_BUCKET: Final = 50
_LONGEST_KEY, _LONGEST_VALUE = 128, 256


def of_set(tags: Sequence[Tag], most: int) -> dict[str, str]:
    """Tags by key.

    Raises:
        InvalidTag: They are too many, or one cannot be.
    """
    return _checked([(tag["Key"], tag["Value"]) for tag in tags], most)


def of_header(text: str | None) -> dict[str, str]:
    """The tags of an ``x-amz-tagging`` header, which is a query string.

    Raises:
        InvalidArgument: It is none.
        InvalidTag: They are too many, or one cannot be.
    """
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            "parameters without tag name duplicates.",
            ArgumentName="x-amz-tagging",
            ArgumentValue=text,
        ) from None
    return _checked(pairs, ON_OBJECT)


def shown(tags: Mapping[str, str]) -> list[Tag]:
    """Tags as answers list them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _checked(pairs: Sequence[tuple[str, str]], most: int) -> dict[str, str]:
    if len(pairs) > most:
        told = "Object tags cannot be greater than 10" if most == ON_OBJECT else _TOO_MANY
        raise InvalidTag(told)
    found: dict[str, str] = {}
    for key, value in pairs:
        if not 0 < len(key) <= _LONGEST_KEY:
            raise InvalidTag("The TagKey you have provided is invalid", TagKey=key)
        if len(value) > _LONGEST_VALUE:
            raise InvalidTag(
                "The TagValue you have provided is invalid", TagKey=key, TagValue=value
            )
        if key in found:
            raise InvalidTag("Cannot provide multiple Tags with the same key", TagKey=key)
        if any_reserved([key]):
            raise InvalidTag("System tags cannot be added/updated by requester", TagKey=key)
        found[key] = value
    return found


_TOO_MANY = "Bucket tag count cannot be greater than 50"


def request_keys(tags: Mapping[str, str]) -> dict[str, Any]:
    """The context keys of tags that a request brings."""
    keys: dict[str, Any] = {
        f"s3:requestobjecttag/{key.lower()}": value for key, value in tags.items()
    }
    if tags:
        keys["s3:requestobjecttagkeys"] = tuple(tags)
    return keys
