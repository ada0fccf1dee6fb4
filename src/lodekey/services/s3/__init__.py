"""S3, as much as deployments need: buckets, objects, multipart uploads, and their policies."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.s3 import (
    bucket_settings,
    copy_parts,
    delete_objects,
    get_objects,
    housekeeping,
    list_objects,
    manage_buckets,
    manage_lifecycle,
    manage_policies,
    put_objects,
    tag_objects,
    upload_parts,
)

SERVICE = Service(
    "s3",
    operations_in(
        manage_buckets,
        manage_policies,
        bucket_settings,
        manage_lifecycle,
        put_objects,
        get_objects,
        delete_objects,
        list_objects,
        tag_objects,
        upload_parts,
        copy_parts,
    ),
    jobs=(housekeeping.SWEEP, housekeeping.EXPIRE),
)
