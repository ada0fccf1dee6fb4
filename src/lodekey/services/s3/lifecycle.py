"""Lifecycle rules: which objects, versions and uploads are to go, and when.

A day ends at midnight UTC: an object expires at the midnight that follows its age.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lodekey.services.s3.errors import InvalidArgument, InvalidRequest, MalformedXML, NotOffered
from lodekey.services.s3.objects import Version

DAY: Final = 86_400
MOST_RULES: Final = 1000
_ACTIONS = ("Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
_SCHEMA = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)


def must_be_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rules that cannot be, or that are not acted on here.

    Raises:
        ApiError: One is such.
    """
    if not 0 < len(rules) <= MOST_RULES:
        raise MalformedXML(_SCHEMA)
    names = [rule["ID"] for rule in rules if "ID" in rule]
    if len(names) != len(set(names)):
        raise InvalidArgument("Rule ID must be unique. Found same ID for one or more rules")
    for rule in rules:
        _must_be_rule(rule)


def _must_be_rule(rule: Mapping[str, Any]) -> None:
    if rule.get("Transitions") or rule.get("NoncurrentVersionTransitions"):
        raise NotOffered("Transitions are not offered by this server: it has one storage class.")
    if not any(rule.get(action) for action in _ACTIONS):
        raise InvalidRequest("At least one action needs to be specified in a rule")
    if ("Filter" in rule) == ("Prefix" in rule):
        raise MalformedXML(_SCHEMA)
    expiration = rule.get("Expiration") or {}
    if len(expiration) > 1:
        raise MalformedXML(_SCHEMA)
    date = expiration.get("Date")
    if date is not None and date % DAY:
        raise InvalidArgument("'Date' must be at midnight GMT")
    ages = [
        expiration.get("Days", 1),
        (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays", 1),
        (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation", 1),
    ]
    if any(age < 1 for age in ages):
        raise InvalidArgument("'Days' for Expiration action must be a positive integer")


def is_due(begin: float, days: int, now: float) -> bool:
    """Whether *days* have passed since *begin*, counted to midnight."""
    due = begin + days * DAY
    due += -due % DAY
    return now >= due


def expires(rule: Mapping[str, Any], version: Version, now: float) -> bool:
    """Whether a rule ends a current version."""
    expiration = rule.get("Expiration") or {}
    if "Days" in expiration:
        return is_due(version.modified, expiration["Days"], now)
    return "Date" in expiration and now >= expiration["Date"]


def covers(rule: Mapping[str, Any], key: str, version: Version | None) -> bool:
    """Whether a rule speaks of an object, or of an upload (which has no version)."""
    if rule["Status"] != "Enabled":
        return False
    said = rule.get("Filter") or {}
    tests = {**said, **(said.get("And") or {})}
    if not key.startswith(rule.get("Prefix") or tests.get("Prefix") or ""):
        return False
    wanted = [*tests.get("Tags", []), *([tests["Tag"]] if tests.get("Tag") else [])]
    above, below = tests.get("ObjectSizeGreaterThan"), tests.get("ObjectSizeLessThan")
    if version is None:
        return not wanted and above is None and below is None
    return (
        all(version.tags.get(tag["Key"]) == tag["Value"] for tag in wanted)
        and (above is None or version.size > above)
        and (below is None or version.size < below)
    )
