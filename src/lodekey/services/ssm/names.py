"""Parameter names: hierarchies, selectors, ARNs.

Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
and https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html

``/name`` and ``name`` are one place ("not unique" in AWS's words) and have one ARN, so a place is
spelt with its leading slash here, whatever the request says.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lodekey.arn import Arn, is_arn
from lodekey.errors import AccessDeniedException, ValidationException
from lodekey.services.ssm.errors import HierarchyLevelLimitExceededException

MAX_LEVELS = 15
MAX_LENGTH = 1011
"""Characters of a name, with the ARN before it."""

REFERENCE = "/aws/reference/secretsmanager/"
PUBLIC = "/aws/service/"

_PLACE = re.compile(r"(?:/[a-zA-Z0-9_.-]+)+")
UNFIT = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can '
    "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
    "letters, numbers and the following 3 symbols .-_"
)
# The backslashes are in AWS's own text.
_UNFIT_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
    'with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" '
    "(case-insensitive). It must use only letters, numbers, or the following symbols: . (period), "
    "- (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, "
    'must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)


class Named(NamedTuple):
    """What a read names: a place, perhaps elsewhere, perhaps one version of it.

    `account` and `region` are empty where the request names its own.
    """

    place: str
    selector: str = ""
    account: str = ""
    region: str = ""


@lru_cache(maxsize=16_384)
def arn_of(region: str, account: str, place: str) -> str:
    """The ARN of a place: its leading slash is not written twice."""
    return f"arn:aws:ssm:{region}:{account}:parameter{place}"


@lru_cache(maxsize=8192)
def named(text: str) -> Named:
    """Read the name of a read: ``name``, ``name:3``, ``name:label``, or an ARN of either.

    Raises:
        ValidationException: It cannot be a parameter's name.
    """
    text = text.strip()
    account = region = ""
    if is_arn(text):
        arn = Arn.parse(text)
        if arn.service != "ssm" or not arn.resource.startswith("parameter/"):
            raise ValidationException(UNFIT)
        account, region, text = arn.account, arn.region, arn.resource.removeprefix("parameter")
        if not account:
            account, region = "", ""
    if text.startswith(REFERENCE):
        return Named(text, "", account, region)
    name, _, selector = text.partition(":")
    return Named(_place(name), selector, account, region)


def _place(name: str) -> str:
    place = name if name.startswith("/") else "/" + name
    if (
        not _PLACE.fullmatch(place)
        or place[1:4].lower() == "ssm"
        or (is_hierarchical(name) and place is not name)
    ):
        raise ValidationException(UNFIT)
    return place


@lru_cache(maxsize=8192)
def writable(text: str, prefix: int) -> str:
    """Read the name that a PutParameter gives; answers the place.

    Args:
        text: The name as sent.
        prefix: The length of the ARN before the name, which counts.

    Raises:
        ValidationException: It cannot be a parameter's name.
        AccessDeniedException: The name is Amazon's own.
        HierarchyLevelLimitExceededException: It is too deep.
    """
    name = text.strip()
    if name.lower().removeprefix("/").split("/")[0] == "aws":
        raise AccessDeniedException(f"No access to reserved parameter name: {name}.")
    if name.lower().removeprefix("/").startswith("aws"):
        raise ValidationException(
            'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'
        )
    if is_hierarchical(name) and not name.startswith("/"):
        raise ValidationException("Parameter name must be a fully qualified name.")
    place = _place(name)
    if place.count("/") > MAX_LEVELS:
        raise HierarchyLevelLimitExceededException(
            f"A hierarchy can have a maximum of {MAX_LEVELS} levels. For more information, see "
            "Requirements and constraints for parameter names in the AWS Systems Manager User "
            "Guide."
        )
    if prefix + len(place) - 1 > MAX_LENGTH:
        raise ValidationException(
            f"Parameter name: it cannot be longer than {MAX_LENGTH} characters, with those of the "
            "ARN that come before it."
        )
    return place


@lru_cache(maxsize=1024)
def path(text: str) -> str:
    """Read a path; answers what the places below it begin with: ``/a/`` for ``/a``.

    Raises:
        ValidationException: It cannot be a path.
    """
    text = text.strip()
    inner = text.removesuffix("/") or ""
    if text != "/" and (not _PLACE.fullmatch(inner) or inner[1:4].lower() in {"aws", "ssm"}):
        raise ValidationException(
            "Public parameters are not offered by this server."
            if text.startswith(PUBLIC[:-1])
            else _UNFIT_PATH
        )
    if inner.count("/") > MAX_LEVELS:
        raise ValidationException(_UNFIT_PATH)
    return inner + "/"


def is_hierarchical(name: str) -> bool:
    """Whether a name, as given, is part of a hierarchy."""
    return "/" in name
