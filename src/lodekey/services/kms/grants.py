"""Grants: permissions beside the key policy, for one key, one principal and some operations.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from lodekey.policy.ask import Grant as PolicyGrant
from lodekey.policy.ask import Keys
from lodekey.services.kms.errors import InvalidGrantIdException
from lodekey.store.port import Collection, Transaction

CONTEXT = "kms:encryptioncontext:"

# Ours alone, and in no policy: what constraint a new grant is to have, for a grant of CreateGrant.
WANTED: Final = "lodekey:grantconstraints"

# The operations that an encryption context can be given to.
WITH_CONTEXT: Final = frozenset(
    {
        "Encrypt",
        "Decrypt",
        "ReEncryptFrom",
        "ReEncryptTo",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
    }
)

OPERATIONS: Final[dict[str, frozenset[str]]] = {
    "symmetric": WITH_CONTEXT | {"CreateGrant", "RetireGrant", "DescribeKey"},
    "ENCRYPT_DECRYPT": frozenset({"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"}),
    "SIGN_VERIFY": frozenset({"Sign", "Verify"}),
    "GENERATE_VERIFY_MAC": frozenset({"GenerateMac", "VerifyMac"}),
    "KEY_AGREEMENT": frozenset({"DeriveSharedSecret"}),
    "ENCAPSULATE_DECAPSULATE": frozenset({"Encapsulate", "Decapsulate"}),
}
_ALWAYS: Final = frozenset({"CreateGrant", "RetireGrant", "DescribeKey"})


class Constraints(msgspec.Struct, frozen=True, kw_only=True):
    """What a request must be like for a grant to count; None and empty: anything."""

    equals: dict[str, str] | None = None
    subset: dict[str, str] | None = None
    source_arn: str = ""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant.

    Args:
        id: 64 hexadecimal digits.
        grantee: The principal's ARN, or its unique id where it is a user or role; a service's name
            where *grantee_is_service*.
        retiring: Likewise; empty: none.
        issuer: The account of whoever created it.
    """

    id: str
    account: str
    region: str
    key_id: str
    grantee: str
    operations: tuple[str, ...]
    created: float
    issuer: str
    retiring: str = ""
    grantee_is_service: bool = False
    retiring_is_service: bool = False
    name: str = ""
    constraints: Constraints = Constraints()


GRANTS = Collection("kms/grant", Grant)


class Place(msgspec.Struct, frozen=True):
    """Where a grant is: found by who may retire it."""

    account: str
    region: str
    key_id: str


RETIRABLE = Collection("kms/retirable", Place)


def operations_for(key_type: str, usage: str) -> frozenset[str]:
    """The operations that a grant on such a key may hold."""
    if key_type == "symmetric":
        return OPERATIONS["symmetric"]
    public = frozenset({"GetPublicKey"}) if key_type == "asymmetric" else frozenset()
    return OPERATIONS[usage] | _ALWAYS | public


def save(tx: Transaction, grant: Grant) -> None:
    """Write a grant, and where it can be found."""
    place = Place(grant.account, grant.region, grant.key_id)
    GRANTS.put(tx, grant.account, grant.region, grant.key_id, grant.id, record=grant)
    if grant.retiring:
        RETIRABLE.put(tx, grant.retiring, grant.region, grant.id, record=place)


def delete(tx: Transaction, grant: Grant) -> None:
    """Forget a grant."""
    GRANTS.delete(tx, grant.account, grant.region, grant.key_id, grant.id)
    if grant.retiring:
        RETIRABLE.delete(tx, grant.retiring, grant.region, grant.id)


def grants_on(tx: Transaction, account: str, region: str, key_id: str) -> Iterator[Grant]:
    """All grants on a key."""
    for _, grant in GRANTS.scan(tx, account, region, key_id):
        yield grant


def for_policy(grant: Grant) -> Iterator[PolicyGrant]:
    """The grant as the decision reads it.

    An encryption context constraint says nothing of operations without a context, so one grant
    becomes up to three: with a context, without, and CreateGrant, which hands on no more than it
    has.
    """
    operations = frozenset(grant.operations)
    parts: list[tuple[frozenset[str], Callable[[Keys], bool]]] = [
        (operations & WITH_CONTEXT, _holds_with_context(grant.constraints)),
        (operations & {"CreateGrant"}, _holds_for_handing_on(grant)),
        (operations & {"RetireGrant"}, lambda _: True),
        (
            operations - WITH_CONTEXT - {"CreateGrant", "RetireGrant"},
            lambda keys: _from_source(grant.constraints, keys),
        ),
    ]
    for some, holds in parts:
        if some:
            yield PolicyGrant(
                name=grant.id,
                grantees=frozenset({grant.grantee}),
                actions=frozenset(f"kms:{operation.lower()}" for operation in some),
                holds=holds,
            )


def _from_source(constraints: Constraints, keys: Keys) -> bool:
    return not constraints.source_arn or keys.get("aws:sourcearn") == constraints.source_arn


def _holds_with_context(constraints: Constraints) -> Callable[[Keys], bool]:
    def holds(keys: Keys) -> bool:
        if not _from_source(constraints, keys):
            return False
        given = {
            name[len(CONTEXT) :]: value
            for name, value in keys.items()
            if name.startswith(CONTEXT) and isinstance(value, str)
        }
        if constraints.equals is not None and given != _folded(constraints.equals):
            return False
        return constraints.subset is None or _folded(constraints.subset).items() <= given.items()

    return holds


def _folded(pairs: Mapping[str, str]) -> dict[str, str]:
    """Pairs with their names folded: a constraint's "keys are case-insensitive", values are not."""
    return {name.lower(): value for name, value in pairs.items()}


def _holds_for_handing_on(grant: Grant) -> Callable[[Keys], bool]:
    def holds(keys: Keys) -> bool:
        if not _from_source(grant.constraints, keys):
            return False
        wanted = keys.get("kms:grantoperations", ())
        if not frozenset(wanted) <= frozenset(grant.operations):
            return False
        constraint = keys.get(WANTED, "")
        return isinstance(constraint, str) and _is_as_strict(
            msgspec.json.decode(constraint or "{}", type=Constraints), grant.constraints
        )

    return holds


def wanted(constraints: Constraints) -> str:
    """The value of the key `WANTED`."""
    return msgspec.json.encode(constraints).decode()


def _is_as_strict(new: Constraints, old: Constraints) -> bool:
    """Whether whatever satisfies *new* satisfies *old* too."""
    if old.source_arn and new.source_arn != old.source_arn:
        return False
    if old.equals is not None and (
        new.equals is None or _folded(new.equals) != _folded(old.equals)
    ):
        return False
    if old.subset is None:
        return True
    least = {**_folded(new.subset or {}), **_folded(new.equals or {})}
    return _folded(old.subset).items() <= least.items()


def is_same(one: Grant, other: Grant) -> bool:
    """Whether two grants say the same of the same; neither their ids nor their times count."""
    return msgspec.structs.replace(one, id="", created=0.0) == msgspec.structs.replace(
        other, id="", created=0.0
    )


def must_be_id(grant_id: str) -> None:
    """Raise `InvalidGrantIdException` unless the text is a grant's id: 64 hexadecimal digits."""
    if len(grant_id) != 64 or not set(grant_id) <= set("0123456789abcdef"):
        raise InvalidGrantIdException(f"Invalid grant ID {grant_id}")
