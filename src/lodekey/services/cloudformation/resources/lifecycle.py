"""A bucket's lifecycle rules: in the template's words, and in the API's, which differ.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
"""

from __future__ import annotations

from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused

_SAME = ("Status", "AbortIncompleteMultipartUpload")
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_TESTS = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
_TRANSITIONS = (
    "NoncurrentVersionTransition",
    "NoncurrentVersionTransitions",
    "Transition",
    "Transitions",
)
_OLD = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")
_KNOWN = {"Id", "TagFilters", *_SAME, *_EXPIRATION, *_TESTS, *_TRANSITIONS, *_OLD}


def request(deed: Deed, name: str) -> dict[str, Any]:
    """PutBucketLifecycleConfiguration's members.

    Raises:
        Refused: A rule asks for what is not there.
    """
    asked = dict(deed["LifecycleConfiguration"])
    rules = [_rule(each, number) for number, each in enumerate(asked.pop("Rules"))]
    size = asked.pop("TransitionDefaultMinimumObjectSize", None)
    if asked:
        raise Refused(f"#/LifecycleConfiguration: extraneous key [{min(asked)}] is not permitted")
    found: dict[str, Any] = {"Bucket": name, "LifecycleConfiguration": {"Rules": rules}}
    if size is not None:
        found["TransitionDefaultMinimumObjectSize"] = size
    return found


def _rule(asked: dict[str, Any], number: int) -> dict[str, Any]:
    for name in asked:
        if name not in _KNOWN:
            raise Refused(
                f"#/LifecycleConfiguration/Rules/{number}: extraneous key [{name}] is not permitted"
            )
        if name in _TRANSITIONS:
            raise Refused("Transitions between storage classes are not offered by this server")
    rule: dict[str, Any] = {name: asked[name] for name in _SAME if name in asked}
    rule["ID"] = asked.get("Id", f"rule-{number}")
    rule["Filter"] = _filter(asked)
    ends = {word: asked[name] for name, word in _EXPIRATION.items() if name in asked}
    if ends:
        rule["Expiration"] = ends
    if _OLD[0] in asked:
        rule[_OLD[0]] = asked[_OLD[0]]
    elif _OLD[1] in asked:
        rule[_OLD[0]] = {"NoncurrentDays": asked[_OLD[1]]}
    return rule


def _filter(asked: dict[str, Any]) -> dict[str, Any]:
    tests: dict[str, Any] = {name: asked[name] for name in _TESTS if name in asked}
    tags = asked.get("TagFilters") or []
    if not tests and not tags:
        return {"Prefix": ""}
    if len(tests) + len(tags) == 1:
        return tests or {"Tag": tags[0]}
    return {"And": {**tests, **({"Tags": tags} if tags else {})}}
