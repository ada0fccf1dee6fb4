"""AssociateKmsKey and DisassociateKmsKey."""

from __future__ import annotations

from typing import Any

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.logs import groups
from lodekey.services.logs.errors import InvalidParameterException
from lodekey.services.logs.find_groups import must_be_there, place
from lodekey.services.logs.groups import Target
from lodekey.services.logs.manage_groups import with_key
from lodekey.services.logs.shapes import AssociateKmsKeyRequest, DisassociateKmsKeyRequest


def group_sealed(ctx: Context, request: Any) -> Target:
    """The group that the request names by name or by ARN, of which it takes one."""
    name, identifier = request.get("logGroupName"), request.get("resourceIdentifier")
    if bool(name) == bool(identifier):
        raise InvalidParameterException(
            "Exactly one of logGroupName and resourceIdentifier must be specified."
        )
    if identifier and ":query-result" in identifier:
        raise InvalidParameterException("Query results are not offered by this server.")
    return must_be_there(place(ctx, name or groups.group_name(identifier)))


@operation("logs:AssociateKmsKey", on=group_sealed, writes=True)
def associate_kms_key(ctx: Context, request: AssociateKmsKeyRequest, target: Target) -> None:
    """Seal the events that come from now on with a KMS key."""
    groups.put_group(ctx.tx, with_key(ctx, target.there, request["kmsKeyId"]))


@operation("logs:DisassociateKmsKey", on=group_sealed, writes=True)
def disassociate_kms_key(ctx: Context, request: DisassociateKmsKeyRequest, target: Target) -> None:
    """Seal the events that come from now on with no KMS key; the older ones stay as they are."""
    bare = msgspec.structs.replace(target.there, key_arn="", data_key=b"")
    groups.put_group(ctx.tx, bare)
