"""How an object is encrypted: as its writer says, or its bucket; with KMS, as the caller.

Every body is sealed on disk in any case. With SSE-KMS the keys of its files are sealed once more,
under a data key that only KMS opens, and only for who may use the KMS key.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from lodekey.crypto.aead import Aead
from lodekey.errors import AccessDenied, AccessDeniedException, ApiError, ServiceUnavailable
from lodekey.gate.context import Context
from lodekey.services.kms import envelope
from lodekey.services.s3.buckets import Bucket, Encryption
from lodekey.services.s3.errors import InvalidArgument, NotOffered
from lodekey.services.s3.finding import Place
from lodekey.services.s3.objects import Piece, Sealing
from lodekey.services.s3.sealed_files import Body

V = TypeVar("V")
_CONTEXT: Final = "aws:s3:arn"
_KMS = ("aws:kms", "aws:kms:dsse")
CUSTOMER_KEYS: Final = (
    "SSECustomerAlgorithm",
    "SSECustomerKey",
    "SSECustomerKeyMD5",
    "CopySourceSSECustomerAlgorithm",
    "CopySourceSSECustomerKey",
    "CopySourceSSECustomerKeyMD5",
)


class KmsError(ApiError):
    """What KMS refused, in S3's answer."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self._code = f"KMS.{error.code}"

    @property
    def code(self) -> str:
        """KMS's code, after ``KMS.``."""
        return self._code


def refuse_customer_keys(request: Mapping[str, Any]) -> None:
    """Refuse keys that come with the request.

    Raises:
        NotOffered: One does.
    """
    if any(request.get(name) for name in CUSTOMER_KEYS):
        raise NotOffered("Server-side encryption with customer keys is not offered by this server.")


def wanted(request: Mapping[str, Any], bucket: Bucket) -> Encryption:
    """How a new object is to be encrypted.

    Raises:
        InvalidArgument: The request says things that do not go together.
        NotOffered: It wants what is not offered here.
    """
    refuse_customer_keys(request)
    algorithm = request.get("ServerSideEncryption")
    key_id = request.get("SSEKMSKeyId", "")
    if algorithm is None:
        if key_id:
            raise InvalidArgument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header "
                "x-amz-server-side-encryption : aws:kms",
                ArgumentName="x-amz-server-side-encryption",
            )
        return bucket.encryption
    if algorithm not in ("AES256", *_KMS):
        raise NotOffered(f"The encryption {algorithm} is not offered by this server.")
    if algorithm == "AES256" and key_id:
        raise InvalidArgument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms",
            ArgumentName="x-amz-server-side-encryption",
            ArgumentValue=algorithm,
        )
    bucket_key = request.get("BucketKeyEnabled", bucket.encryption.bucket_key)
    return Encryption(algorithm, key_id, bucket_key and algorithm == "aws:kms")


def sealing_of(
    ctx: Context, place: Place, how: Encryption, context: str | None
) -> tuple[Sealing, bytes]:
    """How a new object is sealed, and its data key; no bytes: KMS has no part in it.

    Args:
        ctx: Who may ``kms:GenerateDataKey``.
        place: Where the object will be.
        how: What is wanted.
        context: Further encryption context, Base64 of JSON.
    """
    if how.algorithm not in _KMS:
        if context:
            raise InvalidArgument("The header x-amz-server-side-encryption-context needs aws:kms.")
        return Sealing(), b""
    of_bucket = replace(ctx, region=place.bucket.region)
    said = _context(context)
    said.setdefault(_CONTEXT, place.bucket.arn if how.bucket_key else place.arn)

    def ask() -> tuple[str, tuple[bytes, bytes]]:
        key_id = how.key_id or envelope.default_key(of_bucket, "s3")
        made = envelope.data_key(of_bucket, key_id, context=said, via="s3")
        return envelope.key_arn(of_bucket, key_id), made

    arn, (plain, sealed) = _worded(ask)
    return Sealing(how.algorithm, arn, sealed, said, how.bucket_key), plain


def data_key(ctx: Context, bucket: Bucket, sealing: Sealing) -> bytes:
    """The data key of an object; no bytes: KMS has no part in it. ``kms:Decrypt`` as the caller."""
    if not sealing.data_key:
        return b""
    of_bucket = replace(ctx, region=bucket.region)
    return _worded(
        lambda: envelope.open_(of_bucket, sealing.data_key, context=sealing.context, via="s3")
    )


def _worded(ask: Callable[[], V]) -> V:
    """What KMS answers, its refusals in S3's words."""
    try:
        return ask()
    except (AccessDenied, AccessDeniedException) as error:
        denied = AccessDenied(error.message)
        denied.denial = error.denial
        denied.headers = error.headers
        raise denied from None
    except ServiceUnavailable:
        raise
    except ApiError as error:
        raise KmsError(error) from None


def piece_of(body: Body, key: bytes, *, number: int = 1) -> Piece:
    """A written body as its object's record names it; under the data key *key*, if there is one."""
    sealed = Aead(key).seal(body.file.encode(), body.key) if key and body.file else body.key
    return Piece(body.file, sealed, body.size, number, body.checksum)


def key_of(piece: Piece, key: bytes) -> bytes:
    """The key of a piece's file."""
    return Aead(key).open(piece.file.encode(), piece.key) if key and piece.file else piece.key


def shown(sealing: Sealing) -> dict[str, Any]:
    """What answers say of it."""
    answer: dict[str, Any] = {"ServerSideEncryption": sealing.algorithm}
    if sealing.key_arn:
        answer["SSEKMSKeyId"] = sealing.key_arn
        if sealing.bucket_key:
            answer["BucketKeyEnabled"] = True
    return answer


def _context(text: str | None) -> dict[str, str]:
    if not text:
        return {}
    try:
        read = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise InvalidArgument("The header x-amz-server-side-encryption-context is not valid.")
    return read
