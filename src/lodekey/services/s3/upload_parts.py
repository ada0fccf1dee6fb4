"""Multipart uploads: begin, upload parts, complete, abort, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.s3 import checksums, encryption, listing, objects, uploads
from lodekey.services.s3.bodies import BoundedFile, intake, keep
from lodekey.services.s3.buckets import canonical_id
from lodekey.services.s3.context_keys import object_keys, part_keys, request_keys, unlisted_keys
from lodekey.services.s3.encryption import data_key, piece_of, sealing_of
from lodekey.services.s3.errors import (
    EntityTooSmall,
    InvalidArgument,
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    MalformedXML,
    NoSuchUpload,
)
from lodekey.services.s3.finding import Held, Place, bucket_named, free, place_named
from lodekey.services.s3.objects import Version
from lodekey.services.s3.preconditions import must_be_replaceable
from lodekey.services.s3.put_objects import headers_of, must_be_offered, tags_of, written
from lodekey.services.s3.shapes import (
    AbortMultipartUploadRequest,
    CompletedPart,
    CompleteMultipartUploadOutput,
    CompleteMultipartUploadRequest,
    CreateMultipartUploadOutput,
    CreateMultipartUploadRequest,
    ListMultipartUploadsOutput,
    ListMultipartUploadsRequest,
    ListPartsOutput,
    ListPartsRequest,
    UploadPartOutput,
    UploadPartRequest,
)
from lodekey.services.s3.shapes import Part as ShownPart
from lodekey.services.s3.uploads import MOST_PARTS, SMALLEST_PART, Part, Upload

_ONLY_FULL = ("CRC64NVME",)
_ONLY_COMPOSITE = ("SHA1", "SHA256", "SHA512", "MD5")


@operation(
    "s3:PutObject",
    on=place_named,
    name="CreateMultipartUpload",
    keys=part_keys,
    writes=True,
    also=("s3:PutObjectTagging",),
    ignores=("RequestPayer",),
)
def create_multipart_upload(
    ctx: Context, request: CreateMultipartUploadRequest, place: Place
) -> CreateMultipartUploadOutput:
    """Begin an upload of parts."""
    must_be_offered(request, place)
    said_tags = tags_of(ctx, request, place)
    how = encryption.wanted(request, place.bucket)
    algorithm, kind = _checksum_of(request)
    sealing, _ = sealing_of(ctx, place, how, request.get("SSEKMSEncryptionContext"))
    upload = Upload(
        id=uploads.new_id(ctx.now),
        began=int(ctx.now),
        initiator=ctx.principal.caller.arn,
        account=place.account,
        headers=headers_of(request),
        sealing=sealing,
        tags=said_tags,
        algorithm=algorithm,
        checksum_type=kind,
    )
    uploads.save(ctx.tx, place.bucket, place.key, upload)
    answer: dict[str, Any] = {
        "Bucket": place.bucket.name,
        "Key": place.key,
        "UploadId": upload.id,
        **encryption.shown(sealing),
    }
    if algorithm:
        answer |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    return answer  # type: ignore[return-value]


def _checksum_of(request: CreateMultipartUploadRequest) -> tuple[str, str]:
    """The algorithm and type of checksum that the object will have."""
    algorithm = request.get("ChecksumAlgorithm", "")
    checksums.must_be_offered(algorithm)
    if not algorithm:
        if "ChecksumType" in request:
            raise InvalidRequest(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                "header."
            )
        return "", ""
    usual = checksums.FULL if algorithm in _ONLY_FULL else checksums.COMPOSITE
    kind = request.get("ChecksumType", usual)
    wrong = _ONLY_FULL if kind == checksums.COMPOSITE else _ONLY_COMPOSITE
    if algorithm in wrong:
        raise InvalidRequest(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum "
            "algorithm."
        )
    return algorithm, kind


def upload_named(ctx: Context, request: Mapping[str, Any], place: Place) -> Upload:
    """The upload that a request names.

    Raises:
        NoSuchUpload: There is none.
    """
    found = uploads.find(ctx.tx, place.bucket, place.key, request["UploadId"])
    if found is None:
        raise NoSuchUpload(
            "The specified upload does not exist. The upload ID may be invalid, or the upload may "
            "have been aborted or completed.",
            UploadId=request["UploadId"],
        )
    return found


def must_be_part_number(number: int) -> int:
    """*number*, as a part's.

    Raises:
        InvalidArgument: No part can have it.
    """
    if not 1 <= number <= MOST_PARTS:
        raise InvalidArgument(
            f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=str(number),
        )
    return number


def take_part(ctx: Context, request: UploadPartRequest, place: Place) -> BoundedFile:
    """Where the body of a long part goes while it comes."""
    encryption.refuse_customer_keys(request)
    must_be_part_number(request["PartNumber"])
    return intake(ctx, request, algorithm=upload_named(ctx, request, place).algorithm)


@operation(
    "s3:PutObject",
    on=place_named,
    name="UploadPart",
    keys=part_keys,
    writes=True,
    unsigned=True,
    ignores=("RequestPayer",),
    intake=take_part,
)
def upload_part(ctx: Context, request: UploadPartRequest, place: Place) -> UploadPartOutput:
    """Upload one part, in place of one of the same number."""
    encryption.refuse_customer_keys(request)
    number = must_be_part_number(request["PartNumber"])
    upload = upload_named(ctx, request, place)
    named, _ = checksums.claimed(request)
    if upload.algorithm and named and named != upload.algorithm:
        raise InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()}, "
            f"actual checksum Type: {named.lower()}"
        )
    key = data_key(ctx, place.bucket, upload.sealing)
    body = keep(ctx, request, algorithm=upload.algorithm)
    part = Part(piece_of(body, key, number=number), body.md5, int(ctx.now))
    free(ctx, uploads.put_part(ctx.tx, upload, part))
    answer: dict[str, Any] = {"ETag": f'"{part.etag}"', **encryption.shown(upload.sealing)}
    if body.checksum:
        answer[f"Checksum{named or upload.algorithm}"] = body.checksum
    return answer  # type: ignore[return-value]


@operation(
    "s3:PutObject",
    on=place_named,
    name="CompleteMultipartUpload",
    keys=object_keys,
    writes=True,
    ignores=("RequestPayer",),
)
def complete_multipart_upload(
    ctx: Context, request: CompleteMultipartUploadRequest, place: Place
) -> CompleteMultipartUploadOutput:
    """Make an object of the parts; asked again, say again what was made."""
    encryption.refuse_customer_keys(request)
    now = objects.current(ctx.tx, place.bucket, place.key)
    if now is not None and now.upload == request["UploadId"]:
        return _completed(ctx, place, now)
    upload = upload_named(ctx, request, place)
    said = (request.get("MultipartUpload") or {}).get("Parts", [])
    parts = _chosen(ctx, upload, said)
    size = sum(part.piece.size for part in parts)
    if request.get("MpuObjectSize", size) != size:
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {request['MpuObjectSize']} does not "
            f"match what was computed: {size}"
        )
    data_key(ctx, place.bucket, upload.sealing)
    must_be_replaceable(request, now, place.key)
    version = Version(
        id=objects.next_id(place.bucket),
        sequence=0,
        modified=int(ctx.now),
        size=size,
        etag=uploads.etag_of(parts),
        pieces=tuple(part.piece for part in parts),
        parts=len(parts),
        headers=upload.headers,
        sealing=upload.sealing,
        tags=upload.tags,
        algorithm=upload.algorithm,
        checksum=_checksum(request, upload, parts),
        checksum_type=upload.checksum_type,
        upload=upload.id,
    )
    freed = uploads.forget(ctx.tx, place.bucket, place.key, upload, kept=parts)
    free(ctx, [*freed, *objects.put(ctx.tx, place.bucket, place.key, version)])
    return _completed(ctx, place, version)


def _completed(ctx: Context, place: Place, version: Version) -> CompleteMultipartUploadOutput:
    return {
        "Location": f"{ctx.gate.settings.endpoint}/{place.bucket.name}/{place.key}",
        "Bucket": place.bucket.name,
        "Key": place.key,
        "ETag": f'"{version.etag}"',
        **written(place, version),  # type: ignore[typeddict-item]
    }


def _chosen(ctx: Context, upload: Upload, said: list[CompletedPart]) -> list[Part]:
    """The parts that the object is made of.

    Raises:
        MalformedXML: None is named.
        InvalidPartOrder: They are not in order.
        InvalidPart: One is not there, or is another.
        EntityTooSmall: One but the last is too small.
    """
    if not said or any("PartNumber" not in one for one in said):
        raise MalformedXML(
            "The XML you provided was not well-formed or did not validate against our published "
            "schema"
        )
    numbers = [one["PartNumber"] for one in said]
    if numbers != sorted(set(numbers)):
        raise InvalidPartOrder(
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
            UploadId=upload.id,
        )
    parts = [_part(ctx, upload, one) for one in said]
    for part in parts[:-1]:
        if part.piece.size < SMALLEST_PART:
            raise EntityTooSmall(
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=str(part.piece.size),
                MinSizeAllowed=str(SMALLEST_PART),
                PartNumber=str(part.piece.number),
                ETag=part.etag,
            )
    return parts


def _part(ctx: Context, upload: Upload, said: CompletedPart) -> Part:
    found = uploads.part_of(ctx.tx, upload, said["PartNumber"])
    etag = said.get("ETag", "").strip('"')
    checksum = said.get(f"Checksum{upload.algorithm}") if upload.algorithm else None
    if (
        found is None
        or (etag and etag != found.etag)
        or (checksum is not None and checksum != found.piece.checksum)
    ):
        raise InvalidPart(
            "One or more of the specified parts could not be found.  The part may not have been "
            "uploaded, or the specified entity tag may not match the part's entity tag.",
            UploadId=upload.id,
            PartNumber=str(said["PartNumber"]),
            ETag=etag,
        )
    return found


def _checksum(request: Mapping[str, Any], upload: Upload, parts: list[Part]) -> str:
    """The object's checksum, after a look at the one that the request says it has."""
    algorithm = upload.algorithm
    if not algorithm:
        return ""
    if upload.checksum_type == checksums.COMPOSITE:
        made = checksums.composite(algorithm, [part.piece.checksum for part in parts])
    else:
        sums = [(part.piece.checksum, part.piece.size) for part in parts]
        made = checksums.joined(algorithm, sums)
    said = request.get(f"Checksum{algorithm}")
    if said is not None and said not in (made, made.partition("-")[0]):
        checksums.must_be(algorithm, said, made)
    return made


@operation(
    "s3:AbortMultipartUpload",
    on=place_named,
    keys=request_keys,
    writes=True,
    ignores=("RequestPayer", "IfMatchInitiatedTime"),
)
def abort_multipart_upload(
    ctx: Context, request: AbortMultipartUploadRequest, place: Place
) -> None:
    """Give an upload up; its parts are gone."""
    upload = upload_named(ctx, request, place)
    free(ctx, uploads.forget(ctx.tx, place.bucket, place.key, upload))


@operation(
    "s3:ListMultipartUploadParts",
    on=place_named,
    name="ListParts",
    keys=unlisted_keys,
    ignores=("RequestPayer",),
)
def list_parts(ctx: Context, request: ListPartsRequest, place: Place) -> ListPartsOutput:
    """The parts that have come."""
    upload = upload_named(ctx, request, place)
    after, most = request.get("PartNumberMarker", 0), listing.length(request, "MaxParts")
    parts: list[ShownPart] = []
    truncated = False
    for part in uploads.parts_of(ctx.tx, upload, after=after):
        if len(parts) == most:
            truncated = True
            break
        parts.append(_shown(upload, part))
    answer: dict[str, Any] = {
        "Bucket": place.bucket.name,
        "Key": place.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": parts[-1]["PartNumber"] if parts else 0,
        "MaxParts": most,
        "IsTruncated": truncated,
        "Parts": parts,
        "Initiator": {"ID": upload.initiator, "DisplayName": upload.initiator},
        "Owner": {"ID": canonical_id(place.account)},
        "StorageClass": upload.headers.storage_class or "STANDARD",
    }
    if upload.algorithm:
        answer |= {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.checksum_type}
    return answer  # type: ignore[return-value]


def _shown(upload: Upload, part: Part) -> ShownPart:
    shown: dict[str, Any] = {
        "PartNumber": part.piece.number,
        "LastModified": part.modified,
        "ETag": f'"{part.etag}"',
        "Size": part.piece.size,
    }
    if upload.algorithm:
        shown[f"Checksum{upload.algorithm}"] = part.piece.checksum
    return shown  # type: ignore[return-value]


@operation(
    "s3:ListBucketMultipartUploads",
    on=bucket_named,
    name="ListMultipartUploads",
    keys=unlisted_keys,
    ignores=("RequestPayer",),
)
def list_multipart_uploads(
    ctx: Context, request: ListMultipartUploadsRequest, held: Held
) -> ListMultipartUploadsOutput:
    """The uploads that go on."""
    prefix, bucket = request.get("Prefix", ""), held.bucket
    marker, id_marker = request.get("KeyMarker", ""), request.get("UploadIdMarker", "")

    def scan(after: str | None) -> Any:
        for key, upload in uploads.all_of(ctx.tx, bucket, prefix=prefix):
            if after is None or key > after or (key == marker and "" < id_marker < upload.id):
                yield key, upload

    most = listing.length(request, "MaxUploads")
    page: listing.Page[Upload] = listing.page(
        scan,
        prefix=prefix,
        delimiter=request.get("Delimiter", ""),
        after=marker or None,
        most=most,
    )
    return _listed(request, held, page, most)


def _listed(
    request: ListMultipartUploadsRequest, held: Held, page: listing.Page[Upload], most: int
) -> ListMultipartUploadsOutput:
    spell = listing.speller(request)
    answer: dict[str, Any] = {
        "Bucket": held.bucket.name,
        "KeyMarker": spell(request.get("KeyMarker", "")),
        "UploadIdMarker": request.get("UploadIdMarker", ""),
        "Prefix": spell(request.get("Prefix", "")),
        "MaxUploads": most,
        "IsTruncated": page.truncated,
        "CommonPrefixes": [{"Prefix": spell(prefix)} for prefix in page.prefixes],
        "Uploads": [
            {
                "UploadId": upload.id,
                "Key": spell(key),
                "Initiated": upload.began,
                "StorageClass": upload.headers.storage_class or "STANDARD",
                "Owner": {"ID": canonical_id(held.account)},
                "Initiator": {"ID": upload.initiator, "DisplayName": upload.initiator},
            }
            for key, upload in page.entries
        ],
    }
    for member in ("Delimiter", "EncodingType"):
        if request.get(member):
            answer[member] = request[member]
    if page.truncated:
        answer["NextKeyMarker"] = spell(page.last)
        if page.entries and page.entries[-1][0] == page.last:
            answer["NextUploadIdMarker"] = page.entries[-1][1].id
    return answer  # type: ignore[return-value]
