"""S3, as much as deployments need: buckets, objects, multipart uploads, and their policies."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.s3 import (
    delete_objects,
    get_objects,
    list_objects,
    manage_buckets,
    put_objects,
    upload_parts,
)

SERVICE = Service(
    "s3",
    operations_in(
        manage_buckets,
        put_objects,
        get_objects,
        delete_objects,
        list_objects,
        upload_parts,
    ),
)
