"""A bucket's lifecycle rules."""

from __future__ import annotations

import uuid
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.s3 import buckets
from lodekey.services.s3.context_keys import request_keys
from lodekey.services.s3.documents import must_be_whole
from lodekey.services.s3.errors import NoSuchLifecycleConfiguration
from lodekey.services.s3.finding import Held, bucket_named
from lodekey.services.s3.lifecycle import must_be_rules
from lodekey.services.s3.shapes import (
    DeleteBucketLifecycleRequest,
    GetBucketLifecycleConfigurationOutput,
    GetBucketLifecycleConfigurationRequest,
    PutBucketLifecycleConfigurationOutput,
    PutBucketLifecycleConfigurationRequest,
)

_SMALLEST = "all_storage_classes_128K"


@operation(
    "s3:PutLifecycleConfiguration",
    on=bucket_named,
    name="PutBucketLifecycleConfiguration",
    keys=request_keys,
    writes=True,
    ignores=("TransitionDefaultMinimumObjectSize",),
)
def put_bucket_lifecycle_configuration(
    ctx: Context, request: PutBucketLifecycleConfigurationRequest, held: Held
) -> PutBucketLifecycleConfigurationOutput:
    """Give a bucket lifecycle rules, in place of those that it had."""
    must_be_whole(ctx)
    configuration: Any = request.get("LifecycleConfiguration") or {}
    said: list[dict[str, Any]] = configuration.get("Rules", [])
    must_be_rules(said)
    rules = tuple({"ID": uuid.uuid4().hex, **rule} for rule in said)
    buckets.change(ctx.tx, held.bucket, lifecycle=rules)
    return {"TransitionDefaultMinimumObjectSize": _SMALLEST}


@operation(
    "s3:GetLifecycleConfiguration",
    on=bucket_named,
    name="GetBucketLifecycleConfiguration",
    keys=request_keys,
)
def get_bucket_lifecycle_configuration(
    ctx: Context, request: GetBucketLifecycleConfigurationRequest, held: Held
) -> GetBucketLifecycleConfigurationOutput:
    """A bucket's lifecycle rules."""
    if not held.bucket.lifecycle:
        raise NoSuchLifecycleConfiguration(
            "The lifecycle configuration does not exist", BucketName=held.bucket.name
        )
    return {
        "Rules": list(held.bucket.lifecycle),  # type: ignore[arg-type]
        "TransitionDefaultMinimumObjectSize": _SMALLEST,
    }


@operation(
    "s3:PutLifecycleConfiguration",
    on=bucket_named,
    name="DeleteBucketLifecycle",
    keys=request_keys,
    writes=True,
)
def delete_bucket_lifecycle(
    ctx: Context, request: DeleteBucketLifecycleRequest, held: Held
) -> None:
    """Take a bucket's lifecycle rules away."""
    buckets.change(ctx.tx, held.bucket, lifecycle=())
