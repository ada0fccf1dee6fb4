"""UploadPartCopy: a part of an upload, taken from an object."""

from __future__ import annotations

import re
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Ahead, operation
from lodekey.services.s3 import encryption, uploads
from lodekey.services.s3.context_keys import part_keys
from lodekey.services.s3.copies import Copying, copied, copying
from lodekey.services.s3.encryption import data_key, piece_of
from lodekey.services.s3.errors import InvalidArgument
from lodekey.services.s3.finding import Place, free, place_named
from lodekey.services.s3.put_objects import source_version
from lodekey.services.s3.shapes import UploadPartCopyOutput, UploadPartCopyRequest
from lodekey.services.s3.upload_parts import must_be_part_number, upload_named
from lodekey.services.s3.uploads import Part

_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})", re.ASCII).fullmatch


def span_of(text: str | None, size: int) -> range:
    """The bytes that a part is made of.

    Raises:
        InvalidArgument: The range is none, or not one of the source's.
    """
    if text is None:
        return range(size)
    found = _RANGE(text)
    if found is None or int(found[1]) > int(found[2]):
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first "
            "and last are the zero-based offsets of the first and last bytes to copy",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=text,
        )
    if int(found[2]) >= size:
        raise InvalidArgument(
            f"Range specified is not valid for source object of size: {size}",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=text,
        )
    return range(int(found[1]), int(found[2]) + 1)


def copy_ahead(ctx: Context, request: UploadPartCopyRequest, place: Place) -> Copying | None:
    """Copy a long part before the transaction."""
    upload = upload_named(ctx, request, place)
    source, old = source_version(ctx, request)
    span = span_of(request.get("CopySourceRange"), old.size)
    return copying(ctx, source, old, span, upload.algorithm)


@operation(
    "s3:PutObject",
    on=place_named,
    name="UploadPartCopy",
    prepare=Ahead(copy_ahead),
    keys=part_keys,
    writes=True,
    also=("s3:GetObject", "s3:GetObjectVersion"),
    ignores=("RequestPayer",),
)
def upload_part_copy(
    ctx: Context, request: UploadPartCopyRequest, place: Place
) -> UploadPartCopyOutput:
    """Upload one part, out of an object."""
    encryption.refuse_customer_keys(request)
    number = must_be_part_number(request["PartNumber"])
    upload = upload_named(ctx, request, place)
    source, old = source_version(ctx, request)
    span = span_of(request.get("CopySourceRange"), old.size)
    key = data_key(ctx, place.bucket, upload.sealing)
    body = copied(ctx, source, old, span, upload.algorithm)
    part = Part(piece_of(body, key, number=number), body.md5, int(ctx.now))
    free(ctx, uploads.put_part(ctx.tx, upload, part))
    result: dict[str, Any] = {"ETag": f'"{part.etag}"', "LastModified": part.modified}
    if upload.algorithm:
        result[f"Checksum{upload.algorithm}"] = body.checksum
    answer: dict[str, Any] = {"CopyPartResult": result, **encryption.shown(upload.sealing)}
    if source.bucket.versioning:
        answer["CopySourceVersionId"] = old.id
    return answer  # type: ignore[return-value]
