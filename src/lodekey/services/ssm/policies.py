"""Parameter policies: when a parameter ends, and when somebody is told.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html

A policy that has not fallen due stands in an index by its time, so that the job that carries them
out reads those that are due and no others.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from lodekey.errors import ValidationException
from lodekey.services.ssm.errors import (
    IncompatiblePolicyException,
    InvalidPolicyAttributeException,
    InvalidPolicyTypeException,
    PoliciesLimitExceededException,
)
from lodekey.services.ssm.parameters import Parameter, Policy, Version
from lodekey.services.ssm.shapes import ParameterInlinePolicy
from lodekey.store.port import Collection, Transaction

MAX_POLICIES = 10

EXPIRATION = "Expiration"
EXPIRATION_NOTIFICATION = "ExpirationNotification"
NO_CHANGE_NOTIFICATION = "NoChangeNotification"

_UNIT = {"days": 86400.0, "hours": 3600.0}


class Due(msgspec.Struct, frozen=True):
    """That a policy of a parameter falls due."""

    account: str
    region: str
    place: str


DUE = Collection("ssm/due", Due)


def read(text: str, modified: float) -> tuple[Policy, ...]:
    """Read the policies of a PutParameter.

    Args:
        text: A JSON array; ``[]`` and ``[{}]`` mean none.
        modified: When the version is made; what NoChangeNotification counts from.

    Raises:
        ValidationException: It is no JSON array of objects.
        PoliciesLimitExceededException: There are more than ten.
        InvalidPolicyTypeException: One has an unknown type.
        InvalidPolicyAttributeException: One lacks an attribute or has a wrong one.
        IncompatiblePolicyException: Two end the parameter, or one tells of an end that never comes.
    """
    policies = [one for one in _array(text) if one]
    if len(policies) > MAX_POLICIES:
        raise PoliciesLimitExceededException(
            "You specified more than the maximum number of allowed policies for the parameter. "
            f"The maximum is {MAX_POLICIES}."
        )
    ends = [_end(one) for one in policies if _type(one) == EXPIRATION]
    if len(ends) > 1:
        raise IncompatiblePolicyException(
            "There is a conflict in the policies specified for this parameter. You can't, for "
            "example, specify two Expiration policies for a parameter. Review your policies, and "
            "try again."
        )
    if not ends and any(_type(one) == EXPIRATION_NOTIFICATION for one in policies):
        raise IncompatiblePolicyException(
            "An ExpirationNotification policy needs an Expiration policy."
        )
    end = ends[0] if ends else 0.0
    return tuple(
        Policy(
            type=_type(one),
            text=json.dumps(one, separators=(",", ":")),
            due=_due(one, end, modified),
        )
        for one in policies
    )


def _array(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationException("Invalid policies input: it is not JSON.") from error
    if found == {}:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValidationException("Invalid policies input: it must be a JSON array of objects.")
    return found


def _type(policy: dict[str, Any]) -> str:
    type_ = policy.get("Type")
    if type_ not in {EXPIRATION, EXPIRATION_NOTIFICATION, NO_CHANGE_NOTIFICATION}:
        raise InvalidPolicyTypeException(
            "The policy type isn't supported. Parameter Store supports the following policy "
            "types: Expiration, ExpirationNotification, and NoChangeNotification."
        )
    if policy.get("Version") != "1.0":
        raise InvalidPolicyAttributeException(f"The policy {type_} must have the Version 1.0.")
    return str(type_)


def _attribute(policy: dict[str, Any], name: str) -> str:
    attributes = policy.get("Attributes")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    if not isinstance(value, str) or not value:
        raise InvalidPolicyAttributeException(
            f"The policy {policy['Type']} must have the attribute {name}."
        )
    return value


def _end(policy: dict[str, Any]) -> float:
    text = _attribute(policy, "Timestamp")
    try:
        moment = dt.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidPolicyAttributeException(
            f"The Timestamp of the policy {EXPIRATION} is not an ISO 8601 time: {text}"
        ) from error


def _span(policy: dict[str, Any], name: str) -> float:
    count, unit = _attribute(policy, name), _UNIT.get(_attribute(policy, "Unit").lower())
    if (
        unit is None
        or not count.isascii()
        or not count.isdigit()
        or not 0 < int(count[:6]) < 100_000
    ):
        raise InvalidPolicyAttributeException(
            f"The policy {policy['Type']} must have a whole number as {name} and Days or Hours as "
            "Unit."
        )
    return int(count) * unit


def _due(policy: dict[str, Any], end: float, modified: float) -> float:
    if policy["Type"] == EXPIRATION:
        return end
    if policy["Type"] == EXPIRATION_NOTIFICATION:
        return end - _span(policy, "Before")
    return modified + _span(policy, "After")


def carried_on(policies: tuple[Policy, ...], modified: float) -> tuple[Policy, ...]:
    """The policies that a new version keeps: a change starts NoChangeNotification anew."""
    return tuple(
        msgspec.structs.replace(
            one, due=modified + _span(json.loads(one.text), "After"), done=False
        )
        if one.type == NO_CHANGE_NOTIFICATION
        else one
        for one in policies
    )


def shown(version: Version) -> list[ParameterInlinePolicy]:
    """A version's policies as DescribeParameters shows them."""
    return [
        {
            "PolicyText": one.text,
            "PolicyType": one.type,
            "PolicyStatus": "Finished" if one.done else "Pending",
        }
        for one in version.policies
    ]


def schedule(tx: Transaction, old: Parameter | None, new: Parameter | None) -> None:
    """Bring the index of what falls due in line with a parameter's change."""
    before, after = set(_names(old)), set(_names(new))
    for name in before - after:
        DUE.delete(tx, *name)
    if new is not None:
        for name in after - before:
            DUE.put(tx, *name, record=Due(new.account, new.region, new.place))


def _names(parameter: Parameter | None) -> Iterator[tuple[str, ...]]:
    if parameter is not None:
        for one in parameter.newest.policies:
            if not one.done:
                moment = f"{max(one.due, 0):018.3f}"
                yield moment, parameter.account, parameter.region, parameter.place


def due(tx: Transaction, now: float, limit: int) -> list[Due]:
    """The parameters with a policy that has fallen due, the earliest first."""
    found = []
    for (moment, *_), record in DUE.scan(tx, limit=limit):
        if float(moment) > now:
            break
        found.append(record)
    return list(dict.fromkeys(found))
