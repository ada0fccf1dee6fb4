"""GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial."""

from __future__ import annotations

from lodekey.crypto import key_pairs, wrapping
from lodekey.crypto.kdf import BadCiphertext
from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.kms import conditions, imports, materials, specs
from lodekey.services.kms.errors import (
    InvalidCiphertextException,
    UnsupportedOperationException,
)
from lodekey.services.kms.finding import own_key
from lodekey.services.kms.imports import Import, WrappingKey
from lodekey.services.kms.keeping import keep
from lodekey.services.kms.keys import KEYS, Key
from lodekey.services.kms.named_keys import NamedKey
from lodekey.services.kms.shapes import (
    DeleteImportedKeyMaterialRequest,
    DeleteImportedKeyMaterialResponse,
    GetParametersForImportRequest,
    GetParametersForImportResponse,
    ImportKeyMaterialRequest,
    ImportKeyMaterialResponse,
)

_EXPIRES, _STAYS = "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"
_FOR_SYMMETRIC = ("ImportType", "KeyMaterialDescription", "KeyMaterialId")


def must_be_imported(key: Key) -> None:
    """Raise `UnsupportedOperationException` unless the key's material comes from outside."""
    if key.origin != "EXTERNAL":
        raise UnsupportedOperationException(
            f"{key.arn} origin is {key.origin} which is not valid for this operation."
        )


def make_wrapping_key(request: GetParametersForImportRequest) -> bytes:
    """Make the wrapping key before the transaction: RSA takes its time."""
    spec = request["WrappingKeySpec"]
    return key_pairs.generate(spec) if spec in key_pairs.RSA_BITS else b""


@operation(
    "kms:GetParametersForImport",
    on=own_key,
    keys=conditions.keys,
    writes=True,
    prepare=make_wrapping_key,
)
def get_parameters_for_import(
    ctx: Context, request: GetParametersForImportRequest, on: NamedKey
) -> GetParametersForImportResponse:
    """Give out a public key to wrap key material with, and the token that goes with it."""
    key, algorithm = on.key, request["WrappingAlgorithm"]
    must_be_imported(key)
    key.must_allow("GetParametersForImport", ctx.now)
    specs.must_be_served(request["WrappingKeySpec"])
    _must_wrap(key, algorithm, request["WrappingKeySpec"])
    secret = ctx.prepared or make_wrapping_key(request)
    valid_to = ctx.now + imports.VALID_FOR
    made = WrappingKey(secret=secret, algorithm=algorithm, valid_to=valid_to)
    return {
        "KeyId": key.arn,
        "ImportToken": imports.save(ctx.tx, key, made),
        "PublicKey": key_pairs.public_der(secret),
        "ParametersValidTo": valid_to,
    }


def _must_wrap(key: Key, algorithm: str, wrapping_spec: str) -> None:
    """Check that the wrapping algorithm can carry the key's material."""
    if algorithm not in wrapping.ALGORITHMS:
        # "As of October 10, 2023, KMS does not support the RSAES_PKCS1_V1_5 wrapping algorithm."
        raise UnsupportedOperationException(f"The wrapping algorithm {algorithm} is not supported.")
    direct = wrapping.ALGORITHMS[algorithm] == algorithm
    too_long = key.spec in key_pairs.RSA_BITS or (
        key.spec == "ECC_NIST_P521" and wrapping_spec == "RSA_2048"
    )
    if direct and too_long:
        raise ValidationException(
            f"The wrapping algorithm {algorithm} with the wrapping key spec {wrapping_spec} is not"
            f" compatible with the key spec {key.spec}."
        )


@operation("kms:ImportKeyMaterial", on=own_key, keys=conditions.keys, writes=True)
def import_key_material(
    ctx: Context, request: ImportKeyMaterialRequest, on: NamedKey
) -> ImportKeyMaterialResponse:
    """Take key material in, for the first time or again."""
    key = on.key
    must_be_imported(key)
    key.must_allow("ImportKeyMaterial", ctx.now)
    _must_suit(key, request)
    expires = _expiry(request, ctx.now)
    wrapping_key = imports.wrapping_key(ctx.tx, key, request["ImportToken"], ctx.now)
    try:
        unwrapped = wrapping.unwrap(
            wrapping_key.secret, wrapping_key.algorithm, request["EncryptedKeyMaterial"]
        )
    except BadCiphertext:
        raise InvalidCiphertextException from None
    given = Import(
        secret=materials.checked(unwrapped, key.spec),
        expires=expires,
        type=request.get("ImportType"),
        description=request.get("KeyMaterialDescription"),
        material_id=request.get("KeyMaterialId"),
    )
    after, material_id = imports.imported(key, given, ctx.now, lead=_lead(ctx, on))
    keep(ctx.tx, after)
    if not key.is_symmetric:
        return {"KeyId": key.arn}
    return {"KeyId": key.arn, "KeyMaterialId": material_id}


def _lead(ctx: Context, on: NamedKey) -> Key | None:
    """A replica's primary."""
    if on.family is None or on.family.primary == on.key.region:
        return None
    return KEYS.get(ctx.tx, on.key.account, on.family.primary, on.key.id)


def _must_suit(key: Key, request: ImportKeyMaterialRequest) -> None:
    """Check the members that only symmetric encryption keys take, and that agree."""
    if not key.is_symmetric and any(member in request for member in _FOR_SYMMETRIC):
        raise ValidationException(
            f"{', '.join(_FOR_SYMMETRIC)} can only be used with symmetric encryption keys."
        )
    if request.get("ImportType") == imports.NEW and "KeyMaterialId" in request:
        raise ValidationException(
            "You cannot specify a KeyMaterialId when the ImportType is NEW_KEY_MATERIAL."
        )


def _expiry(request: ImportKeyMaterialRequest, now: float) -> float | None:
    """When the material is to be forgotten; None: never."""
    valid_to = request.get("ValidTo")
    if request.get("ExpirationModel", _EXPIRES) == _STAYS:
        if valid_to is not None:
            raise ValidationException(f"ValidTo must not be set when ExpirationModel is {_STAYS}.")
        return None
    if valid_to is None:
        raise ValidationException(f"ValidTo must be set when ExpirationModel is {_EXPIRES}.")
    if not now < valid_to <= now + imports.LONGEST_VALIDITY:
        raise ValidationException(
            "ValidTo must be in the future and at most 365 days from the request."
        )
    return valid_to


@operation("kms:DeleteImportedKeyMaterial", on=own_key, keys=conditions.keys, writes=True)
def delete_imported_key_material(
    ctx: Context, request: DeleteImportedKeyMaterialRequest, on: NamedKey
) -> DeleteImportedKeyMaterialResponse:
    """Forget imported material; the key waits until the same is imported again."""
    must_be_imported(on.key)
    on.key.must_allow("DeleteImportedKeyMaterial", ctx.now)
    after, material_id = imports.deleted(on.key, request.get("KeyMaterialId"))
    keep(ctx.tx, after)
    ctx.later(key_pairs.forget_loaded)
    if material_id is None or not on.key.is_symmetric:
        return {"KeyId": on.arn}
    return {"KeyId": on.arn, "KeyMaterialId": material_id}
