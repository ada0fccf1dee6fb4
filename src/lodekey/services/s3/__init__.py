"""S3, as much as deployments need."""

from lodekey.gate.operation import Service

SERVICE = Service("s3", ())
