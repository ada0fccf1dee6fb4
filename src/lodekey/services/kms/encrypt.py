"""Encrypt and Decrypt: small values under a KMS key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lodekey.crypto import public_key_ciphers
from lodekey.crypto.kdf import BadCiphertext
from lodekey.errors import AccessDeniedException, Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import ciphertext, conditions, symmetric
from lodekey.services.kms.errors import IncorrectKeyException, InvalidCiphertextException
from lodekey.services.kms.finding import (
    key_named,
    must_have_no_recipient,
    must_not_be_dry,
)
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.keys import Key, key_arn
from lodekey.services.kms.named_keys import NamedKey, find_key, key_in
from lodekey.services.kms.refusals import BY_CIPHERTEXT, NOT_IN_CIPHERTEXT
from lodekey.services.kms.shapes import (
    DecryptRequest,
    DecryptResponse,
    EncryptRequest,
    EncryptResponse,
)
from lodekey.services.kms.usage import note_use

SYMMETRIC = "SYMMETRIC_DEFAULT"


class Source(NamedTuple):
    """What Decrypt and ReEncrypt are given to open: the same members by different names."""

    blob: bytes | None
    key_id: str | None
    algorithm: str
    context: Mapping[str, str]


def key_of(ctx: Context, source: Source, request: Mapping[str, Any]) -> NamedKey:
    """The key that opens *source*: the one that is named, or the one that the blob names.

    Raises:
        ValidationException: Neither is.
        InvalidCiphertextException: No key is named, and the blob is none.
    """
    if source.blob is None and not _ignores_ciphertext(request):
        raise _missing("ciphertextBlob")
    if source.key_id is None:
        if source.blob is None or source.algorithm != SYMMETRIC:
            raise _missing("keyId")
        return _key_in_blob(ctx, source.blob)
    account = ctx.account
    if source.blob is not None and source.algorithm == SYMMETRIC:
        account = _account_of(source.blob, source.key_id) or account
    return find_key(ctx.tx, account, ctx.region, source.key_id, by_alias=True)


def _missing(member: str) -> ValidationException:
    return ValidationException(
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint:"
        " Member must not be null"
    )


def _ignores_ciphertext(request: Mapping[str, Any]) -> bool:
    modifiers = request.get("DryRunModifiers", ())
    return bool(request.get("DryRun")) and "IGNORE_CIPHERTEXT" in modifiers


def _key_in_blob(ctx: Context, blob: bytes) -> NamedKey:
    header = ciphertext.read_header(blob)
    here = header.region in ("", ctx.region)
    found = key_in(ctx.tx, header.account, ctx.region, header.key_id) if here else None
    if found is None:
        arn = key_arn(header.account, ctx.region, header.key_id)
        raise Missing(arn, AccessDeniedException(NOT_IN_CIPHERTEXT))
    return found


def _account_of(blob: bytes, key_id: str) -> str:
    """The account in the blob, where the request names the blob's key by its bare id."""
    try:
        header = ciphertext.read_header(blob)
    except InvalidCiphertextException:
        return ""
    return header.account if header.key_id == key_id else ""


def open_source(key: Key, source: Source, operation: str, now: float) -> tuple[bytes, str | None]:
    """Open *source* with *key*: the plaintext and, of a symmetric key, the material's id.

    Raises:
        ApiError: The key may not be used so, or did not make the ciphertext.
    """
    must_fit(key, source.algorithm, operation, now)
    if source.blob is None:
        return b"", None
    if not key.is_symmetric:
        if source.context:
            raise _no_context(key)
        return _open_with_pair(key, source.algorithm, source.blob), None
    header = ciphertext.read_header(source.blob)
    if (header.key_id, header.account) != (key.id, key.account):
        raise IncorrectKeyException(
            "The key ID in the request does not identify a CMK that can perform this operation."
        )
    return symmetric.open_(key, source.blob, source.context)


def _open_with_pair(key: Key, algorithm: str, blob: bytes) -> bytes:
    try:
        return public_key_ciphers.decrypt(key.sealing()[1], algorithm, blob)
    except BadCiphertext:
        raise InvalidCiphertextException from None


def must_fit(key: Key, algorithm: str, operation: str, now: float) -> None:
    """Check that *key* may encrypt or decrypt now, and has the algorithm."""
    key.must_allow(operation, now)
    key.must_be_for("ENCRYPT_DECRYPT", operation)
    key.must_have(algorithm)


def must_be_short_enough(key: Key, algorithm: str, plaintext: bytes) -> None:
    """Raise `ValidationException` where the plaintext is too long for an RSA key."""
    if key.is_symmetric:
        return
    longest = public_key_ciphers.longest(key.sealing()[1], algorithm)
    if len(plaintext) > longest:
        raise ValidationException(
            f"Algorithm {algorithm} and key spec {key.spec} cannot encrypt data larger than"
            f" {longest} bytes."
        )


def seal(
    key: Key, algorithm: str, plaintext: bytes, context: Mapping[str, str]
) -> tuple[bytes, str | None]:
    """Seal *plaintext* with *key*: the ciphertext and, of a symmetric key, the material's id."""
    if key.is_symmetric:
        return symmetric.seal(key, plaintext, context)
    if context:
        raise _no_context(key)
    return public_key_ciphers.encrypt(key.sealing()[1], algorithm, plaintext), None


def _no_context(key: Key) -> ValidationException:
    return ValidationException(
        f"EncryptionContext is not supported for keys of key spec {key.spec}."
    )


@operation("kms:Encrypt", on=key_named, keys=conditions.with_context)
def encrypt(ctx: Context, request: EncryptRequest, on: NamedKey) -> EncryptResponse:
    """Seal up to 4 KiB under the key's newest material."""
    must_know_tokens(ctx, request)
    key, algorithm = on.key, request.get("EncryptionAlgorithm", SYMMETRIC)
    must_fit(key, algorithm, "Encrypt", ctx.now)
    must_be_short_enough(key, algorithm, request["Plaintext"])
    context = request.get("EncryptionContext", {})
    blob, _ = seal(key, algorithm, request["Plaintext"], context)
    must_not_be_dry(request)
    note_use(ctx, key, "Encrypt")
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


def decrypt_source(request: DecryptRequest) -> Source:
    """What Decrypt is to open."""
    return Source(
        request.get("CiphertextBlob"),
        request.get("KeyId"),
        request.get("EncryptionAlgorithm", SYMMETRIC),
        request.get("EncryptionContext", {}),
    )


def key_to_decrypt(ctx: Context, request: DecryptRequest) -> NamedKey:
    """The key that sealed the blob. A request need not name it, but may not misname it."""
    return key_of(ctx, decrypt_source(request), request)


def decrypt_keys(ctx: Context, request: DecryptRequest, on: object) -> Keys:
    """Decrypt's condition keys, and a note for the refusal of who named no key."""
    found = conditions.with_context(ctx, request, on)
    return found if "KeyId" in request else {**found, BY_CIPHERTEXT: "true"}


@operation("kms:Decrypt", on=key_to_decrypt, keys=decrypt_keys, reveals=True)
def decrypt(ctx: Context, request: DecryptRequest, on: NamedKey) -> DecryptResponse:
    """Open what any material of the key sealed, given the same encryption context."""
    must_have_no_recipient(request)
    must_know_tokens(ctx, request)
    source, key = decrypt_source(request), on.key
    plaintext, material_id = open_source(key, source, "Decrypt", ctx.now)
    must_not_be_dry(request)
    note_use(ctx, key, "Decrypt")
    answer: DecryptResponse = {
        "KeyId": key.arn,
        "Plaintext": plaintext,
        "EncryptionAlgorithm": source.algorithm,
    }
    if material_id is not None:
        answer["KeyMaterialId"] = material_id
    return answer
