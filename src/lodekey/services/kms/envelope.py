"""KMS for the other services: values sealed and opened as their caller, under KMS's own checks.

Every function here is a forwarded call: the caller's own permissions count, with ``kms:ViaService``
saying through whom. They raise KMS's errors; the calling room words them as its service does.
"""

from __future__ import annotations

from collections.abc import Mapping

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.services.kms.data_keys import generate_data_key
from lodekey.services.kms.encrypt import decrypt, encrypt
from lodekey.services.kms.managed_keys import managed_key
from lodekey.services.kms.named_keys import find_key
from lodekey.services.kms.shapes import DecryptRequest, EncryptRequest, GenerateDataKeyRequest

__all__ = ["data_key", "default_key", "key_arn", "open_", "seal"]


def seal(
    ctx: Context, key_id: str, plaintext: bytes, *, context: Mapping[str, str], via: str
) -> bytes:
    """Seal *plaintext* under the named key: ``kms:Encrypt`` as the caller.

    Args:
        ctx: The calling request's.
        key_id: Id, alias, or the ARN of either.
        plaintext: At most 4,096 bytes.
        context: The encryption context.
        via: The calling service's name, ``ssm``.
    """
    request: EncryptRequest = {
        "KeyId": key_id,
        "Plaintext": plaintext,
        "EncryptionContext": dict(context),
    }
    answer = ctx.call(encrypt, request, via=via)
    return answer["CiphertextBlob"]


def open_(ctx: Context, blob: bytes, *, context: Mapping[str, str], via: str) -> bytes:
    """Open what was sealed in the same context: ``kms:Decrypt`` as the caller."""
    request: DecryptRequest = {"CiphertextBlob": blob, "EncryptionContext": dict(context)}
    answer = ctx.call(decrypt, request, via=via)
    return answer["Plaintext"]


def data_key(
    ctx: Context, key_id: str, *, context: Mapping[str, str], via: str
) -> tuple[bytes, bytes]:
    """A fresh 256-bit key, in the clear and sealed: ``kms:GenerateDataKey`` as the caller."""
    request: GenerateDataKeyRequest = {
        "KeyId": key_id,
        "KeySpec": "AES_256",
        "EncryptionContext": dict(context),
    }
    answer = ctx.call(generate_data_key, request, via=via)
    return answer["Plaintext"], answer["CiphertextBlob"]


def default_key(ctx: Context, service: str) -> str:
    """The ARN of the AWS managed key ``alias/aws/SERVICE`` of the caller's account and Region.

    It is made at its first need, so the transaction has to be one that writes unless the key is
    there already.
    """
    return managed_key(ctx.tx, ctx.account, ctx.region, service, ctx.now).arn


def key_arn(ctx: Context, key_id: str) -> str:
    """The ARN of the named key; nobody's permission is asked.

    Raises:
        NotFoundException: There is no such key.
    """
    try:
        return find_key(ctx.tx, ctx.account, ctx.region, key_id, by_alias=True).arn
    except Missing as missing:
        raise missing.error from None
