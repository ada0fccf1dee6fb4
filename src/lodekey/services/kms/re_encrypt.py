"""ReEncrypt: from one key and encryption context to another, the plaintext staying inside."""

from __future__ import annotations

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.kms import conditions
from lodekey.services.kms.encrypt import (
    SYMMETRIC,
    Source,
    key_of,
    must_be_short_enough,
    must_fit,
    open_source,
    seal,
)
from lodekey.services.kms.finding import absent, must_not_be_dry
from lodekey.services.kms.grant_tokens import must_know_tokens
from lodekey.services.kms.named_keys import NamedKey, find_key
from lodekey.services.kms.refusals import BY_CIPHERTEXT
from lodekey.services.kms.shapes import ReEncryptRequest, ReEncryptResponse
from lodekey.services.kms.usage import note_use


def re_encrypt_source(request: ReEncryptRequest) -> Source:
    """What ReEncrypt is to open."""
    return Source(
        request.get("CiphertextBlob"),
        request.get("SourceKeyId"),
        request.get("SourceEncryptionAlgorithm", SYMMETRIC),
        request.get("SourceEncryptionContext", {}),
    )


def key_to_re_encrypt(ctx: Context, request: ReEncryptRequest) -> NamedKey:
    """The key that sealed the blob."""
    return key_of(ctx, re_encrypt_source(request), request)


def destination(ctx: Context, request: ReEncryptRequest) -> NamedKey:
    """The key that is to seal anew."""
    return find_key(ctx.tx, ctx.account, ctx.region, request["DestinationKeyId"], by_alias=True)


def _from_keys(ctx: Context, request: ReEncryptRequest, on: object) -> Keys:
    source = re_encrypt_source(request)
    found = {
        **conditions.keys(ctx, {}, on),
        **conditions.of_context(source.context),
        "kms:encryptionalgorithm": source.algorithm,
        "kms:reencryptonsamekey": _same(ctx, request, on),
    }
    return found if "SourceKeyId" in request else {**found, BY_CIPHERTEXT: "true"}


def _same(ctx: Context, request: ReEncryptRequest, on: object) -> str:
    try:
        arn = destination(ctx, request).arn
    except Missing as missing:
        arn = missing.arn
    return "true" if isinstance(on, NamedKey) and on.arn == arn else "false"


def _to_keys(request: ReEncryptRequest, source: NamedKey, on: NamedKey) -> Keys:
    return {
        **conditions.of_key(on),
        **conditions.of_context(request.get("DestinationEncryptionContext", {})),
        "kms:encryptionalgorithm": request.get("DestinationEncryptionAlgorithm", SYMMETRIC),
        "kms:reencryptonsamekey": "true" if on.arn == source.arn else "false",
    }


@operation(
    "kms:ReEncryptFrom",
    name="ReEncrypt",
    on=key_to_re_encrypt,
    keys=_from_keys,
    also=("kms:ReEncryptTo",),
)
def re_encrypt(ctx: Context, request: ReEncryptRequest, on: NamedKey) -> ReEncryptResponse:
    """Open with one key and context, seal with another; the plaintext stays inside."""
    must_know_tokens(ctx, request)
    to = destination_allowed(ctx, request, on)
    source = re_encrypt_source(request)
    algorithm = request.get("DestinationEncryptionAlgorithm", SYMMETRIC)
    plaintext, opened_by = open_source(on.key, source, "ReEncrypt", ctx.now)
    must_fit(to.key, algorithm, "ReEncrypt", ctx.now)
    must_be_short_enough(to.key, algorithm, plaintext)
    context = request.get("DestinationEncryptionContext", {})
    blob, sealed_by = seal(to.key, algorithm, plaintext, context)
    must_not_be_dry(request)
    note_use(ctx, on.key, "ReEncrypt")
    note_use(ctx, to.key, "ReEncrypt")
    answer: ReEncryptResponse = {
        "CiphertextBlob": blob,
        "SourceKeyId": on.arn,
        "KeyId": to.arn,
        "SourceEncryptionAlgorithm": source.algorithm,
        "DestinationEncryptionAlgorithm": algorithm,
    }
    if opened_by is not None:
        answer["SourceKeyMaterialId"] = opened_by
    if sealed_by is not None:
        answer["DestinationKeyMaterialId"] = sealed_by
    return answer


def destination_allowed(ctx: Context, request: ReEncryptRequest, source: NamedKey) -> NamedKey:
    """The key that is to seal anew, once the caller may use it so."""
    try:
        to = destination(ctx, request)
    except Missing as missing:
        ctx.require("kms:ReEncryptTo", absent(missing.arn))
        raise missing.error from None
    ctx.require("kms:ReEncryptTo", to, _to_keys(request, source, to))
    return to
