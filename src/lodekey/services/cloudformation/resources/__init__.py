"""The resource types that stacks may have, in an order that a person can read."""

from __future__ import annotations

from lodekey.services.cloudformation.resources import (
    cloudformation,
    iam,
    iam_parts,
    kms,
    lambda_,
    lambda_parts,
    logs,
    s3,
    secret_targets,
    secretsmanager,
    ssm,
)
from lodekey.services.cloudformation.resources.kinds import ResourceType

TYPES: dict[str, ResourceType] = {
    each.name: each
    for each in (
        *kms.TYPES,
        *ssm.TYPES,
        *secretsmanager.TYPES,
        *secret_targets.TYPES,
        *iam.TYPES,
        *iam_parts.TYPES,
        *lambda_.TYPES,
        *lambda_parts.TYPES,
        *logs.TYPES,
        *s3.TYPES,
        *cloudformation.TYPES,
    )
}


def type_named(name: str) -> ResourceType | None:
    """The type of that name; ``Custom::Anything`` is a custom resource; None: there is none."""
    if name.startswith("Custom::"):
        return TYPES["AWS::CloudFormation::CustomResource"]
    return TYPES.get(name)
