"""Service-linked roles of the services offered here: only the service assumes and shapes them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import json
import uuid
from typing import NamedTuple

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import KEY_USES, NOT_SHARED, Role
from lodekey.services.iam import shown
from lodekey.services.iam.boundaries import SERVICE_ROLE_PATH
from lodekey.services.iam.directory import enroll, find, forget, new_id
from lodekey.services.iam.errors import InvalidInputException, NoSuchEntityException
from lodekey.services.iam.finding import everything, role_named
from lodekey.services.iam.keys import of_entity, of_service
from lodekey.services.iam.shapes import (
    CreateServiceLinkedRoleRequest,
    CreateServiceLinkedRoleResponse,
    DeleteServiceLinkedRoleRequest,
    DeleteServiceLinkedRoleResponse,
    GetServiceLinkedRoleDeletionStatusRequest,
    GetServiceLinkedRoleDeletionStatusResponse,
)


class Linked(NamedTuple):
    """What a service's linked role is called, and which policy of AWS's it has, if we have it."""

    role: str
    policy: str = ""


SERVICES = {
    "lambda.amazonaws.com": Linked("AWSServiceRoleForLambda"),
    "replicator.lambda.amazonaws.com": Linked("AWSServiceRoleForLambdaReplicator"),
    "cks.kms.amazonaws.com": Linked("AWSServiceRoleForKeyManagementServiceCustomKeyStores"),
    "mrk.kms.amazonaws.com": Linked(
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    "ssm.amazonaws.com": Linked("AWSServiceRoleForAmazonSSM"),
    "cloudtrail.amazonaws.com": Linked("AWSServiceRoleForCloudTrail"),
    "delivery.logs.amazonaws.com": Linked("AWSServiceRoleForLogDelivery"),
}


def path_of(service: str) -> str:
    """The path of a service's linked role."""
    return f"{SERVICE_ROLE_PATH}{service}/"


def new_linked_role(ctx: Context, request: CreateServiceLinkedRoleRequest) -> Bare:
    """The role to be; of a service unknown here, any name."""
    service = request["AWSServiceName"]
    linked = SERVICES.get(service)
    name = "*" if linked is None else linked.role
    arn = f"arn:aws:iam::{ctx.account}:role{path_of(service)}{name}"
    return Bare(arn, ctx.account, NOT_SHARED)


@operation("iam:CreateServiceLinkedRole", on=new_linked_role, keys=of_service, writes=True)
def create_service_linked_role(
    ctx: Context, request: CreateServiceLinkedRoleRequest, name: Bare
) -> CreateServiceLinkedRoleResponse:
    """Make the role that a service acts through in this account."""
    service = request["AWSServiceName"]
    linked = SERVICES.get(service)
    if linked is None:
        raise InvalidInputException(f"Service role for {service} is not supported.")
    if "CustomSuffix" in request:
        raise InvalidInputException(f"Custom suffix is not allowed for {service}")
    if find(ctx.tx, Role, ctx.account, linked.role) is not None:
        raise InvalidInputException(
            f"Service role name {linked.role} has been taken in this account, please try a "
            "different suffix."
        )
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ],
    }
    policy = f"arn:aws:iam::aws:policy{SERVICE_ROLE_PATH}{linked.policy}"
    role = Role(
        account=ctx.account,
        name=linked.role,
        id=new_id(Role),
        created=int(ctx.now),
        trust=json.dumps(trust),
        path=path_of(service),
        description=request.get("Description", ""),
        attached=(policy,) if linked.policy else (),
        service=service,
    )
    enroll(ctx.tx, role)
    return {"Role": shown.role(ctx.tx, role)}


@operation("iam:DeleteServiceLinkedRole", on=role_named, keys=of_entity, writes=True)
def delete_service_linked_role(
    ctx: Context, request: DeleteServiceLinkedRoleRequest, role: Role
) -> DeleteServiceLinkedRoleResponse:
    """Delete a service-linked role, at once; the task that is answered has succeeded."""
    if not role.service:
        raise NoSuchEntityException(f"The role with name {role.name} cannot be found.")
    forget(ctx.tx, role)
    KEY_USES.delete(ctx.tx, role.id)
    task = uuid.uuid5(uuid.NAMESPACE_URL, role.id)
    return {"DeletionTaskId": f"task{role.path}{role.name}/{task}"}


@operation("iam:GetServiceLinkedRoleDeletionStatus", on=everything)
def get_service_linked_role_deletion_status(
    ctx: Context, request: GetServiceLinkedRoleDeletionStatusRequest, nothing: Bare
) -> GetServiceLinkedRoleDeletionStatusResponse:
    """Say how a deletion went; it is done before its task has a name."""
    task = request["DeletionTaskId"]
    if not task.startswith(f"task{SERVICE_ROLE_PATH}") or task.count("/") != 4:
        raise NoSuchEntityException(f"Deletion task id {task} does not exist.")
    return {"Status": "SUCCEEDED"}
