"""Every service room that the server opens, in an order that a person can read."""

from lodekey.gate.operation import Service
from lodekey.services import (
    admin,
    cloudformation,
    cloudtrail,
    iam,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    ssm,
    sts,
)

SERVICES: tuple[Service, ...] = (
    kms.SERVICE,
    ssm.SERVICE,
    secretsmanager.SERVICE,
    iam.SERVICE,
    sts.SERVICE,
    lambda_.SERVICE,
    logs.SERVICE,
    cloudtrail.SERVICE,
    s3.SERVICE,
    cloudformation.SERVICE,
    admin.SERVICE,
)
