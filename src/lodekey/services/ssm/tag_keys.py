"""Tags as context keys.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lodekey.errors import ValidationException
from lodekey.policy.ask import Keys, Value
from lodekey.services.ssm.parameters import Parameter, Place
from lodekey.services.ssm.shapes import Tag
from lodekey.system_tags import any_reserved


def tag_keys(ctx: Any, request: Any, resource: Any) -> Keys:
    """``ssm:resourceTag/NAME`` as all that an operation fills, on whatever it works."""
    return {f"ssm:resourcetag/{name.lower()}": value for name, value in resource.tags.items()}


def resource_tag_keys(resource: Parameter | Place) -> dict[str, Value]:
    """``ssm:resourceTag/NAME`` for each tag of a parameter."""
    return dict(tag_keys(None, None, resource))


def request_tag_keys(tags: Sequence[Tag]) -> dict[str, Value]:
    """``aws:RequestTag/NAME`` for each tag of a request, and ``aws:TagKeys``."""
    keys: dict[str, Value] = {f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags}
    names = tuple(tag["Key"] for tag in tags)
    if names:
        keys["aws:tagkeys"] = names
    return keys


def must_be_own_tags(names: Iterable[str]) -> None:
    """Check that a request leaves system tags alone.

    Raises:
        ValidationException: It does not.
    """
    if any_reserved(names):
        raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
