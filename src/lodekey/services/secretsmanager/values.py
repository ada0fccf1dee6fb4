"""Seal and open a version's value through KMS, as the caller.

Each version has a data key of its own from kms:GenerateDataKey, bound to the secret and the
version by its encryption context; the value is sealed under it with AES-256-GCM. Whoever may not
use the KMS key reads nothing, whatever Secrets Manager's own policies say.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

import os

import msgspec

from lodekey.crypto.aead import KEY_BYTES, Aead, kept_aead
from lodekey.errors import AccessDeniedException, ApiError
from lodekey.gate.context import Context
from lodekey.services.kms import envelope
from lodekey.services.secretsmanager.errors import DecryptionFailure, EncryptionFailure
from lodekey.services.secretsmanager.secrets import Secret, Version, WrappedKey
from lodekey.services.secretsmanager.stages import CURRENT, PENDING, PREVIOUS, holder

VIA = "secretsmanager"
DEFAULT_KEY = "alias/aws/secretsmanager"
TEST_VERSION = "RequestToValidateKeyAccess"


def in_region(ctx: Context, region: str) -> Context:
    """The same caller's context in another region of this server."""
    return ctx if ctx.region == region else msgspec.structs.replace(ctx, region=region)


def kms_key(ctx: Context, secret: Secret, key_id: str) -> str:
    """A KMS key as KMS will find it, whichever account calls.

    Args:
        ctx: A bare id or alias means the secret's account, not the caller's.
        secret: Whose value it seals.
        key_id: As the secret keeps it; empty: ``aws/secretsmanager``, made at first use.
    """
    if key_id in {"", DEFAULT_KEY}:
        if secret.account == ctx.account:
            return envelope.default_key(in_region(ctx, secret.region), VIA)
        key_id = DEFAULT_KEY
    if key_id.startswith("arn:"):
        return key_id
    kind = "" if key_id.startswith("alias/") else "key/"
    return f"arn:aws:kms:{secret.region}:{secret.account}:{kind}{key_id}"


def bound_to(secret: Secret, version_id: str) -> dict[str, str]:
    """The encryption context of a version's data key."""
    return {"SecretARN": secret.arn, "SecretVersionId": version_id}


def seal(ctx: Context, secret: Secret, version_id: str, value: str | bytes) -> Version:
    """Make a version of *value* under the secret's KMS key.

    Raises:
        AccessDeniedException: The caller may not use the KMS key.
        EncryptionFailure: The key cannot seal now.
    """
    at = in_region(ctx, secret.region)
    key_id = kms_key(ctx, secret, secret.key_id)
    with _worded(EncryptionFailure):
        data_key, blob = envelope.data_key(
            at, key_id, context=bound_to(secret, version_id), via=VIA
        )
    binary = isinstance(value, bytes)
    plain = value if isinstance(value, bytes) else value.encode()
    return Version(
        id=version_id,
        created=ctx.now,
        binary=binary,
        sealed=Aead(data_key).seal(_place(secret, version_id), plain),
        keys=(WrappedKey(secret.key_id, blob),),
    )


def seal_copy(ctx: Context, copy: Secret, version: Version, value: str | bytes) -> Version:
    """Make a replica's version of *value* under the replica's KMS key.

    As AWS documents, this takes kms:Encrypt on that key, not kms:Decrypt.

    Raises:
        AccessDeniedException: The caller may not use the KMS key.
        EncryptionFailure: The key cannot seal now.
    """
    at = in_region(ctx, copy.region)
    key_id = kms_key(ctx, copy, copy.key_id)
    data_key = os.urandom(KEY_BYTES)
    with _worded(EncryptionFailure):
        blob = envelope.seal(at, key_id, data_key, context=bound_to(copy, version.id), via=VIA)
    plain = value if isinstance(value, bytes) else value.encode()
    return msgspec.structs.replace(
        version,
        sealed=Aead(data_key).seal(_place(copy, version.id), plain),
        keys=(WrappedKey(copy.key_id, blob),),
        sealed_as="",
        accessed=None,
    )


def open_(ctx: Context, secret: Secret, version: Version) -> str | bytes:
    """Open a version's value: text, or bytes where it was given as SecretBinary.

    Raises:
        AccessDeniedException: The caller may not use any of the KMS keys that seal it.
        DecryptionFailure: None of those keys can open now.
    """
    data_key = _data_key(ctx, secret, version)
    sealed_as = version.sealed_as or version.id
    plain = kept_aead(data_key).open(_place(secret, sealed_as), version.sealed)
    return plain if version.binary else plain.decode()


def same_value(ctx: Context, secret: Secret, version: Version, value: str | bytes) -> bool:
    """Whether a version already holds *value*: what makes a retry of its request harmless."""
    return open_(ctx, secret, version) == value


def must_be_usable(ctx: Context, secret: Secret, *, opens: bool = True) -> None:
    """Ask KMS, as the caller, whether the secret's own KMS key seals and opens.

    Args:
        ctx: Whose permissions count.
        secret: The default key needs no asking.
        opens: Whether the caller needs to open as well; who makes a replica need not.

    Raises:
        AccessDeniedException: It may not be used.
        EncryptionFailure: It cannot be used now, or is not there.
    """
    if secret.key_id in {"", DEFAULT_KEY}:
        return
    at = in_region(ctx, secret.region)
    context = bound_to(secret, TEST_VERSION)
    with _worded(EncryptionFailure):
        _, blob = envelope.data_key(
            at, kms_key(ctx, secret, secret.key_id), context=context, via=VIA
        )
        if opens:
            envelope.open_(at, blob, context=context, via=VIA)


def rewrapped(ctx: Context, secret: Secret, version: Version) -> Version:
    """The version with its data key sealed under the secret's present KMS key as well.

    The keys it had go on opening it, so that nobody is locked out. Where the caller may not open
    it with those, or not seal with the present key, it stays as it was: AWS does the same.
    """
    at = in_region(ctx, secret.region)
    context = bound_to(secret, version.sealed_as or version.id)
    key_id = kms_key(ctx, secret, secret.key_id)
    try:
        with ctx.tx.savepoint():
            blob = envelope.seal(
                at, key_id, _data_key(ctx, secret, version), context=context, via=VIA
            )
    except ApiError:
        return version
    older = tuple(key for key in version.keys if key.key_id != secret.key_id)
    return msgspec.structs.replace(version, keys=(WrappedKey(secret.key_id, blob), *older))


def versions_to_rewrap(secret: Secret) -> list[str]:
    """The versions that a change of the KMS key reaches: AWSCURRENT, AWSPREVIOUS, AWSPENDING."""
    held = (holder(secret.stages, label) for label in (CURRENT, PREVIOUS, PENDING))
    return list(dict.fromkeys(version for version in held if version is not None))


def _data_key(ctx: Context, secret: Secret, version: Version) -> bytes:
    at = in_region(ctx, secret.region)
    context = bound_to(secret, version.sealed_as or version.id)
    *newer, last = version.keys
    for key in newer:
        try:
            return envelope.open_(at, key.blob, context=context, via=VIA)
        except ApiError:
            continue
    with _worded(DecryptionFailure, stale=version.keys[0].key_id != secret.key_id):
        return envelope.open_(at, last.blob, context=context, via=VIA)


def _place(secret: Secret, version_id: str) -> bytes:
    return f"{secret.arn} {version_id}".encode()


_TEXTS = {
    DecryptionFailure: (
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
    ),
    EncryptionFailure: (
        "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
        "Check that the KMS key is available, enabled, and not in an invalid state."
    ),
}


class _worded:  # noqa: N801 - read as a verb; a class, since every read passes it
    """Say KMS's errors in Secrets Manager's words."""

    __slots__ = ("_failure", "_stale")

    def __init__(
        self, failure: type[DecryptionFailure | EncryptionFailure], *, stale: bool = False
    ) -> None:
        self._failure = failure
        self._stale = stale

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, ApiError):
            return
        if error.code != "AccessDeniedException":
            raise self._failure(_TEXTS[self._failure]) from None
        text = "Access to KMS is not allowed"
        if self._stale:
            text += ". This version of secret is not encrypted with the current KMS key."
        refusal = AccessDeniedException(text)
        refusal.headers.update(error.headers)
        raise refusal from None
