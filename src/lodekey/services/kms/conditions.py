"""KMS's own condition keys: what a policy may ask of a key and of a request.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from lodekey.gate.context import Context
from lodekey.policy.ask import Keys, Value
from lodekey.services.kms.grants import CONTEXT
from lodekey.services.kms.named_keys import NamedKey

Request = TypeVar("Request")


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _truth(value: bool) -> str:  # noqa: FBT001 - a value, not a switch
    return "true" if value else "false"


_OF_REQUEST: Final[dict[str, tuple[str, Callable[[Any], Value]]]] = {
    "EncryptionAlgorithm": ("kms:encryptionalgorithm", str),
    "SigningAlgorithm": ("kms:signingalgorithm", str),
    "MacAlgorithm": ("kms:macalgorithm", str),
    "KeyAgreementAlgorithm": ("kms:keyagreementalgorithm", str),
    "EncapsulationAlgorithm": ("kms:encapsulationalgorithm", str),
    "MessageType": ("kms:messagetype", str),
    "KeyPairSpec": ("kms:datakeypairspec", str),
    "PendingWindowInDays": ("kms:schedulekeydeletionpendingwindowindays", str),
    "RotationPeriodInDays": ("kms:rotationperiodindays", str),
    "WrappingAlgorithm": ("kms:wrappingalgorithm", str),
    "WrappingKeySpec": ("kms:wrappingkeyspec", str),
    "ExpirationModel": ("kms:expirationmodel", str),
    "ValidTo": ("kms:validto", _moment),
    "PolicyName": ("kms:policyname", str),
    "ReplicaRegion": ("kms:replicaregion", str),
    "PrimaryRegion": ("kms:primaryregion", str),
    "BypassPolicyLockoutSafetyCheck": ("kms:bypasspolicylockoutsafetycheck", _truth),
    "GranteePrincipal": ("kms:granteeprincipal", str),
    "RetiringPrincipal": ("kms:retiringprincipal", str),
    "GranteeServicePrincipal": ("kms:granteeserviceprincipal", str),
    "RetiringServicePrincipal": ("kms:retiringserviceprincipal", str),
    "Operations": ("kms:grantoperations", tuple),
    "TagKeys": ("aws:tagkeys", tuple),
}
"""The condition key for each member of a request that has one; absent unless sent."""


def of_key(named: NamedKey) -> dict[str, Value]:
    """What the key itself answers."""
    key = named.key
    keys: dict[str, Value] = {
        "kms:keyorigin": key.origin,
        "kms:keyspec": key.spec,
        "kms:keyusage": key.usage,
        "kms:customermasterkeyspec": key.spec,
        "kms:customermasterkeyusage": key.usage,
        "kms:multiregion": _truth(key.multi_region),
    }
    if named.family is not None:
        keys["kms:multiregionkeytype"] = named.family.role_of(key.region)
    if named.aliases:
        keys["kms:resourcealiases"] = named.aliases
    if named.alias:
        keys["kms:requestalias"] = named.alias
    return keys


def of_request(request: Request) -> dict[str, Value]:
    """What the request's members answer."""
    members = cast("Mapping[str, Any]", request)
    keys: dict[str, Value] = {}
    for member, value in members.items():
        if member in _OF_REQUEST:
            name, word = _OF_REQUEST[member]
            keys[name] = word(value)
    if tags := members.get("Tags"):
        keys["aws:tagkeys"] = tuple(tag["TagKey"] for tag in tags)
        for tag in tags:
            keys[f"aws:requesttag/{tag['TagKey'].lower()}"] = tag["TagValue"]
    return keys


def of_context(context: Mapping[str, str]) -> dict[str, Value]:
    """What an encryption context answers."""
    keys: dict[str, Value] = {CONTEXT + name.lower(): value for name, value in context.items()}
    if context:
        keys["kms:encryptioncontextkeys"] = tuple(context)
    return keys


def keys(ctx: Context, request: Request, on: object) -> Keys:
    """All condition keys of an operation on a key, or on an alias and its keys."""
    found = of_request(request)
    if isinstance(on, NamedKey):
        found.update(of_key(on))
    return found


def with_context(ctx: Context, request: Request, on: object) -> Keys:
    """The same for operations with an encryption context; the algorithm has a default there."""
    context = cast("Mapping[str, Any]", request).get("EncryptionContext", {})
    return {
        "kms:encryptionalgorithm": "SYMMETRIC_DEFAULT",
        **keys(ctx, request, on),
        **of_context(context),
    }
