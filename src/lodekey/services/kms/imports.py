"""Importing key material: the token that links a wrapping key to a KMS key, and what comes in.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import msgspec

from lodekey.errors import ValidationException
from lodekey.services.kms.errors import (
    ExpiredImportTokenException,
    IncorrectKeyMaterialException,
    InvalidImportTokenException,
    KMSInvalidStateException,
)
from lodekey.services.kms.keys import Key, pending
from lodekey.services.kms.materials import CURRENT, PENDING, Material, material_id
from lodekey.store.port import Collection, Transaction

VALID_FOR: Final = 24 * 3600
"""Seconds that a wrapping key and its token may be used."""

NEW, EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"
LONGEST_VALIDITY: Final = 365 * 24 * 3600

_VERSION = b"\x01"


class WrappingKey(msgspec.Struct, frozen=True, kw_only=True):
    """The private half of a wrapping key, and what it was made for."""

    secret: bytes
    algorithm: str
    valid_to: float


WRAPPING_KEYS = Collection("kms/wrapping-key", WrappingKey)


def save(tx: Transaction, key: Key, wrapping: WrappingKey) -> bytes:
    """Keep a wrapping key for *key*, and forget those whose time is over; the import token."""
    place = (key.account, key.region, key.id)
    for parts, old in list(WRAPPING_KEYS.scan(tx, *place)):
        if old.valid_to <= wrapping.valid_to - VALID_FOR - 3600:
            WRAPPING_KEYS.delete(tx, *place, *parts)
    token = os.urandom(32)
    WRAPPING_KEYS.put(tx, *place, token.hex(), record=wrapping)
    return _VERSION + token


def wrapping_key(tx: Transaction, key: Key, token: bytes, now: float) -> WrappingKey:
    """The wrapping key that *token* belongs to.

    Raises:
        InvalidImportTokenException: It is no token, or one for another key.
        ExpiredImportTokenException: Its day is over.
    """
    found = None
    if token[:1] == _VERSION:
        found = WRAPPING_KEYS.get(tx, key.account, key.region, key.id, token[1:].hex())
    if found is None:
        raise InvalidImportTokenException
    if found.valid_to <= now:
        raise ExpiredImportTokenException
    return found


def forget_wrapping_keys(tx: Transaction, key: Key) -> None:
    """Forget all wrapping keys for *key*."""
    for parts, _ in list(WRAPPING_KEYS.scan(tx, key.account, key.region, key.id)):
        WRAPPING_KEYS.delete(tx, key.account, key.region, key.id, *parts)


class Import(NamedTuple):
    """Material that came in, and what was said of it."""

    secret: bytes
    expires: float | None
    type: str | None
    description: str | None
    material_id: str | None


def imported(key: Key, given: Import, now: float, *, lead: Key | None) -> tuple[Key, str]:
    """The key with the material that came in, and the material's id.

    Args:
        key: The key.
        given: What came in.
        now: When.
        lead: For a replica, its primary: a replica takes only what its primary has.

    Raises:
        IncorrectKeyMaterialException: It is not the material that it ought to be.
        KMSInvalidStateException: It is new, and other new material waits already.
    """
    its_id = material_id(given.secret, key.id)
    known = key.material(its_id)
    if given.material_id not in (None, its_id):
        raise IncorrectKeyMaterialException
    if known is None and lead is not None:
        known = _from_lead(lead, its_id)
        key = msgspec.structs.replace(key, materials=_in_order(key, lead, known))
    kind = given.type or (EXISTING if key.materials else NEW)
    if known is not None:
        if kind == NEW:
            raise IncorrectKeyMaterialException
        return _with(key, _renewed(known, given)), its_id
    if kind == EXISTING or (key.materials and not key.is_symmetric):
        raise IncorrectKeyMaterialException
    fresh = Material(
        id=its_id,
        secret=given.secret,
        since=now,
        state=PENDING if key.materials else CURRENT,
        imported=True,
        expires=given.expires,
        description=given.description,
    )
    waiting = pending(key)
    if waiting is not None and fresh.state == PENDING:
        if waiting.secret is not None:
            raise KMSInvalidStateException(f"{key.arn} has key material pending rotation already.")
        key = _without(key, waiting)
    return msgspec.structs.replace(key, materials=(*key.materials, fresh)), its_id


def to_be_imported(lead: Key) -> tuple[Material, ...]:
    """The primary's materials as a replica knows them: each has to be imported there as well."""
    return tuple(map(_without_secret, lead.materials))


def _without_secret(material: Material) -> Material:
    return msgspec.structs.replace(material, secret=None, expires=None)


def _from_lead(lead: Key, id: str) -> Material:
    """What the primary says of the material."""
    known = lead.material(id)
    if known is None:
        raise IncorrectKeyMaterialException
    return _without_secret(known)


def _in_order(key: Key, lead: Key, known: Material) -> tuple[Material, ...]:
    """A replica's materials in its primary's order, with one more."""
    mine = {material.id: material for material in (*key.materials, known)}
    return tuple(mine[material.id] for material in lead.materials if material.id in mine)


def _renewed(known: Material, given: Import) -> Material:
    description = known.description if given.description is None else given.description
    return msgspec.structs.replace(
        known, secret=given.secret, expires=given.expires, description=description
    )


def _with(key: Key, changed: Material) -> Key:
    materials = tuple(
        changed if material.id == changed.id else material for material in key.materials
    )
    return msgspec.structs.replace(key, materials=materials)


def _without(key: Key, gone: Material) -> Key:
    left = tuple(material for material in key.materials if material.id != gone.id)
    return msgspec.structs.replace(key, materials=left)


def deleted(key: Key, id: str | None) -> tuple[Key, str | None]:
    """The key without the secret of one material: of *id*, or of the current one.

    What waited for a rotation goes altogether; all else stays known, so that it can come back.
    """
    material = key.current if id is None else key.material(id)
    if material is None:
        if id is not None:
            raise ValidationException(f"{key.arn} has no key material {id}.")
        return key, None
    if material.state.startswith("PENDING"):
        return _without(key, material), material.id
    return _with(key, _without_secret(material)), material.id


def expired(key: Key, now: float) -> list[Material]:
    """The imported material whose time is over, and whose secret is still kept."""
    return [
        material
        for material in key.materials
        if material.secret is not None and not material.is_there(now)
    ]


def without_expired(key: Key, now: float) -> Key:
    """The key without the secrets of imported material whose time is over."""
    materials = tuple(
        material if material.is_there(now) else _without_secret(material)
        for material in key.materials
    )
    return msgspec.structs.replace(key, materials=materials)
